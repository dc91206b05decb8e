/* config_private.h: what the parts of the configuration share. */
#ifndef CALX_SERVER_WEB_CONFIG_PRIVATE_H
#define CALX_SERVER_WEB_CONFIG_PRIVATE_H

#include <jansson.h>

#include <calx/server.h>

#include "server/web/config.h"

#define CALX__CONFIG_COUNT(name, kind, standard, least, most, text) +1
enum {
    CALX__CONFIG_OWN_KEYS = 0 CALX_CONFIG_KEYS(CALX__CONFIG_COUNT), /* those of the table */
    CALX__CONFIG_KEYS_MAX = CALX__CONFIG_OWN_KEYS + CALX_APP_SETTINGS_MAX,
};
#undef CALX__CONFIG_COUNT

/* The value of one key, and who has set it. Both NULL: not set in this layer. */
typedef struct calx__config_setting {
    json_t *value;
    char *source;
} calx__config_setting;

/* One value for every key; a layer is read whole before it counts. */
typedef struct calx__config_layer {
    calx__config_setting settings[CALX__CONFIG_KEYS_MAX];
} calx__config_layer;

struct calx_config {
    char *prefix; /* of the environment's names: "TODO_" */
    size_t count;
    calx_config_key keys[CALX__CONFIG_KEYS_MAX];
    calx__config_layer in_force;
};

/* The index of a key, or -1. */
int calx__config_find(const calx_config *config, const char *name);

/* Checks the value, and puts it with its source into the layer; both are taken, also on failure,
 * and may be NULL when there was no memory for them. The message has the source but not the key in
 * front. */
int calx__config_layer_set(const calx_config *config, calx__config_layer *layer, int index,
                           json_t *value, char *source, calx_error *err);

/* Ends a layer: what it sets is in force from now on, unless status is negative. Returns status. */
int calx__config_layer_end(calx_config *config, calx__config_layer *layer, int status);

/* Is the value what the key asks for? The message has neither key nor source. */
int calx__config_check(const calx_config_key *key, const json_t *value, calx_error *err);

/* "there is no such key, did you mean PORT?" */
int calx__config_refuse_unknown(const calx_config *config, const char *name, calx_error *err);

/* Options of an engine from the value of SQLALCHEMY_ENGINE_OPTIONS. out may be NULL. */
int calx__config_options_read(const json_t *value, calx_engine_options *out, calx_error *err);

/* Appends the Markdown rows of the engine's options. */
void calx__config_options_document(calx_buffer *out);

/* The nearest of some names, when it is near enough for a slip of the fingers; or NULL. */
const char *calx__config_nearest(const char *name, const char *(*name_at)(void *context, size_t at),
                                 void *context);

#endif
