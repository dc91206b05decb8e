/* unit.h: units of work for the cases of units.c. */
#ifndef CALX_TESTS_CONFORM_UNIT_H
#define CALX_TESTS_CONFORM_UNIT_H

#include "conform.h"

#define CONFORM_UNIT_STATEMENTS_MAX 64
#define CONFORM_UNIT_RECORDS 5 /* of a statement that has several */

/* A unit in the making. */
typedef struct conform_unit {
    calx_unit unit;
    size_t count;
    calx_unit_statement statements[CONFORM_UNIT_STATEMENTS_MAX];
    conform_statement templates[CONFORM_UNIT_STATEMENTS_MAX];
    calx_value binds[CONFORM_UNIT_STATEMENTS_MAX][2 * CONFORM_UNIT_RECORDS];
    calx_unit_reference references[CONFORM_UNIT_STATEMENTS_MAX][CONFORM_UNIT_RECORDS];
    int64_t keys[CONFORM_UNIT_STATEMENTS_MAX][CONFORM_UNIT_RECORDS];
    conform_statement all; /* the text for all records of one of the statements */
} conform_unit;

/* A unit that is built, run and looked at. */
typedef struct conform_unit_case {
    const char *name;
    void (*build)(conform *c, conform_unit *w);
    void (*verify)(conform *c, conform_unit *w);
    calx_error_class error;
    size_t failed_statement; /* counted only where error is set */
} conform_unit_case;

/* Tries each twice: as the driver takes it, and statement by statement. */
void conform_unit_cases(conform *c, const conform_unit_case *cases, size_t count);

/* A verify: no parent was stored, and one can be. */
void conform_unit_left_nothing(conform *c, conform_unit *w);

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

/* Makes the last statement one of CONFORM_UNIT_RECORDS records, with so many binds each. */
calx_unit_statement *conform_unit_records(conform_unit *w, size_t bind_count,
                                          const calx_value *binds);

/* The same for items, with these names; all: with a text for all of them, too. */
calx_unit_statement *conform_unit_items(conform *c, conform_unit *w, bool all,
                                        const char *const *names);

/* A bind of the last statement is the key that an earlier one generates, or one of its records. */
void conform_unit_refer(conform_unit *w, size_t bind, size_t statement);
void conform_unit_refer_to_record(conform_unit *w, size_t bind, size_t statement, size_t record);

/* whole: by the driver's unit_run if it has one and takes the unit; else by its other slots. */
int conform_unit_run(conform *c, conform_unit *w, bool whole);

#endif
