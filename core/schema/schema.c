/* schema.c: create_all and drop_all, each table in a statement of its own. */
#include <calx/schema.h>

#include "core/dialect/dialect.h"
#include "core/engine/connection.h"

typedef void write_ddl(const calx__dialect *dialect, const calx_model *model, calx_buffer *out);

static int run_ddl(calx__connection *connection, const calx__dialect *dialect,
                   const calx_model *model, write_ddl *write, int64_t deadline_us, calx_error *err)
{
    calx_buffer text = {0};
    write(dialect, model, &text);
    calx_buffer_append(&text, "", 1);
    int code = text.failed ? calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory")
                           : calx__connection_command(connection, text.data, deadline_us, err);
    calx_buffer_finish(&text);
    return code;
}

static int check_all(const calx_model *const *models, size_t model_count, calx_error *err)
{
    for (size_t i = 0; i < model_count; i++)
        if (calx_model_check(models[i], err) < 0)
            return err ? err->code : CALX_ERROR_MODEL;
    return 0;
}

/* The engine's own limits, where the caller has none. */
static int64_t ddl_deadline(const calx_engine *engine, int64_t deadline_us)
{
    if (deadline_us != CALX_NO_DEADLINE)
        return deadline_us;
    const calx_engine_options *options = calx__engine_options(engine);
    return calx_deadline_in_ms((int64_t)options->connect_timeout_ms + options->busy_timeout_ms +
                               options->statement_timeout_ms);
}

/* Another process may create the table between PostgreSQL's look and its own insert into the
 * catalogue: that is what we wanted. */
static int create_table(calx__connection *connection, const calx__dialect *dialect,
                        const calx_model *model, int64_t deadline_us, calx_error *err)
{
    calx_error own = {0};
    int code = run_ddl(connection, dialect, model, calx__dialect_create_table, deadline_us, &own);
    if (code == CALX_ERROR_EXISTS)
        return 0;
    if (code < 0 && err != NULL && err->code == CALX_OK)
        *err = own;
    return code;
}

int calx_create_all(calx_engine *engine, const calx_model *const *models, size_t model_count,
                    int64_t deadline_us, calx_error *err)
{
    int code = check_all(models, model_count, err);
    deadline_us = ddl_deadline(engine, deadline_us);
    calx__connection *connection = NULL;
    if (code == 0)
        code = calx__connection_acquire(engine, deadline_us, &connection, err);
    for (size_t i = 0; code == 0 && i < model_count; i++)
        code = create_table(connection, calx__engine_dialect(engine), models[i], deadline_us, err);
    calx__connection_release(connection);
    return code;
}

int calx_drop_all(calx_engine *engine, const calx_model *const *models, size_t model_count,
                  int64_t deadline_us, calx_error *err)
{
    int code = check_all(models, model_count, err);
    deadline_us = ddl_deadline(engine, deadline_us);
    calx__connection *connection = NULL;
    if (code == 0)
        code = calx__connection_acquire(engine, deadline_us, &connection, err);
    for (size_t i = model_count; code == 0 && i > 0; i--)
        code = run_ddl(connection, calx__engine_dialect(engine), models[i - 1],
                       calx__dialect_drop_table, deadline_us, err);
    calx__connection_release(connection);
    return code;
}
