/* url.c: what the URL's query means for PostgreSQL. */
#include "url.h"
#include "keys.h"
#include "pgsql.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Asked of libpq each time: it is only asked when an engine is made, and the list is libpq's. */
static bool is_libpq_keyword(const char *name)
{
    PQconninfoOption *options = PQconndefaults();
    bool found = false;

    for (PQconninfoOption *option = options; option && option->keyword && !found; option++)
        found = strcmp(option->keyword, name) == 0;
    PQconninfoFree(options);
    return found;
}

bool calx__pgsql_is_own_key(const char *name)
{
    return strcmp(name, "prepared_statements") == 0 || strcmp(name, "joined_commits") == 0 ||
           strcmp(name, "transactional_ddl") == 0;
}

bool calx__pgsql_parameter_known(const calx_opener *opener, const char *name, const char *value,
                                 const char **reason)
{
    (void)opener;
    if (strcmp(name, "client_encoding") == 0 && strcasecmp(value, "utf8") != 0 &&
        strcasecmp(value, "utf-8") != 0) {
        *reason = "the client encoding is always UTF8";
        return false;
    }
    return calx__pgsql_is_own_key(name) || is_libpq_keyword(name);
}

/* For every opener: what they have in common is libpq. */
static int check_values(const calx_url *url, calx_error *err)
{
    for (size_t i = 0; i < url->parameter_count; i++) {
        const calx_url_parameter *parameter = &url->parameters[i];
        const char *problem = calx__pgsql_value_problem(parameter->name, parameter->value);
        if (problem)
            return calx_error_set(err, CALX_ERROR_URL, "query key \"%.64s\": %s", parameter->name,
                                  problem);
    }
    return 0;
}

int calx__pgsql_url_check(const calx_opener *opener, const calx_url *url, calx_error *err)
{
    int code = calx_opener_check_parameters(opener, url, err);
    return code ? code : check_values(url, err);
}

int64_t calx__pgsql_url_connect_timeout_ms(const calx_url *url)
{
    const char *value = calx_url_parameter_get(url, "connect_timeout", 0);
    long seconds = value ? strtol(value, NULL, 10) : 0;

    if (seconds <= 0)
        return -1;
    return (seconds < 2 ? 2 : seconds) * 1000; /* libpq's rule: at least two seconds */
}
