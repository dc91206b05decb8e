/* config_fuzz.c: a file that is refused changes nothing; a literal that is read is written as one
 * that reads the same; a password is never in a message nor in what is shown. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/web/config.h"
#include "server/web/literal.h"

#define MARK "gEhEiM7"
#define MARKED "SQLALCHEMY_DATABASE_URI = 'pg://u:" MARK

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- Files ---- */

static void append_key(void *context, const calx_config_key *key, const char *literal,
                       const char *source)
{
    calx_buffer_append_format(context, "%s = %s # %s\n", key->name, literal, source);
}

/* NUL-ended. */
static calx_buffer show(const calx_config *config)
{
    calx_buffer shown = {0};
    calx__config_each(config, append_key, &shown);
    calx_buffer_append(&shown, "", 1);
    assert(!shown.failed);
    return shown;
}

static void check_file(const char *text, size_t size, const char *secret)
{
    calx_error err = {0};
    calx_engine_options options;
    calx_config *config = calx__config_create("todo");
    assert(config);
    calx_buffer before = show(config);
    int status = calx__config_read_text(config, "a.conf", text, size, &err);
    calx_buffer after = show(config);
    assert(status == (int)err.code);
    assert((status == 0) == (strcmp(before.data, after.data) != 0));
    assert((status == 0) == (err.message[0] == '\0'));
    assert(!strchr(err.message, '\n'));
    assert(!secret || (!strstr(err.message, secret) && !strstr(after.data, secret)));
    assert(calx__config_engine_options(config, &options, &err) == 0 || status < 0);
    calx_buffer_finish(&before);
    calx_buffer_finish(&after);
    calx__config_destroy(config);
}

/* What follows the mark belongs to a password, or to no URL. */
static void check_secret(const uint8_t *data, size_t size)
{
    if (size > 0 && memmem(data, size, MARK, strlen(MARK)))
        return;
    size_t length = strlen(MARKED);
    char *text = malloc(length + size);
    assert(text);
    memcpy(text, MARKED, length);
    if (size > 0)
        memcpy(text + length, data, size);
    check_file(text, length + size, MARK);
    free(text);
}

/* ---- Values ---- */

static calx_buffer written(const json_t *value)
{
    calx_buffer out = {0};
    calx__literal_write(value, &out);
    calx_buffer_append(&out, "", 1);
    assert(!out.failed);
    return out;
}

/* Real numbers are written shorter than they are: the second writing is the one that stays. */
static void check_literal(const char *text)
{
    json_t *value = calx__literal_read_whole(text);
    if (!value)
        return;
    calx_buffer first = written(value);
    json_t *again = calx__literal_read_whole(first.data);
    assert(again);
    calx_buffer second = written(again);
    assert(strcmp(first.data, second.data) == 0);
    json_decref(again);
    json_decref(value);
    calx_buffer_finish(&second);
    calx_buffer_finish(&first);
}

static void check_settings(const char *text)
{
    static const char *const keys[] = {"HOST", "PORT", "DEBUG", "REQUEST_TIMEOUT",
                                       "SQLALCHEMY_ENGINE_OPTIONS"};
    calx_config *config = calx__config_create("todo");
    assert(config);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        calx_error err = {0};
        int status = calx__config_set_text(config, keys[i], text, "--here", &err);
        assert(status == (int)err.code);
        assert((status == 0) == (strcmp(calx__config_source(config, keys[i]), "--here") == 0));
    }
    calx_error err = {0};
    assert(calx__config_set(config, text, &err) == (int)err.code);
    calx__config_destroy(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    assert(text);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    check_file(size > 0 ? (const char *)data : "", size, NULL);
    check_secret(data, size);
    if (calx_utf8_valid(text, strlen(text)))
        check_literal(text);
    check_settings(text);
    free(text);
    return 0;
}
