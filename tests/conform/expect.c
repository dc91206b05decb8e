/* expect.c: comparing, and keeping what came for the report. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "conform.h"

void conform_differ(conform *c, const char *what, const char *expected, const char *came)
{
    if (!conform_ok(c))
        return;
    c->failed = true;
    calx_buffer_append_format(&c->failures, "    what     %s\n    expected %s\n    came     %s\n",
                              what, expected, came);
}

void conform_refuse(conform *c, const char *reason)
{
    if (!conform_ok(c))
        return;
    c->refused = true;
    calx_buffer_append_format(&c->seen, "refused: %s\n", reason);
}

static void saw(conform *c, const char *what, const char *came)
{
    calx_buffer_append_format(&c->seen, "%s: %s\n", what, came);
}

void conform_expect_string(conform *c, const char *what, const char *expected, const char *came)
{
    if (!conform_ok(c))
        return;
    came = came ? came : "(none)";
    if (strcmp(expected, came) != 0)
        conform_differ(c, what, expected, came);
    saw(c, what, came);
}

void conform_expect_integer(conform *c, const char *what, int64_t expected, int64_t came)
{
    char texts[2][24];
    snprintf(texts[0], sizeof texts[0], "%" PRId64, expected);
    snprintf(texts[1], sizeof texts[1], "%" PRId64, came);
    conform_expect_string(c, what, texts[0], texts[1]);
}

void conform_expect_true(conform *c, const char *what, bool came)
{
    conform_expect_string(c, what, "yes", came ? "yes" : "no");
}

/* ---- Calls ---- */

static void differ_by_error(conform *c, const char *what, const char *expected,
                            const calx_error *err)
{
    char came[CALX_ERROR_MESSAGE_MAX + 128];
    snprintf(came, sizeof came, "%s: %s (native code %d, SQLSTATE \"%s\")",
             calx_error_class_name(err->code), err->message, err->native_code, err->sqlstate);
    conform_differ(c, what, expected, came);
}

void conform_expect_success(conform *c, const char *what, int status, calx_error *err)
{
    if (conform_ok(c) && status < 0)
        differ_by_error(c, what, "success", err);
    else if (conform_ok(c) && err->code != CALX_OK)
        differ_by_error(c, what, "an error that is not filled on success", err);
    calx_error_clear(err);
}

/* What is the same for every failure. */
static void expect_filled(conform *c, const char *what, int status, const calx_error *err)
{
    if (status != (int)err->code)
        conform_differ(c, what, "the class that the call returned in the error, too",
                       calx_error_class_name(err->code));
    if (err->message[0] == '\0')
        conform_differ(c, what, "an error with a message", "none");
    if (strpbrk(err->message, "\r\n") != NULL)
        conform_differ(c, what, "a message of one line", err->message);
}

void conform_expect_error(conform *c, const char *what, calx_error_class expected, int status,
                          calx_error *err)
{
    if (conform_ok(c) && status != (int)expected && status < 0)
        differ_by_error(c, what, calx_error_class_name(expected), err);
    else if (conform_ok(c) && status >= 0)
        conform_differ(c, what, calx_error_class_name(expected), "success");
    if (conform_ok(c))
        expect_filled(c, what, status, err);
    if (conform_ok(c))
        saw(c, what, calx_error_class_name(err->code));
    calx_error_clear(err);
}

/* ---- Values ---- */

void conform_expect_value(conform *c, const char *what, calx_value expected, const calx_value *came)
{
    calx_buffer texts[2] = {{0}, {0}};
    if (!conform_ok(c))
        return;
    conform_value_print(&expected, &texts[0]);
    if (conform_values_equal(&expected, came)) {
        saw(c, what, texts[0].data); /* the forms differ, the value does not */
    } else {
        conform_value_print(came, &texts[1]);
        conform_differ(c, what, texts[0].data, texts[1].data);
    }
    calx_buffer_finish(&texts[0]);
    calx_buffer_finish(&texts[1]);
}
