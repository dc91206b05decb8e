/* database.c: what the connections of an engine share: the URL and the options. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* The library would read options out of a host with ';' in it, and a scheme before "://". */
static int host_check(const calx_url *url, calx_error *err)
{
    if (url->host && (strlen(url->host) >= CALX__MYSQL_HOST_MAX || strpbrk(url->host, ";/,=")))
        return calx_error_set(err, CALX_ERROR_URL, "the URL's host is not a host name");
    return 0;
}

int calx__mysql_database_create(const calx_driver *driver, const calx_opener *opener,
                                const calx_url *url, const calx_database_options *options,
                                calx_database **out, calx_error *err)
{
    int code = calx_opener_check_parameters(opener, url, err);
    if (code == 0)
        code = host_check(url, err);
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
