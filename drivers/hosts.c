/* hosts.c: the servers of a URL, and the order in which they are tried. */
#include <calx/hosts.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <calx/waiter.h>

#define PORT_MAX 65535

typedef struct server {
    calx_url *url;
    int64_t left_us; /* when it was found to be of no use; 0: never, or used since */
} server;

struct calx_hosts {
    pthread_mutex_t mutex; /* of current and left_us */
    size_t current;
    size_t count;
    server servers[CALX_HOSTS_MAX];
};

/* ---- Reading a URL ---- */

static bool names_server(const char *key)
{
    return strcmp(key, "host") == 0 || strcmp(key, "port") == 0;
}

/* All values of a key with commas between, to be freed; *out is NULL where there are none. */
static int join(const calx_url *url, const char *key, char **out, calx_error *err)
{
    size_t size = 1;
    const char *value;
    *out = NULL;
    if (calx_url_parameter_get(url, key, 0) == NULL)
        return 0;
    for (size_t i = 0; (value = calx_url_parameter_get(url, key, i)) != NULL; i++)
        size += strlen(value) + 1;
    char *end = *out = malloc(size);
    if (end == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a URL's hosts");
    for (size_t i = 0; (value = calx_url_parameter_get(url, key, i)) != NULL; i++) {
        if (i > 0)
            *end++ = ',';
        end = stpcpy(end, value);
    }
    return 0;
}

/* Splits in place at commas; more than fit are counted as one more. */
static size_t split(char *text, char *tokens[CALX_HOSTS_MAX])
{
    size_t count = 0;
    while (text != NULL && count <= CALX_HOSTS_MAX) {
        char *token = strsep(&text, ",");
        if (count < CALX_HOSTS_MAX)
            tokens[count] = token;
        count++;
    }
    return count;
}

/* "db-1.example:5433" and "[::1]:5433" carry a port; a folder and a bare IPv6 address do not. */
static char *find_port(char *host)
{
    char *colon = strrchr(host, ':');
    if (colon == NULL || host[0] == '/' || host[0] == '@')
        return NULL;
    if (host[0] == '[')
        return colon[-1] == ']' ? colon : NULL;
    return strchr(host, ':') == colon ? colon : NULL;
}

/* Cuts the port off, and the brackets; the port is lent from host, or NULL. */
static char *take_port(char **host)
{
    char *port = find_port(*host);
    if (port != NULL)
        *port++ = '\0';
    size_t length = strlen(*host);
    if (length >= 2 && **host == '[' && (*host)[length - 1] == ']') {
        (*host)[length - 1] = '\0';
        ++*host;
    }
    return port;
}

/* An empty one is none. */
static int read_port(const char *key, const char *text, int *out, calx_error *err)
{
    int port = 0;
    if (text == NULL || *text == '\0')
        return 0;
    for (; *text >= '0' && *text <= '9' && port <= PORT_MAX; text++)
        port = port * 10 + (*text - '0');
    if (*text != '\0' || port < 1 || port > PORT_MAX)
        return calx_error_set(err, CALX_ERROR_URL, "query key \"%s\": expected ports of 1 to %d",
                              key, PORT_MAX);
    *out = port;
    return 0;
}

/* One more server: the URL with another host and port, and with these two keys in its query where
 * they are given. */
static int add(calx_hosts *hosts, const calx_url *url, const calx_url_parameter *more,
               size_t more_count, calx_error *err)
{
    calx_url_parameter parameters[CALX_URL_PARAMETERS_MAX];
    calx_url one = *url;
    one.parameters = parameters;
    one.parameter_count = 0;
    for (size_t i = 0; i < url->parameter_count; i++)
        if (!names_server(url->parameters[i].name))
            parameters[one.parameter_count++] = url->parameters[i];
    for (size_t i = 0; i < more_count; i++)
        if (more[i].value != NULL)
            parameters[one.parameter_count++] = more[i];
    int status = calx_url_copy(&one, &hosts->servers[hosts->count].url, err);
    if (status == 0)
        hosts->count++;
    return status;
}

static int add_whole(calx_hosts *hosts, const calx_url *url, const char *host_list,
                     const char *port_list, calx_error *err)
{
    const calx_url_parameter more[] = {{"host", host_list}, {"port", port_list}};
    return add(hosts, url, more, 2, err);
}

/* One of the list: its own port counts, then that of the key, then the one before the path. */
static int add_server(calx_hosts *hosts, const calx_url *url, char *host, const char *key_port,
                      calx_error *err)
{
    calx_url one = *url;
    char *own_port = take_port(&host);
    int status = 0;
    if (own_port != NULL && key_port != NULL)
        return calx_error_set(err, CALX_ERROR_URL,
                              "query key \"port\": the hosts have ports already");
    one.host = *host != '\0' ? host : NULL;
    status = own_port != NULL ? read_port("host", own_port, &one.port, err)
                              : read_port("port", key_port, &one.port, err);
    return status < 0 ? status : add(hosts, &one, NULL, 0, err);
}

static int add_listed(calx_hosts *hosts, const calx_url *url, char *host_list, char *port_list,
                      calx_error *err)
{
    char *names[CALX_HOSTS_MAX];
    char *ports[CALX_HOSTS_MAX];
    size_t count = split(host_list, names);
    size_t port_count = split(port_list, ports);
    int status = 0;
    if (count > CALX_HOSTS_MAX)
        return calx_error_set(err, CALX_ERROR_URL, "query key \"host\": more than %d hosts",
                              CALX_HOSTS_MAX);
    if (port_count > 1 && port_count != count)
        return calx_error_set(err, CALX_ERROR_URL, "query key \"port\": as many as hosts, or one");
    for (size_t i = 0; i < count && status == 0; i++) {
        const char *port = port_count > 1 ? ports[i] : port_count == 1 ? ports[0] : NULL;
        status = add_server(hosts, url, names[i], port, err);
    }
    return status;
}

/* The host before the path, which has lost its brackets already. */
static int add_single(calx_hosts *hosts, const calx_url *url, const char *port, calx_error *err)
{
    calx_url one = *url;
    if (url->host != NULL && strchr(url->host, ',') != NULL)
        return calx_error_set(err, CALX_ERROR_URL,
                              "several hosts stand in the URL's query: host=a&host=b");
    int status = read_port("port", port, &one.port, err);
    return status < 0 ? status : add(hosts, &one, NULL, 0, err);
}

static int read_servers(calx_hosts *hosts, const calx_url *url, const char *whole, calx_error *err)
{
    char *host_list = NULL;
    char *port_list = NULL;
    int status = join(url, "host", &host_list, err);
    if (status == 0)
        status = join(url, "port", &port_list, err);
    if (status == 0 && whole != NULL && calx_url_parameter_get(url, whole, 0) != NULL)
        status = add_whole(hosts, url, host_list, port_list, err);
    else if (status == 0 && host_list != NULL)
        status = add_listed(hosts, url, host_list, port_list, err);
    else if (status == 0)
        status = add_single(hosts, url, port_list, err);
    free(host_list);
    free(port_list);
    return status;
}

int calx_hosts_create(const calx_url *url, const char *whole, calx_hosts **out, calx_error *err)
{
    calx_hosts *hosts = calloc(1, sizeof *hosts);
    if (hosts == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a URL's hosts");
    pthread_mutex_init(&hosts->mutex, NULL);
    int status = read_servers(hosts, url, whole, err);
    if (status < 0)
        calx_hosts_destroy(hosts);
    else
        *out = hosts;
    return status;
}

void calx_hosts_destroy(calx_hosts *hosts)
{
    if (hosts == NULL)
        return;
    for (size_t i = 0; i < hosts->count; i++)
        calx_url_destroy(hosts->servers[i].url);
    pthread_mutex_destroy(&hosts->mutex);
    free(hosts);
}

size_t calx_hosts_count(const calx_hosts *hosts)
{
    return hosts->count;
}

const calx_url *calx_hosts_url(const calx_hosts *hosts, size_t index)
{
    return hosts->servers[index].url;
}

/* ---- Trying them ---- */

/* By insertion, which keeps the URL's order of equals. */
static void sort(calx_hosts *hosts, size_t order[CALX_HOSTS_MAX])
{
    pthread_mutex_lock(&hosts->mutex);
    for (size_t i = 0; i < hosts->count; i++) {
        size_t at = i;
        for (; at > 0 && hosts->servers[order[at - 1]].left_us > hosts->servers[i].left_us; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    pthread_mutex_unlock(&hosts->mutex);
}

static void arrive(calx_hosts *hosts, size_t index)
{
    pthread_mutex_lock(&hosts->mutex);
    hosts->servers[index].left_us = 0;
    hosts->current = index;
    pthread_mutex_unlock(&hosts->mutex);
}

void calx_hosts_leave(calx_hosts *hosts, size_t index)
{
    pthread_mutex_lock(&hosts->mutex);
    hosts->servers[index].left_us = calx_now_us();
    pthread_mutex_unlock(&hosts->mutex);
}

bool calx_hosts_is_current(calx_hosts *hosts, size_t index)
{
    pthread_mutex_lock(&hosts->mutex);
    bool current = hosts->current == index;
    pthread_mutex_unlock(&hosts->mutex);
    return current;
}

static int64_t share_of(int64_t deadline_us, size_t attempts)
{
    if (deadline_us == CALX_NO_DEADLINE || attempts < 2)
        return deadline_us;
    int64_t now_us = calx_now_us();
    return deadline_us <= now_us ? deadline_us
                                 : now_us + (deadline_us - now_us) / (int64_t)attempts;
}

int64_t calx_hosts_share(const calx_hosts *hosts, int64_t deadline_us)
{
    return share_of(deadline_us, hosts->count);
}

/* A server that refused a login or does not know the database is not passed over. */
static bool may_try_next(int status)
{
    return status == CALX_ERROR_UNREACHABLE || status == CALX_ERROR_TIMEOUT;
}

static int try_one(calx_hosts *hosts, size_t index, calx_hosts_attempt *attempt, void *context,
                   int64_t deadline_us, calx_error *err)
{
    const calx_url *url = hosts->servers[index].url;
    int status = attempt(context, index, deadline_us, err);
    if (status == 0)
        arrive(hosts, index);
    if (may_try_next(status))
        calx_hosts_leave(hosts, index);
    if (status < 0 && hosts->count > 1 && url->port > 0)
        calx_error_prefix(err, "host \"%s\", port %d", url->host ? url->host : "", url->port);
    else if (status < 0 && hosts->count > 1)
        calx_error_prefix(err, "host \"%s\"", url->host ? url->host : "");
    return status;
}

int calx_hosts_try(calx_hosts *hosts, calx_hosts_attempt *attempt, void *context,
                   int64_t deadline_us, calx_error *err)
{
    size_t order[CALX_HOSTS_MAX];
    calx_error last = {0};
    int status = CALX_ERROR_UNREACHABLE;
    sort(hosts, order);
    for (size_t i = 0; i < hosts->count; i++) {
        int64_t share_us = share_of(deadline_us, hosts->count - i);
        calx_error_clear(&last);
        status = try_one(hosts, order[i], attempt, context, share_us, &last);
        if (!may_try_next(status) || calx_deadline_left_ms(deadline_us) == 0)
            break;
    }
    /* It was given up before the caller's time was over: it is away. */
    if (status == CALX_ERROR_TIMEOUT && calx_deadline_left_ms(deadline_us) > 0) {
        status = last.code = CALX_ERROR_UNREACHABLE;
        last.retryable = true;
    }
    if (status < 0 && err != NULL && err->code == CALX_OK)
        *err = last;
    return status;
}
