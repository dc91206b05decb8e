/* database.c: what the connections of an engine share: servers and options. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define HOST_LENGTH_MAX 255

/* The library would read options out of a host with ';' in it, and a scheme before "://". */
static bool is_host_name(const char *name)
{
    static const char *const characters =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_:%";
    return strlen(name) <= HOST_LENGTH_MAX && name[strspn(name, characters)] == '\0';
}

static int hosts_check(const calx_hosts *hosts, calx_error *err)
{
    for (size_t i = 0; i < calx_hosts_count(hosts); i++) {
        const char *name = calx_hosts_url(hosts, i)->host;
        if (name && !is_host_name(name))
            return calx_error_set(err, CALX_ERROR_URL, "a host of the URL is not a host name");
    }
    return 0;
}

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
    database->base = (calx_database){.driver = driver, .opener = opener};
    database->options = *options;
    code = calx_hosts_create(url, "unix_socket", &database->hosts, err);
    if (code == 0)
        code = hosts_check(database->hosts, err);
    if (code)
        calx__mysql_database_destroy(&database->base);
    else
        *out = &database->base;
    return code;
}

void calx__mysql_database_destroy(calx_database *base)
{
    if (!base)
        return;
    calx__mysql_database *database = calx__mysql_database_of(base);
    calx_hosts_destroy(database->hosts);
    free(database);
}
