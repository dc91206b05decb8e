/*
 * reflection.h: what a database's catalogue says of its tables, as plain structs. Nothing of it is
 * the application's: tables of others are read as well.
 */
#ifndef CALX_REFLECTION_H
#define CALX_REFLECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <calx/api.h>
#include <calx/buffer.h>
#include <calx/engine.h>
#include <calx/error.h>
#include <calx/type.h>

typedef struct calx_reflected_column {
    const char *name;
    const char *type_text;   /* the type in the database's own words: "character varying(80)" */
    const calx_type *type;   /* that of a model's column which is stored so; NULL: none of calx */
    const calx_type *item;   /* ARRAY: the type of its items; else NULL */
    uint32_t length;         /* STRING: characters; 0: no limit */
    uint32_t precision;      /* NUMERIC: digits; 0: not said */
    uint32_t scale;          /* NUMERIC: digits behind the point */
    bool timezone;           /* DATETIME: stored as a point in time, not as a clock's reading */
    const char *enumeration; /* ENUM: the name of the type where it has one, else NULL */
    const char **labels;     /* ENUM: its values, in their order; else NULL */
    size_t label_count;
    const char *collation;      /* SQLite: where the column names one; else NULL */
    const char *server_default; /* SQL, as the database keeps it; NULL: none. Not that of a
                                   generated key. */
    bool defaults_to_now; /* it is what SERVER_DEFAULT("CURRENT_TIMESTAMP") of a model makes */
    bool nullable;
    bool generated; /* a key that the database counts: SERIAL, IDENTITY, AUTO_INCREMENT, rowid */
    bool computed;  /* GENERATED ALWAYS AS (…): cannot be written */
} calx_reflected_column;

/* A primary key or a unique constraint. */
typedef struct calx_reflected_key {
    const char *name; /* NULL where it has none */
    const char **columns;
    size_t column_count;
} calx_reflected_key;

typedef struct calx_reflected_foreign_key {
    const char *name; /* NULL where it has none */
    const char **columns;
    const char *referred_table;
    const char **referred_columns; /* as many; never NULL, the key's where the DDL names none */
    size_t column_count;
    const char *on_delete; /* "NO ACTION", "CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT" */
    const char *on_update;
} calx_reflected_foreign_key;

typedef struct calx_reflected_check {
    const char *name; /* NULL where it has none */
    const char *sql;  /* the condition, without CHECK and its brackets */
} calx_reflected_check;

/* An index that is no constraint's. */
typedef struct calx_reflected_index {
    const char *name;
    const char **columns; /* names; where one is NULL, expressions has the SQL in its place */
    const char **expressions;
    size_t column_count;
    const char *where; /* of a partial index; else NULL */
    bool unique;
} calx_reflected_index;

typedef struct calx_reflected_table {
    const char *name;
    calx_reflected_column *columns; /* in their order */
    size_t column_count;
    calx_reflected_key primary_key; /* column_count 0: none */
    calx_reflected_key *uniques;
    size_t unique_count;
    calx_reflected_foreign_key *foreign_keys;
    size_t foreign_key_count;
    calx_reflected_check *checks;
    size_t check_count;
    calx_reflected_index *indexes;
    size_t index_count;
} calx_reflected_table;

typedef struct calx_reflection {
    calx_reflected_table *tables; /* by name */
    size_t table_count;
} calx_reflection;

/*
 * Reads the tables of the database (PostgreSQL: of the current schema; SQLite: of the main file)
 * with everything above; views and the database's own tables are left out. *out is in the arena,
 * as is all it points to. SQLite keeps CHECKs and the names of constraints only as the text of the
 * statement that made the table: they are read out of it. deadline_us is absolute;
 * CALX_NO_DEADLINE: within the engine's timeouts.
 */
CALX_API int calx_reflect(calx_engine *engine, calx_arena *arena, int64_t deadline_us,
                          calx_reflection *out, calx_error *err);

/* A table by its name; NULL if there is none. */
CALX_API const calx_reflected_table *calx_reflection_table(const calx_reflection *reflection,
                                                           const char *name);

/* A column by its name; NULL if there is none. */
CALX_API const calx_reflected_column *calx_reflected_table_column(const calx_reflected_table *table,
                                                                  const char *name);

#endif
