/* reads.c: single reads, alone or with others of their thread. */
#include "core/engine/reads.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/engine/internal.h"

typedef enum turn_state {
    WAITS, /* in the line */
    LEADS,
    RUNS, /* in another's trip */
    DONE,
    LEFT, /* by itself */
} turn_state;

/* A read on its way, on the stack of the thread or fiber that wants it. */
struct calx__read_turn {
    calx_unit_statement *statement;
    int64_t deadline_us;
    calx_read read; /* when it is done */
    calx_parking parking;
    turn_state state;
    struct calx__read_turn **place; /* while it runs: where the trip knows it */
    struct calx__read_turn *next;
};

/* Who travels together; a member that has left is NULL. The leader comes first. */
typedef struct trip {
    size_t count;
    calx__read_turn *members[CALX_READS_MAX];
    calx_read reads[CALX_READS_MAX];
} trip;

/* ---- Lines ---- */

calx__read_line *calx__read_lines_create(void)
{
    calx__read_line *lines = calloc(CALX__READ_LINES, sizeof *lines);
    for (size_t i = 0; lines != NULL && i < CALX__READ_LINES; i++)
        pthread_mutex_init(&lines[i].mutex, NULL);
    return lines;
}

void calx__read_lines_destroy(calx__read_line *lines)
{
    for (size_t i = 0; lines != NULL && i < CALX__READ_LINES; i++) {
        assert(lines[i].leader == NULL);
        pthread_mutex_destroy(&lines[i].mutex);
    }
    free(lines);
}

static calx__read_line *line_of_thread(const calx_engine *engine)
{
    static atomic_uint threads;
    static _Thread_local unsigned number;
    if (number == 0)
        number = atomic_fetch_add(&threads, 1) % CALX__READ_LINES + 1;
    return &engine->read_lines[number - 1];
}

static void append(calx__read_line *line, calx__read_turn *self)
{
    self->state = WAITS;
    if (line->last != NULL)
        line->last->next = self;
    else
        line->first = self;
    line->last = self;
}

static calx__read_turn *pop(calx__read_line *line, turn_state state)
{
    calx__read_turn *self = line->first;
    line->first = self->next;
    if (line->first == NULL)
        line->last = NULL;
    self->state = state;
    return self;
}

static void leave(calx__read_line *line, const calx__read_turn *self)
{
    calx__read_turn *before = NULL;
    calx__read_turn **at = &line->first;
    for (; *at != self; at = &(*at)->next)
        before = *at;
    *at = self->next;
    if (line->last == self)
        line->last = before;
}

/* ---- Who may share ---- */

/* What was prepared for good, and not so long that others should not wait for it. */
static bool may_share(const calx__read_line *line, const calx_sql *sql)
{
    return sql->id != 0 && sql->length > strlen("SELECT ") &&
           strncasecmp(sql->text, "SELECT ", strlen("SELECT ")) == 0 &&
           line->long_ids[sql->id % CALX__READ_LONG_MAX] != sql->id;
}

static void remember_length(calx__read_line *line, const calx_unit_statement *statement)
{
    uint64_t id = statement->sql->id;
    uint64_t *known = &line->long_ids[id % CALX__READ_LONG_MAX];
    if (statement->rows_affected > CALX__READ_ROWS_MAX)
        *known = id;
    else if (*known == id)
        *known = 0;
}

/* ---- Alone ---- */

static int read_on(calx__connection *connection, calx_unit_statement *statement,
                   int64_t deadline_us, calx_error *err)
{
    calx_unit unit = {.statements = statement, .statement_count = 1};
    return calx__connection_run(connection, &unit, deadline_us, err);
}

static int read_alone(calx_engine *engine, calx_unit_statement *statement, int64_t deadline_us,
                      calx_error *err)
{
    calx_unit unit = {.statements = statement, .statement_count = 1};
    return calx__engine_run(engine, &unit, deadline_us, err);
}

/* ---- Leading ---- */

/* All that wait by now: nothing parks between this and the end of their sending. */
static void gather(calx__read_line *line, trip *to)
{
    pthread_mutex_lock(&line->mutex);
    while (line->first != NULL && to->count < CALX_READS_MAX) {
        calx__read_turn *member = pop(line, RUNS);
        member->place = &to->members[to->count];
        to->members[to->count++] = member;
    }
    line->sent_us = calx_now_us();
    pthread_mutex_unlock(&line->mutex);
    for (size_t i = 0; i < to->count; i++)
        to->reads[i] = (calx_read){.statement = to->members[i]->statement};
}

static void set_leader(calx__read_line *line, calx__read_turn *leader)
{
    line->leader = leader;
    line->sent_us = 0;
}

/* The next one first, so that the database has something to do while the others go on; unless that
 * one has not waited. */
static void settle(calx__read_line *line, calx_database *database, trip *done)
{
    pthread_mutex_lock(&line->mutex);
    if (line->leader == done->members[0]) {
        set_leader(line, line->first != NULL ? pop(line, LEADS) : NULL);
        if (line->leader != NULL)
            calx_wake(&line->leader->parking);
    }
    for (size_t i = 1; i < done->count; i++) {
        calx__read_turn *member = done->members[i];
        if (member == NULL) {
            database->driver->read_finish(database, &done->reads[i]);
            continue;
        }
        member->read = done->reads[i];
        member->state = DONE;
        calx_wake(&member->parking);
    }
    pthread_mutex_unlock(&line->mutex);
}

/* The statement's rows are read when the next trip is on its way already, but for one alone. */
static int lead(calx_engine *engine, calx__read_line *line, calx__read_turn *self, calx_error *err)
{
    trip all;
    calx__connection *connection = NULL;
    int status = calx__connection_acquire(engine, self->deadline_us, &connection, err);
    all.count = 1;
    all.members[0] = self;
    self->state = DONE;
    if (status == 0)
        gather(line, &all);
    if (status == 0 && all.count == 1) {
        status = read_on(connection, self->statement, self->deadline_us, err);
        self->state = LEFT;
    } else if (status == 0) {
        connection->base->driver->reads_run(connection->base, all.reads, all.count,
                                            self->deadline_us);
        self->read = all.reads[0];
    }
    calx__connection_release(connection);
    settle(line, engine->database, &all);
    return status;
}

/* ---- Waiting ---- */

#define WAIT_US (CALX__READ_WAIT_MS * INT64_C(1000))

/* Who waits for a connection is not slow, however long that takes: the next one would wait behind
 * him. */
static bool is_slow(const calx__read_line *line)
{
    return line->sent_us != 0 && calx_now_us() >= line->sent_us + WAIT_US;
}

/* When to look whether it is. */
static int64_t patience_us(const calx__read_line *line, const calx__read_turn *self)
{
    int64_t until_us = (line->sent_us ? line->sent_us : calx_now_us()) + WAIT_US;
    return until_us < self->deadline_us ? until_us : self->deadline_us;
}

/* With the mutex: its time in the line, or in a trip that goes on without it, is over; or it leads
 * another trip beside one that is slow, and takes the others along. */
static int give_up(calx__read_line *line, calx__read_turn *self, const calx_error *reason,
                   calx_error *err)
{
    bool in_time = reason->code == CALX_ERROR_TIMEOUT && calx_now_us() < self->deadline_us;
    if (in_time && self->state == WAITS && is_slow(line)) {
        leave(line, self);
        self->state = LEADS;
        set_leader(line, self);
    }
    if (in_time)
        return 0;
    if (self->state == RUNS)
        *self->place = NULL;
    else
        leave(line, self);
    self->state = LEFT;
    return calx_error_set(err, reason->code, "%s", reason->message);
}

/* Called with the mutex, and returns with it. */
static int wait_in_line(calx_engine *engine, calx__read_line *line, calx__read_turn *self,
                        calx_error *err)
{
    int status = 0;
    while (status == 0 && self->state < DONE) {
        turn_state state = self->state;
        calx_error reason = {0};
        int64_t until_us = state == WAITS ? patience_us(line, self) : self->deadline_us;
        calx_parking_init(&self->parking);
        pthread_mutex_unlock(&line->mutex);
        if (state == LEADS)
            status = lead(engine, line, self, err);
        else
            calx_park(&self->parking, until_us, &reason);
        pthread_mutex_lock(&line->mutex);
        if (reason.code != CALX_OK && self->state == state)
            status = give_up(line, self, &reason, err);
    }
    return status;
}

/* ---- Reading ---- */

/* CALX_UNIT_DECLINED: it is to go alone. */
static int join(calx_engine *engine, calx__read_line *line, calx__read_turn *self, calx_error *err)
{
    int status = calx__pool_check(&engine->pool, err);
    if (status < 0)
        return status;
    pthread_mutex_lock(&line->mutex);
    if (line->leader != NULL && !pthread_equal(line->thread, pthread_self()))
        status = CALX_UNIT_DECLINED;
    else if (!may_share(line, self->statement->sql))
        status = CALX_UNIT_DECLINED;
    if (status == 0)
        append(line, self);
    if (status == 0 && line->leader == NULL) {
        line->thread = pthread_self();
        set_leader(line, pop(line, LEADS));
    }
    if (status == 0)
        status = wait_in_line(engine, line, self, err);
    pthread_mutex_unlock(&line->mutex);
    return status;
}

/* What a neighbour's failure kept it from runs by itself. */
static int finish(calx_engine *engine, calx__read_turn *self, int64_t started_us, calx_error *err)
{
    const calx_driver *driver = engine->database->driver;
    calx_unit_statement *statement = self->statement;
    if (self->read.again)
        return read_alone(engine, statement, self->deadline_us, err);
    int status = self->read.code;
    if (status < 0)
        *err = self->read.error;
    else
        status = driver->read_deliver(engine->database, &self->read, statement, err);
    driver->read_finish(engine->database, &self->read);
    calx__event_send(engine, started_us,
                     (calx_event){.kind = CALX_EVENT_STATEMENT,
                                  .sql = statement->sql->text,
                                  .sql_length = statement->sql->length,
                                  .binds = statement->binds,
                                  .bind_count = statement->sql->bind_count,
                                  .rows = statement->rows_affected,
                                  .error = status < 0 ? err : NULL});
    return status;
}

int calx__engine_read(calx_engine *engine, calx_unit_statement *statement, int64_t deadline_us,
                      calx_error *err)
{
    calx__read_turn self = {.statement = statement, .deadline_us = deadline_us};
    if (engine->read_lines == NULL)
        return read_alone(engine, statement, deadline_us, err);
    calx__read_line *line = line_of_thread(engine);
    int64_t started_us = calx__event_start(engine);
    int status = join(engine, line, &self, err);
    if (status == CALX_UNIT_DECLINED)
        status = read_alone(engine, statement, deadline_us, err);
    else if (status == 0 && self.state == DONE)
        status = finish(engine, &self, started_us, err);
    if (status == 0) {
        pthread_mutex_lock(&line->mutex);
        remember_length(line, statement);
        pthread_mutex_unlock(&line->mutex);
    }
    return status;
}
