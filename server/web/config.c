/* config.c: the table of keys, the values in force, and how a layer becomes part of them. */
#include "server/web/config.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/web/config_private.h"
#include "server/web/literal.h"

#define BUILT_IN "built-in default"
#define SECONDS_MAX (24 * 60 * 60)

static const calx_config_key own_keys[] = {
#define OWN_KEY(key, of_kind, literal, smallest, largest, documentation)                           \
    {.name = #key,                                                                                 \
     .kind = CALX_CONFIG_##of_kind,                                                                \
     .standard = (literal),                                                                        \
     .least = (smallest),                                                                          \
     .most = (largest),                                                                            \
     .text = (documentation)},
    CALX_CONFIG_KEYS(OWN_KEY)
#undef OWN_KEY
};

/* ---- Layers ---- */

static void setting_finish(calx__config_setting *setting)
{
    json_decref(setting->value);
    free(setting->source);
    *setting = (calx__config_setting){0};
}

int calx__config_layer_set(const calx_config *config, calx__config_layer *layer, int index,
                           json_t *value, char *source, calx_error *err)
{
    calx__config_setting setting = {.value = value, .source = source};
    calx_error problem = {0};
    int status = 0;
    if (!value || !source)
        status = calx_error_set(&problem, CALX_ERROR_NO_MEMORY, "out of memory");
    else
        status = calx__config_check(&config->keys[index], value, &problem);
    if (status < 0) {
        setting_finish(&setting);
        return calx_error_set(err, problem.code, "%s", problem.message);
    }
    setting_finish(&layer->settings[index]);
    layer->settings[index] = setting;
    return 0;
}

int calx__config_layer_end(calx_config *config, calx__config_layer *layer, int status)
{
    for (size_t i = 0; i < config->count; i++) {
        calx__config_setting *setting = &layer->settings[i];
        if (status < 0) {
            setting_finish(setting);
        } else if (setting->value) {
            setting_finish(&config->in_force.settings[i]);
            config->in_force.settings[i] = *setting;
        }
    }
    return status;
}

/* ---- Keys ---- */

int calx__config_find(const calx_config *config, const char *name)
{
    for (size_t i = 0; i < config->count; i++)
        if (strcmp(config->keys[i].name, name) == 0)
            return (int)i;
    return -1;
}

static int add(calx_config *config, const calx_config_key *key, json_t *standard, calx_error *err)
{
    size_t at = config->count++;
    config->keys[at] = *key;
    int status =
        calx__config_layer_set(config, &config->in_force, (int)at, standard, strdup(BUILT_IN), err);
    if (status < 0)
        config->count--;
    return status;
}

/* "TODO_" of "todo"; what no name of a variable can have becomes a _. */
static char *prefix_of(const char *application)
{
    char *prefix;
    if (asprintf(&prefix, "%s_", application) < 0)
        return NULL;
    for (char *at = prefix; *at != '\0'; at++)
        *at = isalnum((unsigned char)*at) ? (char)toupper((unsigned char)*at) : '_';
    return prefix;
}

calx_config *calx__config_create(const char *application)
{
    calx_config *config = calloc(1, sizeof(*config));
    bool complete = config && (config->prefix = prefix_of(application)) != NULL;
    for (size_t i = 0; complete && i < CALX__CONFIG_OWN_KEYS; i++) {
        json_t *standard = calx__literal_read_whole(own_keys[i].standard);
        complete = add(config, &own_keys[i], standard, NULL) == 0;
    }
    if (complete)
        return config;
    calx__config_destroy(config);
    return NULL;
}

void calx__config_destroy(calx_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->count; i++)
        setting_finish(&config->in_force.settings[i]);
    free(config->prefix);
    free(config);
}

calx_config *calx__config_renew(const calx_config *config)
{
    calx_config *renewed = calloc(1, sizeof *renewed);
    bool complete = renewed && (renewed->prefix = strdup(config->prefix)) != NULL;
    for (size_t i = 0; complete && i < config->count; i++) {
        json_t *standard = calx__literal_read_whole(config->keys[i].standard);
        complete = add(renewed, &config->keys[i], standard, NULL) == 0;
    }
    if (complete)
        return renewed;
    calx__config_destroy(renewed);
    return NULL;
}

void calx__config_compare(const calx_config *before, const calx_config *now,
                          void (*visit)(void *context, const char *key), void *context)
{
    for (size_t i = 0; i < before->count; i++)
        if (!json_equal(before->in_force.settings[i].value, now->in_force.settings[i].value))
            visit(context, before->keys[i].name);
}

/* An application's key, of the kind and with the bounds that its default suggests. */
static bool key_of_standard(const char *name, const json_t *standard, const char *literal,
                            const char *text, calx_config_key *out)
{
    *out = (calx_config_key){.name = name, .standard = literal, .text = text};
    switch (standard ? json_typeof(standard) : JSON_ARRAY) {
    case JSON_NULL:
    case JSON_STRING:
        out->kind = CALX_CONFIG_TEXT;
        out->most = CALX_CONFIG_FILE_MAX;
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        out->kind = CALX_CONFIG_BOOLEAN;
        return true;
    case JSON_INTEGER:
        out->kind = CALX_CONFIG_INTEGER;
        out->least = INT64_MIN;
        out->most = INT64_MAX;
        return true;
    case JSON_REAL:
        out->kind = CALX_CONFIG_SECONDS;
        out->most = SECONDS_MAX;
        return true;
    case JSON_OBJECT:
        out->kind = CALX_CONFIG_DICT;
        return true;
    default:
        return false;
    }
}

static bool is_key(const char *name)
{
    if (!isupper((unsigned char)*name))
        return false;
    while (isupper((unsigned char)*name) || isdigit((unsigned char)*name) || *name == '_')
        name++;
    return *name == '\0';
}

int calx__config_add_key(calx_config *config, const char *name, const char *standard,
                         const char *text, calx_error *err)
{
    calx_config_key key;
    calx_error problem = {0};
    if (!is_key(name))
        return calx_error_set(err, CALX_ERROR_CONFIG, "setting %s: a key is capitals, digits and _",
                              name);
    if (calx__config_find(config, name) >= 0)
        return calx_error_set(err, CALX_ERROR_CONFIG, "setting %s: the key exists already", name);
    if (config->count == CALX__CONFIG_KEYS_MAX)
        return calx_error_set(err, CALX_ERROR_CONFIG, "setting %s: more than %d settings", name,
                              CALX_APP_SETTINGS_MAX);
    json_t *value = calx__literal_read_whole(standard);
    if (!key_of_standard(name, value, standard, text, &key)) {
        json_decref(value);
        return calx_error_set(err, CALX_ERROR_CONFIG,
                              "setting %s: its default is not text, a boolean, a number or a dict",
                              name);
    }
    if (add(config, &key, value, &problem) == 0)
        return 0;
    return calx_error_set(err, problem.code, "setting %s: %s", name, problem.message);
}

/* ---- Values ---- */

static const json_t *value_of(const calx_config *config, const char *key, calx_config_kind kind)
{
    int index = calx__config_find(config, key);
    assert(index >= 0 && config->keys[index].kind == kind);
    (void)kind;
    return config->in_force.settings[index].value;
}

const char *calx__config_text(const calx_config *config, const char *key)
{
    return json_string_value(value_of(config, key, CALX_CONFIG_TEXT));
}

bool calx__config_boolean(const calx_config *config, const char *key)
{
    return json_is_true(value_of(config, key, CALX_CONFIG_BOOLEAN));
}

int64_t calx__config_integer(const calx_config *config, const char *key, int64_t if_none)
{
    const json_t *value = value_of(config, key, CALX_CONFIG_INTEGER);
    return json_is_integer(value) ? json_integer_value(value) : if_none;
}

int calx__config_milliseconds(const calx_config *config, const char *key)
{
    double seconds = json_number_value(value_of(config, key, CALX_CONFIG_SECONDS));
    return (int)(seconds * 1000 + 0.5);
}

int64_t calx__config_microseconds(const calx_config *config, const char *key, int64_t if_none)
{
    const json_t *value = value_of(config, key, CALX_CONFIG_SECONDS);
    return json_is_number(value) ? (int64_t)(json_number_value(value) * 1e6 + 0.5) : if_none;
}

int calx__config_engine_options(const calx_config *config, calx_engine_options *out,
                                calx_error *err)
{
    const json_t *value = value_of(config, "SQLALCHEMY_ENGINE_OPTIONS", CALX_CONFIG_DICT);
    return calx__config_options_read(value, out, err);
}

const char *calx__config_source(const calx_config *config, const char *key)
{
    int index = calx__config_find(config, key);
    assert(index >= 0);
    return config->in_force.settings[index].source;
}

/* "--set PORT" and "environment TODO_PORT" have named the key already. */
static bool names_key(const char *source, const char *key)
{
    size_t length = strlen(source);
    size_t key_length = strlen(key);
    return length >= key_length && strcmp(source + length - key_length, key) == 0;
}

void calx__config_blame(const calx_config *config, const char *key, calx_error *err)
{
    const char *source = calx__config_source(config, key);
    if (names_key(source, key))
        calx_error_prefix(err, "%s", source);
    else
        calx_error_prefix(err, "%s: %s", source, key);
}
