/* url.c: what a URL says to SQLite: a file or memory, and how long a lock is waited for. */
#include <limits.h>
#include <string.h>

#include "drivers/sqlite3/internal.h"

/* True where uri=true makes "file:" in front of the name a scheme, as in SQLAlchemy. */
static bool has_scheme(const calx_url *url)
{
    static const char *const off[] = {"0", "false", "no", "off"};
    const char *uri = calx_url_parameter_get(url, "uri", 0);
    for (size_t i = 0; uri && i < sizeof off / sizeof *off; i++)
        if (!strcmp(uri, off[i]))
            uri = NULL;
    return uri && url->database && !strncmp(url->database, "file:", 5);
}

const char *calx__sqlite3_url_path(const calx_url *url)
{
    if (!has_scheme(url))
        return url->database ? url->database : "";
    const char *path = url->database + 5;
    return path + (strncmp(path, "///", 3) ? 0 : 2); /* an empty authority */
}

bool calx__sqlite3_url_in_memory(const calx_url *url)
{
    const char *name = calx__sqlite3_url_path(url);
    if (!*name || !strcmp(name, ":memory:"))
        return true;
    const char *mode = calx_url_parameter_get(url, "mode", 0);
    return mode && !strcmp(mode, "memory");
}

/* Decimal seconds, as Python's sqlite3 takes them; by hand because strtod goes by the locale. */
static bool parse_seconds(const char *text, int *milliseconds)
{
    int64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (*at - '0');
        if (value > INT_MAX / 1000)
            return false;
    }
    if (at == text)
        return false;
    value *= 1000;
    if (*at == '.') {
        at++;
        for (int unit = 100; *at >= '0' && *at <= '9'; at++, unit /= 10)
            value += (*at - '0') * unit;
    }
    if (*at || value > INT_MAX)
        return false;
    *milliseconds = (int)value;
    return true;
}

int calx__sqlite3_url_check(const calx_opener *opener, const calx_url *url, int *busy_timeout_ms,
                            calx_error *err)
{
    if (url->host || url->username || url->password || url->port != CALX_URL_NO_PORT) {
        return calx_error_set(err, CALX_ERROR_URL,
                              "a SQLite URL has no user, host or port; valid forms are "
                              "sqlite:///relative/path.db, sqlite:////absolute/path.db and "
                              "sqlite:// for a database in memory");
    }
    int result = calx_opener_check_parameters(opener, url, err);
    if (result)
        return result;
    const char *timeout = calx_url_parameter_get(url, "timeout", 0);
    if (timeout && !parse_seconds(timeout, busy_timeout_ms)) {
        return calx_error_set(err, CALX_ERROR_URL,
                              "query key \"timeout\": expected a number of seconds");
    }
    return 0;
}
