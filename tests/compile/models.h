/* models.h: two models, a session and queries for the programs beside it. */
#ifndef CALX_TESTS_COMPILE_MODELS_H
#define CALX_TESTS_COMPILE_MODELS_H

#include <calx/calx.h>

#define TODO(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING_OR_NULL, title, JSON)                                                     \
    COLUMN(Model, INTEGER_OR_NULL, order, JSON)                                                    \
    COLUMN(Model, BOOLEAN_OR_NULL, completed, JSON)                                                \
    COLUMN(Model, DOUBLE, weight)                                                                  \
    COLUMN(Model, LARGE_BINARY, bytes)                                                             \
    COLUMN(Model, DATETIME, due)

#define PERSON(COLUMN, Model)                                                                      \
    COLUMN(Model, STRING, nick, PRIMARY_KEY, LENGTH(20))                                           \
    COLUMN(Model, INTEGER, age)

CALX_MODEL_DECLARE(Todo, TODO)
CALX_MODEL_DECLARE(Person, PERSON)

/* A program is the body of this function. */
void program(calx_session *session, Todo *todo, Todo_query *todos);

#endif
