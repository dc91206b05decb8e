/*
 * Out of memory at the n-th allocation, for every n: nothing crashes, the session says so, and what
 * was not committed is not there. With SQLite's own opener only: every other client library has
 * places of its own that do not survive it.
 */
#include "tests/suite/relationship_fixture.h"

RELATIONSHIP_FIXTURE_MODELS

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

/* A session of related objects; true if it says that its customer has two orders. */
static bool live_related(calx_engine *engine, int32_t number)
{
    calx_session *session = calx_session_create(engine);
    if (session == NULL)
        return false;
    Customer *ann = new_customer(session, "ann");
    for (int32_t i = 0; i < 10; i++) {
        Order *order = new_order(session, ann, number);
        new_line(session, order, i);
        calx_append(
            order, tags,
            new_tag(session, calx_arena_format(calx_session_arena(session), "%d %d", number, i)));
    }
    calx_session_flush(session);
    Customer *found =
        calx_first(calx_load(calx_filter_by(calx_query_of(session, Customer), id, ann->id),
                             Customer_.orders, Order_.tags, Tag_.orders));
    Order_list orders = found ? calx_related_list(found, orders) : (Order_list){0};
    for (size_t i = 2; i < orders.count; i++)
        calx_detach(found, orders, orders.items[i]);
    bool committed = calx_session_commit(session) == 0;
    calx_session_rollback(session);
    calx_session_destroy(session);
    return committed;
}

static void every_allocation_for_related_objects_may_fail(void **state)
{
    fixture *f = *state;
    if (strncmp(fixture_uri(), "sqlite+sqlite3:", 15) != 0 || !can_refuse())
        skip();
    int32_t n = 0;
    do {
        refused = false;
        allocations_left = n++;
        bool committed = live_related(f->engine, n);
        allocations_left = -1;
        forget(f);
        assert_int_equal(calx_count(calx_filter_by(calx_query_of(f->session, Order), number, n)),
                         committed ? 2 : 0);
        assert_true(committed || refused);
        assert_true(n < 20000);
    } while (refused);
    assert_true(n > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_tables(every_allocation_may_fail)};
    const struct CMUnitTest related[] = {
        in_the_shop(every_allocation_for_related_objects_may_fail)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + cmocka_run_group_tests(related, shop_open, shop_close);
}
