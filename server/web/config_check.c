/* config_check.c: is a value what its key asks for? Messages say what is expected and never quote
 * text. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <calx/url.h>

#include "server/web/config_private.h"

#define NAME_LENGTH_MAX 63 /* of what may be a slip of a name */

/* ---- Kinds and bounds ---- */

static const char *kind_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_NULL:
        return "None";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a real number";
    case JSON_STRING:
        return json_string_length(value) > 0 ? "text" : "empty text";
    case JSON_ARRAY:
        return "a list";
    case JSON_OBJECT:
        return "a dict";
    }
    return "something else";
}

static int expected(const char *what, const json_t *value, calx_error *err)
{
    return calx_error_set(err, CALX_ERROR_CONFIG, "expected %s, got %s", what, kind_of(value));
}

static int check_url(const json_t *value, calx_error *err)
{
    calx_url *url = NULL;
    calx_error problem = {0};
    if (calx_url_parse(json_string_value(value), json_string_length(value), &url, &problem) == 0) {
        calx_url_destroy(url);
        return 0;
    }
    return calx_error_set(err, CALX_ERROR_CONFIG, "%s", problem.message);
}

static int check_text(const calx_config_key *key, const json_t *value, calx_error *err)
{
    if (!json_is_string(value))
        return expected("text in quotes", value, err);
    size_t length = json_string_length(value);
    if (length < (size_t)key->least)
        return calx_error_set(err, CALX_ERROR_CONFIG, "empty text");
    if (length > (size_t)key->most)
        return calx_error_set(err, CALX_ERROR_CONFIG, "text of more than %" PRId64 " bytes",
                              key->most);
    if (strcmp(key->name, "SQLALCHEMY_DATABASE_URI") == 0 ||
        strcmp(key->name, "SQLALCHEMY_REPLICA_URI") == 0)
        return check_url(value, err);
    return 0;
}

static int check_integer(const calx_config_key *key, const json_t *value, calx_error *err)
{
    if (!json_is_integer(value))
        return expected("an integer", value, err);
    int64_t integer = json_integer_value(value);
    if (integer >= key->least && integer <= key->most)
        return 0;
    return calx_error_set(err, CALX_ERROR_CONFIG,
                          "%" PRId64 " is not between %" PRId64 " and %" PRId64, integer,
                          key->least, key->most);
}

static int check_seconds(const calx_config_key *key, const json_t *value, calx_error *err)
{
    if (!json_is_number(value))
        return expected("a number of seconds", value, err);
    double seconds = json_number_value(value);
    if (seconds >= (double)key->least && seconds <= (double)key->most)
        return 0;
    return calx_error_set(err, CALX_ERROR_CONFIG,
                          "%g is not between %" PRId64 " and %" PRId64 " seconds", seconds,
                          key->least, key->most);
}

static int check_dict(const calx_config_key *key, const json_t *value, calx_error *err)
{
    if (!json_is_object(value))
        return expected("a dict", value, err);
    if (strcmp(key->name, "SQLALCHEMY_ENGINE_OPTIONS") == 0)
        return calx__config_options_read(value, NULL, err);
    return 0;
}

int calx__config_check(const calx_config_key *key, const json_t *value, calx_error *err)
{
    if (json_is_null(value) && strcmp(key->standard, "None") == 0)
        return 0;
    switch (key->kind) {
    case CALX_CONFIG_TEXT:
        return check_text(key, value, err);
    case CALX_CONFIG_BOOLEAN:
        return json_is_boolean(value) ? 0 : expected("True or False", value, err);
    case CALX_CONFIG_INTEGER:
        return check_integer(key, value, err);
    case CALX_CONFIG_SECONDS:
        return check_seconds(key, value, err);
    case CALX_CONFIG_DICT:
        return check_dict(key, value, err);
    }
    return 0;
}

/* ---- Slips of the fingers ---- */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance; capitals do not count. Both are at most NAME_LENGTH_MAX long. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_LENGTH_MAX + 1];
    size_t width = strlen(b);
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < width; j++) {
            size_t replaced = diagonal + (strncasecmp(&a[i], &b[j], 1) != 0);
            diagonal = row[j + 1];
            row[j + 1] = smaller(replaced, 1 + smaller(row[j], row[j + 1]));
        }
    }
    return row[width];
}

const char *calx__config_nearest(const char *name, const char *(*name_at)(void *context, size_t at),
                                 void *context)
{
    const char *nearest = NULL;
    size_t length = strlen(name);
    size_t least = smaller(1 + length / 4, 3) + 1; /* must be nearer than that */
    if (length > NAME_LENGTH_MAX)
        return NULL;
    const char *candidate;
    for (size_t at = 0; (candidate = name_at(context, at)) != NULL; at++) {
        size_t apart = strlen(candidate) > NAME_LENGTH_MAX ? SIZE_MAX : distance(name, candidate);
        if (apart < least) {
            least = apart;
            nearest = candidate;
        }
    }
    return nearest;
}

static const char *key_name_at(void *context, size_t at)
{
    const calx_config *config = context;
    return at < config->count ? config->keys[at].name : NULL;
}

int calx__config_refuse_unknown(const calx_config *config, const char *name, calx_error *err)
{
    const char *nearest = calx__config_nearest(name, key_name_at, (void *)config);
    return calx_error_set(err, CALX_ERROR_CONFIG, "there is no such key%s%s%s",
                          nearest ? ", did you mean " : "", nearest ? nearest : "",
                          nearest ? "?" : "");
}
