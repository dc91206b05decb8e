/*
 * catalog.h: how a dialect is asked for its catalogue. The questions are data, and their answers
 * have the same columns for every dialect, so that one reader understands all. Private to core.
 */
#ifndef CALX_CORE_DIALECT_CATALOG_H
#define CALX_CORE_DIALECT_CATALOG_H

#include <calx/type.h>

/* A word of the catalogue that names a type, in lower case and without its brackets. */
typedef struct calx__type_word {
    const char *word;
    const calx_type *type;
} calx__type_word;

/*
 * The questions. Answers are ordered by table, then by constraint or index, then by place; true is
 * 1 and false is 0. Rows of one constraint or index have the same name; where names_in_text is set
 * that is a mark only, and the name is read from the text of the definition.
 */
typedef struct calx__catalog {
    const char *tables;  /* table */
    const char *columns; /* table, column, type, nullable, default, generated, computed, name of an
                            enumeration or NULL */
    const char *keys;    /* table, name, unique (0: the primary key), column */
    const char *foreign_keys; /* table, name, column, referred table, referred column or NULL, ON
                                 DELETE, ON UPDATE */
    const char *checks;       /* table, name, condition; NULL: they are in the text */
    const char *indexes;      /* table, name, unique, column or NULL, expression or NULL, WHERE or
                                 NULL */
    const char *texts;        /* table, its statement's text, and in the third column the name of
                                 the index that it makes or NULL; NULL: the catalogue has it all */
    bool names_in_text;
    const calx__type_word *types; /* what this dialect calls otherwise than the others; ends with
                                     word NULL */
} calx__catalog;

extern const calx__catalog calx__catalog_sqlite;
extern const calx__catalog calx__catalog_postgresql;
extern const calx__catalog calx__catalog_mysql;

#endif
