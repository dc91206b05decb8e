/* database.c: what the connections of an engine share: the URL and the options. */
#include <stdlib.h>

#include "internal.h"

int calx__mysql_database_create(const calx_driver *driver, const calx_opener *opener,
                                const calx_url *url, const calx_database_options *options,
                                calx_database **out, calx_error *err)
{
    int code = calx_opener_check_parameters(opener, url, err);
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
