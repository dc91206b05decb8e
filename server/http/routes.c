/* routes.c: what h2o calls for a request: first the mounts, then the framework. */
#include "server/http/private.h"

#include <string.h>

typedef struct framework_handler {
    h2o_handler_t base;
    calx_http_server *server;
} framework_handler;

/*
 * "GET http://host/path" must be understood (RFC 9112, section 3.2.2), but h2o 2.2.5 takes it for a
 * path. Returns the path within it, data NULL for anything else.
 */
static calx_text absolute_form_path(h2o_req_t *req)
{
    h2o_url_t url;
    if (h2o_url_parse(req->input.path.base, req->input.path.len, &url) != 0)
        return (calx_text){0};
    const char *end = req->input.path.base + req->input.path.len;
    const char *path = url.authority.base + url.authority.len;
    if (path == end || *path != '/')
        return (calx_text){"/", 1};
    return (calx_text){path, (size_t)(end - path)};
}

/* Goes through the routes once more with the path alone. False if there is none. */
static bool reprocess_absolute_form(h2o_req_t *req)
{
    calx_text path = absolute_form_path(req);
    if (path.data == NULL || req->num_reprocessed > 0)
        return false;
    h2o_reprocess_request(req, req->method, req->scheme, req->hostconf->authority.hostport,
                          h2o_strdup(&req->pool, path.data, path.length), NULL, 0);
    return true;
}

/* "OPTIONS *" asks about the server, not about one of its paths (RFC 9110, section 9.3.7). */
static bool is_about_server(const h2o_req_t *req)
{
    return h2o_memis(req->input.path.base, req->input.path.len, "*", 1) &&
           h2o_memis(req->input.method.base, req->input.method.len, "OPTIONS", 7);
}

static void answer_about_server(calx__exchange *exchange)
{
    exchange->public_.status = 204;
    calx__http_answer_header(&exchange->public_, "allow",
                             "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    calx__answer_send(exchange);
}

static int on_framework_request(h2o_handler_t *base, h2o_req_t *req)
{
    calx_http_server *server = ((framework_handler *)base)->server;
    bool is_origin_form = req->path.len > 0 && req->path.base[0] == '/';
    if (!is_origin_form && reprocess_absolute_form(req))
        return 0;
    calx__exchange *exchange = calx__exchange_begin(calx__connection_of(req), req);
    if (is_about_server(req) && !exchange->headers_strange) {
        answer_about_server(exchange);
    } else if (!is_origin_form || exchange->headers_strange) {
        calx__exchange_refuse(exchange, 400);
    } else if (exchange->public_.body.length > server->options.body_max) {
        calx__exchange_refuse(exchange, 413);
    } else {
        calx_http_verdict verdict =
            server->handler.admit(server->handler.context, &exchange->public_);
        if (verdict == CALX_HTTP_RUN && !calx__connection_admits(exchange->connection))
            calx__exchange_refuse(exchange, 503);
        else if (verdict == CALX_HTTP_RUN)
            calx__handling_begin(exchange);
        else
            calx__answer_send(exchange);
    }
    return 0;
}

/* As fast as it gets: the processor is the server's, the line is the client's. */
#define GZIP_LEVEL 1

static void compress_path(const calx_http_server *server, h2o_pathconf_t *path)
{
    h2o_compress_args_t args = {.min_size = server->options.gzip_min_size,
                                .gzip.quality = GZIP_LEVEL,
                                .brotli.quality = -1};
    if (args.min_size > 0)
        h2o_compress_register(path, &args);
}

static void finish_path(calx_http_server *server, h2o_pathconf_t *path)
{
    path->error_log.emit_request_errors = 0;
    compress_path(server, path);
    calx__filter_register(server, path);
}

void calx__routes_register(calx_http_server *server)
{
    h2o_hostconf_t *host =
        h2o_config_register_host(&server->config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    calx__mounts_register(&server->options, host);
    h2o_pathconf_t *root = h2o_config_register_path(host, "/", 0);
    framework_handler *framework = (framework_handler *)h2o_create_handler(root, sizeof *framework);
    framework->base.on_req = on_framework_request;
    framework->server = server;
    for (size_t i = 0; i < host->paths.size; i++)
        finish_path(server, &host->paths.entries[i]);
    /* h2o's errors from before it knows the path: 400, 413, 417. */
    finish_path(server, &host->fallback_path);
}
