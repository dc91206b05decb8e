/* Whatever is right compiles without a word: every comparison, nested conditions, results. */
#include "models.h"

CALX_MODEL_DEFINE(Todo, "todos", TODO)
CALX_MODEL_DEFINE(Person, "people", PERSON)

static Todo_query *filtered(Todo_query *todos, const Todo *like, const char *title)
{
    const int64_t id = 5;
    todos = calx_filter(todos, EQUAL(Todo_.weight, 1));
    todos = calx_filter(todos, GREATER_EQUAL(Todo_.weight, 1.5f));
    todos = calx_filter(todos, EQUAL(Todo_.bytes, like->bytes));
    todos = calx_filter(todos, LESS_EQUAL(Todo_.due, like->due));
    todos = calx_filter(todos, EQUAL(Todo_.completed, like->completed));
    todos = calx_filter(todos, NOT(OR(LESS(Todo_.order, 1u), GREATER(Todo_.order, like->order))));
    todos = calx_filter(
        todos, OR(AND(EQUAL(Todo_.title, title), NOT_EQUAL(Todo_.title, "x")),
                  AND(EQUAL(Todo_.completed, true), AND(IS_NULL(Todo_.due), EQUAL(Todo_.id, id)))));
    return calx_filter_by(calx_filter_by(todos, title, like->title), id, (short)3);
}

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    char nick[] = "ann";
    Todo *made = Todo_new(session);
    made->title = calx_text_of("a");
    made->order = (calx_integer_or_null){.value = 1};
    Todo_list list = calx_all(calx_limit(
        calx_order_by_descending(filtered(calx_query_of(session, Todo), todo, nick), Todo_.id),
        10));
    for (size_t i = 0; i < list.count; i++)
        calx_session_delete(session, list.items[i]);
    Person *ann = calx_get(session, Person, nick);
    if (ann != NULL && calx_count(todos) == calx_query_delete_count(todos))
        ann->age++;
    Todo *first = calx_first(calx_offset(todos, 1));
    if (first != NULL && calx_get(session, Todo, first->id) == first)
        calx_query_delete(calx_query_of(session, Person));
    calx_session_commit(session);
}
