/* options.c: the keys that the driver "fault" adds to a URL, and its openers, which open nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/fault/internal.h"

#define EVERY_STANDARD 20

static const char *const names[] = {"seed",     "fault_driver", "fault_log", "fault_every",
                                    "fault_at", "fault_most",   "fault_kind"};

bool calx__fault_option_known(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static int read_number(const calx_url *url, const char *name, uint64_t *out, calx_error *err)
{
    const char *text = calx_url_parameter_get(url, name, 0);
    char *end = NULL;
    if (text == NULL)
        return 0;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
        return calx_error_set(err, CALX_ERROR_URL, "query key \"%s\": expected a number", name);
    *out = number;
    return 0;
}

/* "cut_inside" names "cut inside": blanks are awkward in URLs. */
static bool names_kind(const char *text, const char *kind)
{
    while (*text != '\0' && (*text == *kind || (*text == '_' && *kind == ' '))) {
        text++;
        kind++;
    }
    return *text == '\0' && *kind == '\0';
}

static int read_kinds(const calx_url *url, unsigned *out, calx_error *err)
{
    const char *text;
    *out = 0;
    for (size_t i = 0; (text = calx_url_parameter_get(url, "fault_kind", i)) != NULL; i++) {
        int kind = 0;
        while (kind < CALX__FAULT_KIND_COUNT &&
               !names_kind(text, calx__fault_kind_name((calx__fault_kind)kind)))
            kind++;
        if (kind == CALX__FAULT_KIND_COUNT)
            return calx_error_set(err, CALX_ERROR_URL, "query key \"fault_kind\": no such fault");
        *out |= 1u << kind;
    }
    if (*out == 0)
        *out = (1u << CALX__FAULT_KIND_COUNT) - 1;
    return 0;
}

int calx__fault_options_read(const calx_url *url, calx__fault_options *out, calx_error *err)
{
    calx__fault_options options = {.every = EVERY_STANDARD,
                                   .driver = calx_url_parameter_get(url, "fault_driver", 0),
                                   .log = calx_url_parameter_get(url, "fault_log", 0)};
    if (options.driver != NULL && strcmp(options.driver, "fault") == 0)
        return calx_error_set(err, CALX_ERROR_URL, "the driver \"fault\" cannot wrap itself");
    int status = read_number(url, "seed", &options.seed, err);
    if (status == 0)
        status = read_number(url, "fault_every", &options.every, err);
    if (status == 0)
        status = read_number(url, "fault_at", &options.at, err);
    if (status == 0)
        status = read_number(url, "fault_most", &options.most, err);
    if (status == 0)
        status = read_kinds(url, &options.kinds, err);
    if (status == 0)
        *out = options;
    return status;
}

/* ---- The openers: a driver must have one; the wrapped one's opens ---- */

static bool parameter_known(const calx_opener *opener, const char *name, const char *value,
                            const char **reason)
{
    (void)opener;
    (void)value;
    (void)reason;
    return calx__fault_option_known(name);
}

static int no_open(const calx_opener *opener, const calx_url *url, int64_t deadline_us,
                   calx_native *out, calx_error *err)
{
    (void)opener;
    (void)url;
    (void)deadline_us;
    (void)out;
    return calx_error_set(err, CALX_ERROR_UNSUPPORTED,
                          "the driver \"fault\" opens through the one that it wraps");
}

static void no_close(const calx_opener *opener, calx_native *native)
{
    (void)opener;
    (void)native;
}

#define OPENER(its_dialect)                                                                        \
    {                                                                                              \
        .abi = CALX_DRIVER_ABI, .name = "fault", .dialect = its_dialect, .engine = "fault",        \
        .version = "1", .parameter_known = parameter_known, .open = no_open, .close = no_close,    \
    }
const calx_opener calx__fault_openers[] = {OPENER("sqlite"), OPENER("postgresql"), OPENER("mysql")};
