/*
 * dialect.h: what a database says. A dialect is data, a few strings and switches; whoever makes SQL
 * text asks it and never its name. Private to core.
 */
#ifndef CALX_CORE_DIALECT_DIALECT_H
#define CALX_CORE_DIALECT_DIALECT_H

#include <calx/buffer.h>
#include <calx/driver.h>
#include <calx/model.h>

typedef struct calx__dialect {
    const char *name;            /* "sqlite" */
    char quote;                  /* around identifiers that need it; doubled inside */
    const char *const *reserved; /* words that need quotes, lower case, sorted; NULL-ended */
    size_t reserved_count;
    bool numbered_binds;        /* "$1" instead of "?" */
    bool insert_returning;      /* INSERT … RETURNING gives the generated key */
    const char *insert_default; /* an INSERT without columns: "DEFAULT VALUES" or "() VALUES ()" */
    bool nulls_sort_last; /* NULL comes after every value unless it is told otherwise: NULLS FIRST
                             is written */
    const char
        *limit_all; /* what LIMIT says when only an offset is wanted: "-1", "ALL", a huge number */
    const char *types[CALX_TYPE_COUNT]; /* DDL, by type */
    const char *datetime_with_zone;     /* what a DATETIME with TIMEZONE is */
    bool numeric_has_scale;             /* "(10, 2)" follows NUMERIC */
    const char *generated_integer; /* the whole type of a generated key: "INTEGER NOT NULL", "SERIAL
                                      NOT NULL", "INTEGER NOT NULL AUTO_INCREMENT" */
    const char *generated_big_integer;
    const struct calx__catalog *catalog; /* how it is asked for what there is */
    const char *table_options; /* behind the closing bracket of CREATE TABLE: " DEFAULT CHARACTER
                                  SET …", or "" */
    const char *current_timestamp; /* SERVER_DEFAULT("CURRENT_TIMESTAMP"): in UTC, with microseconds
                                      as far as there are any */
    bool transactional_ddl;        /* a transaction makes all tables or none */
    bool refers_ahead;             /* a foreign key may refer to a table that is not there yet */
    bool folds_names;              /* "Todos" is the table "todos" */
    bool indexes_in_table;         /* CREATE TABLE makes them, partial ones by hidden columns */
    bool expression_indexes;
    const char *invisible;     /* behind a hidden column: "", or what keeps it out of SELECT * */
    const char *if_not_exists; /* behind ADD … FOREIGN KEY: "", or where there is such a thing */
    const char *alter_if_exists;  /* "ALTER TABLE IF EXISTS " */
    const char *drop_foreign_key; /* " DROP CONSTRAINT IF EXISTS " */
    const char *before_drop; /* said before tables are dropped, in their transaction; or NULL */
} calx__dialect;

/* NULL when unknown. */
const calx__dialect *calx__dialect_find(const char *name);

/* Appends a name, quoted if the dialect requires it: reserved, not all lower case letters, digits
 * and _ , or beginning with a digit. As SQLAlchemy. */
void calx__dialect_identifier(const calx__dialect *dialect, const char *name, calx_buffer *out);

/* Appends a column's type: "VARCHAR(20)". */
void calx__dialect_type(const calx__dialect *dialect, const calx_column *column, calx_buffer *out);

#endif
