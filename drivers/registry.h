/*
 * registry.h: finds the driver and the opener that a URL names. A plug-in is a file `calx-NAME.so`,
 * NAME being what stands after the + of a URL. It is looked for in the driver path: the folders of
 * CALX_DRIVER_PATH (separated by colons), then the folder `calx-drivers` beside libcalx.so, which
 * is so both in the build tree and installed. A plug-in once loaded stays loaded.
 */
#ifndef CALX_REGISTRY_H
#define CALX_REGISTRY_H

#include <stddef.h>

#include <calx/api.h>
#include <calx/driver.h>

/* What opens and executes for a URL. */
typedef struct calx_driver_choice {
    const calx_driver *driver; /* the statement engine */
    const calx_opener *opener;
} calx_driver_choice;

/*
 * Finds by dialect and driver name; name NULL is the default, "dbi". "mariadb" is the dialect
 * "mysql". CALX_ERROR_DRIVER when there is none, when its ABI is another or a required slot is
 * empty; one line that names the URL's drivername and the file. Thread-safe.
 */
CALX_API int calx_registry_find(const char *dialect, const char *name, calx_driver_choice *out,
                                calx_error *err);

/* Adds a driver that is linked into the program (tests; the fault driver). Checked as plug-ins are;
 * must stay alive. */
CALX_API int calx_registry_add(const calx_plugin *plugin, calx_error *err);

/*
 * Loads every plug-in of the driver path and calls visit for each choice that a URL could name,
 * sorted by dialect and name; choice is NULL and problem is a line for a file that cannot be used.
 * drivername is "sqlite+dbi", or only the file's NAME when nothing more is known; file is NULL for
 * what is linked into the program.
 */
CALX_API void calx_registry_each(void (*visit)(void *context, const char *drivername,
                                               const calx_driver_choice *choice, const char *file,
                                               const char *problem),
                                 void *context);

/* True if choice (from calx_registry_find) has the capability, from its driver or its opener. */
CALX_API bool calx_driver_choice_can(const calx_driver_choice *choice, calx_capability capability);

/* The printed name of one capability bit: "generated-key". Static. */
CALX_API const char *calx_capability_name(calx_capability capability);

#endif
