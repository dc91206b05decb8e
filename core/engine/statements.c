/* statements.c: the cache of prepared statements: a hash table, and a list in the order of use. */
#include "core/engine/statements.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void calx__statements_init(calx__statements *statements, size_t limit)
{
    *statements = (calx__statements){.limit = limit};
}

/* Fibonacci hashing: ids are often counted, the upper bits of the product are spread evenly. */
static calx__prepared **bucket_of(const calx__statements *statements, uint64_t id)
{
    uint64_t hash = (id * UINT64_C(0x9E3779B97F4A7C15)) >> 32;
    return &statements->buckets[hash & (statements->bucket_count - 1)];
}

/* ---- The list, newest first ---- */

static void list_remove(calx__statements *statements, calx__prepared *prepared)
{
    if (prepared->newer != NULL)
        prepared->newer->older = prepared->older;
    else
        statements->newest = prepared->older;
    if (prepared->older != NULL)
        prepared->older->newer = prepared->newer;
    else
        statements->oldest = prepared->newer;
}

static void list_add(calx__statements *statements, calx__prepared *prepared)
{
    prepared->newer = NULL;
    prepared->older = statements->newest;
    if (statements->newest != NULL)
        statements->newest->newer = prepared;
    else
        statements->oldest = prepared;
    statements->newest = prepared;
}

/* ---- One statement ---- */

/* The copy of sql lies in the same piece of memory: kinds first, they want alignment. */
static calx__prepared *prepared_create(const calx_sql *sql)
{
    size_t kinds = sql->bind_count + sql->result_count;
    size_t size = sizeof(calx__prepared) + kinds * sizeof(calx_kind) + sql->length + 1;
    calx__prepared *prepared = calloc(1, size);
    if (prepared == NULL)
        return NULL;
    calx_kind *bind_kinds = (calx_kind *)(prepared + 1);
    calx_kind *result_kinds = bind_kinds + sql->bind_count;
    char *text = (char *)(result_kinds + sql->result_count);
    if (sql->bind_count > 0)
        memcpy(bind_kinds, sql->bind_kinds, sql->bind_count * sizeof(calx_kind));
    if (sql->result_count > 0 && sql->result_kinds != NULL)
        memcpy(result_kinds, sql->result_kinds, sql->result_count * sizeof(calx_kind));
    memcpy(text, sql->text, sql->length);
    prepared->sql = *sql;
    prepared->sql.text = text;
    prepared->sql.bind_kinds = bind_kinds;
    prepared->sql.result_kinds = sql->result_kinds ? result_kinds : NULL;
    return prepared;
}

static void prepared_destroy(calx__prepared *prepared)
{
    if (prepared->statement != NULL)
        prepared->statement->driver->statement_finalize(prepared->statement);
    free(prepared);
}

/* ---- The cache ---- */

static void forget(calx__statements *statements, calx__prepared *prepared)
{
    calx__prepared **at = bucket_of(statements, prepared->sql.id);
    while (*at != prepared)
        at = &(*at)->chain;
    *at = prepared->chain;
    list_remove(statements, prepared);
    statements->count--;
    prepared_destroy(prepared);
}

void calx__statements_finish(calx__statements *statements)
{
    while (statements->oldest != NULL)
        forget(statements, statements->oldest);
    free(statements->buckets);
    *statements = (calx__statements){.limit = statements->limit};
}

static calx__prepared *find(calx__statements *statements, const calx_sql *sql)
{
    if (sql->id == 0 || statements->buckets == NULL)
        return NULL;
    calx__prepared *prepared = *bucket_of(statements, sql->id);
    while (prepared != NULL && prepared->sql.id != sql->id)
        prepared = prepared->chain;
    assert(prepared == NULL || (prepared->sql.length == sql->length &&
                                memcmp(prepared->sql.text, sql->text, sql->length) == 0));
    return prepared;
}

static bool make_buckets(calx__statements *statements)
{
    if (statements->buckets != NULL)
        return true;
    size_t count = 1;
    while (count < statements->limit)
        count *= 2;
    statements->buckets = calloc(count, sizeof(calx__prepared *));
    statements->bucket_count = count;
    return statements->buckets != NULL;
}

/* Without memory for the table the statement is not kept, which costs time only. */
static void remember(calx__statements *statements, calx__prepared *prepared)
{
    if (prepared->sql.id == 0 || statements->limit == 0 || !make_buckets(statements))
        return;
    calx__prepared **bucket = bucket_of(statements, prepared->sql.id);
    prepared->chain = *bucket;
    *bucket = prepared;
    prepared->cached = true;
    statements->count++;
    list_add(statements, prepared);
}

int calx__statements_get(calx__statements *statements, calx_connection *connection,
                         const calx_sql *sql, int64_t deadline_us, calx__prepared **out,
                         calx_error *err)
{
    calx__prepared *prepared = find(statements, sql);
    if (prepared != NULL) {
        list_remove(statements, prepared);
        list_add(statements, prepared);
        *out = prepared;
        return 0;
    }
    if (sql->id != 0 && statements->count > 0 && statements->count == statements->limit)
        forget(statements, statements->oldest);
    prepared = prepared_create(sql);
    if (prepared == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a statement");
    int status = connection->driver->statement_prepare(connection, &prepared->sql, deadline_us,
                                                       &prepared->statement, err);
    if (status < 0) {
        prepared_destroy(prepared);
        return status;
    }
    remember(statements, prepared);
    *out = prepared;
    return 0;
}

void calx__statements_put(calx__statements *statements, calx__prepared *prepared, bool keep)
{
    prepared->statement->driver->statement_reset(prepared->statement);
    if (prepared->cached && !keep)
        forget(statements, prepared);
    else if (!prepared->cached)
        prepared_destroy(prepared);
}
