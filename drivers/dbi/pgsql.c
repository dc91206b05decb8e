/* pgsql.c: PostgreSQL through libdbi, which hands an option pgsql_X on to libpq as X. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "drivers/dbi/internal.h"

/* libpq 15's keywords: https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS
 */
static const char *const keywords[] = {
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "passfile",
    "channel_binding",
    "connect_timeout",
    "client_encoding",
    "options",
    "application_name",
    "fallback_application_name",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "replication",
    "gssencmode",
    "sslmode",
    "sslcompression",
    "sslcert",
    "sslkey",
    "sslpassword",
    "sslrootcert",
    "sslcrl",
    "sslcrldir",
    "sslsni",
    "requirepeer",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "krbsrvname",
    "gsslib",
    "service",
    "target_session_attrs",
};

/* Not libpq's: the statement engine's own. */
static const char *const engine_keys[] = {"prepared_statements", "joined_commits",
                                          "transactional_ddl"};

static bool is_listed(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool is_engine_key(const char *name)
{
    return is_listed(engine_keys, sizeof engine_keys / sizeof *engine_keys, name);
}

static bool parameter_known(const calx_opener *opener, const char *name, const char *value,
                            const char **reason)
{
    (void)opener;
    if (strcmp(name, "connect_timeout") == 0)
        return calx__dbi_seconds_known(value, reason);
    if (strcmp(name, "client_encoding") == 0) {
        *reason = "the client encoding is always UTF8";
        return strcasecmp(value, "utf8") == 0 || strcasecmp(value, "utf-8") == 0;
    }
    return is_engine_key(name) || is_listed(keywords, sizeof keywords / sizeof *keywords, name);
}

/* ---- Options ---- */

static const char *non_empty(const char *text)
{
    return text && *text ? text : NULL;
}

/* A keyword of the query wins over what stands before it. */
static const char *choose(const calx_url *url, const char *keyword, const char *before)
{
    const char *value = calx_url_parameter_get(url, keyword, 0);
    return value ? value : before;
}

/* Keywords that are set otherwise than as pgsql_X. */
static bool is_special(const char *name)
{
    static const char *const special[] = {
        "host", "port", "dbname", "user", "password", "connect_timeout", "client_encoding"};
    return is_engine_key(name) || is_listed(special, sizeof special / sizeof *special, name);
}

static void add_server(const calx_url *url, calx__dbi_options *options)
{
    char port[12];
    snprintf(port, sizeof port, "%d", url->port);
    calx__dbi_options_add(options, "", "host", non_empty(choose(url, "host", url->host)));
    calx__dbi_options_add(options, "", "port",
                          choose(url, "port", url->port == CALX_URL_NO_PORT ? NULL : port));
}

static int at_least_min(int timeout_s)
{
    return timeout_s < CALX__DBI_PGSQL_TIMEOUT_MIN_S ? CALX__DBI_PGSQL_TIMEOUT_MIN_S : timeout_s;
}

static int fill_options(const calx_url *url, int timeout_s, calx__dbi_options *options,
                        calx_error *err)
{
    (void)err;
    add_server(url, options);
    /* One more, because libpq 15 counts in whole seconds of the clock. */
    int each_s = calx__dbi_connect_timeout(url, at_least_min(timeout_s) + 1);
    calx__dbi_options_add_number(options, "timeout", at_least_min(each_s));
    calx__dbi_options_add(options, "", "username", choose(url, "user", url->username));
    calx__dbi_options_add(options, "", "password", choose(url, "password", url->password));
    calx__dbi_options_add(options, "", "dbname", non_empty(choose(url, "dbname", url->database)));
    calx__dbi_options_add(options, "pgsql_", "client_encoding", "UTF8");
    if (!calx_url_parameter_get(url, "fallback_application_name", 0))
        calx__dbi_options_add(options, "pgsql_", "fallback_application_name", "calx");
    for (size_t i = 0; i < url->parameter_count; i++)
        if (!is_special(url->parameters[i].name))
            calx__dbi_options_add(options, "pgsql_", url->parameters[i].name,
                                  url->parameters[i].value);
    return 0;
}

/* ---- Errors ---- */

typedef struct message_class {
    const char *part;
    calx_error_class error;
} message_class;

/* libdbi keeps libpq's text and no SQLSTATE; the first match counts. A server whose lc_messages is
 * another language ends as UNREACHABLE, with its message. */
static const message_class messages[] = {
    {"authentication failed", CALX_ERROR_AUTHENTICATION},
    {"no password supplied", CALX_ERROR_AUTHENTICATION},
    {"no pg_hba.conf entry", CALX_ERROR_AUTHENTICATION},
    {"pg_hba.conf rejects", CALX_ERROR_AUTHENTICATION},
    {"is not permitted to log in", CALX_ERROR_AUTHENTICATION},
    {"permission denied for database", CALX_ERROR_AUTHENTICATION},
    {"FATAL:  role \"", CALX_ERROR_AUTHENTICATION},
    {"does not exist", CALX_ERROR_UNDEFINED},
    {"FATAL:  invalid value for parameter \"", CALX_ERROR_URL},
    {"FATAL:  unrecognized configuration parameter \"", CALX_ERROR_URL},
    {"FATAL:  invalid command-line argument", CALX_ERROR_URL},
    {" requires a value", CALX_ERROR_URL}, /* "-c name" */
    {"\" cannot be changed ", CALX_ERROR_URL},
    {"FATAL:  ", CALX_ERROR_UNREACHABLE},
    /* What libpq refuses before it asks a server, as in drivers/pgsql/keys.c. */
    {" value: \"", CALX_ERROR_URL},
    {"\" invalid when ", CALX_ERROR_URL},
    {"invalid integer value \"", CALX_ERROR_URL},
    {"invalid port number: \"", CALX_ERROR_URL},
    {"invalid SSL protocol version range", CALX_ERROR_URL},
    {"could not match ", CALX_ERROR_URL},
    {"could not parse network address \"", CALX_ERROR_URL},
    {"Unix-domain socket path \"", CALX_ERROR_URL},
    {"definition of service \"", CALX_ERROR_URL},
    {"service file \"", CALX_ERROR_URL},
};

static int refused(int number, const char *message, calx_error *err)
{
    (void)number; /* always 0 */
    calx_error_class error = CALX_ERROR_UNREACHABLE;
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        if (strstr(message, messages[i].part)) {
            error = messages[i].error;
            break;
        }
    size_t length = strlen(message);
    while (length && strchr("\r\n\t ", message[length - 1]))
        length--;
    return calx_error_set(err, error, "%.*s", (int)length, message);
}

const calx__dbi_opener calx__dbi_pgsql = {
    .base =
        {
            .abi = CALX_DRIVER_ABI,
            .name = "dbi",
            .dialect = "postgresql",
            .engine = "libpq",
            .version = "libdbi 0.9",
            .capabilities = CALX_CAPABILITY_TLS,
            .parameter_known = parameter_known,
            .open = calx__dbi_open,
            .close = calx__dbi_close,
        },
    .driver = "pgsql",
    .options = fill_options,
    .refused = refused,
};
