/* url.c: what a URL says to SQLite: a file or memory, and how long a lock is waited for. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sqlite3/internal.h"

bool calx__sqlite3_url_in_memory(const calx_url *url)
{
    const char *name = url->database;
    if (!name || !*name || !strcmp(name, ":memory:") || !strcmp(name, "file::memory:"))
        return true;
    const char *mode = calx_url_parameter_get(url, "mode", 0);
    return mode && !strcmp(mode, "memory");
}

static char *copy_string(const char *text, bool *complete)
{
    char *copy = text ? strdup(text) : NULL;
    *complete = *complete && (copy || !text);
    return copy;
}

calx_url *calx__sqlite3_url_copy(const calx_url *url)
{
    calx_url *copy = calloc(1, sizeof *copy);
    calx_url_parameter *parameters = calloc(url->parameter_count + 1, sizeof *parameters);
    if (!copy || !parameters) {
        free(copy);
        free(parameters);
        return NULL;
    }
    bool complete = true;
    copy->drivername = copy_string(url->drivername, &complete);
    copy->dialect = copy_string(url->dialect, &complete);
    copy->driver = copy_string(url->driver, &complete);
    copy->database = copy_string(url->database, &complete);
    copy->port = CALX_URL_NO_PORT;
    copy->parameters = parameters;
    copy->parameter_count = url->parameter_count;
    for (size_t i = 0; i < url->parameter_count; i++) {
        parameters[i].name = copy_string(url->parameters[i].name, &complete);
        parameters[i].value = copy_string(url->parameters[i].value, &complete);
    }
    if (!complete) {
        calx__sqlite3_url_free(copy);
        return NULL;
    }
    return copy;
}

void calx__sqlite3_url_free(calx_url *url)
{
    if (!url)
        return;
    for (size_t i = 0; i < url->parameter_count; i++) {
        free((char *)url->parameters[i].name);
        free((char *)url->parameters[i].value);
    }
    free((calx_url_parameter *)url->parameters);
    free((char *)url->drivername);
    free((char *)url->dialect);
    free((char *)url->driver);
    free((char *)url->database);
    free(url);
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
    for (size_t i = 0; i < url->parameter_count; i++) {
        const calx_url_parameter *parameter = &url->parameters[i];
        const char *reason = NULL;
        if (!opener->parameter_known(opener, parameter->name, parameter->value, &reason)) {
            return calx_error_set(err, CALX_ERROR_URL, "query key \"%s\": %s", parameter->name,
                                  reason ? reason : "unknown to this driver");
        }
    }
    const char *timeout = calx_url_parameter_get(url, "timeout", 0);
    if (timeout && !parse_seconds(timeout, busy_timeout_ms)) {
        return calx_error_set(err, CALX_ERROR_URL,
                              "query key \"timeout\": expected a number of seconds");
    }
    return 0;
}
