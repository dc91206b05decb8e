/* url.c: what the URL's query means for PostgreSQL: known keys and several hosts. */
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
    return strcmp(name, "prepared_statements") == 0 || strcmp(name, "joined_commits") == 0;
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

static bool may_repeat(const char *name)
{
    return strcmp(name, "host") == 0 || strcmp(name, "port") == 0;
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
    if (code == 0)
        code = check_values(url, err);
    if (code)
        return code;
    calx__pgsql_targets targets;
    code = calx__pgsql_targets_init(&targets, url, err);
    calx__pgsql_targets_finish(&targets);
    return code;
}

int64_t calx__pgsql_url_connect_timeout_ms(const calx_url *url)
{
    const char *value = calx_url_parameter_get(url, "connect_timeout", 0);
    long seconds = value ? strtol(value, NULL, 10) : 0;

    if (seconds <= 0)
        return -1;
    return (seconds < 2 ? 2 : seconds) * 1000; /* libpq's rule: at least two seconds */
}

/* ---- Several hosts ---- */

/* All values of a repeatable key, joined by commas at *end. Returns NULL if there are none. */
static char *join(const calx_url *url, const char *name, char **end)
{
    char *start = *end;
    size_t count = 0;
    const char *value;

    while ((value = calx_url_parameter_get(url, name, count++)) != NULL) {
        if (count > 1)
            *(*end)++ = ',';
        *end = stpcpy(*end, value);
    }
    if (count == 1)
        return NULL;
    *(*end)++ = '\0';
    return start;
}

/* Splits in place at commas. Returns the count, or more than fits. */
static size_t split(char *text, char *tokens[CALX__PGSQL_TARGETS_MAX])
{
    size_t count = 0;

    for (char *rest = text; rest; count++) {
        char *token = strsep(&rest, ",");
        if (count == CALX__PGSQL_TARGETS_MAX)
            return count + 1;
        tokens[count] = token;
    }
    return count;
}

/* "db-1.example:5433" and "[::1]:5433" carry a port; a folder or a bare IPv6 address does not. */
static char *find_port(char *host)
{
    char *colon = strrchr(host, ':');

    if (!colon || host[0] == '/' || host[0] == '@')
        return NULL;
    if (host[0] == '[')
        return colon[-1] == ']' ? colon : NULL;
    return strchr(host, ':') == colon ? colon : NULL;
}

static void split_host(calx__pgsql_target *target, char *host)
{
    char *colon = find_port(host);

    if (colon) {
        *colon = '\0';
        target->port = colon + 1;
    }
    if (host[0] == '[' && host[strlen(host) - 1] == ']') {
        host[strlen(host) - 1] = '\0';
        host++;
    }
    target->host = *host ? host : NULL;
}

static int give_ports(calx__pgsql_targets *targets, char *text, calx_error *err)
{
    char *ports[CALX__PGSQL_TARGETS_MAX];
    size_t count = split(text, ports);

    if (count != 1 && count != targets->count)
        return calx_error_set(err, CALX_ERROR_URL, "query key \"port\": as many as hosts, or one");
    for (size_t i = 0; i < targets->count; i++) {
        const char *port = ports[count == 1 ? 0 : i];
        if (targets->items[i].port)
            return calx_error_set(err, CALX_ERROR_URL,
                                  "query key \"port\": the hosts have ports already");
        targets->items[i].port = port;
    }
    return 0;
}

static int check_ports(calx__pgsql_targets *targets, calx_error *err)
{
    for (size_t i = 0; i < targets->count; i++) {
        calx__pgsql_target *target = &targets->items[i];
        if (target->port && !*target->port)
            target->port = NULL;
        if (target->port && !calx__pgsql_is_port(target->port))
            return calx_error_set(err, CALX_ERROR_URL, "a host's port: expected 1 to 65535");
    }
    return 0;
}

/* The port before the path counts where the query names none. */
static void default_ports(calx__pgsql_targets *targets, const calx_url *url, char *room)
{
    if (url->port == CALX_URL_NO_PORT)
        return;
    unsigned port = (unsigned)url->port;
    char *digit = room + 5;
    *digit = '\0';
    do {
        *--digit = (char)('0' + port % 10);
        port /= 10;
    } while (port);
    for (size_t i = 0; i < targets->count; i++)
        if (!targets->items[i].port)
            targets->items[i].port = digit;
}

static size_t text_size(const calx_url *url)
{
    size_t size = 16; /* the default port, and two ends */

    for (size_t i = 0; i < url->parameter_count; i++)
        if (may_repeat(url->parameters[i].name))
            size += strlen(url->parameters[i].value) + 1;
    return size;
}

int calx__pgsql_targets_init(calx__pgsql_targets *targets, const calx_url *url, calx_error *err)
{
    *targets = (calx__pgsql_targets){.count = 1, .text = malloc(text_size(url))};
    if (!targets->text)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for the URL's hosts");
    targets->items[0].host = url->host && *url->host ? url->host : NULL;
    char *end = targets->text;
    char *hosts = join(url, "host", &end);
    char *ports = join(url, "port", &end);
    /* libpq pairs hostaddr with host itself. */
    if (calx_url_parameter_get(url, "hostaddr", 0)) {
        targets->items[0] = (calx__pgsql_target){hosts ? hosts : url->host, ports};
        if (!ports)
            default_ports(targets, url, end);
        return 0;
    }
    if (hosts) {
        char *tokens[CALX__PGSQL_TARGETS_MAX];
        targets->count = split(hosts, tokens);
        if (targets->count > CALX__PGSQL_TARGETS_MAX)
            return calx_error_set(err, CALX_ERROR_URL, "query key \"host\": more than %d hosts",
                                  CALX__PGSQL_TARGETS_MAX);
        for (size_t i = 0; i < targets->count; i++)
            split_host(&targets->items[i], tokens[i]);
    }
    int code = ports ? give_ports(targets, ports, err) : 0;
    if (code == 0)
        code = check_ports(targets, err);
    if (code == 0)
        default_ports(targets, url, end);
    return code;
}

void calx__pgsql_targets_finish(calx__pgsql_targets *targets)
{
    free(targets->text);
    targets->text = NULL;
}
