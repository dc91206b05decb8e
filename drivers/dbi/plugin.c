/* plugin.c: the three openers named "dbi", and what they have in common. */
#include <stdlib.h>
#include <string.h>

#include "drivers/dbi/internal.h"

bool calx__dbi_seconds_known(const char *value, const char **reason)
{
    if (*value && strspn(value, "0123456789") == strlen(value) && strlen(value) <= 6)
        return true;
    *reason = "expected a number of seconds";
    return false;
}

int calx__dbi_connect_timeout(const calx_url *url, int timeout_s)
{
    const char *value = calx_url_parameter_get(url, "connect_timeout", 0);
    long wanted = value ? strtol(value, NULL, 10) : 0;
    return wanted > 0 && wanted < timeout_s ? (int)wanted : timeout_s;
}

static const calx_opener *const openers[] = {
    &calx__dbi_sqlite.base,
    &calx__dbi_pgsql.base,
    &calx__dbi_mysql.base,
    NULL,
};

CALX_PLUGIN_EXPORT = {.abi = CALX_DRIVER_ABI, .name = "dbi", .openers = openers};
