/* opener.c: the native opener, `mysql+mariadb://`: TLS, timeouts, a socket file, several hosts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define HOST_DEFAULT "127.0.0.1"
#define HOST_MAX 256
#define TIMEOUT_MAX_S 86400

/* The library's coroutine: name resolution and a TLS handshake run on it as well. */
#define STACK_SIZE ((size_t)256 * 1024)

/* ---- The query keys ---- */

typedef enum key_kind {
    KEY_HOST,
    KEY_SOCKET,
    KEY_CHARSET,
    KEY_SECONDS,
    KEY_FLAG,
    KEY_TEXT
} key_kind;

typedef struct query_key {
    const char *name;
    key_kind kind;
    enum mysql_option option; /* of KEY_SECONDS, KEY_FLAG and KEY_TEXT */
} query_key;

static const query_key keys[] = {
    {"host", KEY_HOST, 0},
    {"unix_socket", KEY_SOCKET, 0},
    {"charset", KEY_CHARSET, 0},
    {"connect_timeout", KEY_SECONDS, MYSQL_OPT_CONNECT_TIMEOUT},
    {"read_timeout", KEY_SECONDS, MYSQL_OPT_READ_TIMEOUT},
    {"write_timeout", KEY_SECONDS, MYSQL_OPT_WRITE_TIMEOUT},
    {"ssl", KEY_FLAG, MYSQL_OPT_SSL_ENFORCE},
    {"ssl_verify_cert", KEY_FLAG, MYSQL_OPT_SSL_VERIFY_SERVER_CERT},
    {"ssl_ca", KEY_TEXT, MYSQL_OPT_SSL_CA},
    {"ssl_capath", KEY_TEXT, MYSQL_OPT_SSL_CAPATH},
    {"ssl_cert", KEY_TEXT, MYSQL_OPT_SSL_CERT},
    {"ssl_key", KEY_TEXT, MYSQL_OPT_SSL_KEY},
    {"ssl_cipher", KEY_TEXT, MYSQL_OPT_SSL_CIPHER},
    {"tls_version", KEY_TEXT, MARIADB_OPT_TLS_VERSION},
};

/* What a person may ask for and will not get. */
static const struct {
    const char *name;
    const char *reason;
} refused[] = {
    {"init_command", "not allowed, the session's state is set by the driver"},
    {"local_infile", "not allowed, a server must not read the client's files"},
};

static const query_key *key_find(const char *name)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

/* 1 to TIMEOUT_MAX_S; 0 if it is not that. */
static unsigned seconds_parse(const char *text)
{
    char *end = NULL;
    if (*text < '0' || *text > '9')
        return 0;
    unsigned long seconds = strtoul(text, &end, 10);
    return *end || seconds > TIMEOUT_MAX_S ? 0 : (unsigned)seconds;
}

/* 1 and 0; -1 if it is neither. */
static int flag_parse(const char *text)
{
    static const char *const words[] = {"false", "true", "0", "1", "no", "yes", "off", "on"};
    for (int i = 0; i < 8; i++)
        if (strcasecmp(text, words[i]) == 0)
            return i % 2;
    return -1;
}

typedef struct host_address {
    char name[HOST_MAX];
    unsigned port; /* 0: none was named */
} host_address;

/* "name", "name:port", "[v6]", "[v6]:port". Anything else is refused: the library would take
 * options out of a host name with ';' or "://" in it. */
static bool host_parse(const char *text, host_address *out)
{
    bool bracketed = *text == '[';
    const char *name = text + bracketed;
    size_t length = bracketed ? strcspn(name, "]") : strcspn(name, ":");
    const char *rest = name + length;
    if (bracketed && *rest++ != ']')
        return false;
    unsigned long port = 0;
    if (*rest) {
        char *end = NULL;
        if (*rest != ':' || rest[1] < '0' || rest[1] > '9')
            return false;
        port = strtoul(rest + 1, &end, 10);
        if (*end || port < 1 || port > 65535)
            return false;
    }
    if (length == 0 || length >= HOST_MAX)
        return false;
    *out = (host_address){.port = (unsigned)port};
    memcpy(out->name, name, length);
    return out->name[strspn(out->name,
                            "0123456789abcdefghijklmnopqrstuvwxyz"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_:%")] == '\0';
}

/* NULL if the value is one that the key can have. */
static const char *value_problem(const query_key *key, const char *value)
{
    host_address host;
    switch (key->kind) {
    case KEY_HOST:
        return host_parse(value, &host) ? NULL : "needs a host or host:port";
    case KEY_CHARSET:
        return strcasecmp(value, "utf8mb4") == 0 ? NULL : "must be utf8mb4";
    case KEY_SECONDS:
        return seconds_parse(value) ? NULL : "needs whole seconds, from 1 to 86400";
    case KEY_FLAG:
        return flag_parse(value) >= 0 ? NULL : "needs true or false";
    case KEY_SOCKET:
    case KEY_TEXT:
        return NULL;
    }
    return NULL;
}

static bool parameter_known(const calx_opener *opener, const char *name, const char *value,
                            const char **reason)
{
    (void)opener;
    const query_key *key = key_find(name);
    const char *problem = key ? value_problem(key, value) : NULL;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (strcmp(refused[i].name, name) == 0)
            problem = refused[i].reason;
    if (problem)
        *reason = problem;
    return key && !problem;
}

/* ---- One attempt ---- */

/* Where to connect to, and until when. */
typedef struct connect_target {
    const calx_url *url;
    const char *socket; /* or NULL: host and port */
    host_address host;
    int64_t deadline_us;
} connect_target;

static int option_set(MYSQL *mysql, const query_key *key, const char *value)
{
    unsigned seconds;
    my_bool flag;
    switch (key->kind) {
    case KEY_SECONDS:
        seconds = seconds_parse(value);
        return mysql_optionsv(mysql, key->option, &seconds);
    case KEY_FLAG:
        flag = flag_parse(value) == 1;
        return mysql_optionsv(mysql, key->option, &flag);
    case KEY_TEXT:
        return mysql_optionsv(mysql, key->option, value);
    case KEY_HOST:
    case KEY_SOCKET:
    case KEY_CHARSET:
        return 0;
    }
    return 0;
}

/* The library would take localhost for a socket file even if a port is named. */
static unsigned protocol_of(const connect_target *target)
{
    if (target->socket)
        return MYSQL_PROTOCOL_SOCKET;
    bool local = strcmp(target->host.name, "localhost") == 0 && target->host.port == 0;
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
    const calx_url *url = target->url;
    for (size_t i = 0; i < url->parameter_count && !failed; i++) {
        const query_key *key = key_find(url->parameters[i].name);
        failed = key && option_set(mysql, key, url->parameters[i].value);
    }
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

/* Any key of TLS asks for it, but `ssl=false`. */
static bool wants_tls(const calx_url *url)
{
    for (size_t i = 0; i < url->parameter_count; i++) {
        const query_key *key = key_find(url->parameters[i].name);
        if (key && key->kind == KEY_TEXT)
            return true;
        if (key && key->kind == KEY_FLAG && flag_parse(url->parameters[i].value) == 1)
            return true;
    }
    return false;
}

/* The library goes on without TLS when the server has none (Connector/C 3.3, unless the certificate
 * is to be verified). */
static int tls_check(const calx_url *url, MYSQL *mysql, calx_error *err)
{
    if (!wants_tls(url) || mysql_get_ssl_cipher(mysql))
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
    const char *host = target->socket ? NULL : target->host.name;
    /* An absent password is no password: NULL would have the library look into MYSQL_PWD. */
    const char *password = url->password ? url->password : "";
    calx_error cause = {0};
    calx__mysql_call call = {.mysql = mysql, .deadline_us = target->deadline_us, .err = &cause};
    MYSQL *connected = NULL;
    CALX__MYSQL_RUN(&call,
                    mysql_real_connect_start(&connected, mysql, host, url->username, password,
                                             url->database, target->host.port, target->socket,
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

/* ---- All attempts, where they may block ---- */

/* Name resolution and the TLS handshake block, and a suspended call must be resumed by the thread
 * that began it (the library keeps the address of its errno): so a connection is opened in one
 * offloaded call from beginning to end. */
typedef struct connect_job {
    const calx_url *url;
    int64_t deadline_us;
    MYSQL *mysql; /* out */
    int code;     /* out */
    calx_error err;
} connect_job;

static size_t host_count(const calx_url *url)
{
    size_t count = 0;
    while (calx_url_parameter_get(url, "host", count))
        count++;
    return count;
}

/* The index-th place that a URL names: its socket, the hosts of its query, or its own host. */
static bool target_get(const calx_url *url, size_t index, connect_target *out)
{
    *out = (connect_target){.url = url, .socket = calx_url_parameter_get(url, "unix_socket", 0)};
    if (out->socket)
        return true;
    const char *text = calx_url_parameter_get(url, "host", index);
    if (text && !host_parse(text, &out->host))
        return false;
    if (!text) {
        const char *name = url->host ? url->host : HOST_DEFAULT;
        snprintf(out->host.name, sizeof out->host.name, "%s", name);
    }
    if (out->host.port == 0 && url->port > 0)
        out->host.port = (unsigned)url->port;
    return true;
}

static void open_blocking(void *argument)
{
    connect_job *job = argument;
    size_t count = host_count(job->url);
    count = count ? count : 1;
    for (size_t i = 0; i < count; i++) {
        connect_target target;
        calx_error_clear(&job->err);
        if (!target_get(job->url, i, &target)) {
            job->code = calx_error_set(&job->err, CALX_ERROR_URL, "query key \"host\"");
            return;
        }
        /* A host that is frozen leaves the others their share of the time. */
        int64_t now_us = calx_now_us();
        int64_t left_us = job->deadline_us - now_us;
        target.deadline_us = job->deadline_us == CALX_NO_DEADLINE
                                 ? CALX_NO_DEADLINE
                                 : now_us + left_us / (int64_t)(count - i);
        job->code = attempt(&target, &job->mysql, &job->err);
        if (job->code != CALX_ERROR_UNREACHABLE && job->code != CALX_ERROR_TIMEOUT)
            return;
    }
}

static int open_native(const calx_opener *opener, const calx_url *url, int64_t deadline_us,
                       calx_native *out, calx_error *err)
{
    (void)opener;
    if (url->host && (strlen(url->host) >= HOST_MAX || strpbrk(url->host, ";/,")))
        return calx_error_set(err, CALX_ERROR_URL, "the host is not a host name");
    const char *timeout = calx_url_parameter_get(url, "connect_timeout", 0);
    int64_t limit_us =
        timeout ? calx_deadline_in_ms((int64_t)seconds_parse(timeout) * 1000) : CALX_NO_DEADLINE;
    connect_job job = {
        .url = url,
        .deadline_us = limit_us < deadline_us ? limit_us : deadline_us,
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
    .parameter_known = parameter_known,
    .open = open_native,
    .close = close_native,
};
