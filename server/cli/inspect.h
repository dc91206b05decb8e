/*
 * inspect.h: a reflected schema as models. Private to cli/.
 */
#ifndef CALX_SERVER_CLI_INSPECT_H
#define CALX_SERVER_CLI_INSPECT_H

#include <stdbool.h>
#include <stdio.h>

#include <calx/reflection.h>

#include "server/cli/cli.h"

/*
 * Writes a source file with a model for each table, which compiles as it is. What a model cannot
 * say stands there as a comment. False when out of memory.
 */
bool calx__cli_write_models(FILE *out, const calx_reflection *all);

/* ---- Names (inspect_names.c) ---- */

/* A table or a column as it is called in C, and in SQL. */
typedef struct calx__cli_name {
    const char *c;
    const char *sql;
} calx__cli_name;

/* The names of one table's model. Those of tables come first: foreign keys name each other's. */
typedef struct calx__cli_names {
    const calx_reflected_table *table;
    const char *model;       /* "OrderLine" */
    const char *list;        /* "ORDER_LINE" */
    calx__cli_name *columns; /* in the order of the table */
} calx__cli_names;

/* Names for all tables, in their order; NULL when out of memory. */
calx__cli_names *calx__cli_names_make(const calx_reflection *all, calx_arena *arena);

/* By their names in SQL; NULL if there is none. */
const calx__cli_names *calx__cli_names_of_table(const calx__cli_names *names, size_t count,
                                                const char *table);
const char *calx__cli_name_of_column(const calx__cli_names *names, const char *column);

/* "order_lines", "in work" become "OrderLines", "InWork", and "ORDER_LINES", "IN_WORK". */
char *calx__cli_camel(const char *words, calx_arena *arena);
char *calx__cli_capitals(const char *words, calx_arena *arena);

/* The part of a constraint's name that the application chose: what is left of "ck_orders_total"
 * without "ck_orders_", as an identifier. */
const char *calx__cli_chosen_name(const char *prefix, const char *table, const char *name,
                                  calx_arena *arena);

/* ---- Writing (inspect_model.c, inspect_constraint.c) ---- */

typedef struct calx__cli_writer {
    FILE *out;
    const calx_reflection *all;
    const calx__cli_names *names;
    const calx__cli_names *own; /* of the table that is written */
    calx_arena *arena;
} calx__cli_writer;

/* A C string. */
void calx__cli_write_string(FILE *out, const char *text);

/* A comment in the list: what a model cannot say. */
void calx__cli_write_remark(const calx__cli_writer *to, const char *kind, const char *name,
                            const char *reason);

/* "a, b" in C. */
void calx__cli_write_columns(const calx__cli_writer *to, const calx__cli_names *names,
                             const char **columns, size_t count);

/* ", ON_DELETE(CASCADE)", unless it is what every reference does. */
void calx__cli_write_action(const calx__cli_writer *to, const char *option, const char *action);

/* The names of the table that a foreign key refers to; NULL if models cannot refer so. */
const calx__cli_names *calx__cli_referred(const calx__cli_writer *to,
                                          const calx_reflected_foreign_key *key);

/* The foreign key that the column's option says; NULL if there is none. */
const calx_reflected_foreign_key *calx__cli_reference_of(const calx__cli_writer *to,
                                                         const char *column);

/* Is an index on columns alone, without condition? Does the option INDEX of its column say all of
 * it? */
bool calx__cli_is_plain(const calx_reflected_index *index);
bool calx__cli_is_option(const calx_reflected_index *index);

/* The enumerations of all columns, and what that of a column is called; NULL when out of memory. */
void calx__cli_write_enumerations(const calx__cli_writer *to);
char *calx__cli_enum_name(const calx__cli_writer *to, const calx__cli_names *names,
                          const calx_reflected_column *column);

/* Is there more than what the options of columns say? That is written by the other. */
bool calx__cli_has_constraints(const calx__cli_writer *to);
void calx__cli_write_constraints(const calx__cli_writer *to);

#endif
