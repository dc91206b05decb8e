/* driver_sqlite_files_test.c: the sqlite3 driver: URLs, files that cannot be used, locks, deadlines
 * and threads. */
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/suite/sqlite_fixture.h"

/* ---- URLs and files ---- */

typedef struct url_case {
    const char *text;
    const char *part; /* of the message */
} url_case;

static void refuse(const char *text, const char *part)
{
    calx_database *database = NULL;
    calx_error err = {0};
    assert_int_equal(try_database(text, &database, &err), CALX_ERROR_URL);
    assert_null(database);
    assert_non_null(strstr(err.message, part));
    assert_null(strstr(err.message, "s3cret"));
}

static void urls_that_make_no_sense_are_refused(void **state)
{
    static const url_case cases[] = {
        {"sqlite+%s://host/x.db", "sqlite:///relative/path.db"},
        {"sqlite+%s://user:s3cret@/x.db", "sqlite:////absolute/path.db"},
        {"sqlite+%s:///x.db?nothing=s3cret", "\"nothing\""},
        {"sqlite+%s:///x.db?timeout=s3cret", "seconds"},
        {"sqlite+%s:///x.db?timeout=1.", NULL},
        {"sqlite+%s:///x.db?timeout=-1", "seconds"},
        {"sqlite+%s:///x.db?timeout=9999999999", "seconds"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        snprintf(text, sizeof text, cases[i].text, fixture_driver);
        if (cases[i].part) {
            refuse(text, cases[i].part);
            continue;
        }
        calx_database *database = NULL;
        calx_error err = {0};
        must(try_database(text, &database, &err), &err);
        database->driver->database_destroy(database);
    }
}

static void keys_of_the_native_opener_are_named_as_such(void **state)
{
    (void)state;
    refuse("sqlite:///x.db?mode=ro", "sqlite+sqlite3:// only");
    refuse("sqlite:///x.db?vfs=unix-none", "sqlite+sqlite3:// only");
    refuse("sqlite+sqlite3:///x.db?mode=s3cret", "ro, rw, rwc or memory");
}

static void memory_is_one_connections_own(void **state)
{
    static const char *const texts[] = {"sqlite+%s://", "sqlite+%s:///", "sqlite+%s:///:memory:"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[64];
        calx_database *database = NULL;
        calx_error err = {0};
        snprintf(text, sizeof text, texts[i], fixture_driver);
        must(try_database(text, &database, &err), &err);
        assert_int_equal(database->connections_max, 1);
        calx_connection *connection = open_connection(database);
        calx_connection *other = open_connection(database);
        command(connection, "CREATE TABLE t (n)");
        assert_int_equal(ask(connection, "SELECT count(*) FROM t"), 0);
        assert_int_equal(try_command(other, "DELETE FROM t", soon(), &err), CALX_ERROR_UNDEFINED);
        database->driver->connection_close(connection);
        database->driver->connection_close(other);
        database->driver->database_destroy(database);
    }
}

static void file_names_are_taken_as_they_are(void **state)
{
    fixture *self = *state;
    char path[160];
    char file[160];
    snprintf(path, sizeof path, "%s/a b%%3F%%23%%25mode=memory&ü.db", self->folder);
    snprintf(file, sizeof file, "%s/a b?#%%mode=memory&ü.db", self->folder);
    calx_database *database = make_database(path, "?timeout=0.5");
    calx_connection *connection = open_connection(database);
    command(connection, "CREATE TABLE t (n)");
    assert_int_equal(access(file, F_OK), 0);
    database->driver->connection_close(connection);
    database->driver->database_destroy(database);
}

static void relative_paths_begin_at_the_working_directory(void **state)
{
    fixture *self = *state;
    char *back = getcwd(NULL, 0);
    char file[128];
    assert_int_equal(chdir(self->folder), 0);
    calx_database *database = make_database("relative.db", "");
    calx_connection *connection = open_connection(database);
    assert_int_equal(chdir(back), 0);
    free(back);
    command(connection, "CREATE TABLE t (n)");
    snprintf(file, sizeof file, "%s/relative.db", self->folder);
    assert_int_equal(access(file, F_OK), 0);
    database->driver->connection_close(connection);
    database->driver->database_destroy(database);
}

/* Opening must fail in one line that names the file. */
static void refuse_to_open(const char *path, calx_error_class expected)
{
    calx_database *database = make_database(path, "");
    calx_connection *connection = NULL;
    calx_error err = {0};
    int status = database->driver->connection_open(database, soon(), &connection, &err);
    assert_int_equal(status, expected);
    assert_null(connection);
    assert_non_null(strstr(err.message, path));
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
    database->driver->database_destroy(database);
}

static void files_that_are_no_database_are_refused(void **state)
{
    fixture *self = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/missing/x.db", self->folder);
    refuse_to_open(path, CALX_ERROR_UNREACHABLE);
    snprintf(path, sizeof path, "%s/x.db", self->file);
    refuse_to_open(path, CALX_ERROR_UNREACHABLE);
    refuse_to_open(self->folder, CALX_ERROR_UNREACHABLE);
    snprintf(path, sizeof path, "%s/corrupt.db", self->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs("this is not a database ", file);
    fclose(file);
    refuse_to_open(path, CALX_ERROR_CORRUPT);
}

static void a_file_without_write_permission_can_be_read(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    command(self->connection, "CREATE TABLE t (n)");
    command(self->connection, "INSERT INTO t VALUES (4)");
    assert_int_equal(chmod(self->folder, 0777), 0);
    assert_int_equal(chmod(self->file, 0444), 0);
    uid_t user = geteuid();
    if (user == 0) /* root may write everywhere */
        assert_int_equal(seteuid(65534), 0);
    calx_database *database = make_database(self->file, "");
    calx_connection *reader = NULL;
    int status = database->driver->connection_open(database, soon(), &reader, &err);
    assert_int_equal(seteuid(user), 0);
    must(status, &err);
    assert_int_equal(ask(reader, "SELECT n FROM t"), 4);
    assert_int_equal(database->connections_max, 0);
    assert_int_equal(try_command(reader, "DELETE FROM t", soon(), &err), CALX_ERROR_READ_ONLY);
    calx_error_clear(&err);
    assert_int_equal(self->driver->begin(reader, CALX_ISOLATION_DEFAULT, true, soon(), &err),
                     CALX_ERROR_READ_ONLY);
    calx_error_clear(&err);
    must(self->driver->begin(reader, CALX_ISOLATION_SERIALIZABLE, false, soon(), &err), &err);
    must(self->driver->rollback(reader, soon(), &err), &err);
    database->driver->connection_close(reader);
    database->driver->database_destroy(database);
}

static void open_flags_are_the_native_openers(void **state)
{
    fixture *self = *state;
    char text[160];
    calx_error err = {0};
    calx_database *database = NULL;
    calx_connection *connection = NULL;
    snprintf(text, sizeof text, "sqlite+sqlite3:///%s?mode=ro", self->file);
    must(try_database(text, &database, &err), &err);
    connection = open_connection(database);
    assert_int_equal(try_command(connection, "CREATE TABLE t (n)", soon(), &err),
                     CALX_ERROR_READ_ONLY);
    database->driver->connection_close(connection);
    database->driver->database_destroy(database);

    calx_error_clear(&err);
    snprintf(text, sizeof text, "sqlite+sqlite3:///%s/none.db?mode=rw", self->folder);
    must(try_database(text, &database, &err), &err);
    assert_int_equal(database->driver->connection_open(database, soon(), &connection, &err),
                     CALX_ERROR_UNREACHABLE);
    database->driver->database_destroy(database);

    calx_error_clear(&err); /* without locks there is no shared memory, and no WAL */
    snprintf(text, sizeof text, "sqlite+sqlite3:///file:%s/nolock.db?nolock=1&uri=true",
             self->folder);
    must(try_database(text, &database, &err), &err);
    assert_int_equal(database->connections_max, 0);
    connection = open_connection(database);
    assert_int_equal(database->connections_max, 1);
    command(connection, "CREATE TABLE t (n)");
    database->driver->connection_close(connection);
    database->driver->database_destroy(database);
}

static void a_file_that_was_replaced_is_noticed(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    must(self->driver->connection_check(self->connection, soon(), &err), &err);
    assert_int_equal(unlink(self->file), 0);
    assert_int_equal(self->driver->connection_check(self->connection, soon(), &err),
                     CALX_ERROR_CONNECTION_LOST);
    assert_true(self->connection->broken);
}

/* ---- Locks and deadlines ---- */

static void a_lock_is_waited_for_until_the_deadline(void **state)
{
    fixture *self = *state;
    calx_connection *other = open_connection(self->database);
    calx_error err = {0};
    int64_t limit_us = soon();
    must(self->driver->begin(self->connection, CALX_ISOLATION_DEFAULT, true, limit_us, &err), &err);
    assert_int_equal(
        self->driver->begin(other, CALX_ISOLATION_DEFAULT, true, calx_deadline_in_ms(100), &err),
        CALX_ERROR_LOCK_TIMEOUT);
    assert_true(calx_now_us() < limit_us);
    assert_true(err.retryable);
    assert_int_equal(err.native_code, 5);
    assert_false(other->in_transaction);
    assert_false(other->broken);
    self->driver->connection_close(other);
}

static void the_urls_timeout_bounds_the_wait_for_a_lock(void **state)
{
    fixture *self = *state;
    calx_database *database = make_database(self->file, "?timeout=0.1");
    calx_connection *other = open_connection(database);
    calx_error err = {0};
    must(self->driver->begin(self->connection, CALX_ISOLATION_DEFAULT, true, soon(), &err), &err);
    assert_int_equal(
        self->driver->begin(other, CALX_ISOLATION_DEFAULT, true, CALX_NO_DEADLINE, &err),
        CALX_ERROR_LOCK_TIMEOUT);
    self->driver->connection_close(other);
    self->driver->database_destroy(database);
}

static void a_snapshot_that_is_too_old_to_write_is_a_serialization_failure(void **state)
{
    fixture *self = *state;
    calx_connection *other = open_connection(self->database);
    calx_error err = {0};
    command(self->connection, "CREATE TABLE t (n)");
    must(self->driver->begin(other, CALX_ISOLATION_DEFAULT, false, soon(), &err), &err);
    assert_int_equal(ask(other, "SELECT count(*) FROM t"), 0);
    command(self->connection, "INSERT INTO t VALUES (1)");
    assert_int_equal(ask(other, "SELECT count(*) FROM t"), 0);
    assert_int_equal(try_command(other, "INSERT INTO t VALUES (2)", soon(), &err),
                     CALX_ERROR_SERIALIZATION);
    assert_true(other->in_transaction);
    self->driver->connection_close(other);
}

#define ENDLESS "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "

static void the_deadline_ends_an_endless_query(void **state)
{
    fixture *self = *state;
    calx_sql sql = sql_of(ENDLESS "SELECT count(*) FROM c", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_error err = {0};
    assert_int_equal(
        self->driver->statement_execute(statement, NULL, calx_deadline_in_ms(50), &err),
        CALX_ERROR_TIMEOUT);
    self->driver->statement_finalize(statement);
    assert_false(self->connection->broken);
    assert_int_equal(ask(self->connection, "SELECT 1"), 1);
}

static void the_deadline_undoes_an_endless_insert(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    command(self->connection, "CREATE TABLE t (n)");
    assert_int_equal(try_command(self->connection, "INSERT INTO t " ENDLESS "SELECT x FROM c",
                                 calx_deadline_in_ms(50), &err),
                     CALX_ERROR_TIMEOUT);
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_int_equal(ask(self->connection, "SELECT count(*) FROM t"), 0);

    must(self->driver->begin(self->connection, CALX_ISOLATION_DEFAULT, true, soon(), &err), NULL);
    calx_error_clear(&err);
    assert_int_equal(try_command(self->connection, "INSERT INTO t " ENDLESS "SELECT x FROM c",
                                 calx_deadline_in_ms(50), &err),
                     CALX_ERROR_TIMEOUT);
    assert_false(self->connection->in_transaction); /* SQLite has rolled it back */
}

static void a_deadline_that_has_passed_starts_nothing(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    assert_int_equal(try_command(self->connection, "CREATE TABLE t (n)", calx_now_us() - 1, &err),
                     CALX_ERROR_TIMEOUT);
    calx_error_clear(&err);
    assert_int_equal(try_command(self->connection, "DELETE FROM t", soon(), &err),
                     CALX_ERROR_UNDEFINED);
}

static void a_cancelled_waiter_stops_queries_and_waits(void **state)
{
    fixture *self = *state;
    calx_connection *other = open_connection(self->database);
    calx_error err = {0};
    must(self->driver->begin(self->connection, CALX_ISOLATION_DEFAULT, true, soon(), &err), &err);
    calx_waiter_current()->cancelled = true;
    int waiting = self->driver->begin(other, CALX_ISOLATION_DEFAULT, true, soon(), &err);
    calx_error_clear(&err);
    int running = try_command(other, ENDLESS "SELECT count(*) FROM c", soon(), &err);
    calx_waiter_current()->cancelled = false;
    assert_int_equal(waiting, CALX_ERROR_CANCELLED);
    assert_int_equal(running, CALX_ERROR_CANCELLED);
    self->driver->connection_close(other);
}

/* ---- Threads ---- */

#define THREADS 4
#define ROUNDS 50

static void *count_up(void *argument)
{
    calx_database *database = argument;
    const calx_driver *driver = database->driver;
    calx_connection *connection = NULL;
    calx_error *err = calloc(1, sizeof *err);
    int status = driver->connection_open(database, soon(), &connection, err);
    for (int i = 0; i < ROUNDS && !status; i++) {
        status = driver->begin(connection, CALX_ISOLATION_DEFAULT, true, soon(), err);
        if (!status)
            status = try_command(connection, "UPDATE t SET n = n + 1", soon(), err);
        if (!status)
            status = driver->commit(connection, soon(), err);
    }
    driver->connection_close(connection);
    return err;
}

static void threads_take_turns_to_write(void **state)
{
    fixture *self = *state;
    pthread_t threads[THREADS];
    command(self->connection, "CREATE TABLE t (n INTEGER)");
    command(self->connection, "INSERT INTO t VALUES (0)");
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, self->database), 0);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        calx_error err = *(calx_error *)result;
        free(result);
        must(err.code, &err);
    }
    assert_int_equal(ask(self->connection, "SELECT n FROM t"), THREADS * ROUNDS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_create, fixture_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(urls_that_make_no_sense_are_refused),
        TEST(keys_of_the_native_opener_are_named_as_such),
        TEST(memory_is_one_connections_own),
        TEST(file_names_are_taken_as_they_are),
        TEST(relative_paths_begin_at_the_working_directory),
        TEST(files_that_are_no_database_are_refused),
        TEST(a_file_without_write_permission_can_be_read),
        TEST(open_flags_are_the_native_openers),
        TEST(a_file_that_was_replaced_is_noticed),
        TEST(a_lock_is_waited_for_until_the_deadline),
        TEST(the_urls_timeout_bounds_the_wait_for_a_lock),
        TEST(a_snapshot_that_is_too_old_to_write_is_a_serialization_failure),
        TEST(the_deadline_ends_an_endless_query),
        TEST(the_deadline_undoes_an_endless_insert),
        TEST(a_deadline_that_has_passed_starts_nothing),
        TEST(a_cancelled_waiter_stops_queries_and_waits),
        TEST(threads_take_turns_to_write),
    };
    int failed = 0;
    FIXTURE_RUN_BOTH(tests, failed);
    return failed;
}
