/* forms.c: the forms in which a statement of a unit is sent, and the cache of those that the server
 * has prepared. */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- Text ---- */

/*
 * A cast of text that is no number: unlike a division by zero it cannot be confused with what the
 * statement itself may raise, the error says how many rows there were, and the server quotes the
 * text in its message whatever the language. The line break ends a comment at the end of the text.
 */
#define REFUSAL "calx: changed "
#define CHECKED(counted)                                                                           \
    "CASE WHEN count(" counted ") = %" PRId64 " THEN 0 ELSE ('" REFUSAL "' || count(" counted      \
    "))::bigint END FROM calx_changed"
#define COUNTED "WITH calx_changed AS (%.*s\nRETURNING 1) SELECT " CHECKED("*")
#define KEYED "WITH calx_changed (key) AS (%.*s\n) SELECT min(key), " CHECKED("key")

int calx__pgsql_form_text(const calx__pgsql_form *form, char **out, calx_error *err)
{
    const calx_sql *sql = form->statement.base.sql;
    char *plain;
    char *text = NULL;

    int code = calx__pgsql_text_copy(sql->text, sql->length, &plain, err);
    if (code)
        return code;
    if (form->kind == CALX__PGSQL_FORM_PLAIN) {
        *out = plain;
        return 0;
    }
    size_t size = sql->length + sizeof KEYED + 2 * sizeof "-9223372036854775808";
    text = malloc(size);
    if (text && form->kind == CALX__PGSQL_FORM_COUNTED)
        snprintf(text, size, COUNTED, (int)sql->length, plain, form->rows_expected);
    else if (text)
        snprintf(text, size, KEYED, (int)sql->length, plain, form->rows_expected);
    free(plain);
    if (!text)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for SQL text");
    *out = text;
    return 0;
}

bool calx__pgsql_form_refusal(const PGresult *error, int64_t *changed)
{
    const char *sqlstate = PQresultErrorField(error, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(error, PG_DIAG_MESSAGE_PRIMARY);

    if (!sqlstate || !message || strcmp(sqlstate, "22P02") != 0)
        return false;
    const char *found = strstr(message, REFUSAL);
    if (!found)
        return false;
    *changed = strtoll(found + strlen(REFUSAL), NULL, 10);
    return true;
}

int calx__pgsql_set_stale(const calx_unit_statement *statement, int64_t changed, calx_error *err)
{
    return calx_error_set(err, CALX_ERROR_STALE,
                          "expected to change %" PRId64 " rows, changed %" PRId64,
                          statement->rows_expected, changed);
}

static bool begins_with(const calx_sql *sql, const char *word)
{
    size_t length = strlen(word);

    return sql->length > length && strncasecmp(sql->text, word, length) == 0;
}

bool calx__pgsql_changes_rows(const calx_sql *sql)
{
    return begins_with(sql, "INSERT ") || begins_with(sql, "UPDATE ") ||
           begins_with(sql, "DELETE ");
}

calx__pgsql_form_kind calx__pgsql_form_wanted(const calx_unit_statement *statement)
{
    const calx_sql *sql = statement->sql;
    bool inserts = begins_with(sql, "INSERT ");

    if (statement->rows_expected == CALX_ROWS_ANY || statement->row)
        return CALX__PGSQL_FORM_PLAIN;
    /* The smallest key is the first row's where there is one row. */
    if (statement->generates_key)
        return inserts && sql->result_count == 1 && statement->rows_expected == 1
                   ? CALX__PGSQL_FORM_KEYED
                   : CALX__PGSQL_FORM_PLAIN;
    return calx__pgsql_changes_rows(sql) && sql->result_count == 0 ? CALX__PGSQL_FORM_COUNTED
                                                                   : CALX__PGSQL_FORM_PLAIN;
}

/* ---- Making ---- */

static int64_t expected_of(const calx_unit_statement *statement, calx__pgsql_form_kind kind)
{
    return kind == CALX__PGSQL_FORM_PLAIN ? 0 : statement->rows_expected;
}

static void form_destroy(calx__pgsql_form *form)
{
    calx__pgsql_statement *statement = &form->statement;

    calx__pgsql_binds_finish(&statement->binds);
    free(statement->codecs);
    free(statement->scratch);
    free(form);
}

static int form_create(calx__pgsql_connection *connection, const calx_unit_statement *statement,
                       calx__pgsql_form_kind kind, calx__pgsql_form **out, calx_error *err)
{
    calx__pgsql_form *form = calloc(1, sizeof *form);

    if (!form)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a statement");
    form->id = statement->sql->id;
    form->kind = kind;
    form->rows_expected = expected_of(statement, kind);
    form->statement.base =
        (calx_statement){.driver = connection->base.driver, .connection = &connection->base};
    int code = calx__pgsql_binds_init(&form->statement.binds, statement->sql, err);
    if (code)
        form_destroy(form);
    else
        *out = form;
    return code;
}

/* ---- The cache ---- */

static size_t bucket_of(uint64_t id)
{
    return (size_t)(id * UINT64_C(0x9E3779B97F4A7C15) >> 32) % CALX__PGSQL_FORM_BUCKETS;
}

calx__pgsql_form *calx__pgsql_form_find(const calx__pgsql_forms *forms,
                                        const calx_unit_statement *statement,
                                        calx__pgsql_form_kind kind)
{
    uint64_t id = statement->sql->id;
    calx__pgsql_form *form = id ? forms->buckets[bucket_of(id)] : NULL;

    while (form && (form->id != id || form->kind != kind ||
                    form->rows_expected != expected_of(statement, kind)))
        form = form->next;
    return form;
}

static size_t limit_of(const calx__pgsql_connection *connection)
{
    int limit = calx__pgsql_database_of(connection->base.database)->options.statement_cache_size;

    return limit > 0 ? (size_t)limit : 0;
}

/* False if the unit that runs has used all of them. */
static bool evict(calx__pgsql_forms *forms)
{
    calx__pgsql_form **oldest = NULL;

    for (size_t i = 0; i < CALX__PGSQL_FORM_BUCKETS; i++)
        for (calx__pgsql_form **at = &forms->buckets[i]; *at; at = &(*at)->next)
            if ((*at)->used != forms->unit && (!oldest || (*at)->used < (*oldest)->used))
                oldest = at;
    if (!oldest)
        return false;
    calx__pgsql_form *form = *oldest;
    *oldest = form->next;
    forms->count--;
    calx__pgsql_release(&form->statement);
    form_destroy(form);
    return true;
}

static void add(calx__pgsql_forms *forms, calx__pgsql_form *form)
{
    calx__pgsql_form **bucket = &forms->buckets[bucket_of(form->id)];

    form->next = *bucket;
    *bucket = form;
    forms->count++;
}

int calx__pgsql_form_get(calx__pgsql_connection *connection, const calx_unit_statement *statement,
                         calx__pgsql_form_kind kind, calx__pgsql_form **out, calx_error *err)
{
    calx__pgsql_forms *forms = connection->forms;
    calx__pgsql_form *form = calx__pgsql_form_find(forms, statement, kind);

    if (!form) {
        int code = form_create(connection, statement, kind, &form, err);
        if (code)
            return code;
        form->temporary = form->id == 0 || (forms->count >= limit_of(connection) && !evict(forms));
        if (!form->temporary)
            add(forms, form);
    }
    form->used = forms->unit;
    form->statement.base.sql = statement->sql;
    *out = form;
    return 0;
}

void calx__pgsql_form_put(calx__pgsql_form *form)
{
    if (!form)
        return;
    form->statement.base.sql = NULL;
    form->statement.result = NULL;
    if (form->temporary)
        form_destroy(form);
}

void calx__pgsql_forms_destroy(calx__pgsql_forms *forms)
{
    if (!forms)
        return;
    for (size_t i = 0; i < CALX__PGSQL_FORM_BUCKETS; i++) {
        while (forms->buckets[i]) {
            calx__pgsql_form *form = forms->buckets[i];
            forms->buckets[i] = form->next;
            form_destroy(form);
        }
    }
    free(forms->slots);
    free(forms->values);
    free(forms);
}

/* ---- Room ---- */

bool calx__pgsql_reserve_slots(calx__pgsql_forms *forms, size_t count)
{
    if (count <= forms->slot_capacity)
        return true;
    calx__pgsql_slot *slots = realloc(forms->slots, count * sizeof *slots);
    if (!slots)
        return false;
    forms->slots = slots;
    forms->slot_capacity = count;
    return true;
}

bool calx__pgsql_reserve_values(calx__pgsql_forms *forms, size_t count)
{
    if (count <= forms->value_capacity)
        return true;
    calx_value *values = realloc(forms->values, count * sizeof *values);
    if (!values)
        return false;
    forms->values = values;
    forms->value_capacity = count;
    return true;
}
