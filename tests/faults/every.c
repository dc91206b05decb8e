/* every.c: fault_every: each allocation and each call of the driver in a few typical sessions fails
 * once in turn. Linked with the objects of library and driver, whose malloc is ours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <calx/registry.h>

#include "faults.h"

#define URI_MAX 4096
#define HARMLESS_MAX 6
#define CALLS_MAX 500 /* more is no typical session, but a driver that is not found */

CALX_MODEL_DEFINE(Purchase, "every_purchases", PURCHASE)
CALX_MODEL_DEFINE(PurchaseLine, "every_lines", PURCHASE_LINE)
CALX_MODEL_DEFINE(Till, "every_tills", TILL)

static const calx_model *const models[] = {&Purchase_model, &PurchaseLine_model, &Till_model};

/* ---- Memory: the linker sends every call of the library here (--wrap) ---- */

static struct {
    bool counts;
    long calls;
    long fail_at; /* 0: none */
} memory;

static bool is_refused(void)
{
    return memory.counts && ++memory.calls == memory.fail_at;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_refused() ? NULL : __real_realloc(old, size);
}

/* ---- The sessions ---- */

/* Writes, flushes, goes back to a savepoint, asks, changes. */
static void buy(calx_session *session, int64_t key)
{
    Purchase *purchase = Purchase_new(session);
    purchase->key = key;
    purchase->buyer = calx_text_of("every");
    calx_session_flush(session);
    for (int line = 1; line <= 2; line++) {
        PurchaseLine *added = PurchaseLine_new(session);
        added->purchase = key;
        added->line = line;
    }
    calx_session_begin_nested(session);
    PurchaseLine *third = PurchaseLine_new(session);
    third->purchase = key;
    third->line = 3;
    calx_session_flush(session);
    if (calx_session_error(session) == NULL)
        calx_session_rollback_nested(session);
    PurchaseLine_query *lines = calx_query_of(session, PurchaseLine);
    calx_all(calx_order_by(calx_filter_by(lines, purchase, key), PurchaseLine_.line));
    purchase->buyer = calx_text_of("every, paid");
    calx_session_commit(session);
}

/* Reads outside a transaction, a unit of its own, JSON. */
static void look(calx_session *session, int64_t key)
{
    calx_buffer json = {0};
    Purchase *purchase = calx_get(session, Purchase, key);
    if (purchase != NULL)
        calx_json_write(purchase, &json);
    calx_buffer_finish(&json);
    Till *till = Till_new(session);
    till->id = key;
    calx_session_commit(session);
}

/* Everything from engine to engine. False: it has failed. */
static bool visit(const char *uri, int64_t key, calx_error *failure)
{
    calx_engine *engine;
    if (calx_engine_create(uri, NULL, &engine, failure) < 0)
        return false;
    calx_session *session = calx_session_create(engine);
    bool done = session != NULL;
    if (done) {
        buy(session, key);
        if (calx_session_error(session) == NULL)
            look(session, key);
        done = calx_session_error(session) == NULL;
        if (!done)
            *failure = *calx_session_error(session);
    }
    calx_session_destroy(session);
    calx_engine_destroy(engine);
    return done;
}

/* ---- What is there afterwards ---- */

/* All or nothing, and all if it was said so. */
static bool check(calx_engine *engine, int64_t key, bool done, const calx_error *failure,
                  const char *what, long call)
{
    calx_session *session = calx_session_create(engine);
    int64_t purchases = calx_count(calx_filter_by(calx_query_of(session, Purchase), key, key));
    int64_t lines = calx_count(calx_filter_by(calx_query_of(session, PurchaseLine), purchase, key));
    int64_t tills = calx_count(calx_filter_by(calx_query_of(session, Till), id, key));
    bool good = calx_session_error(session) == NULL && lines == 2 * purchases &&
                tills <= purchases && (!done || tills == 1);
    /* A failure that tells nothing is one that nobody can act on. */
    good = good && (done || failure->code != CALX_OK || strcmp(what, "allocation") == 0);
    if (!good)
        fprintf(stderr, "%s %ld: %lld purchases, %lld lines, %lld tills; %s\n", what, call,
                (long long)purchases, (long long)lines, (long long)tills, failure->message);
    calx_session_destroy(session);
    return good;
}

static int64_t next_key(void)
{
    static int64_t key;
    return ++key;
}

static long count_allocations(const char *uri)
{
    calx_error failure = {0};
    memory.calls = 0;
    memory.counts = true;
    visit(uri, next_key(), &failure);
    memory.counts = false;
    return memory.calls;
}

static long fail_allocations(const char *uri, calx_engine *engine)
{
    long bad = 0;
    long failures = 0;
    long all = count_allocations(uri);
    for (memory.fail_at = 1; memory.fail_at <= all; memory.fail_at++) {
        int64_t key = next_key();
        calx_error failure = {0};
        memory.calls = 0;
        memory.counts = true;
        bool done = visit(uri, key, &failure);
        memory.counts = false;
        failures += !done;
        bad += !check(engine, key, done, &failure, "allocation", memory.fail_at);
    }
    printf("%ld allocations, %ld of them make the sessions fail, %ld wrong\n", all, failures, bad);
    return failures == 0 ? 1 : bad;
}

/* sqlite+sqlite3:///x becomes sqlite+fault:///x?fault_driver=sqlite3 and the rest. */
static void fault_uri(const char *uri, long call, const char *kind, char out[URI_MAX])
{
    const char *dialect_end = strchr(uri, '+');
    const char *rest = strchr(uri, ':');
    snprintf(out, URI_MAX,
             "%.*s+fault%s%sfault_driver=%.*s&fault_at=%ld&fault_kind=%s&fault_log=/dev/null",
             (int)(dialect_end - uri), uri, rest, strchr(uri, '?') ? "&" : "?",
             (int)(rest - dialect_end - 1), dialect_end + 1, call, kind);
}

/* Some failures do no harm, those of a rollback say: so there must be several such calls in a row
 * before it is the end. */
static long fail_calls(const char *uri, calx_engine *engine)
{
    static const char *const kinds[] = {"refused",    "no_memory",  "short_row",
                                        "cut_before", "cut_inside", "cut_after"};
    long bad = 0;
    long failures = 0;
    int harmless = 0;
    for (long call = 1; harmless < HARMLESS_MAX && call < CALLS_MAX; call++) {
        harmless++;
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            char failing[URI_MAX];
            int64_t key = next_key();
            calx_error failure = {0};
            fault_uri(uri, call, kinds[i], failing);
            bool done = visit(failing, key, &failure);
            failures += !done;
            harmless = done ? harmless : 0;
            bad += !check(engine, key, done, &failure, kinds[i], call);
        }
    }
    printf("%ld failures of calls of the driver, %ld wrong\n", failures, bad);
    return failures == 0 || harmless < HARMLESS_MAX ? 1 : bad;
}

extern const calx_plugin calx_plugin_entry;

int main(void)
{
    const char *uri = getenv("CALX_TEST_URI");
    calx_error err = {0};
    calx_engine *engine = NULL;
    if (uri == NULL || strchr(uri, '+') == NULL) {
        fputs("CALX_TEST_URI has to name the driver: sqlite+sqlite3://\n", stderr);
        return 2;
    }
    int status = calx_registry_add(&calx_plugin_entry, &err);
    if (status == 0)
        status = calx_engine_create(uri, NULL, &engine, &err);
    if (status == 0)
        status = calx_drop_all(engine, models, 3, CALX_NO_DEADLINE, &err);
    if (status == 0)
        status = calx_create_all(engine, models, 3, CALX_NO_DEADLINE, &err);
    if (status < 0)
        fprintf(stderr, "fault_every: %s\n", err.message);
    long bad = status < 0;
    if (status == 0) {
        bad += fail_allocations(uri, engine);
        bad += fail_calls(uri, engine);
        calx_drop_all(engine, models, 3, CALX_NO_DEADLINE, NULL);
    }
    calx_engine_destroy(engine);
    return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
