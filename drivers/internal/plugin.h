/* plugin.h: plug-in files: where they are looked for, how one is loaded, what is checked before
 * anything in it is called. */
#ifndef CALX_INTERNAL_PLUGIN_H
#define CALX_INTERNAL_PLUGIN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include <calx/driver.h>

#define CALX__PLUGIN_NAME_MAX 63
#define CALX__PLUGIN_FOLDERS_MAX 16

/* The driver path: folders in the order of the search. */
typedef struct calx__driver_path {
    size_t count;
    char folders[CALX__PLUGIN_FOLDERS_MAX][PATH_MAX];
} calx__driver_path;

/* Reads CALX_DRIVER_PATH and adds our own folder; folders beyond the limit or too long are left
 * out. */
void calx__driver_path_read(calx__driver_path *path);

/* Letters, digits and _, one at least: what may become part of a file name. */
bool calx__plugin_name_valid(const char *name, size_t length);

/* Copies the NAME of "calx-NAME.so". False when file is not so named. */
bool calx__plugin_name_of_file(const char *file, char name[CALX__PLUGIN_NAME_MAX + 1]);

/* Finds calx-NAME.so in the path. False when there is none. */
bool calx__plugin_locate(const calx__driver_path *path, const char *name, char file[PATH_MAX]);

/* Loads a file, which is never unloaded, and checks it. CALX_ERROR_DRIVER with a message that
 * begins with the file's name. */
int calx__plugin_load(const char *file, const char *name, const calx_plugin **out, calx_error *err);

/* ABI, then names, then slots, of everything the plug-in exports. */
int calx__plugin_check(const calx_plugin *plugin, calx_error *err);

#endif
