/* load.c: many records as one stream, where driver and dialect have one. */
#include <inttypes.h>

#include "core/dialect/dialect.h"
#include "core/engine/internal.h"

bool calx__engine_loads(const calx_engine *engine)
{
    return engine->dialect->load != NULL &&
           engine->choice.driver->capabilities & CALX_CAPABILITY_LOAD;
}

int calx__connection_load(calx__connection *connection, const calx_load *load, int64_t deadline_us,
                          calx_error *err)
{
    const calx_engine *engine = connection->engine;
    int64_t started_us = calx__event_start(engine);
    int64_t rows = 0;
    int status =
        engine->choice.driver->records_load(connection->base, load, deadline_us, &rows, err);
    if (status == CALX_RECORDS_DECLINED)
        return status;
    if (status == 0 && rows != (int64_t)load->record_count)
        status =
            calx_error_set(err, CALX_ERROR_STALE, "expected to change %zu rows, changed %" PRId64,
                           load->record_count, rows);
    calx__event_send(engine, started_us,
                     (calx_event){.kind = CALX_EVENT_STATEMENT,
                                  .sql = load->sql->text,
                                  .sql_length = load->sql->length,
                                  .binds = load->values,
                                  .bind_count = load->sql->bind_count,
                                  .rows = rows,
                                  .error = status < 0 ? err : NULL});
    return status;
}
