/* native.c: opens a SQLite file with sqlite3_open_v2, with the open flags and the parameters of
 * SQLite's file: URIs (https://www.sqlite.org/uri.html) as query keys. */
#include <stdlib.h>
#include <string.h>

#include "drivers/sqlite3/internal.h"

typedef struct key {
    const char *name;
    bool in_uri;               /* handed on to SQLite as it is */
    const char *const *values; /* the values allowed, NULL for any */
    const char *reason;        /* when the value is another */
} key;

static const char *const modes[] = {"ro", "rw", "rwc", "memory", NULL};
static const char *const caches[] = {"shared", "private", NULL};
static const char *const switches[] = {"0", "1", "true", "false", "yes", "no", "on", "off", NULL};

static const key keys[] = {
    {"timeout", false, NULL, NULL},
    {"uri", false, switches, "is true or false"},
    {"mode", true, modes, "is ro, rw, rwc or memory"},
    {"cache", true, caches, "is shared or private"},
    {"immutable", true, switches, "is 1 or 0"},
    {"nolock", true, switches, "is 1 or 0"},
    {"psow", true, switches, "is 1 or 0"},
    {"vfs", true, NULL, NULL},
};

static const key *find_key(const char *name)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!strcmp(keys[i].name, name))
            return &keys[i];
    return NULL;
}

static bool parameter_known(const calx_opener *opener, const char *name, const char *value,
                            const char **reason)
{
    (void)opener;
    const key *found = find_key(name);
    if (!found || !found->values)
        return found != NULL;
    for (const char *const *allowed = found->values; *allowed; allowed++)
        if (!strcmp(*allowed, value))
            return true;
    *reason = found->reason;
    return false;
}

static void append_encoded(sqlite3_str *out, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                     (*at >= '0' && *at <= '9') || strchr("/-._~", *at);
        sqlite3_str_appendf(out, plain ? "%c" : "%%%02X", *at);
    }
}

/* What SQLite opens: NULL when out of memory, else to be freed with sqlite3_free. */
static char *file_uri(const calx_url *url)
{
    const char *path = calx__sqlite3_url_path(url);
    path = *path ? path : ":memory:";
    sqlite3_str *out = sqlite3_str_new(NULL);
    /* An empty authority, or a path that begins with // would be taken for one. */
    sqlite3_str_appendall(out, *path == '/' ? "file://" : "file:");
    append_encoded(out, path);
    char separator = '?';
    for (size_t i = 0; i < url->parameter_count; i++) {
        const key *found = find_key(url->parameters[i].name);
        if (found && found->in_uri) {
            sqlite3_str_appendf(out, "%c%s=", separator, found->name);
            append_encoded(out, url->parameters[i].value);
            separator = '&';
        }
    }
    return sqlite3_str_finish(out);
}

static int native_open(const calx_opener *opener, const calx_url *url, int64_t deadline_us,
                       calx_native *out, calx_error *err)
{
    (void)opener;
    (void)deadline_us; /* nothing is waited for: locks are taken later, by the pragmas */
    char *uri = file_uri(url);
    if (!uri)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    /* NOMUTEX: a connection is used by one thread at a time (driver.h). */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                SQLITE_OPEN_EXRESCODE;
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(uri, &db, flags, NULL);
    sqlite3_free(uri);
    if (code != SQLITE_OK) {
        int result = calx__sqlite3_error(db, code, err);
        sqlite3_close(db);
        return result;
    }
    *out = (calx_native){.handle = db};
    return 0;
}

static void native_close(const calx_opener *opener, calx_native *native)
{
    (void)opener;
    sqlite3_close_v2(native->handle);
    *native = (calx_native){0};
}

const calx_opener calx__sqlite3_opener = {
    .abi = CALX_DRIVER_ABI,
    .name = "sqlite3",
    .dialect = "sqlite",
    .engine = "sqlite3",
    .version = sqlite3_version,
    .parameter_known = parameter_known,
    .open = native_open,
    .close = native_close,
};
