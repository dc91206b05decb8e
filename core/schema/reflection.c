/* reflection.c: puts the answers of a dialect's catalogue together: tables, columns, constraints.
 */
#include "core/schema/reflection.h"

#include <stdlib.h>
#include <string.h>

#include "core/dialect/catalog.h"

#define ANSWER_COLUMNS_MAX 8

typedef struct reader {
    const calx__dialect *dialect;
    calx_reflection *reflection;
    calx_arena *arena;
    calx_reflected_table *table; /* that of the row before */
    bool failed;
} reader;

/* ---- Helpers ---- */

void *calx__reflection_append(calx_arena *arena, void *items, size_t *count, size_t item_size)
{
    size_t used = *count;
    bool full = (used & (used - 1)) == 0; /* it holds a power of two, or nothing yet */
    char *array = items;
    if (full) {
        array = calx_arena_alloc(arena, (used ? used * 2 : 1) * item_size);
        if (array == NULL)
            return NULL;
        if (used > 0)
            memcpy(array, items, used * item_size);
    }
    *count = used + 1;
    return array;
}

/* Appends a zeroed item to an array and points at it; NULL when out of memory. */
#define APPEND(arena, array, count, item)                                                          \
    do {                                                                                           \
        void *grown = calx__reflection_append((arena), (array), &(count), sizeof *(array));        \
        (item) = NULL;                                                                             \
        if (grown != NULL) {                                                                       \
            (array) = grown;                                                                       \
            (item) = &(array)[(count)-1];                                                          \
        }                                                                                          \
    } while (0)

static const char *text_of(reader *to, const calx_value *value)
{
    if (value->kind != CALX_KIND_TEXT)
        return NULL;
    calx_text copy = calx_arena_copy(to->arena, value->as.text.data, value->as.text.length);
    to->failed |= copy.data == NULL;
    return copy.data;
}

static bool is_true(const calx_value *value)
{
    return value->kind == CALX_KIND_INTEGER && value->as.integer != 0;
}

static bool is_text(const calx_value *value, const char *text)
{
    return value->kind == CALX_KIND_TEXT && text != NULL && strlen(text) == value->as.text.length &&
           memcmp(text, value->as.text.data, value->as.text.length) == 0;
}

static bool append_text(reader *to, const char ***texts, size_t *count, const char *text)
{
    const char **item;
    APPEND(to->arena, *texts, *count, item);
    if (item != NULL)
        *item = text;
    to->failed |= item == NULL;
    return item != NULL;
}

/* Rows of one table follow each other. NULL for a table made meanwhile. */
static calx_reflected_table *table_of(reader *to, const calx_value *name)
{
    if (to->table != NULL && is_text(name, to->table->name))
        return to->table;
    to->table = NULL;
    for (size_t i = 0; i < to->reflection->table_count; i++)
        if (is_text(name, to->reflection->tables[i].name))
            to->table = &to->reflection->tables[i];
    return to->table;
}

/* ---- One row of each answer ---- */

static void read_table(reader *to, const calx_value *row)
{
    calx_reflected_table *table;
    APPEND(to->arena, to->reflection->tables, to->reflection->table_count, table);
    if (table != NULL)
        *table = (calx_reflected_table){.name = text_of(to, &row[0])};
    to->failed |= table == NULL;
}

static void read_column(reader *to, const calx_value *row)
{
    calx_reflected_table *table = table_of(to, &row[0]);
    calx_reflected_column *column;
    if (table == NULL)
        return;
    APPEND(to->arena, table->columns, table->column_count, column);
    if (column == NULL) {
        to->failed = true;
        return;
    }
    *column = (calx_reflected_column){
        .name = text_of(to, &row[1]),
        .type_text = text_of(to, &row[2]),
        .nullable = is_true(&row[3]),
        .server_default = text_of(to, &row[4]),
        .generated = is_true(&row[5]),
        .computed = is_true(&row[6]),
        .enumeration = text_of(to, &row[7]),
    };
    if (!to->failed)
        to->failed = !calx__reflection_type(to->dialect, column, to->arena);
}

static void read_key(reader *to, const calx_value *row)
{
    calx_reflected_table *table = table_of(to, &row[0]);
    if (table == NULL)
        return;
    calx_reflected_key *key = &table->primary_key;
    if (is_true(&row[2])) {
        size_t count = table->unique_count;
        key = count > 0 ? &table->uniques[count - 1] : NULL;
        if (key == NULL || !is_text(&row[1], key->name))
            APPEND(to->arena, table->uniques, table->unique_count, key);
    }
    if (key == NULL) {
        to->failed = true;
        return;
    }
    if (key->column_count == 0)
        key->name = text_of(to, &row[1]);
    append_text(to, &key->columns, &key->column_count, text_of(to, &row[3]));
}

static void read_foreign_key(reader *to, const calx_value *row)
{
    calx_reflected_table *table = table_of(to, &row[0]);
    if (table == NULL)
        return;
    size_t count = table->foreign_key_count;
    calx_reflected_foreign_key *key = count > 0 ? &table->foreign_keys[count - 1] : NULL;
    if (key == NULL || !is_text(&row[1], key->name)) {
        APPEND(to->arena, table->foreign_keys, table->foreign_key_count, key);
        if (key == NULL) {
            to->failed = true;
            return;
        }
        *key = (calx_reflected_foreign_key){
            .name = text_of(to, &row[1]),
            .referred_table = text_of(to, &row[3]),
            .on_delete = text_of(to, &row[5]),
            .on_update = text_of(to, &row[6]),
        };
    }
    size_t referred_count = key->column_count;
    if (append_text(to, &key->columns, &key->column_count, text_of(to, &row[2])))
        append_text(to, &key->referred_columns, &referred_count, text_of(to, &row[4]));
}

static void read_check(reader *to, const calx_value *row)
{
    calx_reflected_table *table = table_of(to, &row[0]);
    calx_reflected_check *check;
    if (table == NULL)
        return;
    APPEND(to->arena, table->checks, table->check_count, check);
    if (check != NULL)
        *check = (calx_reflected_check){text_of(to, &row[1]), text_of(to, &row[2])};
    to->failed |= check == NULL;
}

static void read_index(reader *to, const calx_value *row)
{
    calx_reflected_table *table = table_of(to, &row[0]);
    if (table == NULL)
        return;
    size_t count = table->index_count;
    calx_reflected_index *index = count > 0 ? &table->indexes[count - 1] : NULL;
    if (index == NULL || !is_text(&row[1], index->name)) {
        APPEND(to->arena, table->indexes, table->index_count, index);
        if (index == NULL) {
            to->failed = true;
            return;
        }
        *index = (calx_reflected_index){.name = text_of(to, &row[1]),
                                        .unique = is_true(&row[2]),
                                        .where = text_of(to, &row[5])};
    }
    size_t expression_count = index->column_count;
    if (append_text(to, &index->columns, &index->column_count, text_of(to, &row[3])))
        append_text(to, &index->expressions, &expression_count, text_of(to, &row[4]));
}

static calx_reflected_index *index_of(calx_reflected_table *table, const calx_value *name)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (is_text(name, table->indexes[i].name))
            return &table->indexes[i];
    return NULL;
}

static void read_text(reader *to, const calx_value *row)
{
    calx_reflected_table *table = table_of(to, &row[0]);
    const char *text = text_of(to, &row[1]);
    calx_reflected_index *index = table ? index_of(table, &row[2]) : NULL;
    if (table == NULL || text == NULL)
        return;
    if (index != NULL)
        to->failed |= !calx__reflection_read_index(index, text, to->arena);
    else if (row[2].kind == CALX_KIND_NULL)
        to->failed |= !calx__reflection_read_table(table, text, to->arena);
}

/* ---- Asking ---- */

typedef void row_reader(reader *to, const calx_value *row);

typedef struct question {
    reader *to;
    row_reader *read;
} question;

static int take_row(void *context, const calx_value *values, size_t count, calx_error *err)
{
    question *asked = context;
    (void)count;
    asked->read(asked->to, values);
    return asked->to->failed ? calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory") : 0;
}

static int run(calx__connection *connection, const char *text, size_t column_count,
               int (*row)(void *, const calx_value *, size_t, calx_error *), void *context,
               int64_t deadline_us, calx_error *err)
{
    static const calx_kind kinds[ANSWER_COLUMNS_MAX] = {
        CALX_KIND_TEXT, CALX_KIND_TEXT, CALX_KIND_TEXT, CALX_KIND_TEXT,
        CALX_KIND_TEXT, CALX_KIND_TEXT, CALX_KIND_TEXT, CALX_KIND_TEXT,
    };
    calx_sql sql = {
        .text = text, .length = strlen(text), .result_kinds = kinds, .result_count = column_count};
    calx_unit_statement statement = {
        .sql = &sql, .rows_expected = CALX_ROWS_ANY, .row = row, .context = context};
    calx_unit unit = {.statements = &statement, .statement_count = 1};
    return calx__connection_run(connection, &unit, deadline_us, err);
}

static int ask(calx__connection *connection, reader *to, const char *text, size_t column_count,
               row_reader *read, int64_t deadline_us, calx_error *err)
{
    question asked = {to, read};
    to->table = NULL;
    if (text == NULL)
        return 0;
    return run(connection, text, column_count, take_row, &asked, deadline_us, err);
}

/* A foreign key that names no column means the primary key. */
static void complete_referred(const calx_reflection *reflection, calx_reflected_foreign_key *key)
{
    const calx_reflected_table *table = calx_reflection_table(reflection, key->referred_table);
    for (size_t i = 0; i < key->column_count; i++)
        if (key->referred_columns[i] == NULL)
            key->referred_columns[i] = table != NULL && i < table->primary_key.column_count
                                           ? table->primary_key.columns[i]
                                           : "";
}

static void complete(const reader *to)
{
    const calx_reflection *reflection = to->reflection;
    for (size_t i = 0; i < reflection->table_count; i++) {
        const calx_reflected_table *table = &reflection->tables[i];
        for (size_t j = 0; j < table->foreign_key_count; j++)
            complete_referred(reflection, &table->foreign_keys[j]);
        for (size_t j = 0; j < table->column_count; j++)
            calx__reflection_refine(to->dialect, &table->columns[j]);
    }
}

/* Marks that stood for names. */
static void forget_names(const reader *to)
{
    for (size_t i = 0; i < to->reflection->table_count; i++) {
        calx_reflected_table *table = &to->reflection->tables[i];
        table->primary_key.name = NULL;
        for (size_t j = 0; j < table->unique_count; j++)
            table->uniques[j].name = NULL;
        for (size_t j = 0; j < table->foreign_key_count; j++)
            table->foreign_keys[j].name = NULL;
    }
}

int calx__reflect(calx__connection *connection, const calx__dialect *dialect, calx_arena *arena,
                  int64_t deadline_us, calx_reflection *out, calx_error *err)
{
    const calx__catalog *catalog = dialect->catalog;
    calx_reflection reflection = {0};
    reader to = {.dialect = dialect, .reflection = &reflection, .arena = arena};
    const struct {
        const char *text;
        size_t columns;
        row_reader *read;
    } questions[] = {
        {catalog->tables, 1, read_table}, {catalog->columns, 8, read_column},
        {catalog->keys, 4, read_key},     {catalog->foreign_keys, 7, read_foreign_key},
        {catalog->checks, 3, read_check}, {catalog->indexes, 6, read_index},
    };
    int code = 0;
    for (size_t i = 0; code == 0 && i < sizeof questions / sizeof *questions; i++)
        code = ask(connection, &to, questions[i].text, questions[i].columns, questions[i].read,
                   deadline_us, err);
    if (catalog->names_in_text)
        forget_names(&to);
    if (code == 0)
        code = ask(connection, &to, catalog->texts, 3, read_text, deadline_us, err);
    if (code < 0)
        return code;
    complete(&to);
    *out = reflection;
    return 0;
}

/* ---- Are they there? ---- */

typedef struct presence {
    const char *const *names;
    size_t count;
    bool *there;
} presence;

static int note_presence(void *context, const calx_value *values, size_t count, calx_error *err)
{
    const presence *wanted = context;
    (void)count;
    (void)err;
    for (size_t i = 0; i < wanted->count; i++)
        wanted->there[i] |= is_text(&values[0], wanted->names[i]);
    return 0;
}

int calx__reflect_tables(calx__connection *connection, const calx__dialect *dialect,
                         const char *const *names, size_t count, int64_t deadline_us, bool *there,
                         calx_error *err)
{
    presence wanted = {names, count, there};
    memset(there, 0, count * sizeof *there);
    return run(connection, dialect->catalog->tables, 1, note_presence, &wanted, deadline_us, err);
}

/* ---- The public side ---- */

int calx_reflect(calx_engine *engine, calx_arena *arena, int64_t deadline_us, calx_reflection *out,
                 calx_error *err)
{
    calx__connection *connection = NULL;
    int code = calx__connection_acquire(engine, deadline_us, &connection, err);
    if (code == 0)
        code =
            calx__reflect(connection, calx__engine_dialect(engine), arena, deadline_us, out, err);
    calx__connection_release(connection);
    return code;
}

const calx_reflected_table *calx_reflection_table(const calx_reflection *reflection,
                                                  const char *name)
{
    for (size_t i = 0; i < reflection->table_count; i++)
        if (strcmp(reflection->tables[i].name, name) == 0)
            return &reflection->tables[i];
    return NULL;
}

const calx_reflected_column *calx_reflected_table_column(const calx_reflected_table *table,
                                                         const char *name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    return NULL;
}
