/*
 * dialect.h: what a database says. A dialect is data, a few strings and switches; whoever makes SQL
 * text asks it and never its name. Private to core.
 */
#ifndef CALX_CORE_DIALECT_DIALECT_H
#define CALX_CORE_DIALECT_DIALECT_H

#include <calx/buffer.h>
#include <calx/driver.h>
#include <calx/expression.h>
#include <calx/model.h>

/* What its text has besides the standard's quotes and comments. */
typedef enum calx__lexis {
    CALX__LEXIS_BACKSLASH = 1,      /* escapes in '…' */
    CALX__LEXIS_ESCAPE_STRINGS = 2, /* … in E'…' only */
    CALX__LEXIS_BACKTICKS = 4,      /* `name` */
    CALX__LEXIS_BRACKETS = 8,       /* [name] */
    CALX__LEXIS_DOLLARS = 16,       /* $tag$…$tag$ */
    CALX__LEXIS_NESTS = 32,         /* comments do */
    CALX__LEXIS_HASH = 64,          /* as --, which has a blank behind it; code in comments */
} calx__lexis;

typedef struct calx__dialect {
    const char *name;            /* "sqlite" */
    char quote;                  /* around identifiers that need it; doubled inside */
    const char *const *reserved; /* words that need quotes, lower case, sorted; NULL-ended */
    size_t reserved_count;
    unsigned lexis;        /* of calx__lexis */
    const char *explain;   /* before a query: its plan, as text in the last column */
    bool numbered_binds;   /* "$1" instead of "?" */
    bool insert_returning; /* INSERT … RETURNING gives the generated key */
    const char *load;      /* before a table and its columns, and behind them: many records as
                              one stream; NULL: there is none */
    const char *load_end;
    bool records_returning;     /* so does that of several records, where the driver can take it */
    const char *insert_default; /* an INSERT without columns: "DEFAULT VALUES" or "() VALUES ()" */
    bool nulls_sort_last; /* NULL comes after every value unless it is told otherwise: NULLS FIRST
                             is written */
    const char
        *limit_all; /* what LIMIT says when only an offset is wanted: "-1", "ALL", a huge number */
    const char *types[CALX_TYPE_COUNT]; /* DDL, by type; NULL: there is none */
    const char *datetime_with_zone;     /* what a DATETIME with TIMEZONE is */
    bool enum_is_named;                 /* an enumeration is a type of its own, CREATE TYPE */
    bool enum_has_labels;               /* they follow "ENUM" */
    bool has_arrays;                    /* types[CALX_TYPE_ARRAY] follows the item's type */
    bool numeric_has_scale;             /* "(10, 2)" follows NUMERIC */
    const char *generated_integer; /* the whole type of a generated key: "INTEGER NOT NULL", "SERIAL
                                      NOT NULL", "INTEGER NOT NULL AUTO_INCREMENT" */
    const char *generated_big_integer;
    const char *set_generated_key; /* SELECT that makes the database count on behind a value; binds:
                                      table (as an identifier), column, value. NULL: it sees by
                                      itself what is stored */
    const char *take_keys; /* SELECT of keys for new rows, that nobody else will get; binds: table
                              (as an identifier), column, how many. Its rows are NULL where the
                              database would do anything else for a key. NULL: there is none */
    const struct calx__catalog *catalog; /* how it is asked for what there is */
    const char *table_options; /* behind the closing bracket of CREATE TABLE: " DEFAULT CHARACTER
                                  SET …", or "" */
    const char *current_timestamp; /* SERVER_DEFAULT("CURRENT_TIMESTAMP"): in UTC, with microseconds
                                      as far as there are any */
    const char *current_timestamp_with_zone; /* the same for a DATETIME with TIMEZONE */
    bool refers_ahead;     /* a foreign key may refer to a table that is not there yet */
    bool folds_names;      /* "Todos" is the table "todos" */
    bool indexes_in_table; /* CREATE TABLE makes them, partial ones by hidden columns */
    bool expression_indexes;
    const char *invisible;     /* behind a hidden column: "", or what keeps it out of SELECT * */
    const char *if_not_exists; /* behind ADD … FOREIGN KEY: "", or where there is such a thing */
    const char *alter_if_exists;  /* "ALTER TABLE IF EXISTS " */
    const char *drop_foreign_key; /* " DROP CONSTRAINT IF EXISTS " */
    const char *before_drop; /* said before tables are dropped, in their transaction; or NULL */
    /* What functions are called where that is not the standard (expression.h), and what an integer
       is cast to before it is calculated with, as " AS BIGINT)"; NULL: all are 64 bits wide. */
    const char *functions[CALX_FUNCTION_COUNT_OF];
    const char *wide_integer;
    const char *recursive_types[CALX_KIND_ARRAY + 1]; /* what fields of these kinds are cast to,
                                                         where rows that lead to rows have the
                                                         types, or the lengths, of the first ones:
                                                         " AS TEXT)"; NULL: nothing */
    const char *text_order;    /* behind text whose order counts, if that is not by code points */
    const char *decimal_order; /* behind a decimal that is calculated, where it is compared */
    const char *decimal_fit;   /* what makes one fit for a column, rounded: a function of it,
                                  precision   and scale; NULL: the database does it by itself */
    bool like_is_glob;         /* the pattern of LIKE is a glob: * and ? and [ */
    bool locks_rows;           /* FOR UPDATE; else a transaction that writes locks everything */
    bool locks_tables_by_name; /* FOR UPDATE OF table */
    bool assigns_in_turn;      /* an UPDATE reads what it has just written */
    const char *on_conflict;   /* before the columns that tell whether a row is there already; NULL:
                                  any unique ones do */
    const char *position;      /* SELECT of a number that grows with what the server has written, or
                                  has taken over from another one; NULL: there is none */
    const char *backup;        /* writes a copy to the file that is its bind; NULL: there is none */
    const char *backup_program; /* what does it instead */
} calx__dialect;

/* NULL when unknown. */
const calx__dialect *calx__dialect_find(const char *name);

/* Appends a name, quoted if the dialect requires it: reserved, not all lower case letters, digits
 * and _ , or beginning with a digit. As SQLAlchemy. */
void calx__dialect_identifier(const calx__dialect *dialect, const char *name, calx_buffer *out);

/* The same by itself, in the arena, which has failed where there is no memory. */
calx_text calx__dialect_identifier_copy(const calx__dialect *dialect, const char *name,
                                        calx_arena *arena);

/* Appends "('open', 'closed')". */
void calx__dialect_labels(const calx_enumeration *enumeration, calx_buffer *out);

/* Appends a column's type: "VARCHAR(20)". */
void calx__dialect_type(const calx__dialect *dialect, const calx_column *column, calx_buffer *out);

#endif
