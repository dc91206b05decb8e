/* connection.c: opens a connection through whichever opener, pins its session state, closes it. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "internal.h"

/* The names differ between MariaDB and MySQL and between versions: the server tells which of them
 * it has. A dialect or a version is never guessed from a version string. */
#define FACTS_SQL                                                                                  \
    "SHOW VARIABLES WHERE Variable_name IN ('max_allowed_packet', 'wsrep_on', "                    \
    "'max_statement_time', 'max_execution_time', 'transaction_isolation')"

/* Decided once, for every server: data that does not fit is an error, "name" is an identifier, a
 * date exists, a key that is given as 0 is 0, times are UTC, a lock is waited for so many seconds.
 */
#define SESSION_SQL                                                                                \
    "SET NAMES utf8mb4, autocommit = 1, completion_type = 'NO_CHAIN', time_zone = '+00:00', "      \
    "sql_mode = 'STRICT_TRANS_TABLES,ANSI_QUOTES,NO_ENGINE_SUBSTITUTION,"                          \
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_AUTO_VALUE_ON_ZERO', "             \
    "innodb_lock_wait_timeout = %d, lock_wait_timeout = %d, %s = 'READ-COMMITTED'"

#define FIRST_RETURNING 100500u /* MariaDB 10.5 */

#define GALERA_SQL "SHOW STATUS LIKE 'wsrep_ready'"

typedef struct server_facts {
    uint64_t packet_max;
    bool galera;
    bool max_statement_time;    /* MariaDB: seconds, every statement */
    bool max_execution_time;    /* MySQL: milliseconds, SELECT only */
    bool transaction_isolation; /* MySQL, and MariaDB from 11.1; before it is tx_isolation */
} server_facts;

static void fact_row(void *context, MYSQL_ROW row)
{
    server_facts *facts = context;
    if (strcmp(row[0], "max_allowed_packet") == 0)
        facts->packet_max = strtoull(row[1], NULL, 10);
    else if (strcmp(row[0], "wsrep_on") == 0)
        facts->galera = strcmp(row[1], "ON") == 0;
    else if (strcmp(row[0], "max_statement_time") == 0)
        facts->max_statement_time = true;
    else if (strcmp(row[0], "max_execution_time") == 0)
        facts->max_execution_time = true;
    else if (strcmp(row[0], "transaction_isolation") == 0)
        facts->transaction_isolation = true;
}

/* Whole seconds, rounded up, at least one: the unit of MySQL's lock timeouts. */
static int lock_seconds(int milliseconds)
{
    int seconds = milliseconds / 1000 + (milliseconds % 1000 > 0);
    return seconds < 1 ? 1 : seconds;
}

static bool takes_arrays(MYSQL *mysql)
{
    unsigned long extended = 0;
    mariadb_get_infov(mysql, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &extended);
    return mariadb_connection(mysql) && extended & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32);
}

static int session_pin(calx__mysql_connection *connection, const calx_database_options *options,
                       int64_t deadline_us, calx_error *err)
{
    server_facts facts = {.packet_max = UINT64_MAX};
    int code = calx__mysql_query(connection, FACTS_SQL, strlen(FACTS_SQL), fact_row, &facts,
                                 deadline_us, err);
    if (code)
        return code;
    connection->packet_max = facts.packet_max;
    connection->galera = facts.galera;
    /* INSERT … RETURNING, rows in the order in which they are inserted. MySQL 8 has none. */
    if (mariadb_connection(connection->mysql) &&
        mysql_get_server_version(connection->mysql) >= FIRST_RETURNING)
        connection->base.capabilities |= CALX_CAPABILITY_RECORDS;
    if (takes_arrays(connection->mysql))
        connection->base.capabilities |= CALX_CAPABILITY_ARRAYS;

    char sql[sizeof SESSION_SQL + 128];
    int lock = lock_seconds(options->busy_timeout_ms);
    int length = snprintf(sql, sizeof sql, SESSION_SQL, lock, lock,
                          facts.transaction_isolation ? "transaction_isolation" : "tx_isolation");
    char *end = sql + length;
    size_t room = sizeof sql - (size_t)length;
    int limit = options->statement_timeout_ms;
    if (limit > 0 && facts.max_statement_time)
        snprintf(end, room, ", max_statement_time = %d.%03d", limit / 1000, limit % 1000);
    else if (limit > 0 && facts.max_execution_time)
        snprintf(end, room, ", max_execution_time = %d", limit);
    return calx__mysql_query(connection, sql, strlen(sql), NULL, NULL, deadline_us, err);
}

/* What must hold of a handle, whoever opened it. */
static int handle_adopt(MYSQL *mysql, calx_error *err)
{
    if (!(mysql->client_flag & CLIENT_FOUND_ROWS))
        return calx_error_set(err, CALX_ERROR_DRIVER,
                              "the opener's connection does not count found rows");
    my_bool reconnect = 0;
    my_bool nonblocking = 0;
    if (mysql_optionsv(mysql, MYSQL_OPT_RECONNECT, &reconnect) ||
        mysql_get_optionv(mysql, MYSQL_OPT_NONBLOCK, &nonblocking) ||
        (!nonblocking && mysql_optionsv(mysql, MYSQL_OPT_NONBLOCK, NULL)))
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a non-blocking connection");
    return 0;
}

static void ready_row(void *context, MYSQL_ROW row)
{
    bool *ready = context;
    *ready = strcmp(row[1], "ON") == 0;
}

/* A node that has lost its cluster still answers SELECT 1 and PING. */
static int galera_check(calx__mysql_connection *connection, int64_t deadline_us, calx_error *err)
{
    bool ready = false;
    int code = calx__mysql_query(connection, GALERA_SQL, strlen(GALERA_SQL), ready_row, &ready,
                                 deadline_us, err);
    if (code || ready)
        return code;
    connection->base.broken = true;
    return calx_error_set(err, CALX_ERROR_UNREACHABLE, "the node is not ready: wsrep_ready is OFF");
}

/* ---- Opening and closing ---- */

/* What is lost before it was open is a server that cannot be reached. */
static int as_open_error(int code, calx_error *err)
{
    if (code != CALX_ERROR_CONNECTION_LOST)
        return code;
    err->code = CALX_ERROR_UNREACHABLE; /* retryable as well */
    return CALX_ERROR_UNREACHABLE;
}

/* Through whichever opener, to the end of what has to be known and set. */
static int handle_open(calx__mysql_connection *connection, int64_t deadline_us, calx_error *err)
{
    calx__mysql_database *database = calx__mysql_database_of(connection->base.database);
    const calx_opener *opener = database->base.opener;
    const calx_url *url = calx_hosts_url(database->hosts, connection->host);
    int code = opener->open(opener, url, deadline_us, &connection->native, err);
    if (code)
        return code;
    connection->mysql = connection->native.handle;
    code = handle_adopt(connection->mysql, err);
    if (code == 0)
        code = session_pin(connection, &database->options, deadline_us, err);
    if (code == 0 && connection->galera)
        code = galera_check(connection, deadline_us, err);
    return code;
}

/* One of them on its way. */
typedef struct opening {
    calx_database *database;
    calx_connection *out;
} opening;

static int open_one(void *context, size_t host, int64_t deadline_us, calx_error *err)
{
    opening *self = context;
    calx__mysql_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a connection");
    connection->base =
        (calx_connection){.driver = self->database->driver, .database = self->database};
    connection->host = host;
    int code = handle_open(connection, deadline_us, err);
    if (code) {
        calx__mysql_connection_close(&connection->base);
        return as_open_error(code, err);
    }
    self->out = &connection->base;
    return 0;
}

int calx__mysql_connection_open(calx_database *base, int64_t deadline_us, calx_connection **out,
                                calx_error *err)
{
    calx__mysql_database *database = calx__mysql_database_of(base);
    int timeout_ms = database->options.connect_timeout_ms;
    int64_t limit_us = timeout_ms > 0 ? calx_deadline_in_ms(timeout_ms) : CALX_NO_DEADLINE;
    opening self = {.database = base};
    int code = calx_hosts_try(database->hosts, open_one, &self,
                              limit_us < deadline_us ? limit_us : deadline_us, err);
    if (code == 0)
        *out = self.out;
    return code;
}

void calx__mysql_connection_close(calx_connection *base)
{
    if (!base)
        return;
    calx__mysql_connection *connection = calx__mysql_connection_of(base);
    const calx_opener *opener = base->database->opener;
    if (base->broken && !connection->given_up)
        calx_hosts_leave(calx__mysql_database_of(base->database)->hosts, connection->host);
    if (connection->mysql) {
        int fd = (int)mysql_get_socket(connection->mysql);
        if (base->broken && fd >= 0)
            (void)shutdown(fd, SHUT_RDWR); /* COM_QUIT could wait for a server that does not read */
        opener->close(opener, &connection->native);
    }
    free(connection);
}

/* ---- Is it alive ---- */

static bool is_current(const calx__mysql_connection *connection)
{
    calx_database *database = connection->base.database;
    return calx_hosts_is_current(calx__mysql_database_of(database)->hosts, connection->host);
}

/* A node of a cluster may have left it without a sign. */
bool calx__mysql_connection_quiet(calx_connection *base)
{
    calx__mysql_connection *connection = calx__mysql_connection_of(base);
    struct pollfd poller = {.fd = (int)mysql_get_socket(connection->mysql), .events = POLLIN};
    connection->found_quiet =
        !connection->galera && !base->broken && is_current(connection) && poll(&poller, 1, 0) == 0;
    return connection->found_quiet;
}

static int ping(calx__mysql_connection *connection, int64_t deadline_us, calx_error *err)
{
    calx__mysql_call call;
    int code = calx__mysql_call_begin(connection, deadline_us, err, &call);
    if (code)
        return code;
    int failed = 0;
    CALX__MYSQL_RUN(&call, mysql_ping_start(&failed, connection->mysql),
                    mysql_ping_cont(&failed, connection->mysql, ready));
    if (failed || call.broken_off)
        return calx__mysql_call_fail(connection, &call, NULL);
    calx__mysql_call_done(connection);
    return 0;
}

/* The engine has another server now: this connection is to go, and not that server's fault. */
static int leave(calx__mysql_connection *connection, calx_error *err)
{
    connection->given_up = true;
    connection->base.broken = true;
    return calx_error_set(err, CALX_ERROR_CONNECTION_LOST, "another server was opened since");
}

int calx__mysql_connection_check(calx_connection *base, int64_t deadline_us, calx_error *err)
{
    calx__mysql_connection *connection = calx__mysql_connection_of(base);
    calx_hosts *hosts = calx__mysql_database_of(base->database)->hosts;
    int64_t share_us = calx_hosts_share(hosts, deadline_us);
    if (!base->broken && !is_current(connection))
        return leave(connection, err);
    int code = connection->galera && !base->broken ? galera_check(connection, share_us, err)
                                                   : ping(connection, share_us, err);
    if (code == CALX_ERROR_TIMEOUT) /* frozen, or not to be reached */
        calx_hosts_leave(hosts, connection->host);
    return code;
}
