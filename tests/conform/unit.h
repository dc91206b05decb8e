/* unit.h: units of work for the cases of units.c. */
#ifndef CALX_TESTS_CONFORM_UNIT_H
#define CALX_TESTS_CONFORM_UNIT_H

#include "conform.h"

#define CONFORM_UNIT_STATEMENTS_MAX 64

/* A unit in the making. */
typedef struct conform_unit {
    calx_unit unit;
    size_t count;
    calx_unit_statement statements[CONFORM_UNIT_STATEMENTS_MAX];
    conform_statement templates[CONFORM_UNIT_STATEMENTS_MAX];
    calx_value binds[CONFORM_UNIT_STATEMENTS_MAX][3];
    calx_unit_reference references[CONFORM_UNIT_STATEMENTS_MAX][1];
} conform_unit;

/* Begins, writes and commits, and has no statement yet. NULL, with the case failed, without memory.
 */
conform_unit *conform_unit_create(conform *c);
void conform_unit_destroy(conform_unit *w);

/* A statement with at most two binds, behind the others; lent until the unit is destroyed. */
calx_unit_statement *conform_unit_add(conform *c, conform_unit *w, const char *pattern,
                                      calx_value first, calx_value second);

/* Inserts a parent with this id; an item, whose key is generated. */
calx_unit_statement *conform_unit_parent(conform *c, conform_unit *w, int64_t id);
calx_unit_statement *conform_unit_item(conform *c, conform_unit *w, const char *name);

/* A query of one integer; row's context is the conform. */
calx_unit_statement *conform_unit_query(conform *c, conform_unit *w, const char *pattern,
                                        int (*row)(void *, const calx_value *, size_t,
                                                   calx_error *));

/* A bind of the last statement is the key that an earlier one generates. */
void conform_unit_refer(conform_unit *w, size_t bind, size_t statement);

/* whole: by the driver's unit_run if it has one and takes the unit; else by its other slots. */
int conform_unit_run(conform *c, conform_unit *w, bool whole);

#endif
