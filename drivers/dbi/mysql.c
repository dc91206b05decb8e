/* mysql.c: MySQL and MariaDB through libdbi, which has a connect timeout and no TLS. */
#include <string.h>
#include <strings.h>

#include "drivers/dbi/internal.h"

static bool parameter_known(const calx_opener *opener, const char *name, const char *value,
                            const char **reason)
{
    (void)opener;
    if (strcmp(name, "unix_socket") == 0 || strcmp(name, "host") == 0 || strcmp(name, "port") == 0)
        return true;
    if (strcmp(name, "connect_timeout") == 0)
        return calx__dbi_seconds_known(value, reason);
    if (strcmp(name, "charset") == 0) {
        *reason = "calx always talks utf8mb4";
        return strcasecmp(value, "utf8mb4") == 0;
    }
    if (strncmp(name, "ssl", 3) == 0 || strncmp(name, "tls", 3) == 0)
        *reason = "exists with mysql+mariadb:// only, libdbi cannot use TLS";
    else if (strcmp(name, "read_timeout") == 0 || strcmp(name, "write_timeout") == 0)
        *reason = "exists with mysql+mariadb:// only";
    return false;
}

/* As the native opener has it: a socket wins over the host; without one a host is reached over TCP,
 * but localhost without a port, which the library takes for its own socket, also with a port. */
static const char *host_of(const calx_url *url)
{
    if (calx_url_parameter_get(url, "unix_socket", 0))
        return NULL;
    if (!url->host)
        return "127.0.0.1";
    bool local = strcmp(url->host, "localhost") == 0;
    return local && url->port > 0 ? "127.0.0.1" : url->host;
}

static int fill_options(const calx_url *url, int timeout_s, calx__dbi_options *options,
                        calx_error *err)
{
    (void)err;
    calx__dbi_options_add(options, "", "host", host_of(url));
    if (url->port > 0)
        calx__dbi_options_add_number(options, "port", url->port);
    calx__dbi_options_add(options, "", "username", url->username);
    /* An absent password is no password: without one the library would look into MYSQL_PWD. */
    calx__dbi_options_add(options, "", "password", url->password ? url->password : "");
    if (url->database && *url->database)
        calx__dbi_options_add(options, "", "dbname", url->database);
    calx__dbi_options_add(options, "mysql_", "unix_socket",
                          calx_url_parameter_get(url, "unix_socket", 0));
    /* Rows matched, not rows changed: an UPDATE to the same value hits its row. */
    calx__dbi_options_add_number(options, "mysql_client_found_rows", 1);
    calx__dbi_options_add_number(options, "timeout", calx__dbi_connect_timeout(url, timeout_s));
    /* No "encoding": libdbi's SET NAMES has no timeout and would keep others out for as long as
     * a server is frozen. The statement engine sets utf8mb4, as it does for the native opener. */
    return 0;
}

/* https://mariadb.com/kb/en/mariadb-error-code-reference/ */
static calx_error_class classify(int number)
{
    switch (number) {
    case 1044: /* ER_DBACCESS_DENIED_ERROR */
    case 1045: /* ER_ACCESS_DENIED_ERROR */
    case 1130: /* ER_HOST_NOT_PRIVILEGED */
    case 1251: /* ER_NOT_SUPPORTED_AUTH_MODE */
    case 1698: /* ER_ACCESS_DENIED_NO_PASSWORD_ERROR */
    case 1862: /* ER_MUST_CHANGE_PASSWORD_LOGIN */
    case 2058: /* CR_PLUGIN_NOT_FOUND, of an authentication plug-in */
    case 2059: /* CR_AUTH_PLUGIN_CANNOT_LOAD */
    case 4151: /* ER_ACCOUNT_HAS_BEEN_LOCKED */
        return CALX_ERROR_AUTHENTICATION;
    case 1049: /* ER_BAD_DB_ERROR */
        return CALX_ERROR_UNDEFINED;
    default:
        return CALX_ERROR_UNREACHABLE;
    }
}

static int refused(int number, const char *message, calx_error *err)
{
    /* "1045: Access denied …": the number is kept apart. */
    const char *text = strstr(message, ": ");
    if (text && strspn(message, "0123456789") == (size_t)(text - message))
        message = text + 2;
    if (err && !err->code)
        err->native_code = number > 0 ? number : 0;
    return calx_error_set(err, classify(number), "%s", message);
}

const calx__dbi_opener calx__dbi_mysql = {
    .base =
        {
            .abi = CALX_DRIVER_ABI,
            .name = "dbi",
            .dialect = "mysql",
            .engine = "mariadb",
            .version = "libdbi 0.9",
            .parameter_known = parameter_known,
            .open = calx__dbi_open,
            .close = calx__dbi_close,
        },
    .driver = "mysql",
    .options = fill_options,
    .refused = refused,
};
