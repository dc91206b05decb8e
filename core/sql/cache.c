/* cache.c: compiled statements by shape. Kept until the engine ends, at most CALX_SQL_CACHE_MAX of
 * them. */
#include "core/schema/type.h"
#include "core/sql/writer.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 512u
#define GETS 64u /* places: of models that share one, the last one has it */

typedef struct entry {
    calx_sql sql;
    struct entry *next;
    uintptr_t hash;
    size_t key_count;
    const calx_model *model;
    calx_arena memory;
    /* Of an INSERT, for several at once: without their keys, and with them. Made when wanted. */
    calx_sql *records[2][CALX__RECORDS_SIZES];
    uintptr_t key[];
} entry;

struct calx__sql_cache {
    pthread_mutex_t mutex;
    calx_sql take_keys; /* without text before the first time */
    size_t count;
    entry *buckets[BUCKETS];
    _Atomic(entry *) gets[GETS];
};

calx__sql_cache *calx__sql_cache_create(void)
{
    calx__sql_cache *cache = calloc(1, sizeof *cache);
    if (cache != NULL)
        pthread_mutex_init(&cache->mutex, NULL);
    return cache;
}

void calx__sql_cache_destroy(calx__sql_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        entry *next;
        for (entry *at = cache->buckets[i]; at; at = next) {
            next = at->next;
            calx_arena_finish(&at->memory);
            free(at);
        }
    }
    pthread_mutex_destroy(&cache->mutex);
    free(cache);
}

static uintptr_t key_hash(const calx__writer *shape)
{
    uintptr_t hash = 0;
    for (size_t i = 0; i < shape->key_count; i++) {
        hash = (hash ^ shape->key[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    return hash;
}

/* Called with the mutex held. */
static entry *find(calx__sql_cache *cache, const calx__writer *shape, uintptr_t hash)
{
    for (entry *at = cache->buckets[hash % BUCKETS]; at; at = at->next)
        if (at->hash == hash && at->key_count == shape->key_count &&
            memcmp(at->key, shape->key, shape->key_count * sizeof *shape->key) == 0)
            return at;
    return NULL;
}

static calx_kind *result_kinds(const calx__dialect *dialect, const calx__statement *statement,
                               calx_arena *memory, size_t *count)
{
    const calx_model *model = statement->model;
    const calx__clauses *clauses = statement->clauses;
    bool fields = statement->kind == CALX__SELECT && clauses != NULL && clauses->fields != NULL;
    bool returns_key =
        statement->kind == CALX__INSERT && calx__insert_returns_keys(dialect, statement);
    if (fields)
        *count = clauses->field_count;
    else if (statement->kind == CALX__SELECT)
        *count = model->column_count;
    else
        *count = statement->kind == CALX__COUNT || returns_key;
    calx_kind *kinds = calx_arena_alloc(memory, (*count + 1) * sizeof *kinds);
    if (kinds == NULL)
        return NULL;
    for (size_t i = 0; i < *count; i++) {
        if (fields)
            kinds[i] = calx__column_kind(clauses->fields[i].column);
        else
            kinds[i] = statement->kind == CALX__SELECT ? calx__column_kind(&model->columns[i])
                                                       : CALX_KIND_INTEGER;
    }
    return kinds;
}

/* Makes the text and all that goes with it, in the memory given. */
static int compile(const calx__dialect *dialect, const calx__statement *statement,
                   calx_arena *memory, calx_sql *out, calx_error *err)
{
    calx_buffer text = {0};
    calx__writer to;
    calx__writer_init(&to, dialect, &text, memory, err);
    calx__write_statement(&to, statement);
    calx_text copy = calx_arena_copy(memory, text.data, text.length);
    calx_text kinds =
        calx_arena_copy(memory, to.kinds.length ? to.kinds.data : "", to.kinds.length);
    bool failed = text.failed || to.kinds.failed || copy.data == NULL || kinds.data == NULL;
    calx_buffer_finish(&text);
    calx_buffer_finish(&to.kinds);
    out->text = copy.data;
    out->length = copy.length;
    out->bind_kinds = (const calx_kind *)(const void *)kinds.data;
    out->bind_count = to.bind_count;
    out->result_kinds = result_kinds(dialect, statement, memory, &out->result_count);
    if (failed || out->result_kinds == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    return to.code;
}

uint64_t calx__sql_new_id(void)
{
    static _Atomic uint64_t last_id;
    return atomic_fetch_add_explicit(&last_id, 1, memory_order_relaxed) + 1;
}

static entry *entry_create(const calx__dialect *dialect, const calx__statement *statement,
                           const calx__writer *shape, uintptr_t hash, calx_error *err)
{
    entry *made = calloc(1, sizeof *made + shape->key_count * sizeof *shape->key);
    if (made == NULL) {
        calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
        return NULL;
    }
    made->memory.block_size = 512;
    if (compile(dialect, statement, &made->memory, &made->sql, err) < 0) {
        calx_arena_finish(&made->memory);
        free(made);
        return NULL;
    }
    made->sql.id = calx__sql_new_id();
    made->hash = hash;
    made->key_count = shape->key_count;
    made->model = statement->model;
    memcpy(made->key, shape->key, shape->key_count * sizeof *shape->key);
    return made;
}

static int compile_once(const calx__dialect *dialect, const calx__statement *statement,
                        calx_arena *arena, const calx_sql **out, calx_error *err)
{
    calx_sql *sql = calx_arena_alloc(arena, sizeof *sql);
    if (sql == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    *out = sql;
    return compile(dialect, statement, arena, sql, err);
}

int calx__statement_compile(calx__sql_cache *cache, const calx__dialect *dialect,
                            const calx__statement *statement, calx_arena *arena,
                            const calx_sql **sql, calx_value **binds, calx_error *err)
{
    calx__writer shape;
    calx__writer_init(&shape, dialect, NULL, arena, err);
    calx__write_statement(&shape, statement);
    if (shape.code < 0)
        return shape.code;
    *binds = shape.binds;
    if (shape.overflow)
        return compile_once(dialect, statement, arena, sql, err);
    uintptr_t hash = key_hash(&shape);
    pthread_mutex_lock(&cache->mutex);
    entry *found = find(cache, &shape, hash);
    bool full = found == NULL && cache->count == CALX_SQL_CACHE_MAX;
    if (found == NULL && !full) {
        found = entry_create(dialect, statement, &shape, hash, err);
        if (found != NULL) {
            found->next = cache->buckets[hash % BUCKETS];
            cache->buckets[hash % BUCKETS] = found;
            cache->count++;
        }
    }
    pthread_mutex_unlock(&cache->mutex);
    if (full)
        return compile_once(dialect, statement, arena, sql, err);
    if (found == NULL)
        return CALX_ERROR_NO_MEMORY;
    *sql = &found->sql;
    return 0;
}

/* ---- By key ---- */

static _Atomic(entry *) *place_of_get(calx__sql_cache *cache, const calx_model *model)
{
    return &cache->gets[(uintptr_t)model / alignof(max_align_t) % GETS];
}

const calx_sql *calx__sql_cache_get(calx__sql_cache *cache, const calx_model *model)
{
    const entry *found = atomic_load_explicit(place_of_get(cache, model), memory_order_acquire);
    return found != NULL && found->model == model ? &found->sql : NULL;
}

void calx__sql_cache_keep_get(calx__sql_cache *cache, const calx_sql *sql)
{
    if (sql->id == 0)
        return;
    /* Whatever has an id is an entry's, as its first member. */
    entry *kept = (entry *)(uintptr_t)sql;
    atomic_store_explicit(place_of_get(cache, kept->model), kept, memory_order_release);
}

/* ---- Several records ---- */

static size_t records_of_size(size_t size, size_t column_count)
{
    size_t count = CALX__RECORDS_MAX;
    while (count * column_count > CALX__RECORDS_BINDS_MAX)
        count /= 2;
    return size == 0 ? count : count / 8;
}

size_t calx__records_next(size_t left, size_t column_count, size_t *size)
{
    *size = column_count > 0 ? 0 : CALX__RECORDS_SIZES;
    while (*size < CALX__RECORDS_SIZES && left < records_of_size(*size, column_count))
        ++*size;
    return *size < CALX__RECORDS_SIZES ? records_of_size(*size, column_count) : left;
}

static int compile_records(const calx__dialect *dialect, const calx__statement *statement,
                           size_t count, entry *one, calx_sql **out, calx_error *err)
{
    size_t columns = (size_t)__builtin_popcountll(statement->columns);
    calx_arena values = {0}; /* the text does not depend on them */
    calx__clauses clauses = {.records =
                                 calx_arena_alloc(&values, count * columns * sizeof(calx_value)),
                             .record_count = count};
    calx__statement all = *statement;
    all.clauses = &clauses;
    calx_sql *sql = calx_arena_alloc(&one->memory, sizeof *sql);
    int code = sql == NULL || clauses.records == NULL
                   ? calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory")
                   : compile(dialect, &all, &one->memory, sql, err);
    calx_arena_finish(&values);
    if (code < 0)
        return code;
    sql->id = calx__sql_new_id();
    sql->record_count = count;
    sql->generates_keys = statement->generates_key;
    *out = sql;
    return 0;
}

int calx__statement_compile_records(calx__sql_cache *cache, const calx__dialect *dialect,
                                    const calx__statement *statement, const calx_sql *one,
                                    size_t size, const calx_sql **out, calx_error *err)
{
    int code = 0;
    *out = NULL;
    if (one->id == 0)
        return 0;
    /* Whatever has an id is an entry's, as its first member. */
    entry *kept = (entry *)(uintptr_t)one;
    size_t count = records_of_size(size, (size_t)__builtin_popcountll(statement->columns));
    calx_sql **records = &kept->records[statement->generates_key][size];
    pthread_mutex_lock(&cache->mutex);
    if (*records == NULL)
        code = compile_records(dialect, statement, count, kept, records, err);
    *out = *records;
    pthread_mutex_unlock(&cache->mutex);
    return code;
}

/* ---- Keys ahead ---- */

const calx_sql *calx__sql_cache_take_keys(calx__sql_cache *cache, const calx__dialect *dialect)
{
    static const calx_kind kinds[] = {CALX_KIND_TEXT, CALX_KIND_TEXT, CALX_KIND_INTEGER};
    if (dialect->take_keys == NULL)
        return NULL;
    pthread_mutex_lock(&cache->mutex);
    if (cache->take_keys.text == NULL)
        cache->take_keys = (calx_sql){.id = calx__sql_new_id(),
                                      .text = dialect->take_keys,
                                      .length = strlen(dialect->take_keys),
                                      .bind_kinds = kinds,
                                      .bind_count = sizeof kinds / sizeof *kinds,
                                      .result_kinds = &kinds[2],
                                      .result_count = 1};
    pthread_mutex_unlock(&cache->mutex);
    return &cache->take_keys;
}
