/* todo.h: the model of the Todo application: the table of the Flask tutorial. */
#ifndef TODO_H
#define TODO_H

#include <calx/calx.h>
#include <calx/server.h>

#define TODO(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING_OR_NULL, title, JSON)                                                     \
    COLUMN(Model, INTEGER_OR_NULL, order, JSON)                                                    \
    COLUMN(Model, BOOLEAN_OR_NULL, completed, JSON)

CALX_MODEL_DECLARE(Todo, TODO)

/* What the public Todo-Backend behaviour adds to the tutorial's (backend.c); TODO_BACKEND turns it
 * on. */
void todo_backend_configure(calx_app *app);

/* Todo-Backend says that a new todo is not completed, the tutorial that it is null. */
void todo_backend_defaults(calx_request *request, Todo *todo);

#endif
