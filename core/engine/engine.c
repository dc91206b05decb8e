/* engine.c: an engine is put together: URL, options, driver, dialect, database object, pool. */
#include <calx/engine.h>

#include <stdlib.h>
#include <string.h>

#include "core/dialect/dialect.h"
#include "core/engine/internal.h"
#include "core/sql/statement.h"

/* ---- Options ---- */

void calx_engine_options_init(calx_engine_options *options)
{
    *options = (calx_engine_options){
#define STANDARD(name, standard, least, most, text) .name = (standard),
        CALX_ENGINE_OPTIONS(STANDARD)
#undef STANDARD
    };
}

static int check_option(const char *name, int value, int least, int most, calx_error *err)
{
    if (value >= least && value <= most)
        return 0;
    return calx_error_set(err, CALX_ERROR_CONFIG, "engine option %s: %d is not between %d and %d",
                          name, value, least, most);
}

static int check_options(const calx_engine_options *options, calx_error *err)
{
    int status = 0;
#define CHECK(name, standard, least, most, text)                                                   \
    if (status == 0)                                                                               \
        status = check_option(#name, options->name, least, most, err);
    CALX_ENGINE_OPTIONS(CHECK)
#undef CHECK
    return status;
}

/* ---- Creation ---- */

static int find_dialect(calx_engine *engine, calx_error *err)
{
    const calx_driver *driver = engine->choice.driver;
    engine->dialect = calx__dialect_find(driver->dialect);
    if (engine->dialect == NULL)
        return calx_error_set(err, CALX_ERROR_DRIVER, "driver %s: there is no dialect \"%s\"",
                              driver->name, driver->dialect);
    return 0;
}

static int create_database(calx_engine *engine, calx_error *err)
{
    calx_database_options options = {
        .connect_timeout_ms = engine->options.connect_timeout_ms,
        .busy_timeout_ms = engine->options.busy_timeout_ms,
        .statement_timeout_ms = engine->options.statement_timeout_ms,
        .statement_cache_size = engine->options.statement_cache_size,
    };
    const calx_driver_choice *choice = &engine->choice;
    return choice->driver->database_create(choice->driver, choice->opener, engine->url, &options,
                                           &engine->database, err);
}

static int engine_init(calx_engine *engine, const char *url, calx_error *err)
{
    int status = check_options(&engine->options, err);
    if (status == 0)
        status = calx_url_parse(url, strlen(url), &engine->url, err);
    if (status == 0)
        status =
            calx_registry_find(engine->url->dialect, engine->url->driver, &engine->choice, err);
    if (status == 0)
        status = find_dialect(engine, err);
    if (status == 0)
        status = create_database(engine, err);
    if (status < 0)
        return status;
    engine->sql_cache = calx__sql_cache_create();
    if (engine->database->capabilities & CALX_CAPABILITY_SHARED_READS)
        engine->read_lines = calx__read_lines_create();
    if (engine->sql_cache == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for an engine");
    return 0;
}

int calx_engine_create(const char *url, const calx_engine_options *options, calx_engine **out,
                       calx_error *err)
{
    calx_engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for an engine");
    calx_engine_options_init(&engine->options);
    if (options != NULL)
        engine->options = *options;
    calx__pool_init(&engine->pool, (size_t)engine->options.pool_size,
                    (size_t)engine->options.max_overflow);
    int status = engine_init(engine, url, err);
    if (status < 0)
        calx_engine_destroy(engine);
    else
        *out = engine;
    return status;
}

void calx_engine_destroy(calx_engine *engine)
{
    if (engine == NULL)
        return;
    calx__replica_destroy(engine->replica);
    calx__engine_close_idle(engine);
    calx__pool_finish(&engine->pool);
    calx__read_lines_destroy(engine->read_lines);
    calx__sql_cache_destroy(engine->sql_cache);
    if (engine->database != NULL)
        engine->choice.driver->database_destroy(engine->database);
    calx_url_destroy(engine->url);
    free(engine);
}

/* ---- Questions ---- */

const calx_url *calx_engine_url(const calx_engine *engine)
{
    return engine->url;
}

const char *calx_engine_dialect_name(const calx_engine *engine)
{
    return engine->choice.driver->dialect;
}

bool calx_engine_can(const calx_engine *engine, calx_capability capability)
{
    return calx_driver_choice_can(&engine->choice, capability) ||
           (engine->database->capabilities & capability) != 0;
}

int calx_engine_check(calx_engine *engine, calx_error *err)
{
    calx__connection *connection;
    int status = calx__connection_acquire_checked(engine, true, CALX_NO_DEADLINE, &connection, err);
    if (status == 0)
        calx__connection_release(connection);
    return status;
}

calx_pool_status calx_engine_pool(calx_engine *engine)
{
    return calx__pool_status(&engine->pool);
}

const struct calx__dialect *calx__engine_dialect(const calx_engine *engine)
{
    return engine->dialect;
}

struct calx__sql_cache *calx__engine_sql_cache(calx_engine *engine)
{
    return engine->sql_cache;
}

const calx_engine_options *calx__engine_options(const calx_engine *engine)
{
    return &engine->options;
}
