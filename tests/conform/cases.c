/* cases.c: which cases run, and what is written about them. */
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conform.h"

#define NAME_MAX_ 128

/* A pattern with * or ? is the whole name, any other a part of it. */
static bool wanted(const conform *c, const char *name)
{
    const char *only = c->options.only;
    if (only == NULL)
        return true;
    return strpbrk(only, "*?[") != NULL ? fnmatch(only, name, 0) == 0 : strstr(name, only) != NULL;
}

static const char *missing(const conform *c, unsigned needs)
{
    if ((needs & CONFORM_TWO_CONNECTIONS) && c->database->connections_max == 1)
        return "the database is used through one connection";
    if ((needs & CONFORM_SAVEPOINTS) &&
        !calx_driver_choice_can(&c->choice, CALX_CAPABILITY_SAVEPOINT))
        return "no savepoints";
    return NULL;
}

static void write_lines(const char *at, size_t length, calx_buffer *out)
{
    const char *end = at + length;
    while (at < end) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        calx_buffer_append_format(out, "    %.*s\n", (int)(line - at), at);
        at = line + 1;
    }
}

/* failures: where those of this case begin. */
static void write_case(conform *c, const char *name, size_t failures)
{
    conform_counts *counts = &c->areas[c->area_count - 1];
    counts->passed += conform_ok(c);
    counts->refused += c->refused;
    counts->failed += c->failed;
    const char *outcome = c->failed ? "failed" : c->refused ? "refused" : "passed";
    calx_buffer_append_format(&c->report, "%s: %s\n", name, outcome);
    write_lines(c->seen.data, c->seen.length, &c->report);
    calx_buffer_append(&c->report, c->failures.data + failures, c->failures.length - failures);
    if (c->options.verbose) {
        printf("%-7s %s\n", outcome, name);
        fflush(stdout);
    }
}

void conform_case(conform *c, unsigned needs, conform_function *run, const void *data,
                  const char *format, ...)
{
    char name[NAME_MAX_];
    int length = snprintf(name, sizeof name, "%s/", c->area);
    va_list values;
    va_start(values, format);
    vsnprintf(name + length, sizeof name - (size_t)length, format, values);
    va_end(values);
    if (c->interrupted != NULL && *c->interrupted)
        return;
    if (!wanted(c, name))
        return;
    if (c->options.list) {
        puts(name);
        return;
    }
    size_t failures = c->failures.length;
    c->failed = c->refused = false;
    calx_error_clear(&c->err);
    calx_buffer_clear(&c->seen);
    calx_buffer_append_format(&c->failures, "FAILED %s\n", name);
    const char *reason = missing(c, needs);
    if (reason != NULL)
        conform_refuse(c, reason);
    else
        run(c, data);
    conform_clean(c);
    if (!c->failed)
        c->failures.length = failures;
    write_case(c, name, failures);
}

static void run_area(conform *c, const char *name, void (*run)(conform *c))
{
    c->area = name;
    c->areas[c->area_count++] = (conform_counts){.area = name};
    run(c);
}

void conform_run_areas(conform *c)
{
#define AREA(name) run_area(c, #name, conform_area_##name);
    CONFORM_AREAS(AREA)
#undef AREA
}

/* ---- The matrix ---- */

static void write_row(calx_buffer *out, const conform_counts *counts)
{
    calx_buffer_append_format(out, "%-16s %7d %7d %8d\n", counts->area, counts->passed,
                              counts->failed, counts->refused);
}

conform_counts conform_total(const conform *c)
{
    conform_counts total = {.area = "total"};
    for (size_t i = 0; i < c->area_count; i++) {
        total.passed += c->areas[i].passed;
        total.failed += c->areas[i].failed;
        total.refused += c->areas[i].refused;
    }
    return total;
}

void conform_matrix(const conform *c, calx_buffer *out)
{
    conform_counts total = conform_total(c);
    calx_buffer_append_format(out, "%-16s %7s %7s %8s\n", "area", "passed", "failed", "refused");
    for (size_t i = 0; i < c->area_count; i++)
        if (c->areas[i].passed + c->areas[i].failed + c->areas[i].refused > 0)
            write_row(out, &c->areas[i]);
    write_row(out, &total);
}
