/*
 * group.c: units of several callers in one transaction. The first needs no savepoint: until
 * somebody joins, the transaction is its own. Each that joins has one, and fails alone.
 */
#include "drivers/sqlite3/writer.h"

/* A try for the lock takes so long at least, also for whom the queue has left no time. */
#define ONE_TRY_US 1000

/* Pages in the write-ahead log at which it is copied into the file, as SQLite does by itself. */
#define CHECKPOINT_PAGES 1000

/* For so long a log that is too long makes a group wait for its readers. */
#define SHRINK_MS 20

/* ---- The log ---- */

static int on_commit(void *context, sqlite3 *db, const char *name, int pages)
{
    ((calx__sqlite3_writer *)context)->log_pages = pages;
    if (pages >= CHECKPOINT_PAGES)
        sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return SQLITE_OK;
}

/* Where readers always overlap, the log would never begin anew by itself. While one holds on, this
 * is not tried again until the log has grown by as much once more. */
static void shrink_log(calx__sqlite3_writer *writer)
{
    calx__sqlite3_connection *connection = writer->runner.connection;
    if (writer->log_pages < writer->log_pages_max)
        return;
    calx__sqlite3_call_begin(connection, calx_deadline_in_ms(SHRINK_MS), NULL);
    int code =
        sqlite3_wal_checkpoint_v2(connection->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    writer->log_pages_max =
        CALX__SQLITE3_LOG_PAGES_MAX + (code == SQLITE_OK ? 0 : writer->log_pages);
    writer->log_pages = 0;
}

/* ---- The beginning ---- */

/* The writer's connection, opened if need be; one whose file was moved or replaced is not it. */
static int find_connection(calx__sqlite3_writer *writer, calx__sqlite3_turn *leader)
{
    if (writer->runner.connection) {
        calx_error lost = {0};
        calx_connection *base = &writer->runner.connection->base;
        if (!calx__sqlite3_connection_check(base, CALX_NO_DEADLINE, &lost))
            return 0;
        calx__sqlite3_runner_close(&writer->runner);
    }
    const calx__sqlite3_database *database = (const calx__sqlite3_database *)writer->database;
    int64_t limit_us = calx_deadline_in_ms(database->options.connect_timeout_ms);
    int64_t deadline_us = limit_us < leader->deadline_us ? limit_us : leader->deadline_us;
    calx_connection *opened;
    int result =
        calx__sqlite3_connection_open(writer->database, deadline_us, &opened, &leader->err);
    if (result)
        return result;
    writer->runner.connection = calx__sqlite3_connection_of(opened);
    writer->log_pages = 0;
    writer->log_pages_max = CALX__SQLITE3_LOG_PAGES_MAX;
    sqlite3_wal_hook(writer->runner.connection->db, on_commit, writer);
    return 0;
}

static int begin(calx__sqlite3_writer *writer, calx__sqlite3_turn *leader)
{
    int64_t until_us = calx_now_us() + ONE_TRY_US;
    if (leader->lock_until_us > until_us)
        until_us = leader->lock_until_us;
    if (until_us > leader->deadline_us)
        until_us = leader->deadline_us;
    writer->runner.connection->shared = false;
    return calx__sqlite3_begin(&writer->runner.connection->base, leader->unit->isolation, true,
                               until_us, &leader->err);
}

static void roll_back(calx__sqlite3_writer *writer)
{
    writer->runner.connection->shared = false;
    calx__sqlite3_rollback(&writer->runner.connection->base, CALX_NO_DEADLINE, NULL);
}

/* A deferred foreign key that is violated would fail the COMMIT, for everybody in it. */
static int check_foreign_keys(calx__sqlite3_writer *writer, calx_error *err)
{
    int violated = 0;
    int highest = 0;
    sqlite3_db_status(writer->runner.connection->db, SQLITE_DBSTATUS_DEFERRED_FKS, &violated,
                      &highest, 0);
    if (!violated)
        return 0;
    if (err && !err->code)
        err->native_code = SQLITE_CONSTRAINT_FOREIGNKEY;
    return calx_error_set(err, CALX_ERROR_FOREIGN_KEY, "FOREIGN KEY constraint failed");
}

static int run(calx__sqlite3_group *group, calx__sqlite3_turn *turn, int64_t deadline_us)
{
    int result =
        calx__sqlite3_unit_statements(&group->writer->runner, turn->unit, deadline_us, &turn->err);
    for (size_t i = 0; i < turn->unit->statement_count; i++)
        group->statement_count += calx_unit_record_count(&turn->unit->statements[i]);
    return result ? result : check_foreign_keys(group->writer, &turn->err);
}

/* ---- Who joins ---- */

/* Undoes what the unit that failed has done. False when the transaction is gone, or not as it was:
 * INTERRUPT, FULL, NOMEM, IOERR and RAISE(ROLLBACK) end it whole. */
static bool undo(calx__sqlite3_connection *connection)
{
    return !sqlite3_get_autocommit(connection->db) &&
           !calx__sqlite3_fixed_run(connection, CALX__SQLITE3_ROLLBACK_TO, NULL) &&
           !calx__sqlite3_fixed_run(connection, CALX__SQLITE3_RELEASE, NULL);
}

/* Runs a unit under a savepoint. False when that has cost the others their transaction. */
static bool join(calx__sqlite3_group *group, calx__sqlite3_turn *turn)
{
    calx__sqlite3_connection *connection = group->writer->runner.connection;
    connection->shared = true;
    turn->status = calx__sqlite3_call_begin(connection, CALX_NO_DEADLINE, &turn->err);
    if (!turn->status)
        turn->status = calx__sqlite3_fixed_run(connection, CALX__SQLITE3_SAVEPOINT, &turn->err);
    if (turn->status)
        return false;
    turn->status = run(group, turn, CALX_NO_DEADLINE);
    if (!turn->status)
        turn->status = calx__sqlite3_fixed_run(connection, CALX__SQLITE3_RELEASE, &turn->err);
    return !turn->status || undo(connection);
}

static bool has_room(const calx__sqlite3_group *group)
{
    return group->count < CALX__SQLITE3_GROUP_UNITS_MAX &&
           group->statement_count < CALX__SQLITE3_GROUP_STATEMENTS_MAX;
}

/* Lets in who waits. False when the transaction was lost, by the last that joined. */
static bool gather(calx__sqlite3_group *group)
{
    while (has_room(group)) {
        calx__sqlite3_turn *turn = calx__sqlite3_writer_take(group->writer);
        if (!turn)
            break;
        group->members[group->count++] = turn;
        if (!join(group, turn))
            return false;
    }
    return true;
}

/* ---- The end ---- */

static void run_again(calx__sqlite3_turn *turn)
{
    turn->again = true;
    turn->status = 0;
    calx_error_clear(&turn->err);
    turn->unit->failed_statement = turn->unit->statement_count;
}

static void commit_alone(calx__sqlite3_group *group)
{
    calx__sqlite3_turn *leader = group->members[0];
    calx_connection *base = &group->writer->runner.connection->base;
    leader->status = calx__sqlite3_commit(base, leader->deadline_us, &leader->err);
    if (leader->status)
        roll_back(group->writer);
}

/*
 * Nobody is told what COMMIT did to others: where it was refused, each runs again by itself, and
 * so does who failed beside rows that were then not committed. Unknown is unknown for all whose
 * rows were in it.
 */
static void commit_shared(calx__sqlite3_group *group)
{
    calx_error err = {0};
    int result =
        calx__sqlite3_commit(&group->writer->runner.connection->base, CALX_NO_DEADLINE, &err);
    if (!result)
        return;
    roll_back(group->writer);
    for (size_t i = 0; i < group->count; i++) {
        calx__sqlite3_turn *turn = group->members[i];
        if (turn->status || err.outcome != CALX_OUTCOME_UNKNOWN) {
            run_again(turn);
        } else {
            turn->status = result;
            turn->err = err;
        }
    }
}

/* The last that joined has its error; what the others did is undone. */
static void lose(calx__sqlite3_group *group)
{
    roll_back(group->writer);
    for (size_t i = 0; i + 1 < group->count; i++)
        run_again(group->members[i]);
}

static void run_group(calx__sqlite3_group *group)
{
    calx__sqlite3_turn *leader = group->members[0];
    leader->status = find_connection(group->writer, leader);
    if (leader->status)
        return;
    shrink_log(group->writer);
    leader->status = begin(group->writer, leader);
    if (leader->status)
        return;
    leader->status = run(group, leader, leader->deadline_us);
    if (leader->status)
        roll_back(group->writer);
    else if (leader->shares && !gather(group))
        lose(group);
    else if (group->count > 1)
        commit_shared(group);
    else
        commit_alone(group);
}

static void tell_size(const calx__sqlite3_group *group)
{
    calx_unit *told = NULL;
    size_t size = 0;
    for (size_t i = 0; i < group->count; i++) {
        const calx__sqlite3_turn *turn = group->members[i];
        bool committed = !turn->status && !turn->again;
        size += committed;
        told = committed ? turn->unit : told;
    }
    if (told)
        told->group_size = size;
}

void calx__sqlite3_group_run(calx__sqlite3_group *group, calx__sqlite3_turn *leader)
{
    group->members[0] = leader;
    group->count = 1;
    run_group(group);
    tell_size(group);
    const calx__sqlite3_connection *connection = group->writer->runner.connection;
    if (connection && (connection->base.broken || connection->base.in_transaction))
        calx__sqlite3_runner_close(&group->writer->runner);
}
