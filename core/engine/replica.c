/* replica.c: another server that follows the database, to read on, and how far it has come. */
#include "core/engine/replica.h"

#include <stdlib.h>
#include <string.h>

#include "core/dialect/dialect.h"
#include "core/engine/internal.h"

#define KNOWN_US 1000000 /* so long it counts as alive after it has answered */
#define AWAY_US 1000000  /* so long it is not asked again after it has not */
#define ASK_MS 500       /* how long an answer is waited for */

struct calx__replica {
    calx_engine *engine;
    pthread_mutex_t mutex; /* of what follows */
    uint64_t position;     /* that it has reached for certain */
    int64_t known_until_us;
    int64_t away_until_us;
    bool asked; /* somebody waits for its answer */
};

/* ---- Positions ---- */

static int read_position(void *context, const calx_value *values, size_t count, calx_error *err)
{
    uint64_t *position = context;
    (void)count;
    (void)err;
    *position = values[0].kind == CALX_KIND_INTEGER ? (uint64_t)values[0].as.integer : 0;
    return 0;
}

static int ask(calx_engine *engine, int64_t deadline_us, uint64_t *out, calx_error *err)
{
    static const calx_kind kinds[] = {CALX_KIND_INTEGER};
    const char *text = engine->dialect->position;
    calx_error ignored = {0};
    calx_sql sql = {.text = text, .length = strlen(text), .result_kinds = kinds, .result_count = 1};
    calx_unit_statement statement = {
        .sql = &sql, .rows_expected = CALX_ROWS_ANY, .row = read_position, .context = out};
    calx_unit unit = {.statements = &statement, .statement_count = 1};
    return calx__engine_run(engine, &unit, deadline_us, err ? err : &ignored);
}

int calx_engine_position(calx_engine *engine, int64_t deadline_us, uint64_t *out, calx_error *err)
{
    if (engine->replica != NULL)
        return ask(engine, deadline_us, out, err);
    *out = 0;
    return 0;
}

/* ---- The replica ---- */

static int check_dialects(const calx_engine *engine, const calx_engine *replica, calx_error *err)
{
    if (engine->dialect != replica->dialect)
        return calx_error_set(err, CALX_ERROR_URL, "a replica of another kind of database");
    if (engine->dialect->position == NULL)
        return calx_error_set(err, CALX_ERROR_UNSUPPORTED,
                              "%s does not tell how far a replica has come", engine->dialect->name);
    return 0;
}

/* Who listens to the engine hears of the replica, too. */
static void listen_alike(const calx_engine *engine, calx_engine *replica)
{
    memcpy(replica->listeners, engine->listeners, sizeof engine->listeners);
    replica->listener_count = engine->listener_count;
    memcpy(replica->session_listeners, engine->session_listeners, sizeof engine->session_listeners);
    replica->session_listener_count = engine->session_listener_count;
}

int calx_engine_set_replica(calx_engine *engine, const char *url, calx_error *err)
{
    calx_engine *follower = NULL;
    int status = calx_engine_create(url, &engine->options, &follower, err);
    if (status == 0)
        status = check_dialects(engine, follower, err);
    calx__replica *replica = status == 0 ? calloc(1, sizeof *replica) : NULL;
    if (status == 0 && replica == NULL)
        status = calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a replica");
    if (replica == NULL) {
        calx_engine_destroy(follower);
        return status;
    }
    listen_alike(engine, follower);
    replica->engine = follower;
    pthread_mutex_init(&replica->mutex, NULL);
    calx__replica_destroy(engine->replica);
    engine->replica = replica;
    return 0;
}

void calx__replica_destroy(calx__replica *replica)
{
    if (replica == NULL)
        return;
    calx_engine_destroy(replica->engine);
    pthread_mutex_destroy(&replica->mutex);
    free(replica);
}

/* One at a time asks; the others need not wait for that. */
static bool ask_replica(calx__replica *replica, uint64_t position, int64_t deadline_us)
{
    uint64_t reached = 0;
    int status =
        ask(replica->engine, calx__deadline_within_ms(deadline_us, ASK_MS), &reached, NULL);
    int64_t now_us = calx_now_us();
    pthread_mutex_lock(&replica->mutex);
    replica->asked = false;
    replica->position = reached;
    replica->known_until_us = status == 0 ? now_us + KNOWN_US : 0;
    replica->away_until_us = status == 0 ? 0 : now_us + AWAY_US;
    pthread_mutex_unlock(&replica->mutex);
    return status == 0 && reached >= position;
}

calx_engine *calx_engine_reader(calx_engine *engine, uint64_t position, int64_t deadline_us)
{
    calx__replica *replica = engine->replica;
    if (replica == NULL)
        return engine;
    int64_t now_us = calx_now_us();
    pthread_mutex_lock(&replica->mutex);
    bool known = now_us < replica->known_until_us && replica->position >= position;
    bool asks = !known && !replica->asked && now_us >= replica->away_until_us;
    replica->asked = replica->asked || asks;
    pthread_mutex_unlock(&replica->mutex);
    if (asks)
        known = ask_replica(replica, position, deadline_us);
    return known ? replica->engine : engine;
}
