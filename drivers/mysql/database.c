/* database.c: what the connections of an engine share: the URL and the options. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* ---- A copy of a URL in one block ---- */

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static size_t url_size(const calx_url *url)
{
    size_t size = sizeof *url + url->parameter_count * sizeof *url->parameters;
    size += text_size(url->drivername) + text_size(url->dialect) + text_size(url->driver);
    size += text_size(url->username) + text_size(url->password);
    size += text_size(url->host) + text_size(url->database);
    for (size_t i = 0; i < url->parameter_count; i++)
        size += text_size(url->parameters[i].name) + text_size(url->parameters[i].value);
    return size;
}

static const char *text_copy(char **at, const char *text)
{
    if (!text)
        return NULL;
    char *copy = *at;
    size_t size = text_size(text);
    memcpy(copy, text, size);
    *at += size;
    return copy;
}

/* Freed with free(). NULL when out of memory. */
static calx_url *url_copy(const calx_url *url)
{
    calx_url *copy = malloc(url_size(url));
    if (!copy)
        return NULL;
    *copy = *url;
    calx_url_parameter *parameters = (calx_url_parameter *)(copy + 1);
    char *at = (char *)(parameters + url->parameter_count);
    copy->parameters = parameters;
    copy->drivername = text_copy(&at, url->drivername);
    copy->dialect = text_copy(&at, url->dialect);
    copy->driver = text_copy(&at, url->driver);
    copy->username = text_copy(&at, url->username);
    copy->password = text_copy(&at, url->password);
    copy->host = text_copy(&at, url->host);
    copy->database = text_copy(&at, url->database);
    for (size_t i = 0; i < url->parameter_count; i++) {
        parameters[i].name = text_copy(&at, url->parameters[i].name);
        parameters[i].value = text_copy(&at, url->parameters[i].value);
    }
    return copy;
}

/* ---- The database ---- */

static int parameters_check(const calx_opener *opener, const calx_url *url, calx_error *err)
{
    for (size_t i = 0; i < url->parameter_count; i++) {
        const calx_url_parameter *parameter = &url->parameters[i];
        const char *reason = NULL;
        if (!opener->parameter_known(opener, parameter->name, parameter->value, &reason))
            return calx_error_set(err, CALX_ERROR_URL, "query key \"%.64s\": %s", parameter->name,
                                  reason ? reason : "unknown to this driver");
    }
    return 0;
}

int calx__mysql_database_create(const calx_driver *driver, const calx_opener *opener,
                                const calx_url *url, const calx_database_options *options,
                                calx_database **out, calx_error *err)
{
    int code = parameters_check(opener, url, err);
    if (code)
        return code;
    calx__mysql_database *database = calloc(1, sizeof *database);
    calx_url *copy = url_copy(url);
    if (!database || !copy) {
        free(database);
        free(copy);
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a database");
    }
    database->base = (calx_database){.driver = driver, .opener = opener};
    database->url = copy;
    database->options = *options;
    *out = &database->base;
    return 0;
}

void calx__mysql_database_destroy(calx_database *base)
{
    if (!base)
        return;
    calx__mysql_database *database = calx__mysql_database_of(base);
    free((void *)(uintptr_t)database->url);
    free(database);
}
