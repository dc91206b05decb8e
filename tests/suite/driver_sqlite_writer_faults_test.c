/*
 * driver_sqlite_writer_faults_test.c: SQLite's one writer when the process is killed, beside
 * another process, on a full disk and on one that fails. The other process is this program, with
 * arguments: OPENER FILE INSERTS.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/suite/sqlite_writer_fixture.h"

#define THREADS 8
#define INSERTS 50

/* ---- The other process ---- */

typedef struct inserter {
    job job;
    int number;
    int inserts;
    int out; /* gets each key after its unit was acknowledged */
} inserter;

static void *insert_many(void *argument)
{
    inserter *self = argument;
    for (int i = 0; i < self->inserts && self->job.status == 0; i++) {
        snprintf(self->job.title, sizeof self->job.title, "%d/%d/%d", (int)getpid(), self->number,
                 i);
        self->job.values[0] = calx_value_text(calx_text_of(self->job.title));
        job_run(&self->job);
        int64_t key = self->job.statements[0].generated_key;
        if (self->job.status == 0 && write(self->out, &key, sizeof key) != sizeof key)
            break;
    }
    return NULL;
}

/* Inserts in several threads; true when all of it was done. */
static bool insert_in_threads(calx_database *database, int inserts, int out)
{
    static inserter inserters[THREADS];
    bool good = true;
    for (int i = 0; i < THREADS; i++) {
        inserters[i] = (inserter){.number = i, .inserts = inserts, .out = out};
        job_init(&inserters[i].job, database, "");
        pthread_create(&inserters[i].job.thread, NULL, insert_many, &inserters[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(inserters[i].job.thread, NULL);
        job_finish(&inserters[i].job);
        if (inserters[i].job.status)
            fprintf(stderr, "%s\n", inserters[i].job.err.message);
        good = good && inserters[i].job.status == 0;
    }
    return good;
}

static int be_the_other(char **arguments)
{
    fixture_driver = arguments[1];
    calx_database *database = make_database(arguments[2], "");
    bool good = insert_in_threads(database, atoi(arguments[3]), STDOUT_FILENO);
    database->driver->database_destroy(database);
    return good ? 0 : 1;
}

/* Starts it; *keys gets the end of a pipe to read its keys from. */
static pid_t start_other(const fixture *self, const char *inserts, int *keys)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(program_invocation_name, "other", fixture_driver, self->file, inserts, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    *keys = ends[0];
    return pid;
}

static int status_of(pid_t pid)
{
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* ---- Processes ---- */

#define KEYS_MAX 100000
#define KEYS_BEFORE_THE_KILL 500

static void what_was_acknowledged_survives_kill_9(void **state)
{
    static int64_t acknowledged[KEYS_MAX];
    fixture *self = *state;
    int keys;
    int count = 0;
    self->driver->connection_close(self->connection);
    self->driver->database_destroy(self->database);
    pid_t pid = start_other(self, "1000000", &keys);
    while (count < KEYS_MAX &&
           read(keys, &acknowledged[count], sizeof *acknowledged) == sizeof *acknowledged) {
        if (++count == KEYS_BEFORE_THE_KILL)
            kill(pid, SIGKILL);
    }
    close(keys);
    assert_true(WIFSIGNALED(status_of(pid)));
    assert_true(count >= KEYS_BEFORE_THE_KILL && count < KEYS_MAX);
    self->database = make_database(self->file, "");
    self->connection = open_connection(self->database);
    for (int i = 0; i < count; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM t WHERE id = %lld",
                 (long long)acknowledged[i]);
        assert_int_equal(ask(self->connection, sql), 1);
    }
}

static void two_processes_write_to_one_file(void **state)
{
    fixture *self = *state;
    int keys;
    int64_t key;
    pid_t pid = start_other(self, "50", &keys);
    /* Once it writes, we do too. */
    assert_int_equal(read(keys, &key, sizeof key), sizeof key);
    int devnull = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_true(insert_in_threads(self->database, INSERTS, devnull));
    close(devnull);
    while (read(keys, &key, sizeof key) > 0)
        continue;
    close(keys);
    assert_int_equal(status_of(pid), 0);
    assert_int_equal(ask(self->connection, "SELECT count(*) FROM t"), 2 * THREADS * INSERTS + 1);
}

/* ---- A full disk, and one that fails ---- */

#define JOBS 6
#define BIG 60000

static char big[BIG];

static void make_big(job *one)
{
    memset(big, 'b', sizeof big);
    one->values[0] = calx_value_text((calx_text){.data = big, .length = sizeof big});
}

static int take_integer(void *context, const calx_value *values, size_t count, calx_error *err)
{
    (void)count;
    (void)err;
    *(int64_t *)context = values[0].as.integer;
    return 0;
}

/* Asks the writer's connection, by a unit of its own. */
static int64_t ask_writer(fixture *self, const char *text)
{
    int64_t answer = -1;
    calx_error err = {0};
    calx_sql sql = {
        .text = text, .length = strlen(text), .result_kinds = integer_kind, .result_count = 1};
    calx_unit_statement statement = {
        .sql = &sql, .rows_expected = CALX_ROWS_ANY, .row = take_integer, .context = &answer};
    calx_unit unit = {.statements = &statement,
                      .statement_count = 1,
                      .begin = true,
                      .commit = true,
                      .write = true};
    must(self->driver->unit_run(self->connection, &unit, soon(), &err), &err);
    return answer;
}

/* The limit is a connection's own, so it is the writer's that has to be asked. */
static void limit_pages(fixture *self, int64_t pages)
{
    char text[64];
    snprintf(text, sizeof text, "PRAGMA max_page_count = %lld", (long long)pages);
    assert_int_equal(ask_writer(self, text), pages);
}

static void a_unit_that_does_not_fit_fails_alone(void **state)
{
    fixture *self = *state;
    job jobs[JOBS];
    jobs_init(jobs, JOBS, self->database, "t");
    make_big(&jobs[2]);
    limit_pages(self, ask(self->connection, "PRAGMA page_count") + 4);
    queue_up(self, jobs, JOBS);
    let_go(self, jobs, JOBS);
    for (int i = 0; i < JOBS; i++) {
        if (i == 2)
            continue;
        must(jobs[i].status, &jobs[i].err);
        assert_int_equal(jobs[i].statements[0].generated_key, id_of_title(self, jobs[i].title));
    }
    assert_int_equal(jobs[2].status, CALX_ERROR_DISK_FULL);
    assert_int_equal(jobs[2].err.outcome, CALX_OUTCOME_NOT_DONE);
    limit_pages(self, 1000000);
    jobs[2].err = (calx_error){0};
    job_run(&jobs[2]);
    must(jobs[2].status, &jobs[2].err);
    jobs_finish(jobs, JOBS);
}

/* No file may grow beyond the WAL as it is: COMMIT, which writes to it, gets an input/output error
 * (EFBIG). */
static void let_files_grow(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes == RLIM_INFINITY ? limit.rlim_max : bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void an_error_of_the_disk_at_commit_is_unknown_for_all(void **state)
{
    fixture *self = *state;
    job jobs[JOBS];
    job after;
    jobs_init(jobs, JOBS, self->database, "t");
    job_init(&after, self->database, "after");
    snprintf(jobs[3].title, sizeof jobs[3].title, "first"); /* there already */
    jobs[3].values[0] = calx_value_text(calx_text_of("first"));
    make_big(&after);
    job_run(&after);
    must(after.status, &after.err);
    after.values[0] = calx_value_text(calx_text_of("after"));
    limit_pages(self, 100000);
    signal(SIGXFSZ, SIG_IGN);
    queue_up(self, jobs, JOBS);
    let_files_grow((rlim_t)size_of_wal(self));
    let_go(self, jobs, JOBS);
    let_files_grow(RLIM_INFINITY);
    /* Only the double has run again. libdbi's opener parks as well. */
    int opened = !strcmp(fixture_driver, "dbi");
    assert_int_equal(atomic_load(&parked), JOBS - 1 + opened);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(jobs[i].status, i == 3 ? CALX_ERROR_UNIQUE : CALX_ERROR_IO);
        assert_int_equal(jobs[i].err.outcome,
                         i == 3 ? CALX_OUTCOME_NOT_DONE : CALX_OUTCOME_UNKNOWN);
        assert_int_equal(jobs[i].unit.failed_statement, i == 3 ? 0 : 1);
    }
    assert_int_not_equal(ask_writer(self, "PRAGMA max_page_count"), 100000); /* opened anew */
    job_run(&after);
    must(after.status, &after.err);
    assert_int_equal(count_title(self, "after"), 1);
    job_finish(&after);
    jobs_finish(jobs, JOBS);
}

int main(int argc, char **argv)
{
    if (argc == 4)
        return be_the_other(argv);
#define CASE(name) cmocka_unit_test_setup_teardown(name, writer_fixture_create, fixture_destroy)
    const struct CMUnitTest tests[] = {
        CASE(what_was_acknowledged_survives_kill_9),
        CASE(two_processes_write_to_one_file),
        CASE(a_unit_that_does_not_fit_fails_alone),
        CASE(an_error_of_the_disk_at_commit_is_unknown_for_all),
    };
#undef CASE
    int failed = 0;
    FIXTURE_RUN_BOTH(tests, failed);
    return failed;
}
