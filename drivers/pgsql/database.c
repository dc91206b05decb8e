/* database.c: what the connections of one engine share: servers and options. */
#include "joined.h"
#include "reads.h"
#include "url.h"

#include <stdlib.h>
#include <string.h>

static bool is(const calx_url *url, const char *name, const char *expected)
{
    const char *value = calx_url_parameter_get(url, name, 0);

    return value && strcmp(value, expected) == 0;
}

int calx__pgsql_database_create(const calx_driver *driver, const calx_opener *opener,
                                const calx_url *url, const calx_database_options *options,
                                calx_database **out, calx_error *err)
{
    int code = calx__pgsql_url_check(opener, url, err);
    if (code)
        return code;
    calx__pgsql_database *database = calloc(1, sizeof *database);
    if (!database)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a database");
    calx_hosts *hosts;
    code = calx_hosts_create(url, "hostaddr", &hosts, err);
    if (code) {
        free(database);
        return code;
    }
    *database = (calx__pgsql_database){
        .base = {.driver = driver, .opener = opener},
        .hosts = hosts,
        .role = calx__pgsql_role_of(url),
        .options = *options,
        .unnamed = is(url, "prepared_statements", "off"),
    };
    pthread_mutex_init(&database->mutex, NULL);
    if (!database->unnamed)
        database->base.capabilities |= CALX_CAPABILITY_SHARED_READS;
    if (!is(url, "transactional_ddl", "off"))
        database->base.capabilities |= CALX_CAPABILITY_TRANSACTIONAL_DDL;
    if (is(url, "joined_commits", "on"))
        code = calx__pgsql_joiner_create(&database->base, &database->joiner, err);
    if (code)
        calx__pgsql_database_destroy(&database->base);
    else
        *out = &database->base;
    return code;
}

void calx__pgsql_database_destroy(calx_database *base)
{
    if (!base)
        return;
    calx__pgsql_database *database = calx__pgsql_database_of(base);
    calx__pgsql_joiner_destroy(database->joiner);
    calx__pgsql_rows_destroy(database->spare);
    pthread_mutex_destroy(&database->mutex);
    calx_hosts_destroy(database->hosts);
    free(database);
}
