/* call.c: one non-blocking call of the client library, waited for through the waiter. */
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "internal.h"

/* A call suspended inside TLS trusts the socket to be non-blocking, but the library makes it
 * blocking after connecting (Connector/C 3.3); without TLS it asks with MSG_DONTWAIT. */
static void socket_unblock(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && !(flags & O_NONBLOCK))
        (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static short events_of(int wanted)
{
    int events = 0;
    if (wanted & MYSQL_WAIT_READ)
        events |= POLLIN;
    if (wanted & MYSQL_WAIT_WRITE)
        events |= POLLOUT;
    if (wanted & MYSQL_WAIT_EXCEPT)
        events |= POLLPRI;
    return (short)events;
}

/* The earlier of our deadline and the library's own timeout (a read_timeout in the URL). */
static int64_t deadline_of(const calx__mysql_call *call, int wanted)
{
    if (!(wanted & MYSQL_WAIT_TIMEOUT))
        return call->deadline_us;
    int64_t own = calx_deadline_in_ms((int64_t)mysql_get_timeout_value_ms(call->mysql));
    return own < call->deadline_us ? own : call->deadline_us;
}

int calx__mysql_call_wait(calx__mysql_call *call, int wanted)
{
    int fd = (int)mysql_get_socket(call->mysql);
    int events = wanted & ~MYSQL_WAIT_TIMEOUT;
    if (!call->broken_off) {
        int64_t deadline_us = deadline_of(call, wanted);
        calx_error error = {0};
        int code = calx_wait(fd, events_of(wanted), deadline_us, NULL, &error);
        if (code == 0)
            return events;
        if (code == CALX_ERROR_TIMEOUT && deadline_us < call->deadline_us)
            return MYSQL_WAIT_TIMEOUT;
        call->broken_off = calx_error_set(call->err, code, "%s", error.message);
    }
    /* A suspended call cannot be left: its stack holds what it must free. With the socket shut
       down it comes to its end by itself, with errno 2013. */
    if (fd >= 0) {
        socket_unblock(fd);
        (void)shutdown(fd, SHUT_RDWR);
    }
    return events | MYSQL_WAIT_TIMEOUT;
}

int calx__mysql_call_begin(calx__mysql_connection *connection, int64_t deadline_us, calx_error *err,
                           calx__mysql_call *call)
{
    connection->found_quiet = false;
    if (connection->base.broken)
        return calx_error_set(err, CALX_ERROR_CONNECTION_LOST, "the connection was lost before");
    if (calx_deadline_left_ms(deadline_us) == 0)
        return calx_error_set(err, CALX_ERROR_TIMEOUT, "the deadline passed before it was sent");
    *call = (calx__mysql_call){.mysql = connection->mysql, .deadline_us = deadline_us, .err = err};
    if (mysql_get_ssl_cipher(connection->mysql))
        socket_unblock((int)mysql_get_socket(connection->mysql));
    return 0;
}

void calx__mysql_break(calx__mysql_connection *connection)
{
    int fd = (int)mysql_get_socket(connection->mysql);
    if (fd >= 0)
        (void)shutdown(fd, SHUT_RDWR);
    connection->base.broken = true;
    connection->base.in_transaction = false;
}

int calx__mysql_peek(calx__mysql_connection *connection, calx_error *err)
{
    struct pollfd poller = {.fd = (int)mysql_get_socket(connection->mysql), .events = POLLIN};
    if (connection->base.broken || connection->found_quiet || poll(&poller, 1, 0) <= 0)
        return 0;
    calx__mysql_break(connection);
    return calx_error_set(err, CALX_ERROR_CONNECTION_LOST, "the server had closed the connection");
}

/* Some errors end the transaction without a word (1206, 1205 with innodb_rollback_on_timeout), and
 * an error packet carries no status: after any error the next commit asks first. */
static void transaction_failed(calx__mysql_connection *connection, unsigned code)
{
    if (connection->transaction != CALX__MYSQL_OPEN &&
        connection->transaction != CALX__MYSQL_DOUBTFUL)
        return;
    bool ended = calx__mysql_error_ends_transaction(code);
    connection->transaction = ended ? CALX__MYSQL_UNDONE : CALX__MYSQL_DOUBTFUL;
    connection->base.in_transaction = !ended;
}

int calx__mysql_call_fail(calx__mysql_connection *connection, const calx__mysql_call *call,
                          MYSQL_STMT *statement)
{
    if (call->broken_off) {
        connection->given_up = true;
        calx__mysql_break(connection);
        return call->broken_off;
    }
    MYSQL *mysql = connection->mysql;
    unsigned code = statement ? mysql_stmt_errno(statement) : 0;
    const char *sqlstate = code ? mysql_stmt_sqlstate(statement) : mysql_sqlstate(mysql);
    const char *text = code ? mysql_stmt_error(statement) : mysql_error(mysql);
    code = code ? code : mysql_errno(mysql);
    int class = calx__mysql_error_set(call->err, code, sqlstate, text);
    transaction_failed(connection, code);
    if (calx__mysql_error_breaks(code) || mysql_get_socket(mysql) == MARIADB_INVALID_SOCKET)
        calx__mysql_break(connection);
    return class;
}

bool calx__mysql_answer_lost(const calx__mysql_connection *connection, int code)
{
    return connection->base.broken &&
           (code == CALX_ERROR_CONNECTION_LOST || code == CALX_ERROR_TIMEOUT ||
            code == CALX_ERROR_CANCELLED || code == CALX_ERROR_NO_MEMORY);
}

void calx__mysql_call_done(calx__mysql_connection *connection)
{
    bool open = connection->mysql->server_status & SERVER_STATUS_IN_TRANS;
    bool was_open = connection->transaction == CALX__MYSQL_OPEN ||
                    connection->transaction == CALX__MYSQL_DOUBTFUL;
    if (open)
        connection->transaction = CALX__MYSQL_OPEN;
    else if (was_open)
        connection->transaction =
            connection->transaction == CALX__MYSQL_OPEN ? CALX__MYSQL_ENDED : CALX__MYSQL_UNDONE;
    connection->base.in_transaction = open;
}
