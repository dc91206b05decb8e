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
} calx__dialect;

/* NULL when unknown. */
const calx__dialect *calx__dialect_find(const char *name);

/* Appends a name, quoted if the dialect requires it: reserved, not all lower case letters, digits
 * and _ , or beginning with a digit. As SQLAlchemy. */
void calx__dialect_identifier(const calx__dialect *dialect, const char *name, calx_buffer *out);

/* Appends "CREATE TABLE IF NOT EXISTS …" as SQLAlchemy writes it; the model is checked. */
void calx__dialect_create_table(const calx__dialect *dialect, const calx_model *model,
                                calx_buffer *out);

void calx__dialect_drop_table(const calx__dialect *dialect, const calx_model *model,
                              calx_buffer *out);

#endif
