/* config_support.h: what the tests of the configuration share. */
#ifndef CALX_TESTS_CONFIG_SUPPORT_H
#define CALX_TESTS_CONFIG_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "server/web/config.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define SECRET "hush7hush"

static inline calx_config *create(void)
{
    calx_config *config = calx__config_create("todo");
    assert_non_null(config);
    return config;
}

static inline int read_text(calx_config *config, const char *text, calx_error *err)
{
    return calx__config_read_text(config, "a.conf", text, strlen(text), err);
}

typedef struct wanted {
    const char *key;
    char literal[256];
    char source[256];
} wanted;

static inline void visit(void *context, const calx_config_key *key, const char *literal,
                         const char *source)
{
    wanted *found = context;
    if (strcmp(key->name, found->key) != 0)
        return;
    snprintf(found->literal, sizeof(found->literal), "%s", literal);
    snprintf(found->source, sizeof(found->source), "%s", source);
}

static inline void assert_shown(const calx_config *config, const char *key, const char *literal,
                                const char *source)
{
    wanted found = {.key = key};
    calx__config_each(config, visit, &found);
    assert_string_equal(found.literal, literal);
    assert_string_equal(found.source, source);
    assert_string_equal(calx__config_source(config, key), source);
}

/* One line that begins with where, holds what, and keeps the secret. */
static inline void assert_refused(int status, const calx_error *err, const char *where,
                                  const char *what)
{
    if (status != CALX_ERROR_CONFIG || err->code != CALX_ERROR_CONFIG)
        fail_msg("%s … %s: status %d, message \"%s\"", where, what, status, err->message);
    if (strncmp(err->message, where, strlen(where)) != 0 || !strstr(err->message, what))
        fail_msg("expected %s … %s, got %s", where, what, err->message);
    assert_null(strstr(err->message, SECRET));
    assert_null(strchr(err->message, '\n'));
}

#endif
