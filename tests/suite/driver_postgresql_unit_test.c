/* driver_postgresql_unit_test.c: units through the PostgreSQL driver: how many round trips they
 * take, what the server refuses, and what is known after a fault. A proxy counts, cuts and freezes.
 */
#include "postgresql_fixture.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#define STATEMENTS_MAX 8
#define LOCK_TIMEOUT_MS 5000

/* ---- A proxy ---- */

typedef enum fault {
    FAULT_NONE,
    FAULT_FREEZE,       /* COMMIT and all that follows is swallowed */
    FAULT_CUT_BEFORE,   /* the server never sees COMMIT */
    FAULT_CUT_AFTER,    /* the client never sees the answer to COMMIT */
    FAULT_CUT_AT_READY, /* of the next answer all but its end arrives */
} fault;

typedef struct proxy {
    int listener;
    int client;
    int server;
    pthread_t thread;
    _Atomic fault fault;
    _Atomic int trips; /* Sync and Query: what the client waits for */
    bool met;
    unsigned char header[5]; /* of the client's message */
    size_t header_length;
    size_t header_size; /* the first message has no type */
    size_t left;        /* of its body */
} proxy;

static void count_trips(proxy *self, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (self->left > 0) {
            self->left--;
            continue;
        }
        self->header[self->header_length++] = (unsigned char)bytes[i];
        if (self->header_length < self->header_size)
            continue;
        const unsigned char *size = self->header + self->header_size - 4;
        self->left = ((size_t)size[0] << 24 | (size_t)size[1] << 16 | (size_t)size[2] << 8 |
                      (size_t)size[3]) -
                     4;
        if (self->header_size == 5 && (self->header[0] == 'S' || self->header[0] == 'Q'))
            atomic_fetch_add(&self->trips, 1);
        self->header_length = 0;
        self->header_size = 5;
    }
}

static bool send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool pass_question(proxy *self)
{
    char bytes[65536];
    ssize_t length = recv(self->client, bytes, sizeof bytes, 0);
    if (length <= 0)
        return false;
    count_trips(self, bytes, (size_t)length);
    fault now = atomic_load(&self->fault);
    self->met = self->met || (now != FAULT_NONE && memmem(bytes, (size_t)length, "COMMIT", 6));
    if (self->met && now == FAULT_CUT_BEFORE)
        return false;
    return (self->met && now == FAULT_FREEZE) || send_all(self->server, bytes, (size_t)length);
}

static bool pass_answer(proxy *self)
{
    char bytes[65536];
    ssize_t length = recv(self->server, bytes, sizeof bytes, 0);
    fault now = atomic_load(&self->fault);
    if (length <= 0 || (self->met && now == FAULT_CUT_AFTER))
        return false;
    if (now != FAULT_CUT_AT_READY || length < 6 || memcmp(bytes + length - 6, "Z\0\0\0\5", 5) != 0)
        return send_all(self->client, bytes, (size_t)length);
    send_all(self->client, bytes, (size_t)length - 6);
    return false;
}

static int connect_to(const char *host, int port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char service[16];
    snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(host, service, &hints, &found) != 0)
        return -1;
    int fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

static void *proxy_run(void *argument)
{
    proxy *self = argument;
    self->client = accept(self->listener, NULL, NULL);
    struct pollfd fds[] = {{.fd = self->client, .events = POLLIN},
                           {.fd = self->server, .events = POLLIN}};
    bool open = self->client >= 0;
    while (open && poll(fds, 2, -1) > 0) {
        if (fds[1].revents)
            open = pass_answer(self);
        if (open && fds[0].revents)
            open = pass_question(self);
    }
    close(self->client);
    close(self->server);
    return NULL;
}

static int proxy_start(proxy *self, const calx_url *url)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    *self = (proxy){.header_size = 4};
    self->server =
        connect_to(url->host ? url->host : "127.0.0.1", url->port > 0 ? url->port : 5432);
    assert_true(self->server >= 0);
    self->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(self->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(self->listener, 1), 0);
    assert_int_equal(getsockname(self->listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(pthread_create(&self->thread, NULL, proxy_run, self), 0);
    return ntohs(address.sin_port);
}

/* ---- Connections and units ---- */

static proxy middle;
static calx_connection *connection; /* through the proxy */
static calx_connection *other;

static void open_through_proxy(int cache_size, int lock_timeout_ms)
{
    calx_url *server = server_url();
    calx_database_options options = default_options;
    char text[CALX_URL_LENGTH_MAX];
    calx_error err = {0};
    calx_url *url = NULL;

    options.statement_cache_size = cache_size;
    options.busy_timeout_ms = lock_timeout_ms;
    int port = proxy_start(&middle, server);
    const char *rest = strstr(getenv("CALX_TEST_POSTGRESQL_URI"), "://");
    const char *at = strrchr(rest, '@');
    snprintf(text, sizeof text, "%s%.*s@127.0.0.1:%d/%s?sslmode=disable&gssencmode=disable", form,
             (int)(at - rest), rest, port, server->database);
    assert_ok(calx_url_parse(text, strlen(text), &url, &err), &err);
    assert_ok(open_url(url, &options, soon(), &connection, &err), &err);
    calx_url_destroy(url);
    calx_url_destroy(server);
}

static void close_proxy(void)
{
    close_connection(connection);
    connection = NULL;
    pthread_join(middle.thread, NULL);
    close(middle.listener);
}

static const char drop_tables[] = "DROP TABLE IF EXISTS calx_unit_child, calx_unit, calx_unit_log";

static int open_fixture(void **state)
{
    (void)state;
    other = open_default();
    run(other, drop_tables);
    run(other, "CREATE TABLE calx_unit (id serial PRIMARY KEY, n bigint UNIQUE, t text)");
    run(other,
        "CREATE TABLE calx_unit_child (id bigserial PRIMARY KEY, parent_id int NOT NULL"
        " REFERENCES calx_unit DEFERRABLE INITIALLY DEFERRED)");
    open_through_proxy(100, LOCK_TIMEOUT_MS);
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    close_proxy();
    run(other, drop_tables);
    close_connection(other);
    return 0;
}

/* A unit with all that it points to. */
typedef struct work {
    calx_unit unit;
    calx_unit_statement statements[STATEMENTS_MAX];
    calx_sql sql[STATEMENTS_MAX];
    calx_value binds[STATEMENTS_MAX][2];
    calx_unit_reference references[STATEMENTS_MAX];
    calx_error err;
} work;

static const calx_kind integers[] = {CALX_KIND_INTEGER, CALX_KIND_INTEGER};

/* The same text has the same id. */
static uint64_t id_of(const char *text)
{
    uint64_t id = UINT64_C(14695981039346656037);
    for (; *text; text++)
        id = (id ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return id;
}

static calx_unit_statement *add(work *w, const char *text, int64_t bind, int64_t rows_expected)
{
    size_t i = w->unit.statement_count++;
    assert_true(i < STATEMENTS_MAX);
    w->binds[i][0] = calx_value_integer(bind);
    w->binds[i][1] = calx_value_integer(bind);
    w->sql[i] = (calx_sql){.id = id_of(text),
                           .text = text,
                           .length = strlen(text),
                           .bind_kinds = integers,
                           .bind_count = strstr(text, "$2")   ? 2
                                         : strstr(text, "$1") ? 1
                                                              : 0,
                           .result_count = strncmp(text, "SELECT", 6) == 0 ? 1 : 0};
    w->statements[i] = (calx_unit_statement){
        .sql = &w->sql[i], .binds = w->binds[i], .rows_expected = rows_expected};
    return &w->statements[i];
}

static calx_unit_statement *add_keyed(work *w, const char *text, int64_t bind)
{
    calx_unit_statement *statement = add(w, text, bind, 1);
    statement->generates_key = true;
    w->sql[w->unit.statement_count - 1].result_count = 1;
    return statement;
}

/* The last statement's bind is the key of another. */
static void refer(work *w, size_t statement)
{
    size_t last = w->unit.statement_count - 1;
    w->references[last] = (calx_unit_reference){.bind = 0, .statement = statement};
    w->statements[last].references = &w->references[last];
    w->statements[last].reference_count = 1;
}

static int run_until(work *w, int64_t deadline_us)
{
    w->unit.statements = w->statements;
    calx_error_clear(&w->err);
    return connection->driver->unit_run(connection, &w->unit, deadline_us, &w->err);
}

static int run_unit(work *w)
{
    return run_until(w, soon());
}

static void assert_runs(work *w)
{
    assert_ok(run_unit(w), &w->err);
    assert_int_equal(w->unit.failed_statement, w->unit.statement_count);
}

static void assert_trips(work *w, int trips)
{
    int before = atomic_load(&middle.trips);
    assert_runs(w);
    assert_int_equal(atomic_load(&middle.trips) - before, trips);
}

static void assert_fails(work *w, int code, size_t statement)
{
    int got = run_unit(w);
    if (got != code)
        fail_msg("%d instead of %d: %s", got, code, w->err.message);
    assert_int_equal(w->err.code, code);
    assert_int_equal(w->err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_int_equal(w->unit.failed_statement, statement);
}

static work whole(void)
{
    return (work){.unit = {.begin = true, .commit = true, .write = true}};
}

static int64_t rows(void)
{
    return query_integer(other, "SELECT count(*) FROM calx_unit");
}

#define INSERT "INSERT INTO calx_unit (n) VALUES ($1)"
#define INSERT_KEY INSERT " RETURNING id"
#define UPDATE "UPDATE calx_unit SET t = 'x' WHERE n = $1"

/* ---- Trips ---- */

static void changes_and_commit_are_one_trip(void **state)
{
    (void)state;
    work w = whole();
    calx_unit_statement *insert = add(&w, INSERT, 1, 1);
    calx_unit_statement *update = add(&w, UPDATE, 1, 1);
    calx_unit_statement *any = add(&w, "DELETE FROM calx_unit WHERE n > $1", 5, CALX_ROWS_ANY);
    assert_trips(&w, 1);
    assert_false(connection->in_transaction);
    assert_int_equal(rows(), 1);
    assert_int_equal(insert->rows_affected, 1);
    assert_int_equal(update->rows_affected, 1);
    assert_int_equal(any->rows_affected, 0);
    for (size_t i = 0; i < 2; i++)
        w.binds[i][0] = calx_value_integer(2);
    assert_trips(&w, 1); /* now all is prepared */
    assert_int_equal(rows(), 2);
    const char *count = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'calx%'";
    assert_int_equal(query_integer(connection, count), 3);
}

/* The first time nobody knows yet whether the key is an integer. */
static void a_generated_key_and_commit_are_one_trip(void **state)
{
    (void)state;
    work w = whole();
    calx_unit_statement *insert = add_keyed(&w, INSERT_KEY, 1);
    assert_trips(&w, 2);
    assert_int_equal(insert->generated_key, 1);
    w.binds[0][0] = calx_value_integer(2);
    assert_trips(&w, 1);
    assert_int_equal(insert->generated_key, 2);
    assert_int_equal(insert->rows_affected, 1);
    assert_int_equal(rows(), 2);
}

static void a_key_that_is_no_integer_is_not_committed(void **state)
{
    (void)state;
    work w = whole();
    run(other, "CREATE TABLE calx_unit_log (id text DEFAULT '7', n bigint)");
    add_keyed(&w, "INSERT INTO calx_unit_log (n) VALUES ($1) RETURNING id", 1);
    for (int i = 0; i < 2; i++) {
        assert_fails(&w, CALX_ERROR_MISFIT, 0);
        rollback(connection);
    }
    assert_int_equal(query_integer(other, "SELECT count(*) FROM calx_unit_log"), 0);
}

static void keys_cost_a_trip_per_level(void **state)
{
    (void)state;
    work w = whole();
    add_keyed(&w, INSERT_KEY, 1);
    calx_unit_statement *parent = add_keyed(&w, INSERT_KEY, 2);
    for (size_t i = 0; i < 2; i++) {
        add(&w, "INSERT INTO calx_unit_child (parent_id) VALUES ($1)", 0, 1);
        refer(&w, i);
    }
    assert_trips(&w, 2);
    w.binds[0][0] = calx_value_integer(3);
    w.binds[1][0] = calx_value_integer(4);
    assert_trips(&w, 2);
    assert_int_equal(parent->generated_key, 4);
    assert_int_equal(query_integer(other, "SELECT sum(parent_id)::int FROM calx_unit_child"), 10);
}

typedef struct seen {
    int64_t values[3];
    size_t count;
    size_t refused; /* the row at which it says no */
} seen;

static int see(void *context, const calx_value *values, size_t count, calx_error *err)
{
    seen *s = context;
    assert_int_equal(count, 1);
    s->values[s->count++] = values[0].as.integer;
    if (s->count == s->refused)
        return calx_error_set(err, CALX_ERROR_MISFIT, "enough");
    return 0;
}

static void a_read_is_one_trip(void **state)
{
    (void)state;
    seen s = {.count = 0};
    work w = {.unit = {.begin = false}};
    calx_unit_statement *select =
        add(&w, "SELECT n FROM generate_series($1, $2 + 2) AS n", 5, CALX_ROWS_ANY);
    select->row = see;
    select->context = &s;
    for (int i = 0; i < 2; i++) { /* text the first time, then binary */
        s.count = 0;
        assert_trips(&w, 1);
        assert_int_equal(s.count, 3);
        assert_int_equal(s.values[0], 5);
        assert_int_equal(s.values[2], 7);
    }
}

static void a_row_callback_comes_before_commit(void **state)
{
    (void)state;
    seen s = {.refused = 2};
    work w = whole();
    add(&w, INSERT, 1, 1);
    calx_unit_statement *select = add(&w, "SELECT generate_series(1, 3)", 0, CALX_ROWS_ANY);
    select->row = see;
    select->context = &s;
    assert_fails(&w, CALX_ERROR_MISFIT, 1);
    assert_string_equal(w.err.message, "enough");
    assert_true(connection->in_transaction);
    rollback(connection);
    assert_int_equal(rows(), 0);
    s = (seen){.count = 0};
    assert_trips(&w, 2);
    assert_int_equal(s.count, 3);
    assert_int_equal(rows(), 1);
}

static void a_unit_in_an_open_transaction_leaves_it_open(void **state)
{
    (void)state;
    work w = {.unit = {.write = true}};
    add(&w, INSERT, 1, 1);
    begin(connection);
    assert_trips(&w, 1);
    assert_true(connection->in_transaction);
    assert_int_equal(rows(), 0);
    w.unit.commit = true;
    w.binds[0][0] = calx_value_integer(2);
    assert_runs(&w);
    assert_false(connection->in_transaction);
    assert_int_equal(rows(), 2);
}

static void the_isolation_level_is_the_units(void **state)
{
    (void)state;
    for (calx_isolation level = CALX_ISOLATION_DEFAULT; level <= CALX_ISOLATION_SERIALIZABLE;
         level++) {
        static const int64_t lengths[] = {14, 14, 15, 12};
        seen s = {.count = 0};
        work w = whole();
        w.unit.isolation = level;
        calx_unit_statement *select =
            add(&w, "SELECT length(current_setting('transaction_isolation'))", 0, CALX_ROWS_ANY);
        select->row = see;
        select->context = &s;
        assert_runs(&w);
        assert_int_equal(s.values[0], lengths[level]);
    }
}

static void a_unit_without_statements_commits(void **state)
{
    (void)state;
    work w = whole();
    assert_trips(&w, 1);
    w.unit.begin = false;
    assert_fails(&w, CALX_ERROR_STATE, 0);
    begin(connection);
    assert_trips(&w, 1);
    assert_false(connection->in_transaction);
}

/* Both sides send more than the sockets between them hold. */
static void a_large_unit_does_not_block_itself(void **state)
{
    (void)state;
    enum { COUNT = 300, LENGTH = 100000 };
    static char text[LENGTH];
    static calx_unit_statement statements[COUNT];
    calx_kind kind = CALX_KIND_TEXT;
    calx_error err = {0};
    memset(text, 'x', LENGTH);
    calx_value bind = calx_value_text((calx_text){text, LENGTH});
    calx_sql sql = {.id = 1,
                    .text = "SELECT $1::text",
                    .length = 15,
                    .bind_kinds = &kind,
                    .bind_count = 1,
                    .result_count = 1};
    for (size_t i = 0; i < COUNT; i++)
        statements[i] =
            (calx_unit_statement){.sql = &sql, .binds = &bind, .rows_expected = CALX_ROWS_ANY};
    calx_unit unit = {
        .statements = statements, .statement_count = COUNT, .begin = true, .commit = true};
    assert_ok(connection->driver->unit_run(connection, &unit, soon(), &err), &err);
    assert_int_equal(statements[COUNT - 1].rows_affected, 1);
}

/* ---- Prepared statements ---- */

static const char count_prepared[] =
    "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'calx%'";

static void only_so_many_statements_stay_prepared(void **state)
{
    (void)state;
    const char *const texts[] = {INSERT, UPDATE, "DELETE FROM calx_unit WHERE n = $1"};
    close_proxy();
    open_through_proxy(2, LOCK_TIMEOUT_MS);
    for (int i = 0; i < 9; i++) {
        work w = whole();
        add(&w, texts[i % 3], i / 3, 1);
        assert_runs(&w);
        assert_true(query_integer(connection, count_prepared) <= 2);
    }
    work w = whole(); /* more than fit: the others are not kept */
    for (int i = 0; i < 3; i++)
        add(&w, texts[i], 1, 1);
    assert_trips(&w, 2); /* one Sync is for what the server forgets */
    assert_runs(&w);
    assert_int_equal(query_integer(connection, count_prepared), 2);
}

static void without_a_cache_nothing_stays_prepared(void **state)
{
    (void)state;
    close_proxy();
    open_through_proxy(0, LOCK_TIMEOUT_MS);
    work w = whole();
    calx_unit_statement *insert = add_keyed(&w, INSERT_KEY, 1);
    assert_trips(&w, 2);
    w.binds[0][0] = calx_value_integer(2);
    assert_trips(&w, 2);
    assert_int_equal(insert->generated_key, 2);
    assert_int_equal(query_integer(connection, count_prepared), 0);
}

static void text_without_an_id_is_not_kept(void **state)
{
    (void)state;
    work w = whole();
    add(&w, INSERT, 1, 1);
    add(&w, UPDATE, 1, 1);
    w.sql[0].id = w.sql[1].id = 0;
    assert_trips(&w, 1);
    w.binds[0][0] = w.binds[1][0] = calx_value_integer(2);
    assert_trips(&w, 1);
    assert_int_equal(query_integer(connection, count_prepared), 0);
}

static void outdated_plans_are_made_anew(void **state)
{
    (void)state;
    work w = whole();
    add(&w, "SELECT t FROM calx_unit", 0, CALX_ROWS_ANY);
    add(&w, INSERT, 1, 1);
    assert_runs(&w);
    run(connection, "ALTER TABLE calx_unit ALTER t TYPE int USING 0");
    w.binds[1][0] = calx_value_integer(2);
    assert_runs(&w);
    run(connection, "DISCARD ALL");
    w.binds[1][0] = calx_value_integer(3);
    assert_runs(&w);
    assert_int_equal(rows(), 3);
    run(connection, "DISCARD ALL");
    begin(connection);
    w.unit.begin = w.unit.commit = false;
    w.binds[1][0] = calx_value_integer(4);
    assert_fails(&w, CALX_ERROR_SERIALIZATION, 0);
    rollback(connection);
    begin(connection);
    assert_runs(&w);
    rollback(connection);
}

/* ---- What the server refuses ---- */

static void assert_nothing_done(void)
{
    rollback(connection);
    assert_int_equal(rows(), 0);
    assert_int_equal(query_integer(connection, "SELECT 1"), 1);
}

static void a_wrong_count_does_not_commit(void **state)
{
    (void)state;
    work w = whole();
    add(&w, INSERT, 1, 1);
    add(&w, UPDATE, 2, 1);
    add(&w, INSERT, 3, 1);
    for (int i = 0; i < 2; i++) {
        assert_fails(&w, CALX_ERROR_STALE, 1);
        assert_string_equal(w.err.message, "expected to change 1 rows, changed 0");
        assert_nothing_done();
    }
}

static void an_insert_that_a_trigger_suppresses_does_not_commit(void **state)
{
    (void)state;
    run(other,
        "CREATE FUNCTION calx_unit_no() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN IF NEW.n = 2 THEN RETURN NULL; END IF; RETURN NEW; END$$");
    run(other,
        "CREATE TRIGGER no BEFORE INSERT ON calx_unit FOR EACH ROW"
        " EXECUTE FUNCTION calx_unit_no()");
    work keyed = whole();
    add_keyed(&keyed, INSERT_KEY, 1);
    assert_runs(&keyed);
    keyed.binds[0][0] = calx_value_integer(2);
    assert_fails(&keyed, CALX_ERROR_STALE, 0);
    rollback(connection);
    work counted = whole();
    add(&counted, INSERT, 2, 1);
    assert_fails(&counted, CALX_ERROR_STALE, 0);
    rollback(connection);
    assert_int_equal(rows(), 1);
    run(other, "DROP FUNCTION calx_unit_no CASCADE");
}

static void a_wrong_count_in_an_early_trip_is_stale(void **state)
{
    (void)state;
    work w = whole();
    add(&w, UPDATE, 9, 1);
    add_keyed(&w, INSERT_KEY, 1);
    add(&w, "INSERT INTO calx_unit_child (parent_id) VALUES ($1)", 0, 1);
    refer(&w, 1);
    assert_fails(&w, CALX_ERROR_STALE, 0);
    assert_nothing_done();
}

static void a_statement_that_commits_by_itself_is_refused_too(void **state)
{
    (void)state;
    work w = {.unit = {.write = true}};
    run(other, "INSERT INTO calx_unit (n) VALUES (1), (2)");
    add(&w, "UPDATE calx_unit SET t = 'x' WHERE n >= $1", 1, 1);
    assert_fails(&w, CALX_ERROR_STALE, 0);
    assert_string_equal(w.err.message, "expected to change 1 rows, changed 2");
    assert_false(connection->in_transaction);
    assert_int_equal(query_integer(other, "SELECT count(t) FROM calx_unit"), 0);
}

static void the_statements_own_division_by_zero_is_not_stale(void **state)
{
    (void)state;
    work w = whole();
    add(&w, INSERT, 1, 1);
    add(&w, "UPDATE calx_unit SET n = n / $1", 0, 1);
    assert_fails(&w, CALX_ERROR_DATA, 1);
    assert_string_equal(w.err.sqlstate, "22012");
    assert_nothing_done();
}

static void a_refused_row_is_told_with_its_place(void **state)
{
    (void)state;
    work w = whole();
    add(&w, INSERT, 1, 1);
    add(&w, INSERT, 1, 1);
    add(&w, INSERT, 2, 1);
    assert_fails(&w, CALX_ERROR_UNIQUE, 1);
    assert_string_equal(w.err.constraint, "calx_unit_n_key");
    assert_nothing_done();
}

static void a_deferred_constraint_fails_the_commit(void **state)
{
    (void)state;
    work w = whole();
    add(&w, "INSERT INTO calx_unit_child (parent_id) VALUES ($1)", 77, 1);
    assert_fails(&w, CALX_ERROR_FOREIGN_KEY, 1);
    assert_false(connection->in_transaction);
    w.unit.begin = w.unit.commit = false;
    assert_fails(&w, CALX_ERROR_FOREIGN_KEY, 1);
    assert_int_equal(query_integer(connection, "SELECT count(*) FROM calx_unit_child"), 0);
}

static void a_table_with_rules_commits_later(void **state)
{
    (void)state;
    run(other, "CREATE TABLE calx_unit_log (n bigint)");
    run(other,
        "CREATE RULE log AS ON INSERT TO calx_unit DO ALSO"
        " INSERT INTO calx_unit_log VALUES (NEW.n)");
    work w = whole();
    add(&w, INSERT, 1, 1);
    assert_runs(&w);
    w.binds[0][0] = calx_value_integer(2);
    assert_trips(&w, 2);
    assert_int_equal(rows(), 2);
    assert_int_equal(query_integer(other, "SELECT count(*) FROM calx_unit_log"), 2);
}

static void what_cannot_be_sent_sends_nothing(void **state)
{
    (void)state;
    work w = whole();
    int before = atomic_load(&middle.trips);
    add(&w, INSERT, 1, 1);
    add(&w, INSERT, 2, 1);
    w.binds[1][0] = calx_value_boolean(true);
    assert_fails(&w, CALX_ERROR_INVALID, 1);
    w.binds[1][0] = calx_value_integer(2);
    assert_int_equal(run_until(&w, calx_now_us()), CALX_ERROR_TIMEOUT);
    assert_int_equal(atomic_load(&middle.trips), before);
    assert_false(connection->in_transaction);
    assert_false(connection->broken);
    assert_runs(&w);
}

static void wrong_numbers_of_binds_and_columns_are_refused(void **state)
{
    (void)state;
    work w = whole();
    add(&w, INSERT, 1, CALX_ROWS_ANY);
    add(&w, UPDATE, 1, 1);
    w.sql[1].bind_count = 0;
    assert_fails(&w, CALX_ERROR_INVALID, 1);
    assert_nothing_done();
    work columns = whole();
    add(&columns, "SELECT 1, 2", 0, CALX_ROWS_ANY);
    assert_fails(&columns, CALX_ERROR_DATABASE, 0);
    rollback(connection);
}

/* ---- Warnings ---- */

static void create_warning(const char *when)
{
    char sql[300];
    run(other,
        "CREATE FUNCTION calx_unit_warn() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE WARNING 'beware'; RETURN NULL; END$$");
    snprintf(sql, sizeof sql,
             "CREATE CONSTRAINT TRIGGER warn AFTER INSERT ON calx_unit %s"
             " FOR EACH ROW EXECUTE FUNCTION calx_unit_warn()",
             when);
    run(other, sql);
}

static void a_warning_of_commit_makes_it_unknown(void **state)
{
    (void)state;
    work w = whole();
    create_warning("DEFERRABLE INITIALLY DEFERRED");
    add(&w, INSERT, 1, 1);
    assert_int_equal(run_unit(&w), CALX_ERROR_DATABASE);
    assert_int_equal(w.err.outcome, CALX_OUTCOME_UNKNOWN);
    assert_int_equal(w.unit.failed_statement, 1);
    run(other, "DROP FUNCTION calx_unit_warn CASCADE");
}

static void a_warning_of_a_statement_does_not_matter(void **state)
{
    (void)state;
    work w = whole();
    create_warning("");
    add(&w, INSERT, 1, 1);
    assert_runs(&w);
    run(other, "DROP FUNCTION calx_unit_warn CASCADE");
}

/* ---- Faults ---- */

static void prepare_fault(work *w, fault what)
{
    *w = whole();
    add(w, INSERT, 1, 1);
    atomic_store(&middle.fault, what);
}

static void assert_unknown(work *w, int code, int64_t deadline_us)
{
    assert_int_equal(run_until(w, deadline_us), code);
    assert_int_equal(w->err.code, code);
    assert_int_equal(w->err.outcome, CALX_OUTCOME_UNKNOWN);
    assert_true(connection->broken);
}

static void loss_before_commit_arrived_is_unknown(void **state)
{
    (void)state;
    work w;
    prepare_fault(&w, FAULT_CUT_BEFORE);
    assert_unknown(&w, CALX_ERROR_CONNECTION_LOST, soon());
    assert_int_equal(rows(), 0);
}

static void loss_after_commit_arrived_is_unknown(void **state)
{
    (void)state;
    work w;
    prepare_fault(&w, FAULT_CUT_AFTER);
    assert_unknown(&w, CALX_ERROR_CONNECTION_LOST, soon());
    assert_int_equal(rows(), 1);
}

static void deadline_after_commit_was_sent_is_unknown(void **state)
{
    (void)state;
    work w;
    close_proxy();
    open_through_proxy(100, 50);
    prepare_fault(&w, FAULT_FREEZE);
    assert_unknown(&w, CALX_ERROR_TIMEOUT, calx_deadline_in_ms(200));
}

static void deadline_while_waiting_for_a_lock_is_known(void **state)
{
    (void)state;
    work w = whole();
    add(&w, INSERT, 1, 1);
    begin(other);
    run(other, "LOCK TABLE calx_unit");
    assert_int_equal(run_until(&w, calx_deadline_in_ms(300)), CALX_ERROR_TIMEOUT);
    assert_int_equal(w.err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_int_equal(w.unit.failed_statement, 1); /* nobody knows which */
    assert_true(connection->broken);
    rollback(other);
    assert_int_equal(rows(), 0);
}

static void loss_without_commit_is_known(void **state)
{
    (void)state;
    work w;
    prepare_fault(&w, FAULT_NONE);
    w.unit.commit = false;
    kill_backend(other, backend_of(connection));
    assert_fails(&w, CALX_ERROR_CONNECTION_LOST, 1);
    assert_true(connection->broken);
    assert_fails(&w, CALX_ERROR_CONNECTION_LOST, 1);
}

static void an_error_before_the_loss_is_known(void **state)
{
    (void)state;
    work w;
    prepare_fault(&w, FAULT_CUT_AT_READY);
    add(&w, INSERT, 1, 1);
    assert_true(run_unit(&w) < 0);
    assert_string_equal(w.err.sqlstate, "23505");
    assert_int_equal(w.err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_int_equal(w.unit.failed_statement, 1);
    assert_true(connection->broken);
    assert_int_equal(rows(), 0);
}

static void a_commit_confirmed_before_the_loss_is_done(void **state)
{
    (void)state;
    work w;
    prepare_fault(&w, FAULT_CUT_AT_READY);
    assert_runs(&w);
    assert_true(connection->broken);
    assert_int_equal(rows(), 1);
}

static void a_write_that_commits_by_itself_is_unknown_when_lost(void **state)
{
    (void)state;
    work w;
    prepare_fault(&w, FAULT_CUT_AT_READY);
    w.unit.begin = w.unit.commit = false;
    assert_unknown(&w, CALX_ERROR_CONNECTION_LOST, soon());
}

static int run_group(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(changes_and_commit_are_one_trip),
        TEST(a_generated_key_and_commit_are_one_trip),
        TEST(a_key_that_is_no_integer_is_not_committed),
        TEST(keys_cost_a_trip_per_level),
        TEST(a_read_is_one_trip),
        TEST(a_row_callback_comes_before_commit),
        TEST(a_unit_in_an_open_transaction_leaves_it_open),
        TEST(the_isolation_level_is_the_units),
        TEST(a_unit_without_statements_commits),
        TEST(a_large_unit_does_not_block_itself),
        TEST(only_so_many_statements_stay_prepared),
        TEST(without_a_cache_nothing_stays_prepared),
        TEST(text_without_an_id_is_not_kept),
        TEST(outdated_plans_are_made_anew),
        TEST(a_wrong_count_does_not_commit),
        TEST(an_insert_that_a_trigger_suppresses_does_not_commit),
        TEST(a_wrong_count_in_an_early_trip_is_stale),
        TEST(a_statement_that_commits_by_itself_is_refused_too),
        TEST(the_statements_own_division_by_zero_is_not_stale),
        TEST(a_refused_row_is_told_with_its_place),
        TEST(a_deferred_constraint_fails_the_commit),
        TEST(a_table_with_rules_commits_later),
        TEST(what_cannot_be_sent_sends_nothing),
        TEST(wrong_numbers_of_binds_and_columns_are_refused),
        TEST(a_warning_of_commit_makes_it_unknown),
        TEST(a_warning_of_a_statement_does_not_matter),
        TEST(loss_before_commit_arrived_is_unknown),
        TEST(loss_after_commit_arrived_is_unknown),
        TEST(deadline_after_commit_was_sent_is_unknown),
        TEST(deadline_while_waiting_for_a_lock_is_known),
        TEST(loss_without_commit_is_known),
        TEST(an_error_before_the_loss_is_known),
        TEST(a_commit_confirmed_before_the_loss_is_done),
        TEST(a_write_that_commits_by_itself_is_unknown_when_lost),
    };
#undef TEST
    return cmocka_run_group_tests_name(form, tests, NULL, NULL);
}

int main(void)
{
    return run_forms(run_group);
}
