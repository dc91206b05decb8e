/* registry.c: the plug-ins of this process, and which of them serves a URL. */
#include <calx/registry.h>

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/internal/plugin.h"

#define DEFAULT_NAME "dbi"
#define PLUGINS_MAX 64

typedef struct entry {
    const calx_plugin *plugin;
    char *file; /* NULL: linked into the program */
} entry;

/* Entries are added and never taken away. */
static struct registry {
    pthread_mutex_t mutex;
    size_t count;
    entry entries[PLUGINS_MAX];
} registry = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* ---- Entries (under the mutex) ---- */

static int entry_add(const calx_plugin *plugin, const char *file, calx_error *err)
{
    if (registry.count == PLUGINS_MAX)
        return calx_error_set(err, CALX_ERROR_LIMIT, "more than %d driver plug-ins", PLUGINS_MAX);
    char *copy = file ? strdup(file) : NULL;
    if (file && !copy)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "%s: out of memory", file);
    registry.entries[registry.count++] = (entry){.plugin = plugin, .file = copy};
    return 0;
}

static const entry *entry_find(const char *name)
{
    for (size_t i = 0; i < registry.count; i++)
        if (strcmp(registry.entries[i].plugin->name, name) == 0)
            return &registry.entries[i];
    return NULL;
}

static bool is_called(const char *own_dialect, const char *own_name, const char *dialect,
                      const char *name)
{
    return strcmp(own_dialect, dialect) == 0 && strcmp(own_name, name) == 0;
}

static const calx_driver *driver_find(const char *dialect, const char *name)
{
    for (size_t i = 0; i < registry.count; i++) {
        const calx_driver *const *d = registry.entries[i].plugin->drivers;
        for (; d && *d; d++)
            if (is_called((*d)->dialect, (*d)->name, dialect, name))
                return *d;
    }
    return NULL;
}

static const calx_opener *opener_find(const char *dialect, const char *name)
{
    for (size_t i = 0; i < registry.count; i++) {
        const calx_opener *const *o = registry.entries[i].plugin->openers;
        for (; o && *o; o++)
            if (is_called((*o)->dialect, (*o)->name, dialect, name))
                return *o;
    }
    return NULL;
}

/* ---- Errors ---- */

/* Appends to a text of limited size; what does not fit is cut. */
static void append(char *text, size_t size, const char *separator, const char *more)
{
    size_t length = strlen(text);
    snprintf(text + length, size - length, "%s%s", length > 0 ? separator : "", more);
}

static int error_no_file(const calx__driver_path *path, const char *name, calx_error *err)
{
    char folders[CALX_ERROR_MESSAGE_MAX] = "";
    for (size_t i = 0; i < path->count; i++)
        append(folders, sizeof(folders), ", ", path->folders[i]);
    return calx_error_set(err, CALX_ERROR_DRIVER, "no calx-%s.so in %s", name, folders);
}

static void append_dialect(char *dialects, size_t size, const char *dialect)
{
    if (!strstr(dialects, dialect))
        append(dialects, size, ", ", dialect);
}

/* The plug-in is there, but not for this dialect: says for which it is. */
static int error_no_dialect(const char *dialect, const char *name, calx_error *err)
{
    char dialects[CALX_ERROR_MESSAGE_MAX] = "";
    const entry *found = entry_find(name);
    const calx_plugin *plugin = found ? found->plugin : NULL;
    for (const calx_driver *const *d = plugin ? plugin->drivers : NULL; d && *d; d++)
        append_dialect(dialects, sizeof(dialects), (*d)->dialect);
    for (const calx_opener *const *o = plugin ? plugin->openers : NULL; o && *o; o++)
        append_dialect(dialects, sizeof(dialects), (*o)->dialect);
    return calx_error_set(err, CALX_ERROR_DRIVER, "%s has no dialect \"%s\", it knows: %s",
                          found && found->file ? found->file : name, dialect, dialects);
}

/* ---- Resolution (under the mutex) ---- */

/* Loads calx-NAME.so unless a plug-in of this name is there. */
static int plugin_need(const char *name, calx_error *err)
{
    if (entry_find(name))
        return 0;
    if (!calx__plugin_name_valid(name, strlen(name)))
        return calx_error_set(err, CALX_ERROR_DRIVER,
                              "a driver's name is letters, digits and _, at most %d",
                              CALX__PLUGIN_NAME_MAX);
    char file[PATH_MAX];
    const calx_plugin *plugin = NULL;
    int status = 0;
    calx__driver_path *path = malloc(sizeof(*path));
    if (!path)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    calx__driver_path_read(path);
    if (!calx__plugin_locate(path, name, file))
        status = error_no_file(path, name, err);
    else
        status = calx__plugin_load(file, name, &plugin, err);
    free(path);
    return status < 0 ? status : entry_add(plugin, file, err);
}

/* The driver whose statement engine runs on what the opener opens. */
static int engine_find(const calx_opener *opener, calx_driver_choice *out, calx_error *err)
{
    const calx_driver *driver = driver_find(opener->dialect, opener->engine);
    int status = 0;
    if (!driver)
        status = plugin_need(opener->engine, err);
    if (status == 0 && !driver)
        driver = driver_find(opener->dialect, opener->engine);
    if (status == 0 && !driver)
        status = error_no_dialect(opener->dialect, opener->engine, err);
    if (status == 0)
        *out = (calx_driver_choice){.driver = driver, .opener = opener};
    return status;
}

static int choice_find(const char *dialect, const char *name, calx_driver_choice *out,
                       calx_error *err)
{
    const calx_driver *driver = driver_find(dialect, name);
    const calx_opener *opener = opener_find(dialect, name);
    if (!driver && !opener) {
        int status = plugin_need(name, err);
        if (status < 0)
            return status;
        driver = driver_find(dialect, name);
        opener = opener_find(dialect, name);
    }
    if (driver) {
        *out = (calx_driver_choice){.driver = driver, .opener = driver->opener};
        return 0;
    }
    return opener ? engine_find(opener, out, err) : error_no_dialect(dialect, name, err);
}

static const char *canonical(const char *dialect)
{
    return strcmp(dialect, "mariadb") == 0 ? "mysql" : dialect;
}

int calx_registry_find(const char *dialect, const char *name, calx_driver_choice *out,
                       calx_error *err)
{
    calx_error problem = {0};
    pthread_mutex_lock(&registry.mutex);
    int status = choice_find(canonical(dialect), name ? name : DEFAULT_NAME, out, &problem);
    pthread_mutex_unlock(&registry.mutex);
    if (status < 0)
        calx_error_set(err, problem.code, "no driver for %s%s%s://: %s", dialect, name ? "+" : "",
                       name ? name : "", problem.message);
    return status;
}

int calx_registry_add(const calx_plugin *plugin, calx_error *err)
{
    calx_error problem = {0};
    int status = calx__plugin_check(plugin, &problem);
    if (status < 0)
        return calx_error_set(err, problem.code, "driver plug-in: %s", problem.message);
    pthread_mutex_lock(&registry.mutex);
    const entry *same = entry_find(plugin->name);
    if (!same)
        status = entry_add(plugin, NULL, err);
    else if (same->plugin != plugin)
        status =
            calx_error_set(err, CALX_ERROR_DRIVER,
                           "driver plug-in \"%s\": there is another of this name", plugin->name);
    pthread_mutex_unlock(&registry.mutex);
    return status;
}

/* ---- The list ---- */

/* One line of it; strings are the list's own. */
typedef struct row {
    char *drivername;
    char *file;
    char *problem; /* NULL: choice can be used */
    calx_driver_choice choice;
} row;

typedef struct list {
    row *rows;
    size_t count;
} list;

static void row_finish(row *r)
{
    free(r->drivername);
    free(r->file);
    free(r->problem);
}

static char *copy_or_null(const char *text)
{
    return text ? strdup(text) : NULL;
}

/* A row for which there is no memory is left out. */
static void list_add(list *l, const char *drivername, const char *file, const char *problem,
                     const calx_driver_choice *choice)
{
    row *rows = realloc(l->rows, (l->count + 1) * sizeof(*rows));
    if (!rows)
        return;
    l->rows = rows;
    row added = {.drivername = strdup(drivername),
                 .file = copy_or_null(file),
                 .problem = copy_or_null(problem)};
    if (choice)
        added.choice = *choice;
    if (!added.drivername || (file && !added.file) || (problem && !added.problem))
        row_finish(&added);
    else
        l->rows[l->count++] = added;
}

/* Loads what the folder holds, except files that one of an earlier folder hides. */
static void list_load_folder(list *l, const calx__driver_path *path, const char *folder)
{
    DIR *directory = opendir(folder);
    const struct dirent *item;
    while (directory && (item = readdir(directory)) != NULL) {
        char name[CALX__PLUGIN_NAME_MAX + 1];
        char file[PATH_MAX];
        calx_error problem = {0};
        if (!calx__plugin_name_of_file(item->d_name, name) ||
            !calx__plugin_locate(path, name, file) || strncmp(file, folder, strlen(folder)) != 0 ||
            file[strlen(folder)] != '/')
            continue;
        if (plugin_need(name, &problem) < 0)
            list_add(l, name, file, problem.message, NULL);
    }
    if (directory)
        closedir(directory);
}

static void list_add_named(list *l, const char *dialect, const char *name, const char *file,
                           const char *problem, const calx_driver_choice *choice)
{
    char *drivername;
    if (asprintf(&drivername, "%s+%s", dialect, name) < 0)
        return;
    list_add(l, drivername, file, problem, choice);
    free(drivername);
}

static void list_add_entry(list *l, const entry *e)
{
    for (const calx_driver *const *d = e->plugin->drivers; d && *d; d++) {
        calx_driver_choice choice = {.driver = *d, .opener = (*d)->opener};
        list_add_named(l, (*d)->dialect, (*d)->name, e->file, NULL, &choice);
    }
    for (const calx_opener *const *o = e->plugin->openers; o && *o; o++) {
        calx_driver_choice choice;
        calx_error problem = {0};
        if (driver_find((*o)->dialect, (*o)->name))
            continue; /* as a URL finds it: the driver comes first */
        bool usable = engine_find(*o, &choice, &problem) == 0;
        list_add_named(l, (*o)->dialect, (*o)->name, e->file, usable ? NULL : problem.message,
                       usable ? &choice : NULL);
    }
}

static void list_fill(list *l)
{
    calx__driver_path *path = malloc(sizeof(*path));
    if (!path)
        return;
    calx__driver_path_read(path);
    for (size_t i = 0; i < path->count; i++)
        list_load_folder(l, path, path->folders[i]);
    /* Finding an engine may add entries while we walk. */
    for (size_t i = 0; i < registry.count; i++)
        list_add_entry(l, &registry.entries[i]);
    free(path);
}

/* + sorts before every character of a name, so this is by dialect, then by name. */
static int row_compare(const void *a, const void *b)
{
    return strcmp(((const row *)a)->drivername, ((const row *)b)->drivername);
}

void calx_registry_each(void (*visit)(void *context, const char *drivername,
                                      const calx_driver_choice *choice, const char *file,
                                      const char *problem),
                        void *context)
{
    list l = {0};
    pthread_mutex_lock(&registry.mutex);
    list_fill(&l);
    pthread_mutex_unlock(&registry.mutex);
    if (l.count > 0)
        qsort(l.rows, l.count, sizeof(*l.rows), row_compare);
    for (size_t i = 0; i < l.count; i++) {
        const row *r = &l.rows[i];
        visit(context, r->drivername, r->problem ? NULL : &r->choice, r->file, r->problem);
        row_finish(&l.rows[i]);
    }
    free(l.rows);
}

/* ---- Capabilities ---- */

bool calx_driver_choice_can(const calx_driver_choice *choice, calx_capability capability)
{
    return ((choice->driver->capabilities | choice->opener->capabilities) & capability) != 0;
}

const char *calx_capability_name(calx_capability capability)
{
    switch (capability) {
#define CAPABILITY_NAME(name, bit, text)                                                           \
    case CALX_CAPABILITY_##name:                                                                   \
        return text;
        CALX_CAPABILITIES(CAPABILITY_NAME)
#undef CAPABILITY_NAME
    }
    return "unknown capability";
}
