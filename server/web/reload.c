/* reload.c: what of the configuration may change while the server runs, and SIGHUP. */
#include "server/web/app.h"

#include <string.h>

/* The keys that calx__app_settle brings into force. */
static const char *const changeable[] = {"DEBUG",          "LOG_FILE",        "LOG_FORMAT",
                                         "SLOW_STATEMENT", "TLS_CERTIFICATE", "TLS_KEY"};

static int open_log(const calx_config *config, calx_error *err)
{
    const char *file = calx__config_text(config, "LOG_FILE");
    const char *format = calx__config_text(config, "LOG_FORMAT");
    bool json = format != NULL && strcmp(format, "json") == 0;
    if (!json && (format == NULL || strcmp(format, "text") != 0)) {
        calx_error_set(err, CALX_ERROR_CONFIG, "expected 'text' or 'json'");
        calx__config_blame(config, "LOG_FORMAT", err);
        return CALX_ERROR_CONFIG;
    }
    int code = calx__log_open(file, json, err);
    if (code < 0)
        calx__config_blame(config, "LOG_FILE", err);
    return code;
}

int calx__app_settle(calx_app *app, const calx_config *config, calx_error *err)
{
    int code = open_log(config, err);
    if (code < 0)
        return code;
    app->live.debug = calx__config_boolean(config, "DEBUG");
    app->live.slow_statement_us = calx__config_microseconds(config, "SLOW_STATEMENT", INT64_MAX);
    return 0;
}

/* From HTTP to HTTPS, or back, is for a start: clients know the address by its scheme. */
int calx__app_certify(calx_app *app, const calx_config *config, calx_error *err)
{
    const char *certificate = calx__config_text(config, "TLS_CERTIFICATE");
    const char *key = calx__config_text(config, "TLS_KEY");
    if (certificate == NULL && key == NULL && calx__config_boolean(config, "HTTP2"))
        return calx_error_set(err, CALX_ERROR_CONFIG, "HTTP2 is set, but TLS_CERTIFICATE is not");
    if (certificate == NULL && key == NULL)
        return 0;
    if (certificate == NULL || key == NULL) {
        const char *missing = certificate ? "TLS_KEY" : "TLS_CERTIFICATE";
        return calx_error_set(err, CALX_ERROR_CONFIG, "%s is not set, but %s is", missing,
                              certificate ? "TLS_CERTIFICATE" : "TLS_KEY");
    }
    int code = calx__http_certify(app->server, certificate, key, err);
    bool is_key = strncmp(err->message, key, strlen(key)) == 0;
    if (code < 0)
        calx__config_blame(config, is_key ? "TLS_KEY" : "TLS_CERTIFICATE", err);
    return code;
}

static bool is_certified(const calx_config *config)
{
    return calx__config_text(config, "TLS_CERTIFICATE") != NULL;
}

static int certify_again(calx_app *app, const calx_config *config, calx_error *err)
{
    if (is_certified(config) == is_certified(app->config))
        return calx__app_certify(app, config, err);
    return calx_error_set(err, CALX_ERROR_CONFIG, "HTTPS begins and ends with a start only");
}

static void report_change(void *context, const char *key)
{
    (void)context;
    for (size_t i = 0; i < sizeof changeable / sizeof *changeable; i++)
        if (strcmp(changeable[i], key) == 0)
            return;
    calx__log("%s has changed: it counts from the next start", key);
}

void calx__app_reload(void *context)
{
    calx_app *app = context;
    calx_error err = {0};
    calx_config *config = calx__config_renew(app->config);
    int code = config ? 0 : calx_error_set(&err, CALX_ERROR_NO_MEMORY, "out of memory");
    if (code == 0 && app->read_config != NULL)
        code = app->read_config(app->read_context, config, &err);
    if (code == 0)
        code = certify_again(app, config, &err);
    if (code == 0)
        code = calx__app_settle(app, config, &err);
    if (code == 0)
        calx__config_compare(app->config, config, report_change, NULL);
    if (code == 0)
        calx__log("the configuration was read again");
    else
        calx__log("the configuration stays as it was: %s", err.message);
    calx__config_destroy(config);
}
