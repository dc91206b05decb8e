/* registry_plugin.c: a plug-in that does nothing, compiled by registry_test with a NAME and one
 * defect at a time. */
#include <calx/driver.h>

#define TEXT(name) TEXT_(name)
#define TEXT_(name) #name

#ifndef PLUGIN_ABI
#define PLUGIN_ABI CALX_DRIVER_ABI
#endif
#ifndef DRIVER_ABI
#define DRIVER_ABI CALX_DRIVER_ABI
#endif
#ifndef CAPABILITIES
#define CAPABILITIES 0
#endif
#ifndef ENGINE
#define ENGINE NAME
#endif
#ifndef EXPORTED_NAME
#define EXPORTED_NAME NAME
#endif

/* The registry only asks whether a slot is filled. */
static char nothing;
#define FILLED (void *)&nothing

static const calx_opener opener = {
    .abi = CALX_DRIVER_ABI,
    .name = TEXT(NAME),
    .dialect = "testdb",
    .engine = TEXT(ENGINE),
    .version = "1",
    .capabilities = CALX_CAPABILITY_TLS,
    .parameter_known = FILLED,
    .open = FILLED,
#ifndef WITHOUT_CLOSE
    .close = FILLED,
#endif
};

static const calx_driver driver = {
    .abi = DRIVER_ABI,
    .name = TEXT(NAME),
    .dialect = "testdb",
    .version = "1",
    .capabilities = CAPABILITIES,
    .opener = &opener,
    .database_create = FILLED,
    .database_destroy = FILLED,
    .connection_open = FILLED,
    .connection_close = FILLED,
    .connection_check = FILLED,
    .begin = FILLED,
    .commit = FILLED,
    .rollback = FILLED,
    .command = FILLED,
    .statement_prepare = FILLED,
    .statement_execute = FILLED,
#ifndef WITHOUT_FETCH
    .statement_fetch = FILLED,
#endif
    .statement_rows_affected = FILLED,
    .statement_reset = FILLED,
    .statement_finalize = FILLED,
};

#ifdef OPENER_ONLY
static const calx_opener *const openers[] = {&opener, NULL};
#define EXPORTED .openers = openers
#else
static const calx_driver *const drivers[] = {&driver, NULL};
#define EXPORTED .drivers = drivers
#endif

#ifdef UNRESOLVED
extern int calx_no_such_function(void);
int call_no_such_function(void);
int call_no_such_function(void)
{
    return calx_no_such_function();
}
#endif

#ifndef WITHOUT_ENTRY
CALX_PLUGIN_EXPORT = {.abi = PLUGIN_ABI, .name = TEXT(EXPORTED_NAME), EXPORTED};
#endif
