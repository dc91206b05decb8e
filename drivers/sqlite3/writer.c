/* writer.c: the queue for the writer: who leads, who waits, and until when. */
#include <stdlib.h>

#include "drivers/sqlite3/writer.h"

typedef calx__sqlite3_turn turn;

int calx__sqlite3_writer_create(calx_database *database, calx__sqlite3_writer **out,
                                calx_error *err)
{
    calx__sqlite3_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    writer->database = database;
    pthread_mutex_init(&writer->mutex, NULL);
    *out = writer;
    return 0;
}

void calx__sqlite3_writer_destroy(calx__sqlite3_writer *writer)
{
    if (!writer)
        return;
    pthread_mutex_lock(&writer->mutex); /* behind whoever told the last one that he is done */
    assert(!writer->first && !writer->led);
    pthread_mutex_unlock(&writer->mutex);
    calx__sqlite3_runner_finish(&writer->runner);
    pthread_mutex_destroy(&writer->mutex);
    free(writer);
}

/* ---- The queue ---- */

static void append(calx__sqlite3_writer *writer, turn *self)
{
    self->state = CALX__SQLITE3_TURN_WAITS;
    self->next = NULL;
    if (writer->last)
        writer->last->next = self;
    else
        writer->first = self;
    writer->last = self;
}

static void prepend(calx__sqlite3_writer *writer, turn *self)
{
    self->state = CALX__SQLITE3_TURN_WAITS;
    self->next = writer->first;
    writer->first = self;
    if (!writer->last)
        writer->last = self;
}

/* Takes the first one out. */
static turn *pop(calx__sqlite3_writer *writer, calx__sqlite3_turn_state state)
{
    turn *self = writer->first;
    writer->first = self->next;
    if (!writer->first)
        writer->last = NULL;
    self->state = state;
    return self;
}

/* Takes out one that gave up, wherever it is. */
static void leave(calx__sqlite3_writer *writer, const turn *self)
{
    turn *before = NULL;
    turn **at = &writer->first;
    for (; *at != self; at = &(*at)->next)
        before = *at;
    *at = self->next;
    if (writer->last == self)
        writer->last = before;
}

turn *calx__sqlite3_writer_take(calx__sqlite3_writer *writer)
{
    turn *taken = NULL;
    pthread_mutex_lock(&writer->mutex);
    const turn *first = writer->first;
    /* Who is out of time will find that out by itself. */
    if (first && first->shares && calx_now_us() < first->lock_until_us)
        taken = pop(writer, CALX__SQLITE3_TURN_RUNS);
    pthread_mutex_unlock(&writer->mutex);
    return taken;
}

/* ---- Leading ---- */

/* Tells the members how it went, and the next one that he leads. Those that are to run again come
 * first, in their order. */
static void settle(calx__sqlite3_writer *writer, calx__sqlite3_group *group)
{
    pthread_mutex_lock(&writer->mutex);
    for (size_t i = group->count; i-- > 0;) {
        turn *member = group->members[i];
        if (member->again)
            prepend(writer, member);
        else
            member->state = CALX__SQLITE3_TURN_DONE;
        member->shares = member->shares && !member->again;
        member->again = false;
    }
    writer->led = writer->first != NULL;
    if (writer->led)
        calx_wake(&pop(writer, CALX__SQLITE3_TURN_LEADS)->parking);
    for (size_t i = 0; i < group->count; i++)
        calx_wake(&group->members[i]->parking);
    pthread_mutex_unlock(&writer->mutex);
}

/* Behind its end the writer may be gone. */
static void run_group(void *argument)
{
    turn *leader = argument;
    calx__sqlite3_group group = {.writer = leader->writer};
    calx__sqlite3_group_run(&group, leader);
    settle(group.writer, &group);
}

/* By whoever leads. Opening the connection may take long. */
static void lead(turn *self)
{
    const calx__sqlite3_connection *connection = self->writer->runner.connection;
    if (connection && calx__sqlite3_commits_in_place(connection))
        run_group(self);
    else
        calx_send(&self->errand);
}

/* ---- Waiting ---- */

static int gave_up(const calx_error *reason, calx_error *err)
{
    if (reason->code != CALX_ERROR_TIMEOUT)
        return calx_error_set(err, reason->code, "%s", reason->message);
    err->native_code = SQLITE_BUSY;
    return calx_error_set(err, CALX_ERROR_LOCK_TIMEOUT,
                          "the writer was busy with others for too long");
}

/* Called with the mutex, and returns with it: until the turn is done, or its time in the queue is
 * over. */
static void see_through(calx__sqlite3_writer *writer, turn *self)
{
    while (self->state != CALX__SQLITE3_TURN_DONE) {
        calx__sqlite3_turn_state state = self->state;
        calx_error reason = {0};
        calx_parking_init(&self->parking);
        if (state == CALX__SQLITE3_TURN_LEADS)
            self->state = CALX__SQLITE3_TURN_RUNS;
        pthread_mutex_unlock(&writer->mutex);
        if (state == CALX__SQLITE3_TURN_LEADS)
            lead(self);
        else if (state == CALX__SQLITE3_TURN_RUNS)
            calx_park_to_the_end(&self->parking);
        else
            calx_park(&self->parking, self->lock_until_us, &reason);
        pthread_mutex_lock(&writer->mutex);
        if (reason.code && self->state == CALX__SQLITE3_TURN_WAITS) {
            leave(writer, self);
            self->state = CALX__SQLITE3_TURN_DONE;
            self->status = gave_up(&reason, &self->err);
        }
    }
}

int calx__sqlite3_writer_run(calx__sqlite3_writer *writer, calx_unit *unit, int64_t deadline_us,
                             calx_error *err)
{
    const calx__sqlite3_database *database = (const calx__sqlite3_database *)writer->database;
    int64_t busy_us = calx_deadline_in_ms(database->options.busy_timeout_ms);
    turn self = {
        .writer = writer,
        .errand = {.call = run_group, .argument = &self},
        .unit = unit,
        .deadline_us = deadline_us,
        .lock_until_us = busy_us < deadline_us ? busy_us : deadline_us,
        .shares = calx__sqlite3_unit_shares(unit),
    };
    unit->failed_statement = unit->statement_count;
    pthread_mutex_lock(&writer->mutex);
    append(writer, &self);
    if (!writer->led) {
        assert(writer->first == &self);
        writer->led = true;
        pop(writer, CALX__SQLITE3_TURN_LEADS);
    }
    see_through(writer, &self);
    pthread_mutex_unlock(&writer->mutex);
    if (self.status && err && !err->code)
        *err = self.err;
    return self.status;
}
