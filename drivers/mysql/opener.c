/* opener.c: the native opener, `mysql+mariadb://`: TLS, timeouts, a socket file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define HOST_DEFAULT "127.0.0.1"

/* The library's coroutine: name resolution and a TLS handshake run on it as well. */
#define STACK_SIZE ((size_t)256 * 1024)

/* ---- One attempt ---- */

/* Where to connect to, and until when. */
typedef struct connect_target {
    const calx_url *url;
    const char *socket; /* or NULL: host and port */
    const char *host;
    unsigned port; /* 0: none was named */
    int64_t deadline_us;
} connect_target;

/* The library would take localhost for a socket file even if a port is named. */
static unsigned protocol_of(const connect_target *target)
{
    if (target->socket)
        return MYSQL_PROTOCOL_SOCKET;
    bool local = strcmp(target->host, "localhost") == 0 && target->port == 0;
    return local ? MYSQL_PROTOCOL_DEFAULT : MYSQL_PROTOCOL_TCP;
}

/* The deadline is kept by us; but a TLS handshake blocks, and only this timeout ends it. */
static int timeout_set(MYSQL *mysql, int64_t deadline_us)
{
    if (deadline_us == CALX_NO_DEADLINE)
        return 0;
    unsigned seconds = (unsigned)(calx_deadline_left_ms(deadline_us) / 1000) + 1;
    return mysql_optionsv(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
}

static int options_set(MYSQL *mysql, const connect_target *target)
{
    size_t stack_size = STACK_SIZE;
    unsigned protocol = protocol_of(target);
    unsigned off = 0;
    int failed = mysql_optionsv(mysql, MYSQL_OPT_NONBLOCK, &stack_size) ||
                 mysql_optionsv(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4") ||
                 mysql_optionsv(mysql, MYSQL_OPT_LOCAL_INFILE, &off) ||
                 mysql_optionsv(mysql, MYSQL_OPT_PROTOCOL, &protocol);
    failed = failed || calx__mysql_parameters_apply(target->url, mysql);
    return failed || timeout_set(mysql, target->deadline_us);
}

/* Connecting knows fewer classes than a connection does. */
static int connect_error(calx_error *err, const calx_error *cause)
{
    calx_error unreachable = {0};
    switch (cause->code) {
    case CALX_ERROR_AUTHENTICATION:
    case CALX_ERROR_UNDEFINED:
    case CALX_ERROR_TIMEOUT:
    case CALX_ERROR_CANCELLED:
    case CALX_ERROR_NO_MEMORY:
        break;
    default:
        calx_error_set(&unreachable, CALX_ERROR_UNREACHABLE, "%s", cause->message);
        unreachable.native_code = cause->native_code;
        memcpy(unreachable.sqlstate, cause->sqlstate, sizeof unreachable.sqlstate);
        cause = &unreachable;
    }
    if (err && !err->code)
        *err = *cause;
    return cause->code;
}

/* The library goes on without TLS when the server has none (Connector/C 3.3, unless the certificate
 * is to be verified). */
static int tls_check(const calx_url *url, MYSQL *mysql, calx_error *err)
{
    if (!calx__mysql_wants_tls(url) || mysql_get_ssl_cipher(mysql))
        return 0;
    return calx_error_set(err, CALX_ERROR_UNREACHABLE,
                          "the URL asks for TLS, and the server has none");
}

static int attempt(const connect_target *target, MYSQL **out, calx_error *err)
{
    MYSQL *mysql = mysql_init(NULL);
    if (!mysql || options_set(mysql, target)) {
        mysql_close(mysql);
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a connection");
    }
    const calx_url *url = target->url;
    const char *host = target->socket ? NULL : target->host;
    /* An absent password is no password: NULL would have the library look into MYSQL_PWD. */
    const char *password = url->password ? url->password : "";
    calx_error cause = {0};
    calx__mysql_call call = {.mysql = mysql, .deadline_us = target->deadline_us, .err = &cause};
    MYSQL *connected = NULL;
    CALX__MYSQL_RUN(&call,
                    mysql_real_connect_start(&connected, mysql, host, url->username, password,
                                             url->database, target->port, target->socket,
                                             CLIENT_FOUND_ROWS | CLIENT_MULTI_RESULTS),
                    mysql_real_connect_cont(&connected, mysql, ready));
    if (connected && !call.broken_off && tls_check(url, mysql, &cause) == 0) {
        *out = mysql;
        return 0;
    }
    if (call.broken_off)
        calx_error_prefix(&cause, "connecting");
    else if (!connected)
        calx__mysql_error_set(&cause, mysql_errno(mysql), mysql_sqlstate(mysql),
                              mysql_error(mysql));
    mysql_close(mysql);
    return connect_error(err, &cause);
}

/* ---- Where it may block ---- */

/* Name resolution and the TLS handshake block, and a suspended call must be resumed by the thread
 * that began it (the library keeps the address of its errno): so a connection is opened in one
 * offloaded call from beginning to end. */
typedef struct connect_job {
    connect_target target;
    MYSQL *mysql; /* out */
    int code;     /* out */
    calx_error err;
} connect_job;

static void open_blocking(void *argument)
{
    connect_job *job = argument;
    job->code = attempt(&job->target, &job->mysql, &job->err);
}

static int open_native(const calx_opener *opener, const calx_url *url, int64_t deadline_us,
                       calx_native *out, calx_error *err)
{
    (void)opener;
    const char *timeout = calx_url_parameter_get(url, "connect_timeout", 0);
    int64_t limit_us = timeout
                           ? calx_deadline_in_ms((int64_t)calx__mysql_seconds_parse(timeout) * 1000)
                           : CALX_NO_DEADLINE;
    connect_job job = {
        .target = {.url = url,
                   .socket = calx_url_parameter_get(url, "unix_socket", 0),
                   .host = url->host ? url->host : HOST_DEFAULT,
                   .port = url->port > 0 ? (unsigned)url->port : 0,
                   .deadline_us = limit_us < deadline_us ? limit_us : deadline_us},
        .code = CALX_ERROR_CANCELLED,
    };
    int code = calx_offload(open_blocking, &job, err);
    if (code) {
        mysql_close(job.mysql);
        return code;
    }
    if (job.code) {
        if (err && !err->code)
            *err = job.err;
        return job.code;
    }
    *out = (calx_native){.handle = job.mysql};
    return 0;
}

static void close_native(const calx_opener *opener, calx_native *native)
{
    (void)opener;
    mysql_close(native->handle);
    *native = (calx_native){0};
}

const calx_opener calx__mysql_opener = {
    .abi = CALX_DRIVER_ABI,
    .name = "mariadb",
    .dialect = "mysql",
    .engine = "mariadb",
    .version = "MariaDB Connector/C " MARIADB_PACKAGE_VERSION,
    .capabilities = CALX_CAPABILITY_TLS,
    .parameter_known = calx__mysql_parameter_known,
    .open = open_native,
    .close = close_native,
};
