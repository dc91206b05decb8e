/* opener.c: the native opener. Connects with libpq's polling interface. */
#include "keys.h"
#include "pgsql.h"
#include "url.h"

#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYWORDS_MAX (CALX_URL_PARAMETERS_MAX + 10)

struct attempt {
    const char *names[KEYWORDS_MAX];
    const char *values[KEYWORDS_MAX];
    size_t count;
    char port[8];
    PGconn *handle;
};

static void add(struct attempt *attempt, const char *name, const char *value)
{
    if (!value)
        return;
    attempt->names[attempt->count] = name;
    attempt->values[attempt->count] = value;
    attempt->count++;
}

/* Where a keyword comes twice libpq takes the last: the query wins over what stands before it. */
static void list_keywords(struct attempt *attempt, const calx_url *url)
{
    add(attempt, "fallback_application_name", "calx");
    add(attempt, "user", url->username);
    add(attempt, "password", url->password);
    add(attempt, "dbname", url->database && *url->database ? url->database : NULL);
    add(attempt, "host", url->host && *url->host ? url->host : NULL);
    if (url->port != CALX_URL_NO_PORT) {
        snprintf(attempt->port, sizeof attempt->port, "%d", url->port);
        add(attempt, "port", attempt->port);
    }
    for (size_t i = 0; i < url->parameter_count; i++)
        if (!calx__pgsql_is_own_key(url->parameters[i].name))
            add(attempt, url->parameters[i].name, url->parameters[i].value);
    add(attempt, "client_encoding", "UTF8");
    attempt->names[attempt->count] = NULL;
    attempt->values[attempt->count] = NULL;
}

/* Blocks in getaddrinfo and reads files: to be offloaded. */
static void start(void *argument)
{
    struct attempt *attempt = argument;

    attempt->handle = PQconnectStartParams(attempt->names, attempt->values, 0);
}

static void swallow_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

/* Finds ":  28P01: " in a verbose message: the only place where libpq tells why a login failed. */
static const char *find_sqlstate(const char *message)
{
    const char *found = NULL;

    for (const char *at = strstr(message, ":  "); at; at = strstr(at + 1, ":  ")) {
        size_t length = 0;
        while (length < 5 &&
               (isdigit((unsigned char)at[3 + length]) || isupper((unsigned char)at[3 + length])))
            length++;
        if (length == 5 && at[8] == ':' && at[9] == ' ')
            found = at + 3;
    }
    return found;
}

/* libpq does not print passwords; this makes it certain. */
static void mask(char *message, const char *secret)
{
    if (!secret || !*secret)
        return;
    for (char *at = strstr(message, secret); at; at = strstr(at, secret)) {
        memset(at, '*', strlen(secret));
        at += strlen(secret);
    }
}

static void mask_secrets(char *message, const calx_url *url)
{
    mask(message, url->password);
    for (size_t i = 0; i < url->parameter_count; i++)
        if (calx_url_parameter_is_secret(url->parameters[i].name))
            mask(message, url->parameters[i].value);
}

/* Without an answer of a server libpq has its words only. */
static calx_error_class classify_silence(const PGconn *handle, const char *message)
{
    if (PQconnectionNeedsPassword(handle))
        return CALX_ERROR_AUTHENTICATION;
    return calx__pgsql_is_bad_option(message) ? CALX_ERROR_URL : CALX_ERROR_UNREACHABLE;
}

static int refused(PGconn *handle, const calx_url *url, calx_error *err)
{
    char *message = strdup(PQerrorMessage(handle));

    if (!message)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory to connect");
    mask_secrets(message, url);
    const char *found = find_sqlstate(message);
    int code;
    if (found) {
        char sqlstate[6] = {0};
        memcpy(sqlstate, found, 5);
        code =
            calx__pgsql_error_set(err, calx__pgsql_classify_connect(sqlstate), sqlstate, found + 7);
    } else {
        size_t length = strlen(message);
        while (length > 0 && isspace((unsigned char)message[length - 1]))
            message[--length] = '\0';
        code = calx_error_set(err, classify_silence(handle, message), "%s", message);
    }
    free(message);
    return code;
}

/* The socket may be another one after every step. */
static int poll_until_connected(PGconn *handle, const calx_url *url, int64_t deadline_us,
                                calx_error *err)
{
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;

    if (PQstatus(handle) == CONNECTION_BAD)
        state = PGRES_POLLING_FAILED;
    while (state != PGRES_POLLING_OK) {
        if (state == PGRES_POLLING_FAILED)
            return refused(handle, url, err);
        short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        int code = calx_wait(PQsocket(handle), events, deadline_us, NULL, err);
        if (code)
            return code;
        state = PQconnectPoll(handle);
    }
    return 0;
}

int calx__pgsql_open(const calx_opener *opener, const calx_url *url, int64_t deadline_us,
                     calx_native *out, calx_error *err)
{
    (void)opener;
    struct attempt attempt = {.count = 0};
    int64_t own_us = calx_deadline_in_ms(calx__pgsql_url_connect_timeout_ms(url));

    list_keywords(&attempt, url);
    int code = calx_offload(start, &attempt, err);
    if (code == 0 && !attempt.handle)
        code = calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory to connect");
    if (code == 0) {
        PQsetErrorVerbosity(attempt.handle, PQERRORS_VERBOSE);
        PQsetNoticeReceiver(attempt.handle, swallow_notice, NULL);
        code = poll_until_connected(attempt.handle, url,
                                    own_us < deadline_us ? own_us : deadline_us, err);
    }
    if (code) {
        PQfinish(attempt.handle);
        return code;
    }
    PQsetErrorVerbosity(attempt.handle, PQERRORS_DEFAULT);
    *out = (calx_native){.handle = attempt.handle};
    return 0;
}

void calx__pgsql_close(const calx_opener *opener, calx_native *native)
{
    (void)opener;
    PQfinish(native->handle);
    *native = (calx_native){0};
}
