/*
 * model.h: one list of columns declares a model: the struct, its table, its typed columns.
 *
 *     #define ORDER_LINE(COLUMN, Model)                                                      \
 *         COLUMN(Model, INTEGER, order_id, PRIMARY_KEY, FOREIGN_KEY(Order, id))              \
 *         COLUMN(Model, INTEGER, line, PRIMARY_KEY)                                          \
 *         COLUMN(Model, STRING, article, JSON, LENGTH(40), INDEX)                            \
 *         COLUMN(Model, INTEGER, quantity, JSON, DEFAULT(1))
 *
 *     #define ORDER_LINE_TABLE(CONSTRAINT, Model)                                            \
 *         CONSTRAINT(Model, UNIQUE(order_id, article))                                       \
 *         CONSTRAINT(Model, CHECK(quantity, "quantity > 0"))
 *
 *     CALX_MODEL_DECLARE(OrderLine, ORDER_LINE)                        in a header
 *     CALX_MODEL_DEFINE(OrderLine, "order_lines", ORDER_LINE,
 *                       TABLE(ORDER_LINE_TABLE))                       in one source file
 *
 * That gives the struct OrderLine, OrderLine_new(session), OrderLine_init(&line) for structs of
 * one's own, the columns OrderLine_.line … for queries, and OrderLine_model. A list may call
 * another: so columns are shared by several models.
 *
 * Types are those of type.h, each with a form _OR_NULL. Options of a column, at most sixteen:
 *
 *     PRIMARY_KEY               several of them: a composite key, in this order
 *     UNIQUE, INDEX             of this column alone
 *     FOREIGN_KEY(Order, id)    and behind the column ON_DELETE(action), ON_UPDATE(action):
 *                               CASCADE, SET_NULL, RESTRICT, NO_ACTION
 *     LENGTH(n)                 characters of a STRING
 *     TIMEZONE                  the database knows that a DATETIME is UTC
 *     NAME("sql_name")          where that is another than the member's
 *     JSON                      read from and written to JSON by the member's name; a primary key
 *                               is written only
 *     DEFAULT(constant)         what Model_new sets
 *     SERVER_DEFAULT("sql")     what the database sets when the member was not: DEFAULT in DDL
 *     ON_INSERT(function)       set by a calx_compute at the flush that inserts, if it was not
 *     ON_UPDATE(function)       set by a calx_compute at a flush that updates the row, unless the
 *                               application has changed it
 *     VERSION                   counts the updates of the row: optimistic locking (session.h)
 *     VALIDATE(function)        a calx_column_validator
 *
 * Constraints of a table, the second list; columns are those of the list, at most eight:
 *
 *     UNIQUE(a, b)              INDEX(a, b)
 *     UNIQUE_WHERE(name, "sql condition", a, b)      INDEX_WHERE(name, "sql condition", a, b)
 *     UNIQUE_ON(name, "sql expression, …")           INDEX_ON(name, "sql expression, …")
 *     CHECK(name, "sql condition")
 *     FOREIGN_KEY_OF(Shipment, (a, b), (order_id, line))       actions behind, as above
 *
 * The parts of CALX_MODEL_DEFINE: TABLE(list), RELATIONSHIPS(list) (relationship.h; for
 * CALX_MODEL_DECLARE too), VALIDATE(function), of type int (const Model *object, calx_error *err).
 */
#ifndef CALX_MODEL_H
#define CALX_MODEL_H

#include <calx/api.h>
#include <calx/enumeration.h>
#include <calx/error.h>
#include <calx/expression.h>
#include <calx/type.h>

typedef struct calx_model calx_model;
typedef struct calx_relationship calx_relationship;
typedef struct calx_session calx_session;

#define CALX_MODEL_COLUMNS_MAX 64
#define CALX_MODEL_SIZE_MAX 4096
#define CALX_KEY_COLUMNS_MAX 8 /* of a primary key, a constraint, an index */
#define CALX_NAME_MAX 63       /* bytes of a name in SQL: PostgreSQL's, the smallest */

/* Sets a member, nullable as the column says. */
typedef void calx_compute(const calx_column *column, void *member);

/*
 * Is the value acceptable? 0, or CALX_ERROR_INVALID with a message that begins with what is wrong:
 * the column is put before it. Run for what is about to be written, by the flush and by
 * calx_json_read, and never for NULL.
 */
typedef int calx_column_validator(const calx_column *column, const void *member, calx_error *err);

/* The same for a whole record, after its columns; its message stands alone. */
typedef int calx_model_validator(const void *record, calx_error *err);

/* What becomes of a row when the row it refers to is deleted, or its key changed. */
typedef enum calx_action {
    CALX_ACTION_NONE, /* not written: the database refuses it, when the statement ends */
    CALX_ACTION_NO_ACTION,
    CALX_ACTION_RESTRICT,
    CALX_ACTION_CASCADE,
    CALX_ACTION_SET_NULL,
} calx_action;

/* The option FOREIGN_KEY of a column. */
typedef struct calx_reference {
    const calx_model *model; /* NULL: there is none */
    size_t column;           /* index, in the model referred to */
    calx_action on_delete;
    calx_action on_update;
} calx_reference;

struct calx_column {
    const char *member;   /* its name in C and in JSON */
    const char *sql_name; /* its name in SQL where that is another: calx_column_name */
    const calx_type *type;
    size_t offset; /* of the member in the model's struct */
    bool nullable;
    bool primary_key;
    bool unique;
    bool index;
    bool json;
    bool version;
    uint32_t length;                     /* characters; 0: as many as the database takes */
    uint8_t precision;                   /* of NUMERIC: digits, */
    uint8_t scale;                       /* and those of them behind the point */
    const calx_column *element;          /* of ARRAY: what its items are */
    const calx_enumeration *enumeration; /* of ENUM */
    bool timezone;                       /* of DATETIME: the database knows that it is UTC */
    calx_reference reference;
    const void *default_value;  /* a member of this column; NULL: no DEFAULT */
    const char *server_default; /* SQL; or NULL */
    calx_compute *on_insert;
    calx_compute *on_update;
    calx_column_validator *validate;
};

/* A column's name in SQL. */
static inline const char *calx_column_name(const calx_column *column)
{
    return column->sql_name ? column->sql_name : column->member;
}

typedef enum calx_constraint_kind {
    CALX_CONSTRAINT_UNIQUE,
    CALX_CONSTRAINT_CHECK,
    CALX_CONSTRAINT_INDEX,
    CALX_CONSTRAINT_FOREIGN_KEY,
} calx_constraint_kind;

/* One entry of a table's list. */
typedef struct calx_constraint {
    calx_constraint_kind kind;
    bool unique;       /* of an index */
    const char *name;  /* the part of its name that the application chose; NULL: its columns */
    const char *sql;   /* a CHECK's condition; the expressions of an index without columns */
    const char *where; /* the condition of a partial index; or NULL */
    size_t column_count;
    uint8_t columns[CALX_KEY_COLUMNS_MAX]; /* indexes, as in all that follows */
    const calx_model *model;               /* FOREIGN_KEY_OF, with what follows */
    size_t referenced_count;
    uint8_t referenced[CALX_KEY_COLUMNS_MAX]; /* of the model referred to */
    calx_action on_delete;
    calx_action on_update;
} calx_constraint;

/* A foreign key of a checked model, whether a column's option or an entry of the table's list. */
typedef struct calx_foreign_key {
    const calx_model *model; /* referred to */
    size_t column_count;
    uint8_t columns[CALX_KEY_COLUMNS_MAX];    /* of the model that refers */
    uint8_t referenced[CALX_KEY_COLUMNS_MAX]; /* of the other, one for each */
    calx_action on_delete;
    calx_action on_update;
    char name[CALX_NAME_MAX + 1]; /* in SQL */
} calx_foreign_key;

/* Read-only. Checked once, at the first use (calx_model_check). */
struct calx_model {
    const char *name;  /* "OrderLine" */
    const char *table; /* "order_lines" */
    size_t size;       /* of the struct */
    const calx_column *columns;
    size_t column_count;
    const calx_constraint *constraints;
    size_t constraint_count;
    const calx_relationship *relationships;
    size_t relationship_count;
    calx_model_validator *validate;
    struct calx__model_info *info; /* what calx_model_check found out */
};

/*
 * Is the model usable on every database? CALX_ERROR_MODEL names model and column: no primary key, a
 * primary key that is nullable or of a type that cannot be one, two columns of one name, a name
 * that is too long, too many columns, a foreign key of another type than what it refers to, an
 * index on a type of unlimited length …
 * Models that it refers to are checked with it. Thread-safe; repeated calls are cheap.
 */
CALX_API int calx_model_check(const calx_model *model, calx_error *err);

/* Of checked models: */

/* The primary key's columns: their indexes, *count of them, at least one. */
CALX_API const uint8_t *calx_model_key(const calx_model *model, size_t *count);

/* The first column of the primary key: the whole of it where there is one. */
CALX_API const calx_column *calx_model_primary_key(const calx_model *model);

/* The column whose value the database generates when it is 0: the primary key if it is one integer
 * that refers to nothing and has no DEFAULT. NULL if there is none. */
CALX_API const calx_column *calx_model_generated_key(const calx_model *model);

/* The column with the option VERSION; NULL if there is none. */
CALX_API const calx_column *calx_model_version(const calx_model *model);

/* All foreign keys: of columns, then of the table's list. */
CALX_API const calx_foreign_key *calx_model_foreign_keys(const calx_model *model, size_t *count);

/*
 * How far a model stands from those that refer to nothing: it is greater than the rank of every
 * model it refers to, but for itself and for what closes a cycle (calx_foreign_key_is_deferred).
 * It depends on nothing but the models it refers to: whoever works in the order of rank, then
 * table name, works in the same order as everybody else.
 */
CALX_API unsigned calx_model_rank(const calx_model *model);

/* Does this foreign key of the model close a cycle: are rows of the model written, is its table
 * made, before that of the model it refers to? */
CALX_API bool calx_foreign_key_is_deferred(const calx_model *model, const calx_foreign_key *key);

/* Checks the models and sorts them by rank, then table name: referred to before referring. */
CALX_API int calx_models_sort(const calx_model **models, size_t count, calx_error *err);

/* Of any model: makes a struct of the caller's own what Model_new makes of an object: zeroed, with
 * nullable members NULL, and what has a DEFAULT set. Model_init(&record) is the same. */
CALX_API void calx_record_init(const calx_model *model, void *record);

/* Of any model: a column by its member's name; NULL if there is none. */
CALX_API const calx_column *calx_model_column(const calx_model *model, const char *member);

#include <calx/model_macros.h>
#include <calx/relationship.h>

#endif
