/* plugin.c: finds, loads and checks plug-in files. */
#include "drivers/internal/plugin.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_PREFIX "calx-"
#define FILE_SUFFIX ".so"
#define OWN_FOLDER "calx-drivers"

/* ---- The driver path ---- */

static void path_add(calx__driver_path *path, const char *folder, size_t length)
{
    if (length == 0 || length >= PATH_MAX || path->count == CALX__PLUGIN_FOLDERS_MAX)
        return;
    char *added = path->folders[path->count];
    memcpy(added, folder, length);
    added[length] = '\0';
    for (size_t i = 0; i < path->count; i++)
        if (strcmp(path->folders[i], added) == 0)
            return;
    path->count++;
}

/* The file that holds this function: libcalx.so, or a program that it is linked into. For a
 * program dladdr may answer with what it was called as, without a folder. */
static bool own_file(char file[PATH_MAX])
{
    static const char anchor = 0;
    Dl_info info;
    const char *name = "/proc/self/exe";
    if (dladdr(&anchor, &info) != 0 && info.dli_fname && strchr(info.dli_fname, '/'))
        name = info.dli_fname;
    return realpath(name, file) != NULL;
}

static void path_add_own(calx__driver_path *path)
{
    char file[PATH_MAX];
    char folder[PATH_MAX + sizeof(OWN_FOLDER)];
    if (!own_file(file))
        return;
    char *slash = strrchr(file, '/');
    slash[1] = '\0';
    int length = snprintf(folder, sizeof(folder), "%s" OWN_FOLDER, file);
    path_add(path, folder, (size_t)length);
}

void calx__driver_path_read(calx__driver_path *path)
{
    path->count = 0;
    /* Not for a program with more rights than its caller: these files become part of it. */
    const char *folder = secure_getenv("CALX_DRIVER_PATH");
    while (folder && *folder) {
        size_t length = strcspn(folder, ":");
        path_add(path, folder, length);
        folder += length + (folder[length] == ':');
    }
    path_add_own(path);
}

bool calx__plugin_name_valid(const char *name, size_t length)
{
    if (length == 0 || length > CALX__PLUGIN_NAME_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        bool valid = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!valid && c != '_')
            return false;
    }
    return true;
}

bool calx__plugin_name_of_file(const char *file, char name[CALX__PLUGIN_NAME_MAX + 1])
{
    const size_t prefix = strlen(FILE_PREFIX);
    const size_t suffix = strlen(FILE_SUFFIX);
    size_t length = strlen(file);
    if (length < prefix + suffix || strncmp(file, FILE_PREFIX, prefix) != 0 ||
        strcmp(file + length - suffix, FILE_SUFFIX) != 0)
        return false;
    length -= prefix + suffix;
    if (!calx__plugin_name_valid(file + prefix, length))
        return false;
    memcpy(name, file + prefix, length);
    name[length] = '\0';
    return true;
}

bool calx__plugin_locate(const calx__driver_path *path, const char *name, char file[PATH_MAX])
{
    for (size_t i = 0; i < path->count; i++) {
        int length =
            snprintf(file, PATH_MAX, "%s/" FILE_PREFIX "%s" FILE_SUFFIX, path->folders[i], name);
        if (length < PATH_MAX && access(file, F_OK) == 0)
            return true;
    }
    return false;
}

/* ---- The check ---- */

static int check_abi(uint32_t abi, calx_error *err)
{
    if (abi == CALX_DRIVER_ABI)
        return 0;
    return calx_error_set(err, CALX_ERROR_DRIVER, "built for driver ABI %u, this calx has %u", abi,
                          CALX_DRIVER_ABI);
}

static bool name_valid(const char *name)
{
    return name && calx__plugin_name_valid(name, strlen(name));
}

static int slot_missing(const char *what, const char *name, const char *slot, calx_error *err)
{
    return calx_error_set(err, CALX_ERROR_DRIVER, "%s \"%s\" has no %s", what, name, slot);
}

static int check_opener(const calx_opener *opener, calx_error *err)
{
#define REQUIRED(slot)                                                                             \
    if (!opener->slot)                                                                             \
    return slot_missing("opener", opener->name, #slot, err)
    int status = check_abi(opener->abi, err);
    if (status < 0)
        return status;
    if (!name_valid(opener->name))
        return calx_error_set(err, CALX_ERROR_DRIVER, "an opener without a valid name");
    REQUIRED(dialect);
    REQUIRED(engine);
    REQUIRED(version);
    REQUIRED(parameter_known);
    REQUIRED(open);
    REQUIRED(close);
#undef REQUIRED
    return 0;
}

/* Slots that every driver must fill. */
#define REQUIRED_SLOTS(X)                                                                          \
    X(dialect)                                                                                     \
    X(version)                                                                                     \
    X(opener)                                                                                      \
    X(database_create)                                                                             \
    X(database_destroy)                                                                            \
    X(connection_open)                                                                             \
    X(connection_close)                                                                            \
    X(connection_check)                                                                            \
    X(begin)                                                                                       \
    X(commit)                                                                                      \
    X(rollback)                                                                                    \
    X(command)                                                                                     \
    X(statement_prepare)                                                                           \
    X(statement_execute)                                                                           \
    X(statement_fetch)                                                                             \
    X(statement_rows_affected)                                                                     \
    X(statement_reset)                                                                             \
    X(statement_finalize)

static const char *missing_slot(const calx_driver *driver)
{
#define MISSING(slot)                                                                              \
    if (!driver->slot)                                                                             \
        return #slot;
    REQUIRED_SLOTS(MISSING)
#undef MISSING
    if ((driver->capabilities & CALX_CAPABILITY_GENERATED_KEY) && !driver->statement_generated_key)
        return "statement_generated_key";
    if ((driver->capabilities & CALX_CAPABILITY_UNIT) && !driver->unit_run)
        return "unit_run";
    if ((driver->capabilities & CALX_CAPABILITY_LOAD) && !driver->records_load)
        return "records_load";
    return NULL;
}

static int check_driver(const calx_driver *driver, calx_error *err)
{
    int status = check_abi(driver->abi, err);
    if (status < 0)
        return status;
    if (!name_valid(driver->name))
        return calx_error_set(err, CALX_ERROR_DRIVER, "a driver without a valid name");
    const char *slot = missing_slot(driver);
    if (slot)
        return slot_missing("driver", driver->name, slot, err);
    status = check_opener(driver->opener, err);
    if (status < 0)
        return status;
    if (strcmp(driver->opener->engine, driver->name) != 0 ||
        strcmp(driver->opener->dialect, driver->dialect) != 0)
        return calx_error_set(err, CALX_ERROR_DRIVER,
                              "driver \"%s\" has an opener for another engine or dialect",
                              driver->name);
    return 0;
}

int calx__plugin_check(const calx_plugin *plugin, calx_error *err)
{
    int status = check_abi(plugin->abi, err);
    if (status < 0)
        return status;
    if (!name_valid(plugin->name))
        return calx_error_set(err, CALX_ERROR_DRIVER, "a plug-in without a valid name");
    for (const calx_driver *const *d = plugin->drivers; d && *d && status == 0; d++)
        status = check_driver(*d, err);
    for (const calx_opener *const *o = plugin->openers; o && *o && status == 0; o++)
        status = check_opener(*o, err);
    return status;
}

/* ---- Loading ---- */

/* A file may only export what its name says: a URL would never find anything else. */
static int check_names(const calx_plugin *plugin, const char *name, calx_error *err)
{
    const char *other = strcmp(plugin->name, name) != 0 ? plugin->name : NULL;
    for (const calx_driver *const *d = plugin->drivers; d && *d && !other; d++)
        other = strcmp((*d)->name, name) != 0 ? (*d)->name : NULL;
    for (const calx_opener *const *o = plugin->openers; o && *o && !other; o++)
        other = strcmp((*o)->name, name) != 0 ? (*o)->name : NULL;
    if (!other)
        return 0;
    return calx_error_set(err, CALX_ERROR_DRIVER, "it exports the name \"%s\"", other);
}

/* dlerror's words, without the file's name where they begin with it. */
static const char *load_problem(const char *file)
{
    const char *problem = dlerror();
    size_t length = strlen(file);
    if (strncmp(problem, file, length) == 0 && strncmp(problem + length, ": ", 2) == 0)
        return problem + length + 2;
    return problem;
}

static int load(const char *file, const char *name, const calx_plugin **out, calx_error *err)
{
    /* Bound now, so that a missing symbol is an error here and not the end of the process later.
     */
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return calx_error_set(err, CALX_ERROR_DRIVER, "%s", load_problem(file));
    const calx_plugin *plugin = dlsym(library, CALX_PLUGIN_SYMBOL);
    if (!plugin)
        return calx_error_set(err, CALX_ERROR_DRIVER, "no symbol %s", CALX_PLUGIN_SYMBOL);
    int status = calx__plugin_check(plugin, err);
    if (status == 0)
        status = check_names(plugin, name, err);
    if (status == 0)
        *out = plugin;
    return status;
}

int calx__plugin_load(const char *file, const char *name, const calx_plugin **out, calx_error *err)
{
    calx_error problem = {0};
    int status = load(file, name, out, &problem);
    if (status < 0)
        calx_error_set(err, CALX_ERROR_DRIVER, "%s: %s", file, problem.message);
    return status;
}
