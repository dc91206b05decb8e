/* sqlite.c: a SQLite file through libdbi, which knows a folder and a name, and no open flags. */
#include <string.h>

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

static int fill_options(const calx_url *url, int timeout_s, calx__dbi_options *options,
                        calx_error *err)
{
    (void)timeout_s;
    (void)err;
    const char *path = url->database && *url->database ? url->database : ":memory:";
    bool absolute = *path == '/';
    /* The driver joins folder and name; only ":memory:" it takes as it is. */
    calx__dbi_options_add(options, "", "sqlite3_dbdir", absolute ? "/" : ".");
    calx__dbi_options_add(options, "", "dbname", path + strspn(path, "/"));
    calx__dbi_options_add_number(options, "sqlite3_timeout", 0); /* the engine waits for locks */
    return 0;
}

/* libdbi keeps neither SQLite's code nor its message when a file cannot be opened. */
static int refused(int number, const char *message, calx_error *err)
{
    (void)number;
    (void)message;
    return calx_error_set(err, CALX_ERROR_UNREACHABLE,
                          "cannot be opened: not a file, or its folder does not exist, or access "
                          "is denied");
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
