/* joined.c: the queue of those whose units may share a transaction: who leads, who waits. */
#include "joined.h"

#include <assert.h>
#include <stdlib.h>

/* So long after its last use a connection that is quiet counts as alive. */
#define FRESH_US 1000000

typedef calx__pgsql_turn turn;

int calx__pgsql_joiner_create(calx_database *database, calx__pgsql_joiner **out, calx_error *err)
{
    calx__pgsql_joiner *joiner = calloc(1, sizeof *joiner);

    if (!joiner)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a database");
    pthread_mutex_init(&joiner->mutex, NULL);
    joiner->database = database;
    *out = joiner;
    return 0;
}

void calx__pgsql_joiner_destroy(calx__pgsql_joiner *joiner)
{
    if (!joiner)
        return;
    assert(!joiner->first && !joiner->led);
    calx__pgsql_connection_close(joiner->own);
    pthread_mutex_destroy(&joiner->mutex);
    free(joiner);
}

/* ---- The queue ---- */

static void append(calx__pgsql_joiner *joiner, turn *self)
{
    self->state = CALX__PGSQL_TURN_WAITS;
    self->next = NULL;
    if (joiner->last)
        joiner->last->next = self;
    else
        joiner->first = self;
    joiner->last = self;
}

static turn *pop(calx__pgsql_joiner *joiner, calx__pgsql_turn_state state)
{
    turn *self = joiner->first;

    joiner->first = self->next;
    if (!joiner->first)
        joiner->last = NULL;
    self->state = state;
    return self;
}

/* Takes out one that gave up, wherever it is. */
static void leave(calx__pgsql_joiner *joiner, const turn *self)
{
    turn *before = NULL;
    turn **at = &joiner->first;

    for (; *at != self; at = &(*at)->next)
        before = *at;
    *at = self->next;
    if (joiner->last == self)
        joiner->last = before;
}

/* ---- Leading ---- */

/* All that wait by now, as far as the limits go. */
static void gather(calx__pgsql_joiner *joiner, calx__pgsql_joint *joint)
{
    size_t statements = joint->members[0]->run->unit->statement_count;

    pthread_mutex_lock(&joiner->mutex);
    while (joiner->first && !joiner->first->run->apart && !joint->members[0]->run->apart &&
           joint->count < CALX__PGSQL_JOINED_UNITS_MAX) {
        statements += joiner->first->run->unit->statement_count;
        if (statements > CALX__PGSQL_JOINED_STATEMENTS_MAX)
            break;
        joint->members[joint->count++] = pop(joiner, CALX__PGSQL_TURN_RUNS);
    }
    pthread_mutex_unlock(&joiner->mutex);
}

/* Tells the members how it went, and the next one that it leads. */
static void settle(calx__pgsql_joiner *joiner, calx__pgsql_joint *joint)
{
    pthread_mutex_lock(&joiner->mutex);
    for (size_t i = 0; i < joint->count; i++) {
        joint->members[i]->state = CALX__PGSQL_TURN_DONE;
        if (i > 0)
            calx_wake(&joint->members[i]->parking);
    }
    joiner->led = joiner->first != NULL;
    if (joiner->led)
        calx_wake(&pop(joiner, CALX__PGSQL_TURN_LEADS)->parking);
    pthread_mutex_unlock(&joiner->mutex);
}

/* One that was not in use for a while is asked; another one is opened where it has died. */
static int connect_own(calx__pgsql_joiner *joiner, turn *self)
{
    calx_error ignored = {0};
    int64_t deadline_us = self->run->deadline_us;
    bool fresh = calx_now_us() - joiner->used_us < FRESH_US;

    if (joiner->own &&
        (!calx__pgsql_connection_quiet(joiner->own) ||
         (!fresh && calx__pgsql_connection_check(joiner->own, deadline_us, &ignored) != 0))) {
        calx__pgsql_connection_close(joiner->own);
        joiner->own = NULL;
    }
    int code = joiner->own ? 0
                           : calx__pgsql_connection_open(joiner->database, deadline_us,
                                                         &joiner->own, &self->err);
    if (code == 0)
        self->run->connection = calx__pgsql_connection_of(joiner->own);
    return code;
}

/* For the next leader it is as new, or gone. */
static void put_own(calx__pgsql_joiner *joiner)
{
    calx_error ignored = {0};
    int timeout_ms = calx__pgsql_database_of(joiner->database)->options.connect_timeout_ms;

    calx__pgsql_rollback(joiner->own, calx_deadline_in_ms(timeout_ms), &ignored);
    joiner->used_us = calx_now_us();
    if (!joiner->own->broken)
        return;
    calx__pgsql_connection_close(joiner->own);
    joiner->own = NULL;
}

static void tell_size(const calx__pgsql_joint *joint)
{
    calx_unit *told = NULL;
    size_t size = 0;

    for (size_t i = 0; i < joint->count; i++) {
        const turn *member = joint->members[i];
        bool committed = !member->status && !member->again;
        size += committed;
        told = committed ? member->run->unit : told;
    }
    if (told)
        told->group_size = size;
}

static int run_one(turn *self)
{
    calx__pgsql_run *run = self->run;

    int code = calx__pgsql_forms_reserve(run->connection, run->unit->statement_count, &self->err);
    return code ? code : calx__pgsql_run_alone(run, &self->err);
}

/* Alone it is a unit like any other, but those who come meanwhile wait for its end. */
static void lead(calx__pgsql_joiner *joiner, turn *self)
{
    calx__pgsql_joint joint = {.count = 1, .members = {self}};
    bool needs_own = !self->run->connection;

    self->status = needs_own ? connect_own(joiner, self) : 0;
    if (self->status) {
        settle(joiner, &joint);
        return;
    }
    gather(joiner, &joint);
    joint.savepoints = joiner->cautious > 0;
    if (joint.count > 1) {
        calx__pgsql_joint_run(&joint);
        joiner->cautious -= joiner->cautious > 0;
        if (joint.failed)
            joiner->cautious = CALX__PGSQL_JOINED_CAUTIOUS;
    } else {
        self->status = run_one(self);
    }
    tell_size(&joint);
    if (needs_own)
        put_own(joiner);
    settle(joiner, &joint);
}

/* ---- Waiting ---- */

/* Called with the mutex, and returns with it: until the turn is done, or its time in the queue is
 * over. */
static void see_through(calx__pgsql_joiner *joiner, turn *self)
{
    while (self->state != CALX__PGSQL_TURN_DONE) {
        calx__pgsql_turn_state state = self->state;
        calx_error reason = {0};

        calx_parking_init(&self->parking);
        pthread_mutex_unlock(&joiner->mutex);
        if (state == CALX__PGSQL_TURN_LEADS)
            lead(joiner, self);
        else if (state == CALX__PGSQL_TURN_RUNS)
            calx_park_to_the_end(&self->parking);
        else
            calx_park(&self->parking, self->run->deadline_us, &reason);
        pthread_mutex_lock(&joiner->mutex);
        if (reason.code && self->state == CALX__PGSQL_TURN_WAITS) {
            leave(joiner, self);
            self->state = CALX__PGSQL_TURN_DONE;
            self->status = reason.code;
            self->err = reason;
        }
    }
}

int calx__pgsql_join(calx__pgsql_joiner *joiner, calx__pgsql_run *run, bool *again, calx_error *err)
{
    turn self = {.run = run};

    pthread_mutex_lock(&joiner->mutex);
    append(joiner, &self);
    if (!joiner->led) {
        assert(joiner->first == &self);
        joiner->led = true;
        pop(joiner, CALX__PGSQL_TURN_LEADS);
    }
    see_through(joiner, &self);
    pthread_mutex_unlock(&joiner->mutex);
    *again = self.again;
    if (self.status)
        *err = self.err;
    return self.status;
}

/* ---- Without a connection ---- */

static int check_statements(calx_unit *unit, calx_error *err)
{
    for (size_t i = 0; i < unit->statement_count; i++) {
        int code = calx__pgsql_check_statement(&unit->statements[i], err);
        if (code) {
            unit->failed_statement = i;
            return code;
        }
    }
    return 0;
}

int calx__pgsql_database_unit_run(calx_database *base, calx_unit *unit, int64_t deadline_us,
                                  calx_error *err)
{
    calx__pgsql_joiner *joiner = calx__pgsql_database_of(base)->joiner;
    calx__pgsql_run run = {.unit = unit, .deadline_us = deadline_us};
    calx_error first = {0};
    bool again = false;

    if (!joiner || !calx__pgsql_is_joinable(unit))
        return CALX_UNIT_DECLINED;
    unit->failed_statement = unit->statement_count;
    int code = check_statements(unit, &first);
    if (code == 0)
        code = calx__pgsql_join(joiner, &run, &again, &first);
    if (code == 0 && again) {
        run = (calx__pgsql_run){.unit = unit, .deadline_us = deadline_us, .apart = true};
        code = calx__pgsql_join(joiner, &run, &again, &first);
    }
    if (code && calx__pgsql_error_is_open(err))
        *err = first;
    return code;
}
