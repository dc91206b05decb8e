/* native.c: the one place that looks inside a libdbi connection. */
#include <dbi/dbi-dev.h>
#include <stdio.h>
#include <string.h>

#include "drivers/dbi/internal.h"

/*
 * The layout of dbi_conn_t, and which type its connection points to, are known for libdbi 0.9 and
 * the three drivers of its 0.9 family, which link the same client libraries as our statement
 * engines. Nothing else is trusted.
 */
int calx__dbi_native(dbi_conn conn, const char *driver, void **out, calx_error *err)
{
    dbi_driver library = dbi_conn_get_driver(conn);
    const char *name = library ? dbi_driver_get_name(library) : NULL;
    const char *version = library ? dbi_driver_get_version(library) : NULL;
    char expected[64];
    snprintf(expected, sizeof expected, "dbd_%s v0.9.", driver);
    if (!name || !version || strcmp(name, driver) != 0 ||
        strncmp(version, expected, strlen(expected)) != 0 ||
        dbi_version_numeric() / 100 != LIBDBI_VERSION / 100)
        return calx_error_set(err, CALX_ERROR_DRIVER,
                              "%s with driver \"%s\": calx knows the 0.9 family only",
                              dbi_version(), version ? version : "none");
    void *handle = ((const dbi_conn_t *)conn)->connection;
    if (!handle)
        return calx_error_set(err, CALX_ERROR_DRIVER, "libdbi opened nothing");
    *out = handle;
    return 0;
}
