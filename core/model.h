/*
 * model.h: one list declares a model.
 *
 *     #define TODO(COLUMN, Model)                            \
 *         COLUMN(Model, INTEGER, id, PRIMARY_KEY)            \
 *         COLUMN(Model, STRING_OR_NULL, title, JSON, LENGTH(255))
 *
 *     CALX_MODEL_DECLARE(Todo, TODO)            in a header: struct Todo, Todo_new(), the typed
 * columns Todo_.id … CALX_MODEL_DEFINE(Todo, "todos", TODO)    in one source file: Todo_model
 *
 * Types are those of type.h, each with a form _OR_NULL. Options: PRIMARY_KEY, UNIQUE, JSON (read
 * from and written to JSON by the column's name; a primary key is written only), LENGTH(n)
 * (characters of a STRING), NAME("sql_name").
 */
#ifndef CALX_MODEL_H
#define CALX_MODEL_H

#include <calx/api.h>
#include <calx/error.h>
#include <calx/expression.h>
#include <calx/type.h>

typedef struct calx_model calx_model;
typedef struct calx_session calx_session;

#define CALX_MODEL_COLUMNS_MAX 64
#define CALX_MODEL_SIZE_MAX 4096

struct calx_column {
    const char *member;   /* its name in C and in JSON */
    const char *sql_name; /* its name in SQL where that is another: calx_column_name */
    const calx_type *type;
    size_t offset; /* of the member in the model's struct */
    bool nullable;
    bool primary_key;
    bool unique;
    bool json;
    uint32_t length; /* characters; 0: as many as the database takes */
};

/* A column's name in SQL. */
static inline const char *calx_column_name(const calx_column *column)
{
    return column->sql_name ? column->sql_name : column->member;
}

/* Read-only. A list of columns, checked once, at the first use (calx_model_check). */
struct calx_model {
    const char *name;  /* "Todo" */
    const char *table; /* "todos" */
    size_t size;       /* of the struct */
    const calx_column *columns;
    size_t column_count;
    struct calx__model_info *info; /* what calx_model_check found out */
};

/*
 * Is the model usable on every database? CALX_ERROR_MODEL names model and column: no or several
 * primary keys, a primary key that is nullable or of a type that cannot be one, two columns of one
 * name, a name that is too long, too many columns. Thread-safe; repeated calls are cheap.
 */
CALX_API int calx_model_check(const calx_model *model, calx_error *err);

/* The primary key's column of a checked model. */
CALX_API const calx_column *calx_model_primary_key(const calx_model *model);

/* A column by its member's name; NULL if there is none. */
CALX_API const calx_column *calx_model_column(const calx_model *model, const char *member);

/* What calx_model_check keeps. Its fields are core's. */
struct calx__model_info {
    _Atomic int state;
    _Atomic size_t primary_key;
};

/* ---- What the lists expand to ---- */

/* X(NAME, …) of type.h with both forms: the C member, the phantom type of its values, the type,
 * nullable */
#define CALX__MEMBER_INTEGER int32_t
#define CALX__MEMBER_INTEGER_OR_NULL calx_integer_or_null
#define CALX__MEMBER_BIG_INTEGER int64_t
#define CALX__MEMBER_BIG_INTEGER_OR_NULL calx_big_integer_or_null
#define CALX__MEMBER_BOOLEAN bool
#define CALX__MEMBER_BOOLEAN_OR_NULL calx_boolean_or_null
#define CALX__MEMBER_DOUBLE double
#define CALX__MEMBER_DOUBLE_OR_NULL calx_double_or_null
#define CALX__MEMBER_STRING calx_text
#define CALX__MEMBER_STRING_OR_NULL calx_text
#define CALX__MEMBER_TEXT calx_text
#define CALX__MEMBER_TEXT_OR_NULL calx_text
#define CALX__MEMBER_LARGE_BINARY calx_blob
#define CALX__MEMBER_LARGE_BINARY_OR_NULL calx_blob
#define CALX__MEMBER_DATETIME calx_datetime
#define CALX__MEMBER_DATETIME_OR_NULL calx_datetime_or_null

#define CALX__VALUES_INTEGER calx__integer_values
#define CALX__VALUES_INTEGER_OR_NULL calx__integer_values
#define CALX__VALUES_BIG_INTEGER calx__integer_values
#define CALX__VALUES_BIG_INTEGER_OR_NULL calx__integer_values
#define CALX__VALUES_BOOLEAN calx__boolean_values
#define CALX__VALUES_BOOLEAN_OR_NULL calx__boolean_values
#define CALX__VALUES_DOUBLE calx__double_values
#define CALX__VALUES_DOUBLE_OR_NULL calx__double_values
#define CALX__VALUES_STRING calx__text_values
#define CALX__VALUES_STRING_OR_NULL calx__text_values
#define CALX__VALUES_TEXT calx__text_values
#define CALX__VALUES_TEXT_OR_NULL calx__text_values
#define CALX__VALUES_LARGE_BINARY calx__blob_values
#define CALX__VALUES_LARGE_BINARY_OR_NULL calx__blob_values
#define CALX__VALUES_DATETIME calx__datetime_values
#define CALX__VALUES_DATETIME_OR_NULL calx__datetime_values

#define CALX__TYPE_INTEGER .type = &calx_type_integer
#define CALX__TYPE_INTEGER_OR_NULL CALX__TYPE_INTEGER, .nullable = true
#define CALX__TYPE_BIG_INTEGER .type = &calx_type_big_integer
#define CALX__TYPE_BIG_INTEGER_OR_NULL CALX__TYPE_BIG_INTEGER, .nullable = true
#define CALX__TYPE_BOOLEAN .type = &calx_type_boolean
#define CALX__TYPE_BOOLEAN_OR_NULL CALX__TYPE_BOOLEAN, .nullable = true
#define CALX__TYPE_DOUBLE .type = &calx_type_double
#define CALX__TYPE_DOUBLE_OR_NULL CALX__TYPE_DOUBLE, .nullable = true
#define CALX__TYPE_STRING .type = &calx_type_string
#define CALX__TYPE_STRING_OR_NULL CALX__TYPE_STRING, .nullable = true
#define CALX__TYPE_TEXT .type = &calx_type_text
#define CALX__TYPE_TEXT_OR_NULL CALX__TYPE_TEXT, .nullable = true
#define CALX__TYPE_LARGE_BINARY .type = &calx_type_large_binary
#define CALX__TYPE_LARGE_BINARY_OR_NULL CALX__TYPE_LARGE_BINARY, .nullable = true
#define CALX__TYPE_DATETIME .type = &calx_type_datetime
#define CALX__TYPE_DATETIME_OR_NULL CALX__TYPE_DATETIME, .nullable = true

/* Phantom types: which C values a column is compared with (query.h). Never defined. */
typedef struct calx__integer_values calx__integer_values;
typedef struct calx__boolean_values calx__boolean_values;
typedef struct calx__double_values calx__double_values;
typedef struct calx__text_values calx__text_values;
typedef struct calx__blob_values calx__blob_values;
typedef struct calx__datetime_values calx__datetime_values;

/* Options become members of calx_column. */
#define CALX__OPTION_PRIMARY_KEY .primary_key = true,
#define CALX__OPTION_UNIQUE .unique = true,
#define CALX__OPTION_JSON .json = true,
#define CALX__OPTION_LENGTH(characters) .length = (characters),
#define CALX__OPTION_NAME(text) .sql_name = (text),
#define CALX__OPTION_

#define CALX__OPTIONS_1(a) CALX__OPTION_##a
#define CALX__OPTIONS_2(a, b) CALX__OPTION_##a CALX__OPTION_##b
#define CALX__OPTIONS_3(a, b, c) CALX__OPTION_##a CALX__OPTION_##b CALX__OPTION_##c
#define CALX__OPTIONS_4(a, b, c, d)                                                                \
    CALX__OPTION_##a CALX__OPTION_##b CALX__OPTION_##c CALX__OPTION_##d
#define CALX__OPTIONS_5(a, b, c, d, e)                                                             \
    CALX__OPTION_##a CALX__OPTION_##b CALX__OPTION_##c CALX__OPTION_##d CALX__OPTION_##e
#define CALX__OPTIONS_COUNT(a, b, c, d, e, n, ...) CALX__OPTIONS_##n
#define CALX__OPTIONS(...) CALX__OPTIONS_COUNT(__VA_ARGS__, 5, 4, 3, 2, 1, 0)(__VA_ARGS__)

#define CALX__STRUCT_MEMBER(Model, TYPE, column, ...) CALX__MEMBER_##TYPE column;
#define CALX__COLUMN_INDEX(Model, TYPE, column, ...) Model##__##column,
#define CALX__COLUMN_HANDLE(Model, TYPE, name, ...)                                                \
    struct {                                                                                       \
        calx_expression expression;                                                                \
        Model##_condition *model;                                                                  \
        CALX__VALUES_##TYPE *values;                                                               \
    } name;
#define CALX__COLUMN_DEFINE(Model, TYPE, column, ...)                                              \
    [Model##__##column] = {.member = #column,                                                      \
                           CALX__TYPE_##TYPE,                                                      \
                           .offset = offsetof(Model, column),                                      \
                           CALX__OPTIONS(__VA_ARGS__)},
#define CALX__HANDLE_DEFINE(Model, TYPE, name, ...)                                                \
    .name = {                                                                                      \
        .expression = {.op = CALX_OPERATOR_COLUMN, .column = &Model##__columns[Model##__##name]}},

/* Declares the model: what a header holds. The types after the struct are explained in query.h. */
#define CALX_MODEL_DECLARE(Model, LIST)                                                            \
    typedef struct Model {                                                                         \
        LIST(CALX__STRUCT_MEMBER, Model)                                                           \
    } Model;                                                                                       \
    enum { LIST(CALX__COLUMN_INDEX, Model) Model##__column_count };                                \
    _Static_assert(Model##__column_count <= CALX_MODEL_COLUMNS_MAX, #Model ": too many columns");  \
    typedef struct Model##_condition {                                                             \
        calx_expression expression;                                                                \
    } Model##_condition;                                                                           \
    typedef struct Model##_columns {                                                               \
        LIST(CALX__COLUMN_HANDLE, Model)                                                           \
    } Model##_columns;                                                                             \
    typedef struct Model##_list {                                                                  \
        Model **items;                                                                             \
        size_t count;                                                                              \
    } Model##_list;                                                                                \
    typedef struct Model##_query {                                                                 \
        calx_query *query;                                                                         \
        const Model##_columns *columns;                                                            \
        Model##_condition *condition;                                                              \
        Model##_list *list;                                                                        \
        Model *row;                                                                                \
    } Model##_query;                                                                               \
    extern const calx_model Model##_model;                                                         \
    extern const Model##_columns Model##_;                                                         \
    __attribute__((unused)) static inline Model *Model##_new(calx_session *session)                \
    {                                                                                              \
        return (Model *)calx_session_new(session, &Model##_model);                                 \
    }

/* Defines the model: in one source file. */
#define CALX_MODEL_DEFINE(Model, table_name, LIST)                                                 \
    static const calx_column Model##__columns[] = {LIST(CALX__COLUMN_DEFINE, Model)};              \
    static struct calx__model_info Model##__info;                                                  \
    const calx_model Model##_model = {                                                             \
        .name = #Model,                                                                            \
        .table = (table_name),                                                                     \
        .size = sizeof(Model),                                                                     \
        .columns = Model##__columns,                                                               \
        .column_count = Model##__column_count,                                                     \
        .info = &Model##__info,                                                                    \
    };                                                                                             \
    const Model##_columns Model##_ = {LIST(CALX__HANDLE_DEFINE, Model)};

#endif
