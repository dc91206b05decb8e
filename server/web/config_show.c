/* config_show.c: the configuration for people: what is in force, and the documentation. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <calx/url.h>

#include "server/web/config_private.h"
#include "server/web/literal.h"

#define SECRET "***"

/* ---- Values without their secrets ---- */

static bool has_secret(const calx_url *url)
{
    for (size_t i = 0; i < url->parameter_count; i++)
        if (calx_url_parameter_is_secret(url->parameters[i].name))
            return true;
    return url->password != NULL;
}

/* A URL without a secret is shown as it was written. What may be a URL but cannot be parsed may
 * hold anything. */
static json_t *masked_text(const json_t *value)
{
    const char *text = json_string_value(value);
    calx_url *url = NULL;
    if (!strstr(text, "://"))
        return json_string(text);
    if (calx_url_parse(text, json_string_length(value), &url, NULL) < 0)
        return json_string(SECRET);
    char *printed = has_secret(url) ? calx_url_format_masked(url) : strdup(text);
    json_t *shown = printed ? json_string(printed) : NULL;
    free(printed);
    calx_url_destroy(url);
    return shown;
}

static json_t *masked(const char *name, const json_t *value)
{
    const char *key;
    json_t *member;
    size_t index;
    json_t *copy;
    if (json_is_string(value))
        return calx_url_parameter_is_secret(name) ? json_string(SECRET) : masked_text(value);
    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach(value, index, member) json_array_append_new(copy, masked(name, member));
        return copy;
    }
    if (json_is_object(value)) {
        copy = json_object();
        json_object_foreach((json_t *)value, key, member)
            json_object_set_new(copy, key, masked(key, member));
        return copy;
    }
    return json_incref((json_t *)value);
}

void calx__config_each(const calx_config *config,
                       void (*visit)(void *context, const calx_config_key *key, const char *literal,
                                     const char *source),
                       void *context)
{
    for (size_t i = 0; i < config->count; i++) {
        const calx__config_setting *setting = &config->in_force.settings[i];
        calx_buffer literal = {0};
        json_t *shown = masked(config->keys[i].name, setting->value);
        if (shown)
            calx__literal_write(shown, &literal);
        calx_buffer_append(&literal, "", 1);
        visit(context, &config->keys[i], shown && !literal.failed ? literal.data : SECRET,
              setting->source);
        json_decref(shown);
        calx_buffer_finish(&literal);
    }
}

/* ---- Documentation ---- */

static const char introduction[] =
    "# Configuration\n"
    "\n"
    "<!-- Printed by `todo config --document` from the table of keys in server/web/config.h. -->\n"
    "\n"
    "A configuration file has lines `KEY = value`, comments begin with `#`. A value is a Python "
    "literal: text in quotes with\n"
    "Python's escapes, an integer, a real number, `True`, `False`, `None`, or a list, tuple or "
    "dict of such values, which may span\n"
    "lines. Nothing is executed. Files are UTF-8 and at most 1 MiB; of a key that is set twice "
    "the last value counts.\n"
    "\n"
    "## Where values come from\n"
    "\n"
    "Later layers win:\n"
    "\n"
    "1. the defaults below;\n"
    "2. the file of `--config FILE`, without it the application's own (`config/default.conf` for "
    "the Todo application), relative to\n"
    "   the working directory. It must exist and set a key;\n"
    "3. the file that a variable of the environment names, if it is set (`TODO_SETTINGS`);\n"
    "4. the environment: `%sPORT` for `PORT`. Variables that are no key's are not looked at; a key "
    "that begins with `%s` is its own\n"
    "   variable;\n"
    "5. the command line: `--host`, `--port` and `--set KEY=VALUE`, in their order.\n"
    "\n"
    "In the environment and behind `--set` a value that is no literal is text: "
    "`--set HOST=127.0.0.1` needs no quotes.\n"
    "\n"
    "`todo config` prints every key with its value in force and where that comes from; passwords "
    "are masked. An unknown key and a\n"
    "value of another kind or beyond its bounds are errors that name file, line and key.\n";

static void append_bounds(const calx_config_key *key, calx_buffer *out)
{
    bool is_bounded = key->least != INT64_MIN || key->most != INT64_MAX;
    switch (key->kind) {
    case CALX_CONFIG_TEXT:
        calx_buffer_append_string(out, "text");
        break;
    case CALX_CONFIG_BOOLEAN:
        calx_buffer_append_string(out, "boolean");
        break;
    case CALX_CONFIG_DICT:
        calx_buffer_append_string(out, "dict");
        break;
    case CALX_CONFIG_INTEGER:
    case CALX_CONFIG_SECONDS:
        calx_buffer_append_string(out, key->kind == CALX_CONFIG_INTEGER ? "integer" : "seconds");
        if (is_bounded)
            calx_buffer_append_format(out, ", %" PRId64 " to %" PRId64, key->least, key->most);
        break;
    }
    if (strcmp(key->standard, "None") == 0)
        calx_buffer_append_string(out, " or `None`");
}

static void append_keys(const calx_config *config, size_t from, size_t to, calx_buffer *out)
{
    calx_buffer_append_string(out, "| key | default | kind | meaning |\n|---|---|---|---|\n");
    for (size_t i = from; i < to; i++) {
        const calx_config_key *key = &config->keys[i];
        calx_buffer_append_format(out, "| `%s` | `%s` | ", key->name, key->standard);
        append_bounds(key, out);
        calx_buffer_append_format(out, " | %s |\n", key->text);
    }
}

void calx__config_document(const calx_config *config, calx_buffer *out)
{
    calx_buffer_append_format(out, introduction, config->prefix, config->prefix);
    calx_buffer_append_string(out, "\n## Keys\n\n");
    append_keys(config, 0, CALX__CONFIG_OWN_KEYS, out);
    if (config->count > CALX__CONFIG_OWN_KEYS) {
        calx_buffer_append_string(out, "\n## Keys of the application\n\n");
        append_keys(config, CALX__CONFIG_OWN_KEYS, config->count, out);
    }
    calx_buffer_append_string(out,
                              "\n## Options of the engine\n\n"
                              "The keys of the dict `SQLALCHEMY_ENGINE_OPTIONS`; times are "
                              "integers or real numbers.\n\n"
                              "| key | default | kind | meaning |\n|---|---|---|---|\n");
    calx__config_options_document(out);
}
