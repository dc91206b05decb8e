/* cache.c: prepared statements, found by calx_sql.id: a table of fixed size, so that
 * nothing is allocated but the statements themselves. */
#include "drivers/sqlite3/unit.h"

#include <assert.h>

/* Fibonacci hashing: ids are often counted, the upper bits of the product are spread evenly. */
static calx__sqlite3_cached *set_of(calx__sqlite3_cache *cache, uint64_t id)
{
    uint64_t hash = (id * UINT64_C(0x9E3779B97F4A7C15)) >> 32;
    return cache->entries[hash & (CALX__SQLITE3_CACHE_SETS - 1)];
}

static void forget(calx__sqlite3_cached *entry)
{
    calx__sqlite3_statement_finalize(entry->statement);
    *entry = (calx__sqlite3_cached){0};
}

static calx__sqlite3_cached *find(calx__sqlite3_cached *set, uint64_t id)
{
    for (size_t i = 0; i < CALX__SQLITE3_CACHE_WAYS; i++)
        if (set[i].statement && set[i].sql.id == id)
            return &set[i];
    return NULL;
}

static calx__sqlite3_cached *make_room(calx__sqlite3_cached *set)
{
    calx__sqlite3_cached *oldest = &set[0];
    for (size_t i = 1; i < CALX__SQLITE3_CACHE_WAYS; i++)
        if (set[i].used < oldest->used)
            oldest = &set[i];
    forget(oldest);
    return oldest;
}

int calx__sqlite3_cache_get(calx__sqlite3_cache *cache, calx_connection *connection,
                            const calx_sql *sql, int64_t deadline_us, calx_statement **out,
                            calx_error *err)
{
    if (sql->id == 0)
        return calx__sqlite3_statement_prepare(connection, sql, deadline_us, out, err);
    calx__sqlite3_cached *set = set_of(cache, sql->id);
    calx__sqlite3_cached *entry = find(set, sql->id);
    if (!entry) {
        entry = make_room(set);
        entry->sql = *sql;
        int result = calx__sqlite3_statement_prepare(connection, &entry->sql, deadline_us,
                                                     &entry->statement, err);
        entry->sql.text = NULL;
        entry->sql.bind_kinds = NULL;
        entry->sql.result_kinds = NULL;
        if (result)
            return result;
    }
    entry->used = ++cache->clock;
    *out = entry->statement;
    return 0;
}

void calx__sqlite3_cache_put(calx__sqlite3_cache *cache, calx_statement *statement, bool keep)
{
    calx__sqlite3_statement_reset(statement);
    if (statement->sql->id == 0) {
        calx__sqlite3_statement_finalize(statement);
    } else if (!keep) {
        calx__sqlite3_cached *entry = find(set_of(cache, statement->sql->id), statement->sql->id);
        assert(entry != NULL && entry->statement == statement);
        forget(entry);
    }
}

void calx__sqlite3_cache_clear(calx__sqlite3_cache *cache)
{
    for (size_t set = 0; set < CALX__SQLITE3_CACHE_SETS; set++)
        for (size_t way = 0; way < CALX__SQLITE3_CACHE_WAYS; way++)
            forget(&cache->entries[set][way]);
}
