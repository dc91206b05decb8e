/*
 * type.h: what the files of the types share. Private to core.
 */
#ifndef CALX_CORE_SCHEMA_TYPE_H
#define CALX_CORE_SCHEMA_TYPE_H

#include <inttypes.h>
#include <jansson.h>

#include <calx/json.h>
#include <calx/model.h>

/*
 * Members without pointers are a value, or the value and then is_null: both begin with the value.
 */
static inline bool calx__plain_is_null(const calx_column *column, const void *member)
{
    return column->nullable && *((const bool *)member + column->type->size);
}

/* value is of the type's size; NULL: whatever it is, the member's value becomes zero. */
void calx__plain_put(const calx_column *column, void *member, bool is_null, const void *value);

/* NULL in a column that is not nullable: CALX_ERROR_NOT_NULL to the database, CALX_ERROR_MISFIT
 * from it, CALX_ERROR_INVALID in JSON. */
int calx__type_refuse_null(const calx_column *column, calx_error_class code, calx_error *err);

/* "expected integer, got text" for a stored value of a kind that does not fit. */
int calx__type_misfit(const calx_column *column, const calx_value *value, calx_error *err);

/* The same where the value's kind is right, and err (may be NULL) says CALX_ERROR_INVALID of what
 * is in it. */
int calx__type_stored_misfit(calx_error *err);

/* Whatever the locale puts between whole number and fraction becomes a point. */
void calx__make_point(char *text);

/* "expected integer, got string" for JSON. */
int calx__type_json_mismatch(const char *expected, const json_t *json, calx_error *err);

/* column->type->decode, fast for the types that most columns have (decode.c). */
int calx__column_decode(const calx_column *column, const calx_value *value, void *member,
                        calx_arena *arena, calx_error *err);

/* What column->type->json_write would append for the member of this value, without the member.
 * False, and nothing is done: it has to be decoded. */
bool calx__column_json_write(const calx_column *column, const calx_value *value, calx_buffer *out);

/* What a column is in the database: itself, or for a custom type the column it is stored as, which
 * is never NULL itself. */
calx_column calx__column_stored(const calx_column *column);

/* The kind of a column's values. */
static inline calx_kind calx__column_kind(const calx_column *column)
{
    const calx_type *type = column->type;
    while (type->stored != NULL)
        type = type->stored->type;
    return type->kind;
}

/* Is it stored as a JSON document? Then JSON's null is a value of it, and not its NULL. */
static inline bool calx__type_is_document(const calx_type *type)
{
    while (type->stored != NULL)
        type = type->stored->type;
    return type->id == CALX_TYPE_JSON_DOCUMENT;
}

/* The deepest nesting of brackets outside strings: known without a parser that recurses. */
int calx__json_depth(calx_text text);

/* What is wrong with the column's type and its parameters; NULL: nothing (type_check.c). */
const char *calx__type_problem(const calx_column *column);

/* Can it stand in an index? What has no limit cannot, on MySQL. */
bool calx__type_can_be_indexed(const calx_column *column);

/* Can it be (part of) a primary key? */
bool calx__type_can_be_key(const calx_column *column);

/* Characters of UTF-8 text. */
size_t calx__utf8_count(calx_text text);

#endif
