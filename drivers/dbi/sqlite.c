/* sqlite.c: a SQLite file through libdbi, which knows a folder and a name, and no open flags. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/dbi/internal.h"

static bool parameter_known(const calx_opener *opener, const char *name, const char *value,
                            const char **reason)
{
    static const char *const native_only[] = {"mode",   "cache", "immutable", "uri",
                                              "nolock", "psow",  "vfs"};
    (void)opener;
    (void)value;
    if (strcmp(name, "timeout") == 0)
        return true; /* the statement engine's */
    for (size_t i = 0; i < sizeof native_only / sizeof *native_only; i++)
        if (strcmp(name, native_only[i]) == 0)
            *reason = "exists with sqlite+sqlite3:// only";
    return false;
}

/* errno of what keeps the file from being opened or made, 0 if nothing does. Never by opening it:
 * closing it again would drop the locks that this process holds on it. */
static int find_obstacle(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0) {
        if (S_ISDIR(status.st_mode))
            return EISDIR;
        return faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) ? errno : 0;
    }
    if (errno != ENOENT)
        return errno;
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + 1 : 0;
    char *folder = slash ? strndup(path, length) : strdup(".");
    int number = ENOMEM;
    if (folder)
        number = faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) ? errno : 0;
    free(folder);
    return number;
}

static int fill_options(const calx_url *url, int timeout_s, calx__dbi_options *options,
                        calx_error *err)
{
    (void)timeout_s;
    bool in_memory = !url->database || !*url->database || !strcmp(url->database, ":memory:");
    const char *path = in_memory ? ":memory:" : url->database;
    /* libdbi 0.9.0 would lose the reason, and SQLite's handle too. */
    int number = in_memory ? 0 : find_obstacle(path);
    if (number)
        return calx_error_set(err, CALX_ERROR_UNREACHABLE, "unable to open database file (%s)",
                              strerrordesc_np(number));
    /* The driver joins folder and name; only ":memory:" it takes as it is. */
    calx__dbi_options_add(options, "", "sqlite3_dbdir", *path == '/' ? "/" : ".");
    calx__dbi_options_add(options, "", "dbname", path + strspn(path, "/"));
    calx__dbi_options_add_number(options, "sqlite3_timeout", 0); /* the engine waits for locks */
    return 0;
}

/* libdbi keeps neither SQLite's code nor its message. */
static int refused(int number, const char *message, calx_error *err)
{
    (void)number;
    (void)message;
    return calx_error_set(err, CALX_ERROR_UNREACHABLE, "unable to open database file");
}

const calx__dbi_opener calx__dbi_sqlite = {
    .base =
        {
            .abi = CALX_DRIVER_ABI,
            .name = "dbi",
            .dialect = "sqlite",
            .engine = "sqlite3",
            .version = "libdbi 0.9",
            .parameter_known = parameter_known,
            .open = calx__dbi_open,
            .close = calx__dbi_close,
        },
    .driver = "sqlite3",
    .options = fill_options,
    .refused = refused,
};
