/* mounts.c: files, served by h2o after what it would serve wrongly has been refused. */
#include "server/http/private.h"

#include <string.h>

typedef struct mount_handler {
    h2o_handler_t base;
    const calx_http_mount *mount;
} mount_handler;

/* h2o's own list has no charset; all text in a project is UTF-8. X(suffix, type) */
#define TEXT_TYPES(X)                                                                              \
    X("css", "text/css; charset=utf-8")                                                            \
    X("csv", "text/csv; charset=utf-8")                                                            \
    X("htm", "text/html; charset=utf-8")                                                           \
    X("html", "text/html; charset=utf-8")                                                          \
    X("js", "text/javascript; charset=utf-8")                                                      \
    X("map", "application/json")                                                                   \
    X("md", "text/markdown; charset=utf-8")                                                        \
    X("mjs", "text/javascript; charset=utf-8")                                                     \
    X("txt", "text/plain; charset=utf-8")

static bool is_folder(const calx_http_mount *mount)
{
    size_t length = strlen(mount->prefix);
    return length > 0 && mount->prefix[length - 1] == '/';
}

/* What stands behind a folder's prefix names a file: no NUL (h2o would open what stands before it),
 * no part that begins with a dot, not a folder. */
static bool is_file_path(calx_text rest)
{
    if (rest.length == 0 || rest.data[0] == '.' || rest.data[rest.length - 1] == '/')
        return false;
    return memchr(rest.data, '\0', rest.length) == NULL &&
           memmem(rest.data, rest.length, "/.", 2) == NULL;
}

static bool names_file(const calx_http_mount *mount, calx_text path)
{
    if (!is_folder(mount)) /* h2o also routes what stands below a file to it */
        return calx_text_equal(path, calx_text_of(mount->prefix));
    size_t prefix_length = strlen(mount->prefix);
    return is_file_path((calx_text){path.data + prefix_length, path.length - prefix_length});
}

/* ---- Ranges ---- */

static size_t digits(calx_text text, size_t from)
{
    size_t at = from;
    while (at < text.length && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at - from;
}

/* "bytes=1-2", "bytes=1-", "bytes=-2" */
static bool is_one_range(calx_text range)
{
    const char unit[] = "bytes=";
    size_t at = sizeof unit - 1;
    if (range.length < at || memcmp(range.data, unit, at) != 0)
        return false;
    size_t first = digits(range, at);
    at += first;
    if (at == range.length || range.data[at] != '-')
        return false;
    size_t last = digits(range, at + 1);
    return at + 1 + last == range.length && first + last > 0;
}

/*
 * A range may be ignored (RFC 9110, section 14.2). h2o 2.2.5 does not know If-Range, so it would
 * mix two versions of a file; many ranges in one request cost more than they are worth, and a
 * truncated file then makes h2o spin.
 */
static void drop_strange_ranges(calx__exchange *exchange)
{
    calx_text range = calx__http_header(&exchange->public_, "range");
    if (range.data == NULL)
        return;
    if (is_one_range(range) && calx__http_header(&exchange->public_, "if-range").data == NULL)
        return;
    h2o_headers_t *headers = &exchange->req->headers;
    ssize_t at;
    while ((at = h2o_find_header(headers, H2O_TOKEN_RANGE, -1)) != -1)
        h2o_delete_header(headers, at);
}

/* ---- Requests ---- */

static bool is_method(const calx__exchange *exchange, const char *method)
{
    return calx_text_equal(exchange->public_.method, calx_text_of(method));
}

static void answer_other_method(calx__exchange *exchange)
{
    int status = is_method(exchange, "OPTIONS") ? 204 : 405;
    if (status == 405)
        calx__exchange_fill_error(exchange, status);
    exchange->public_.status = status;
    calx__http_answer_header(&exchange->public_, "allow", "GET, HEAD, OPTIONS");
    calx__answer_send(exchange);
}

/* Returns -1 to let h2o's file handler, the next one of the path, answer. */
static int on_mount_request(h2o_handler_t *base, h2o_req_t *req)
{
    const calx_http_mount *mount = ((mount_handler *)base)->mount;
    calx__exchange *exchange = calx__exchange_begin(calx__connection_of(req), req);
    if (exchange->headers_strange) {
        calx__exchange_refuse(exchange, 400);
    } else if (!names_file(mount, exchange->public_.path)) {
        calx__exchange_refuse(exchange, 404);
    } else if (!is_method(exchange, "GET") && !is_method(exchange, "HEAD")) {
        answer_other_method(exchange);
    } else {
        drop_strange_ranges(exchange);
        return -1;
    }
    return 0;
}

/* ---- Registration ---- */

static void define_types(h2o_mimemap_t *types)
{
#define DEFINE(suffix, type) h2o_mimemap_define_mimetype(types, suffix, type, NULL);
    TEXT_TYPES(DEFINE)
#undef DEFINE
}

static void register_files(h2o_pathconf_t *path, const calx_http_mount *mount)
{
    const char *no_index_files[] = {NULL};
    if (is_folder(mount)) {
        h2o_file_register(path, mount->path, no_index_files, path->mimemap, 0);
    } else {
        h2o_iovec_t suffix = h2o_get_filext(mount->path, strlen(mount->path));
        h2o_file_register_file(path, mount->path,
                               h2o_mimemap_get_type_by_extension(path->mimemap, suffix), 0);
    }
}

static void mount_register(h2o_hostconf_t *host, const calx_http_mount *mount)
{
    h2o_pathconf_t *path = h2o_config_register_path(host, mount->prefix, 0);
    mount_handler *handler = (mount_handler *)h2o_create_handler(path, sizeof *handler);
    handler->base.on_req = on_mount_request;
    handler->mount = mount;
    register_files(path, mount);
}

void calx__mounts_register(const calx_http_options *options, h2o_hostconf_t *host)
{
    define_types(host->mimemap);
    for (size_t i = 0; i < options->mount_count; i++)
        mount_register(host, &options->mounts[i]);
}
