/* kept.c: written rows that may be used again. */
#include "core/engine/kept.h"

#include "core/engine/internal.h"

uint64_t calx__kept_version(calx__connection *connection, const char *table, int64_t deadline_us)
{
    calx_connection *base = connection->base;
    calx_error ignored = {0}; /* the statement itself will meet it too */
    uint64_t version = 0;
    if (base->driver->table_version == NULL ||
        base->driver->table_version(base, table, deadline_us, &version, &ignored) < 0)
        return 0;
    return version;
}

static calx__kept_rows *find(calx__kept *kept, uint64_t sql_id, calx__json_finisher *finish)
{
    for (size_t i = 0; i < CALX__KEPT_MAX; i++)
        if (kept->rows[i].sql_id == sql_id && kept->rows[i].finish == finish)
            return &kept->rows[i];
    return NULL;
}

calx__shared *calx__kept_find(calx__connection *connection, const calx_sql *sql,
                              calx__json_finisher *finish, int64_t deadline_us)
{
    calx__kept *kept = &connection->kept;
    calx__kept_rows *rows = find(kept, sql->id, finish);
    if (rows == NULL || rows->version != calx__kept_version(connection, NULL, deadline_us))
        return NULL;
    rows->used = ++kept->clock;
    return rows->bytes;
}

/* Its own place, or that of the rows not used for the longest time: a free one was never used. */
static calx__kept_rows *place_for(calx__kept *kept, uint64_t sql_id, calx__json_finisher *finish)
{
    calx__kept_rows *place = find(kept, sql_id, finish);
    for (size_t i = 0, oldest = 0; place == NULL; i++) {
        if (i == CALX__KEPT_MAX)
            place = &kept->rows[oldest];
        else if (kept->rows[i].used < kept->rows[oldest].used)
            oldest = i;
    }
    return place;
}

void calx__kept_put(calx__connection *connection, const calx_sql *sql, calx__json_finisher *finish,
                    uint64_t version, calx_text bytes, int64_t deadline_us)
{
    if (version == 0 || bytes.length > CALX__KEPT_BYTES_MAX ||
        calx__kept_version(connection, NULL, deadline_us) != version)
        return;
    calx__kept *kept = &connection->kept;
    calx__kept_rows *rows = place_for(kept, sql->id, finish);
    calx__shared_release(rows->bytes); /* answers may still hold it */
    rows->bytes = calx__shared_create(bytes);
    rows->sql_id = rows->bytes == NULL ? 0 : sql->id;
    rows->finish = finish;
    rows->version = version;
    rows->used = ++kept->clock;
}

void calx__kept_finish(calx__kept *kept)
{
    for (size_t i = 0; i < CALX__KEPT_MAX; i++)
        calx__shared_release(kept->rows[i].bytes);
}
