/*
 * joint.c: units of several requests in one transaction, without waiting between them: BEGIN, the
 * statements of all, COMMIT, one Sync. When one of them fails nothing is done, and it is done
 * again: BEGIN; SAVEPOINT s; Sync      then for each unit its statements; RELEASE s; SAVEPOINT s;
 * Sync; ROLLBACK TO s; Sync      and at the end COMMIT; Sync After success the ROLLBACK TO undoes
 * nothing, after a failure that unit only.
 */
#include "joined.h"

#include <stdatomic.h>
#include <string.h>

#define SAVEPOINT "SAVEPOINT calx_joined"
#define RELEASE "RELEASE SAVEPOINT calx_joined"
#define ROLLBACK_TO "ROLLBACK TO SAVEPOINT calx_joined"

/* The transaction of a group. */
typedef struct work {
    calx__pgsql_joint *joint;
    calx__pgsql_connection *connection; /* the leader's */
    calx__pgsql_trip trips[CALX__PGSQL_JOINED_UNITS_MAX];
    calx__pgsql_trip frame; /* BEGIN and COMMIT, without statements of its own */
    bool releases;
    bool savepoints;
    bool undone;    /* by the failure of one of them: nothing is done */
    calx_error err; /* of the frame */
} work;

/* ---- Who may share ---- */

static calx__pgsql_trip whole_trip(const calx__pgsql_run *run, calx__pgsql_slot *slots)
{
    return (calx__pgsql_trip){.connection = run->connection,
                              .unit = run->unit,
                              .slots = slots,
                              .end = run->unit->statement_count,
                              .deadline_us = run->deadline_us};
}

bool calx__pgsql_is_joinable(const calx_unit *unit)
{
    if (!unit->begin || !unit->commit || unit->statement_count == 0 ||
        unit->statement_count > CALX__PGSQL_JOINED_STATEMENTS_MAX ||
        unit->isolation > CALX_ISOLATION_READ_COMMITTED)
        return false;
    /* A statement like COMMIT would end the transaction for all. */
    for (size_t i = 0; i < unit->statement_count; i++)
        if (!calx__pgsql_changes_rows(unit->statements[i].sql) ||
            unit->statements[i].reference_count > 0)
            return false;
    return true;
}

bool calx__pgsql_may_join(const calx__pgsql_run *run)
{
    calx_error ignored = {0};

    if (!calx__pgsql_is_joinable(run->unit) || run->connection->base.broken)
        return false;
    calx__pgsql_trip trip = whole_trip(run, run->connection->forms->slots);
    bool settled = calx__pgsql_trip_plan(run, &trip, &ignored) == 0 && trip.commit;
    calx__pgsql_trip_finish(&trip);
    return settled;
}

/* The leader's connection may know less than that of the unit's own: such a unit goes by itself. */
static void plan(work *self, size_t index, calx__pgsql_slot *slots)
{
    calx__pgsql_turn *member = self->joint->members[index];
    calx__pgsql_trip *trip = &self->trips[index];
    calx__pgsql_run run = *member->run;

    run.connection = self->connection;
    *trip = whole_trip(&run, slots);
    member->again = calx__pgsql_trip_plan(&run, trip, &member->err) != 0 || !trip->commit;
    trip->commit = false; /* the frame does */
    calx_error_clear(&member->err);
}

static bool plan_all(work *self)
{
    const calx__pgsql_joint *joint = self->joint;
    size_t count = 0;

    for (size_t i = 0; i < joint->count; i++)
        count += joint->members[i]->run->unit->statement_count;
    if (calx__pgsql_forms_reserve(self->connection, count, &self->err) != 0)
        return false;
    calx__pgsql_slot *slots = self->connection->forms->slots;
    for (size_t i = 0; i < joint->count; i++) {
        plan(self, i, slots);
        slots += joint->members[i]->run->unit->statement_count;
        if (self->trips[i].deadline_us > self->frame.deadline_us)
            self->frame.deadline_us = self->trips[i].deadline_us;
    }
    /* One's deadline does not end what is also the others'. */
    for (size_t i = 0; i < joint->count; i++)
        self->trips[i].deadline_us = self->frame.deadline_us;
    return true;
}

/* ---- Queueing ---- */

static int queue_texts(work *self, const char *const *texts, calx_error *err)
{
    int code = 0;

    for (; code == 0 && *texts; texts++)
        code = calx__pgsql_queue_text(self->connection, *texts, err);
    if (code == 0 && !PQpipelineSync(self->connection->handle))
        code = calx__pgsql_lost(self->connection, err);
    return code;
}

static int queue_member(work *self, size_t index, calx_error *err)
{
    int code = calx__pgsql_trip_queue_statements(&self->trips[index], err);

    if (code || !self->savepoints)
        return code;
    code = queue_texts(self, (const char *const[]){RELEASE, SAVEPOINT, NULL}, err);
    if (code == 0)
        code = queue_texts(self, (const char *const[]){ROLLBACK_TO, NULL}, err);
    return code;
}

static int queue(work *self, calx_error *err)
{
    const calx__pgsql_joint *joint = self->joint;

    int code = calx__pgsql_trip_queue_start(&self->frame, &self->releases, err);
    if (code == 0 && self->savepoints)
        code = queue_texts(self, (const char *const[]){SAVEPOINT, NULL}, err);
    for (size_t i = 0; code == 0 && i < joint->count; i++)
        if (!joint->members[i]->again)
            code = queue_member(self, i, err);
    if (code)
        return code;
    self->frame.sent = true;
    code = queue_texts(self, (const char *const[]){"COMMIT", NULL}, err);
    return code ? code : calx__pgsql_flush(self->connection, self->frame.deadline_us, err);
}

/* ---- Reading ---- */

/* A unit that fails is to be run by itself, once the others are settled: that tells why, or
 * succeeds. */
static int read_member(work *self, size_t index)
{
    calx__pgsql_turn *member = self->joint->members[index];
    calx__pgsql_trip *trip = &self->trips[index];
    calx_error failure = {0}; /* of what is around the unit */

    self->connection->plan = CALX__PGSQL_PLAN_VALID;
    int code = calx__pgsql_trip_read_statements(trip, &member->err);
    if (code == 0)
        code = calx__pgsql_trip_read_sync(trip, &member->err);
    member->again = member->err.code != CALX_OK && trip->answered;
    if (member->again)
        calx__pgsql_trip_forget_plans(trip);
    if (code)
        self->err = member->err;
    else if ((code = calx__pgsql_trip_read_sync(trip, &failure)) != 0)
        self->err = failure;
    return code;
}

/* Without savepoints: who fails is the only one with an error, and what follows was skipped. */
static int read_optimist(work *self, size_t index)
{
    calx__pgsql_turn *member = self->joint->members[index];
    calx__pgsql_trip *trip = &self->trips[index];

    self->connection->plan = CALX__PGSQL_PLAN_VALID;
    int code = calx__pgsql_trip_read_statements(trip, &member->err);
    self->undone = self->undone || (member->err.code != CALX_OK && trip->answered);
    if (member->err.code != CALX_OK)
        calx__pgsql_trip_forget_plans(trip);
    if (code)
        self->err = member->err;
    return code;
}

static int exchange(work *self)
{
    const calx__pgsql_joint *joint = self->joint;

    int code = queue(self, &self->err);
    if (code == 0 && self->releases)
        code = calx__pgsql_trip_read_released(&self->frame, &self->err);
    if (code == 0)
        code = self->savepoints ? calx__pgsql_trip_read_sync(&self->frame, &self->err)
                                : calx__pgsql_trip_read_start(&self->frame, &self->err);
    for (size_t i = 0; code == 0 && i < joint->count; i++)
        if (!joint->members[i]->again)
            code = self->savepoints ? read_member(self, i) : read_optimist(self, i);
    self->frame.answered = false; /* that was BEGIN's */
    if (code == 0)
        code = calx__pgsql_trip_read_commit(&self->frame, &self->err);
    if (code == 0)
        code = calx__pgsql_trip_read_sync(&self->frame, &self->err);
    if (code == 0 && !PQexitPipelineMode(self->connection->handle))
        code = calx__pgsql_lost(self->connection, &self->err);
    return code;
}

/* ---- What came of it ---- */

/* Confirmed; or refused for all, which says nothing of each; or nobody knows. */
static void judge(work *self, size_t index)
{
    calx__pgsql_turn *member = self->joint->members[index];
    const calx__pgsql_trip *frame = &self->frame;
    bool unknown = frame->sent && !self->undone &&
                   (!frame->answered || self->err.outcome == CALX_OUTCOME_UNKNOWN);

    calx_error_clear(&member->err);
    if (member->again)
        return;
    if (frame->committed) {
        self->trips[index].committed = true;
        member->status = calx__pgsql_trip_deliver(&self->trips[index], &member->err);
    } else if (unknown) {
        member->err = self->err;
        member->err.outcome = CALX_OUTCOME_UNKNOWN;
        member->status = member->err.code;
    } else {
        member->again = true;
    }
}

/* The leader's cancellation waits, for it would be everybody's. */
static void exchange_shielded(work *self)
{
    calx__pgsql_connection *connection = self->connection;

    connection->shielded = true;
    int code = exchange(self);
    connection->shielded = false;
    if (connection->cancelled)
        atomic_store(&calx_waiter_current()->cancelled, true);
    connection->cancelled = false;
    if (code)
        connection->base.broken = true;
    else
        calx__pgsql_update_transaction(connection);
}

static void attempt(work *self, calx_unit *frame)
{
    self->frame = (calx__pgsql_trip){
        .connection = self->connection, .unit = frame, .begin = true, .commit = true};
    if (plan_all(self) &&
        calx__pgsql_ready(self->connection, self->frame.deadline_us, &self->err) == 0)
        exchange_shielded(self);
}

/* Takes back what was done up to a failure. False: the connection is lost, and with it all of it.
 */
static bool take_back(work *self)
{
    calx_error ignored = {0};

    for (size_t i = 0; i < self->joint->count; i++) {
        calx__pgsql_trip_finish(&self->trips[i]);
        calx_error_clear(&self->joint->members[i]->err);
    }
    return calx__pgsql_rollback(&self->connection->base, self->frame.deadline_us, &ignored) == 0 &&
           !self->connection->base.broken;
}

void calx__pgsql_joint_run(calx__pgsql_joint *joint)
{
    calx_unit frame = {.isolation = CALX_ISOLATION_READ_COMMITTED};
    work self = {.joint = joint,
                 .connection = joint->members[0]->run->connection,
                 .savepoints = joint->savepoints};

    attempt(&self, &frame);
    if (self.undone && take_back(&self)) {
        self.savepoints = true;
        self.undone = false;
        calx_error_clear(&self.err);
        attempt(&self, &frame);
    }
    joint->failed = joint->savepoints != self.savepoints;
    for (size_t i = 0; i < joint->count; i++) {
        joint->failed = joint->failed || (self.savepoints && joint->members[i]->again);
        judge(&self, i);
        calx__pgsql_trip_finish(&self.trips[i]);
    }
}
