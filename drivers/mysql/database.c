/* database.c: what the connections of an engine share: the URL and the options. */
#include <stdlib.h>

#include "internal.h"

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
    if (!database)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a database");
    calx_url *copy;
    code = calx_url_copy(url, &copy, err);
    if (code) {
        free(database);
        return code;
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
    calx_url_destroy(database->url);
    free(database);
}
