/*
 * Out of memory at the n-th allocation, for every n: nothing crashes, the session says so, and what
 * was not committed is not there. With SQLite's own opener only: every other client library has
 * places of its own that do not survive it.
 */
#include "tests/suite/orm_fixture.h"

ORM_FIXTURE_MODELS

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_MALLOC 0 /* the sanitizer's is in use */
#elif defined(__has_feature)
#define OWN_MALLOC (!__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer))
#else
#define OWN_MALLOC 1
#endif

static long allocations_left = -1; /* negative: as many as one likes */
static bool refused;

#if OWN_MALLOC
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

/* One allocation fails, those after it succeed: errors meet code that goes on. */
static bool refuse(void)
{
    if (allocations_left < 0 || allocations_left-- > 0)
        return false;
    refused = true;
    return true;
}

CALX_API void *malloc(size_t size)
{
    return refuse() ? NULL : __libc_malloc(size);
}

CALX_API void *calloc(size_t count, size_t size)
{
    return refuse() ? NULL : __libc_calloc(count, size);
}

CALX_API void *realloc(void *memory, size_t size)
{
    return refuse() ? NULL : __libc_realloc(memory, size);
}
#endif

/* Valgrind has a malloc of its own too. */
static bool can_refuse(void)
{
    void *(*volatile allocate)(size_t) = malloc;
    allocations_left = 0;
    void *memory = allocate(1);
    allocations_left = -1;
    free(memory);
    return memory == NULL;
}

/* A session's whole life; true if it says that its 20 rows are stored. */
static bool live(calx_engine *engine, calx_buffer *json)
{
    calx_session *session = calx_session_create(engine);
    if (session == NULL)
        return false;
    json_t *body = NULL;
    calx_error err = {0};
    bool parsed = calx_json_parse(calx_text_of("{\"title\": \"new\"}"), &body, &err) == 0;
    for (int i = 0; i < 20; i++) {
        Todo *todo = Todo_new(session);
        if (parsed)
            calx_json_read(session, todo, body);
    }
    json_decref(body);
    calx_session_flush(session);
    Todo_query *query = calx_filter(calx_query_of(session, Todo),
                                    AND(EQUAL(Todo_.title, "new"), NOT(EQUAL(Todo_.id, -1))));
    Todo_list list = calx_all(calx_order_by(query, Todo_.id));
    for (size_t i = 0; i < list.count; i++)
        list.items[i]->title = calx_text_of("changed");
    calx_json_write_all(calx_query_of(session, Todo), json, NULL, NULL);
    calx_query_delete(calx_filter_by(calx_query_of(session, Todo), order, 1));
    bool committed = calx_session_commit(session) == 0;
    calx_session_rollback(session);
    calx_session_destroy(session);
    return committed;
}

static void every_allocation_may_fail(void **state)
{
    fixture *f = *state;
    if (strncmp(fixture_uri(), "sqlite+sqlite3:", 15) != 0 || !can_refuse())
        skip(); /* see above */
    long n = 0;
    do {
        calx_buffer json = {0};
        command(f, "DELETE FROM suite_todos");
        refused = false;
        allocations_left = n++;
        bool committed = live(f->engine, &json);
        allocations_left = -1;
        calx_buffer_finish(&json);
        assert_int_equal(stored_count(f), committed ? 20 : 0);
        assert_true(committed || refused);
        assert_true(n < 20000);
    } while (refused);
    assert_true(n > 50); /* there were some */
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_tables(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
