/*
 * model_macros.h: what the lists of model.h expand to. Nothing here is used by name but
 * CALX_MODEL_DECLARE and CALX_MODEL_DEFINE, at the end.
 */
#ifndef CALX_MODEL_MACROS_H
#define CALX_MODEL_MACROS_H

#include <stdatomic.h>

#include <calx/macro.h>
#include <calx/model.h>
#include <calx/type_macros.h>

/* What calx_model_check keeps. Its fields are core's; written once, before state. */
struct calx__model_info {
    _Atomic int state;
    uint8_t key[CALX_KEY_COLUMNS_MAX];
    uint8_t key_count;
    bool unshares; /* a column whose type does */
    unsigned rank;
    const calx_column *generated_key;
    const calx_column *version;
    calx_foreign_key *foreign_keys; /* room for as many as there are columns */
    size_t foreign_key_count;
};

/* ---- Tools ---- */

#define CALX__OPEN(...) __VA_ARGS__

/*
 * An option is a word pasted behind a prefix. A known one expands to the macro that makes something
 * of it and, in brackets, its arguments; an unknown one stays a word, which the compiler then
 * prints.
 */
#define CALX__APPLY(c, ...)                                                                        \
    CALX__APPLY_COUNT(__VA_ARGS__, CALX__APPLY_KNOWN, CALX__APPLY_UNKNOWN, )(c, __VA_ARGS__)
#define CALX__APPLY_COUNT(maker, arguments, chosen, ...) chosen
#define CALX__APPLY_KNOWN(c, maker, arguments) maker(c, arguments)
#define CALX__APPLY_UNKNOWN(c, word) word,

/* ---- Columns; the context of an option is (Model, name, how a DEFAULT is written) ---- */

#define CALX__OPTION_PRIMARY_KEY CALX__SET, (.primary_key = true)
#define CALX__OPTION_UNIQUE CALX__SET, (.unique = true)
#define CALX__OPTION_INDEX CALX__SET, (.index = true)
#define CALX__OPTION_JSON CALX__SET, (.json = true)
#define CALX__OPTION_VERSION CALX__SET, (.version = true)
#define CALX__OPTION_LENGTH(characters) CALX__SET, (.length = (characters))
#define CALX__OPTION_TIMEZONE CALX__SET, (.timezone = true)
#define CALX__OPTION_NAME(text) CALX__SET, (.sql_name = "" text)
#define CALX__OPTION_DEFAULT(...) CALX__DEFAULT, (__VA_ARGS__)
#define CALX__OPTION_SERVER_DEFAULT(sql) CALX__SET, (.server_default = "" sql)
#define CALX__OPTION_ON_INSERT(function)                                                           \
    CALX__SET, (.on_insert = CALX__FUNCTION(calx_compute, function))
#define CALX__OPTION_ON_UPDATE(function)                                                           \
    CALX__SET, (.on_update = CALX__FUNCTION(calx_compute, function))
#define CALX__OPTION_VALIDATE(function)                                                            \
    CALX__SET, (.validate = CALX__FUNCTION(calx_column_validator, function))
#define CALX__OPTION_FOREIGN_KEY(Other, ...) CALX__REFERENCE, (Other, __VA_ARGS__, )
#define CALX__OPTION_ CALX__NOTHING, ()

#define CALX__NOTHING(c, arguments)
#define CALX__SET(c, arguments) CALX__OPEN arguments,
#define CALX__DEFAULT(c, arguments) CALX__DEFAULT_OF(CALX__OPEN c, CALX__OPEN arguments)
#define CALX__DEFAULT_OF(...) CALX__DEFAULT_WRITE(__VA_ARGS__)
#define CALX__DEFAULT_WRITE(Model, name, initial, ...)                                             \
    .default_value = &(const __typeof__(((Model *)0)->name)){initial(__VA_ARGS__)},
#define CALX__REFERENCE(c, arguments) CALX__REFERENCE_WRITE arguments
#define CALX__REFERENCE_WRITE(Other, name, ...)                                                    \
    .reference = {                                                                                 \
        .model = &Other##_model, .column = Other##__##name, CALX__ACTIONS(__VA_ARGS__, , )},

/* One or two actions, in any order. */
#define CALX__ACTIONS(a, b, ...) CALX__ACTION_##a CALX__ACTION_##b
#define CALX__ACTION_ON_DELETE(action) .on_delete = CALX_ACTION_##action,
#define CALX__ACTION_ON_UPDATE(action) .on_update = CALX_ACTION_##action,
#define CALX__ACTION_

/* A function of another type has no association: the compiler prints its type. */
#define CALX__FUNCTION(type, function) _Generic(&(function), type * : (function))

#define CALX__OPTION(c, option) CALX__APPLY(c, CALX__OPTION_##option)

#define CALX__STRUCT_MEMBER(Model, TYPE, column, ...) CALX__MEMBER_##TYPE column;
#define CALX__COLUMN_INDEX(Model, TYPE, column, ...) Model##__##column,
#define CALX__COLUMN_HANDLE(Model, TYPE, name, ...)                                                \
    struct {                                                                                       \
        calx_expression expression;                                                                \
        Model##_condition *model;                                                                  \
        CALX__VALUES_##TYPE *values;                                                               \
    } name;
#define CALX__COLUMN_DEFINE(Model, TYPE, column, ...)                                              \
    [Model##__##                                                                                   \
        column] = {.member = #column,                                                              \
                   CALX__TYPE_##TYPE,                                                              \
                   .offset = offsetof(Model, column),                                              \
                   CALX__EACH(CALX__OPTION, (Model, column, CALX__INITIAL_##TYPE), __VA_ARGS__)},
#define CALX__HANDLE_DEFINE(Model, TYPE, name, ...)                                                \
    .name = {                                                                                      \
        .expression = {.op = CALX_OPERATOR_COLUMN, .column = &Model##__columns[Model##__##name]},  \
        .values = CALX__SECOND(CALX__CONVERT_##TYPE, NULL, )},

/* ---- Constraints of a table; the context is the Model ---- */

#define CALX__CONSTRAINT_UNIQUE(...) CALX__UNIQUE_OF, (__VA_ARGS__)
#define CALX__CONSTRAINT_INDEX(...) CALX__INDEX_OF, (false, __VA_ARGS__)
#define CALX__CONSTRAINT_INDEX_WHERE(name, sql, ...) CALX__INDEX_IF, (false, name, sql, __VA_ARGS__)
#define CALX__CONSTRAINT_UNIQUE_WHERE(name, sql, ...) CALX__INDEX_IF, (true, name, sql, __VA_ARGS__)
#define CALX__CONSTRAINT_INDEX_ON(name, sql) CALX__INDEX_BY, (false, name, sql)
#define CALX__CONSTRAINT_UNIQUE_ON(name, sql) CALX__INDEX_BY, (true, name, sql)
#define CALX__CONSTRAINT_CHECK(name, sql) CALX__CHECK_IF, (name, sql)
#define CALX__CONSTRAINT_FOREIGN_KEY_OF(Other, own, ...)                                           \
    CALX__FOREIGN_KEY_TO, (Other, own, __VA_ARGS__, )

/* The bracketed arguments, behind the Model, as arguments of a macro that writes the entry. */
#define CALX__UNIQUE_OF(c, arguments) CALX__WRITE(CALX__UNIQUE_WRITE, c, CALX__OPEN arguments)
#define CALX__INDEX_OF(c, arguments) CALX__WRITE(CALX__INDEX_WRITE, c, CALX__OPEN arguments)
#define CALX__INDEX_IF(c, arguments) CALX__WRITE(CALX__INDEX_IF_WRITE, c, CALX__OPEN arguments)
#define CALX__INDEX_BY(c, arguments) CALX__WRITE(CALX__INDEX_BY_WRITE, c, CALX__OPEN arguments)
#define CALX__CHECK_IF(c, arguments) CALX__WRITE(CALX__CHECK_WRITE, c, CALX__OPEN arguments)
#define CALX__FOREIGN_KEY_TO(c, arguments)                                                         \
    CALX__WRITE(CALX__FOREIGN_KEY_WRITE, c, CALX__OPEN arguments)
#define CALX__WRITE(writer, ...) writer(__VA_ARGS__)
#define CALX__PASS(writer, ...) writer(__VA_ARGS__) /* inside of it */

#define CALX__UNIQUE_WRITE(Model, ...)                                                             \
    .kind = CALX_CONSTRAINT_UNIQUE, CALX__COLUMNS(Model, __VA_ARGS__)
#define CALX__INDEX_WRITE(Model, is_unique, ...)                                                   \
    .kind = CALX_CONSTRAINT_INDEX, .unique = is_unique, CALX__COLUMNS(Model, __VA_ARGS__)
#define CALX__INDEX_IF_WRITE(Model, is_unique, chosen, condition, ...)                             \
    .kind = CALX_CONSTRAINT_INDEX, .unique = is_unique, .name = #chosen, .where = "" condition,    \
    CALX__COLUMNS(Model, __VA_ARGS__)
#define CALX__INDEX_BY_WRITE(Model, is_unique, chosen, expressions)                                \
    .kind = CALX_CONSTRAINT_INDEX, .unique = is_unique, .name = #chosen, .sql = "" expressions
#define CALX__CHECK_WRITE(Model, chosen, condition)                                                \
    .kind = CALX_CONSTRAINT_CHECK, .name = #chosen, .sql = "" condition
#define CALX__FOREIGN_KEY_WRITE(Model, Other, own, others, ...)                                    \
    .kind = CALX_CONSTRAINT_FOREIGN_KEY, .model = &Other##_model,                                  \
    CALX__PASS(CALX__COLUMNS, Model, CALX__OPEN own),                                              \
    CALX__PASS(CALX__REFERENCED, Other, CALX__OPEN others), CALX__ACTIONS(__VA_ARGS__, , )

#define CALX__COLUMNS(Model, ...)                                                                  \
    .columns = {CALX__EACH(CALX__INDEX_OF_COLUMN, Model, __VA_ARGS__)},                            \
    .column_count =                                                                                \
        CALX__COUNT_OF(((uint8_t[]){CALX__EACH(CALX__INDEX_OF_COLUMN, Model, __VA_ARGS__)}))
#define CALX__REFERENCED(Model, ...)                                                               \
    .referenced = {CALX__EACH(CALX__INDEX_OF_COLUMN, Model, __VA_ARGS__)},                         \
    .referenced_count =                                                                            \
        CALX__COUNT_OF(((uint8_t[]){CALX__EACH(CALX__INDEX_OF_COLUMN, Model, __VA_ARGS__)}))
#define CALX__COUNT_OF(columns)                                                                    \
    (sizeof columns + 0 * sizeof(struct {                                                          \
                          _Static_assert(sizeof columns <= CALX_KEY_COLUMNS_MAX,                   \
                                         "more than 8 columns");                                   \
                          int one;                                                                 \
                      }))
#define CALX__INDEX_OF_COLUMN(Model, column) Model##__##column,

#define CALX__CONSTRAINT_DEFINE(Model, constraint)                                                 \
    {CALX__APPLY(Model, CALX__CONSTRAINT_##constraint)},

/* ---- Parts, at most three: TABLE(list), RELATIONSHIPS(list), VALIDATE(function) ---- */

#define CALX__PARTS(stage, Model, ...) CALX__PARTS_EACH(stage, Model, __VA_ARGS__, , , )
#define CALX__PARTS_EACH(stage, Model, a, b, c, ...)                                               \
    CALX__PART(stage, Model, CALX__PART_##a)                                                       \
    CALX__PART(stage, Model, CALX__PART_##b)                                                       \
    CALX__PART(stage, Model, CALX__PART_##c)
#define CALX__PART_TABLE(LIST) _TABLE, LIST
#define CALX__PART_RELATIONSHIPS(LIST) _RELATIONSHIPS, LIST
#define CALX__PART_VALIDATE(function) _VALIDATE, function
#define CALX__PART_ _NONE,
#define CALX__PART(stage, Model, ...)                                                              \
    CALX__PART_COUNT(__VA_ARGS__, CALX__PART_KNOWN, CALX__PART_UNKNOWN, )                          \
    (stage, Model, __VA_ARGS__)
#define CALX__PART_COUNT(part, argument, chosen, ...) chosen
#define CALX__PART_KNOWN(stage, Model, part, argument) stage##part(Model, argument)
#define CALX__PART_UNKNOWN(stage, Model, word) _Static_assert(0, #Model ": unknown " #word);

/* The stages of CALX_MODEL_DECLARE: members of the struct, their indexes, their handles. */
#define CALX__MEMBERS_TABLE(Model, LIST)
#define CALX__MEMBERS_RELATIONSHIPS(Model, LIST) LIST(CALX__RELATIONSHIP_MEMBER, Model)
#define CALX__MEMBERS_VALIDATE(Model, function)
#define CALX__MEMBERS_NONE(Model, nothing)

#define CALX__INDEXES_TABLE(Model, LIST)
#define CALX__INDEXES_RELATIONSHIPS(Model, LIST)                                                   \
    enum { LIST(CALX__RELATIONSHIP_INDEX, Model) Model##__relationship_count };
#define CALX__INDEXES_VALIDATE(Model, function)
#define CALX__INDEXES_NONE(Model, nothing)

#define CALX__HANDLES_TABLE(Model, LIST)
#define CALX__HANDLES_RELATIONSHIPS(Model, LIST) LIST(CALX__RELATIONSHIP_HANDLE, Model)
#define CALX__HANDLES_VALIDATE(Model, function)
#define CALX__HANDLES_NONE(Model, nothing)

/* The stages of CALX_MODEL_DEFINE: what stands before the model, what is set in it, and in its
 * handles. */
#define CALX__BEFORE_TABLE(Model, LIST)                                                            \
    static const calx_constraint Model##__constraints[] = {LIST(CALX__CONSTRAINT_DEFINE, Model)};
#define CALX__BEFORE_RELATIONSHIPS(Model, LIST)                                                    \
    static struct calx__relationship_info Model##__relationship_info[Model##__relationship_count]; \
    static const calx_relationship Model##__relationships[] = {                                    \
        LIST(CALX__RELATIONSHIP_DEFINE, Model)};
#define CALX__BEFORE_VALIDATE(Model, function)                                                     \
    _Static_assert(_Generic(&(function), int (*)(const Model *, calx_error *) : 1, default : 0),   \
                   #Model ": " #function " is no int (const " #Model " *, calx_error *)");         \
    static int Model##__validate(const void *record, calx_error *err)                              \
    {                                                                                              \
        const Model *object = record;                                                              \
        return function(object, err);                                                              \
    }
#define CALX__BEFORE_NONE(Model, nothing)

#define CALX__FIELDS_TABLE(Model, LIST)                                                            \
    .constraints = Model##__constraints,                                                           \
    .constraint_count = sizeof Model##__constraints / sizeof *Model##__constraints,
#define CALX__FIELDS_RELATIONSHIPS(Model, LIST)                                                    \
    .relationships = Model##__relationships,                                                       \
    .relationship_count = sizeof Model##__relationships / sizeof *Model##__relationships,
#define CALX__FIELDS_VALIDATE(Model, function) .validate = Model##__validate,
#define CALX__FIELDS_NONE(Model, nothing)

#define CALX__HANDLE_SET_TABLE(Model, LIST)
#define CALX__HANDLE_SET_RELATIONSHIPS(Model, LIST) LIST(CALX__RELATIONSHIP_HANDLE_DEFINE, Model)
#define CALX__HANDLE_SET_VALIDATE(Model, function)
#define CALX__HANDLE_SET_NONE(Model, nothing)

/* What queries need of a struct with such columns: condition, columns, list, query. The condition
 * knows the types of expressions of the model that give other values than their operands. */
#define CALX__QUERY_TYPES(Model, LIST, ...)                                                        \
    enum { LIST(CALX__COLUMN_INDEX, Model) Model##__column_count };                                \
    _Static_assert(Model##__column_count <= CALX_MODEL_COLUMNS_MAX, #Model ": too many columns");  \
    typedef struct Model##_condition Model##_condition;                                            \
    typedef struct Model##__integer {                                                              \
        calx_expression expression;                                                                \
        Model##_condition *model;                                                                  \
        calx__integer_values *values;                                                              \
    } Model##__integer;                                                                            \
    typedef struct Model##__double {                                                               \
        calx_expression expression;                                                                \
        Model##_condition *model;                                                                  \
        calx__double_values *values;                                                               \
    } Model##__double;                                                                             \
    struct Model##_condition {                                                                     \
        calx_expression expression;                                                                \
        Model##__integer *integer;                                                                 \
        Model##__double *real;                                                                     \
    };                                                                                             \
    typedef struct Model##_columns {                                                               \
        LIST(CALX__COLUMN_HANDLE, Model)                                                           \
        CALX__PARTS(CALX__HANDLES, Model, __VA_ARGS__)                                             \
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
    extern const Model##_columns Model##_;

/* Declares the model: what a header holds. The types after the struct are explained in query.h. */
#define CALX_MODEL_DECLARE(Model, LIST, ...)                                                       \
    CALX__PARTS(CALX__INDEXES, Model, __VA_ARGS__)                                                 \
    typedef struct Model {                                                                         \
        LIST(CALX__STRUCT_MEMBER, Model)                                                           \
        CALX__PARTS(CALX__MEMBERS, Model, __VA_ARGS__)                                             \
    } Model;                                                                                       \
    CALX__QUERY_TYPES(Model, LIST, __VA_ARGS__)                                                    \
    __attribute__((unused)) static inline Model *Model##_new(calx_session *session)                \
    {                                                                                              \
        return (Model *)calx_session_new(session, &Model##_model);                                 \
    }                                                                                              \
    __attribute__((unused)) static inline void Model##_init(Model *record)                         \
    {                                                                                              \
        calx_record_init(&Model##_model, record);                                                  \
    }

/* Defines the model: in one source file. */
#define CALX_MODEL_DEFINE(Model, table_name, LIST, ...)                                            \
    static const calx_column Model##__columns[] = {LIST(CALX__COLUMN_DEFINE, Model)};              \
    static calx_foreign_key Model##__foreign_keys[Model##__column_count];                          \
    static struct calx__model_info Model##__info = {.foreign_keys = Model##__foreign_keys};        \
    CALX__PARTS(CALX__BEFORE, Model, __VA_ARGS__)                                                  \
    const calx_model Model##_model = {                                                             \
        .name = #Model,                                                                            \
        .table = (table_name),                                                                     \
        .size = sizeof(Model),                                                                     \
        .columns = Model##__columns,                                                               \
        .column_count = Model##__column_count,                                                     \
        CALX__PARTS(CALX__FIELDS, Model, __VA_ARGS__).info = &Model##__info,                       \
    };                                                                                             \
    const Model##_columns Model##_ = {LIST(CALX__HANDLE_DEFINE, Model)                             \
                                          CALX__PARTS(CALX__HANDLE_SET, Model, __VA_ARGS__)};

#endif
