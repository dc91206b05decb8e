/* config_options.c: SQLALCHEMY_ENGINE_OPTIONS: the engine's own table of options, with times in
 * seconds. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "server/web/config_private.h"

#define MILLISECONDS "_ms"

typedef struct option {
    const char *name; /* the engine's: times end in _ms */
    int standard;
    int least;
    int most;
    const char *text;
    size_t offset; /* in calx_engine_options */
} option;

static const option options[] = {
#define OPTION(option_name, value, smallest, largest, documentation)                               \
    {.name = #option_name,                                                                         \
     .standard = (value),                                                                          \
     .least = (smallest),                                                                          \
     .most = (largest),                                                                            \
     .text = (documentation),                                                                      \
     .offset = offsetof(calx_engine_options, option_name)},
    CALX_ENGINE_OPTIONS(OPTION)
#undef OPTION
};

#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))
#define OPTION_NAME_MAX 64

/* ---- One option ---- */

static bool is_time(const option *o)
{
    size_t length = strlen(o->name);
    return strcmp(o->name + length - strlen(MILLISECONDS), MILLISECONDS) == 0;
}

static bool is_switch(const option *o)
{
    return o->least == 0 && o->most == 1;
}

/* The key of the dict: without the unit. */
static void key_of(const option *o, char key[OPTION_NAME_MAX])
{
    size_t length = strlen(o->name) - (is_time(o) ? strlen(MILLISECONDS) : 0);
    snprintf(key, OPTION_NAME_MAX, "%.*s", (int)length, o->name);
}

static const option *find(const char *name)
{
    char key[OPTION_NAME_MAX];
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        key_of(&options[i], key);
        if (strcmp(key, name) == 0)
            return &options[i];
    }
    return NULL;
}

/* ---- Reading ---- */

static int bounded(const option *o, double value, double scale, int *out, calx_error *err)
{
    double least = o->least / scale;
    double most = o->most / scale;
    if (!(value >= least && value <= most))
        return calx_error_set(err, CALX_ERROR_CONFIG, "%.15g is not between %.15g and %.15g", value,
                              least, most);
    int rounded = (int)(value * scale + 0.5);
    *out = rounded == 0 && value > 0 ? 1 : rounded; /* 0 may stand for no limit */
    return 0;
}

static int read_option(const option *o, const json_t *value, int *out, calx_error *err)
{
    if (is_switch(o)) {
        if (!json_is_boolean(value))
            return calx_error_set(err, CALX_ERROR_CONFIG, "expected True or False");
        *out = json_is_true(value);
        return 0;
    }
    if (is_time(o)) {
        if (!json_is_number(value))
            return calx_error_set(err, CALX_ERROR_CONFIG, "expected a number of seconds");
        return bounded(o, json_number_value(value), 1000, out, err);
    }
    if (!json_is_integer(value))
        return calx_error_set(err, CALX_ERROR_CONFIG, "expected an integer");
    return bounded(o, (double)json_integer_value(value), 1, out, err);
}

/* Each name has a place of its own, as the nearest outlives those after it. */
typedef struct names {
    char keys[OPTION_COUNT][OPTION_NAME_MAX];
} names;

static const char *name_at(void *context, size_t at)
{
    names *n = context;
    if (at >= OPTION_COUNT)
        return NULL;
    key_of(&options[at], n->keys[at]);
    return n->keys[at];
}

static int refuse_unknown(const char *name, calx_error *err)
{
    names n;
    const char *nearest = calx__config_nearest(name, name_at, &n);
    return calx_error_set(err, CALX_ERROR_CONFIG, "there is no such option%s%s%s",
                          nearest ? ", did you mean " : "", nearest ? nearest : "",
                          nearest ? "?" : "");
}

int calx__config_options_read(const json_t *value, calx_engine_options *out, calx_error *err)
{
    calx_engine_options read;
    const char *name;
    json_t *member;
    calx_engine_options_init(&read);
    json_object_foreach((json_t *)value, name, member)
    {
        calx_error problem = {0};
        const option *o = find(name);
        int status = o ? read_option(o, member, (int *)((char *)&read + o->offset), &problem)
                       : refuse_unknown(name, &problem);
        if (status < 0)
            return calx_error_set(err, problem.code, "option %.64s: %s", name, problem.message);
    }
    if (out)
        *out = read;
    return 0;
}

/* ---- Documentation ---- */

void calx__config_options_document(calx_buffer *out)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const option *o = &options[i];
        double scale = is_time(o) ? 1000 : 1;
        char key[OPTION_NAME_MAX];
        key_of(o, key);
        if (is_switch(o))
            calx_buffer_append_format(out, "| `%s` | `%s` | boolean | %s |\n", key,
                                      o->standard ? "True" : "False", o->text);
        else
            calx_buffer_append_format(out, "| `%s` | `%g` | %s, %.15g to %.15g | %s |\n", key,
                                      o->standard / scale, is_time(o) ? "seconds" : "integer",
                                      o->least / scale, o->most / scale, o->text);
    }
}
