/* errors.c: the output filter of every path. It adds the common headers to each answer, and where
 * h2o makes an error of its own it puts the framework's body in its place. */
#include "server/http/private.h"

typedef struct answer_filter {
    h2o_filter_t base;
    calx_http_server *server;
} answer_filter;

typedef struct error_stream {
    h2o_ostream_t base;
    calx__exchange *exchange;
    bool has_body;
} error_stream;

/* h2o sends its errors in one piece; the framework's goes out instead of it. */
static void send_error_body(h2o_ostream_t *base, h2o_req_t *req, h2o_iovec_t *pieces,
                            size_t piece_count, h2o_send_state_t state)
{
    (void)pieces;
    (void)piece_count;
    error_stream *stream = (error_stream *)base;
    calx_buffer *answer = &stream->exchange->public_.answer;
    h2o_iovec_t body = h2o_iovec_init(answer->data, answer->length);
    size_t count = stream->has_body && body.len > 0 ? 1 : 0;
    stream->exchange->public_.answer_sent = count ? body.len : 0;
    h2o_ostream_send_next(base, req, &body, count, state);
}

/* Folders are not listed, so h2o's redirect into one, and a file that may not be read, are plainly
 * not there. */
static int error_status(int status)
{
    return status == 301 || status == 403 ? 404 : status;
}

static h2o_header_t *kept_header(h2o_req_t *req)
{
    ssize_t at = h2o_find_header(&req->res.headers, H2O_TOKEN_CONTENT_RANGE, -1);
    return at < 0 ? NULL : &req->res.headers.entries[at];
}

/* Returns where the next filter's stream belongs. */
static h2o_ostream_t **replace_error(calx__exchange *exchange, h2o_req_t *req, h2o_ostream_t **slot)
{
    calx__exchange_fill_error(exchange, error_status(req->res.status));
    h2o_header_t *kept = kept_header(req);
    req->res.headers = (h2o_headers_t){0};
    if (kept != NULL)
        h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_RANGE, NULL,
                       kept->value.base, kept->value.len);
    error_stream *stream = (error_stream *)h2o_add_ostream(req, sizeof *stream, slot);
    stream->base.do_send = send_error_body;
    stream->exchange = exchange;
    stream->has_body = calx__answer_head(exchange);
    exchange->answering = true;
    return &stream->base.next;
}

static void add_file_headers(const calx_http_options *options, h2o_req_t *req)
{
    calx_http_header nosniff = {calx_text_of("x-content-type-options"), calx_text_of("nosniff")};
    calx__answer_header_default(req, nosniff);
    if (options->mount_cache_control == NULL)
        return;
    calx_http_header cache_control = {calx_text_of("cache-control"),
                                      calx_text_of(options->mount_cache_control)};
    calx__answer_header_default(req, cache_control);
}

static void on_setup_stream(h2o_filter_t *base, h2o_req_t *req, h2o_ostream_t **slot)
{
    const calx_http_options *options = &((answer_filter *)base)->server->options;
    calx__connection *connection = calx__connection_of(req);
    calx__exchange *exchange = calx__exchange_of(connection, req);
    if (exchange == NULL) { /* h2o refuses a request that it has not read to its end */
        exchange = calx__exchange_begin(connection, req);
        if (req->version < 0x200)
            calx__connection_linger(connection);
    }
    bool is_file = req->res.status < 300 || req->res.status == 304;
    if (!exchange->answering && is_file)
        add_file_headers(options, req);
    else if (!exchange->answering)
        slot = replace_error(exchange, req, slot);
    for (size_t i = 0; i < options->common_header_count; i++)
        calx__answer_header_default(req, options->common_headers[i]);
    h2o_setup_next_ostream(req, slot);
}

void calx__filter_register(calx_http_server *server, h2o_pathconf_t *path)
{
    answer_filter *filter = (answer_filter *)h2o_create_filter(path, sizeof *filter);
    filter->base.on_setup_ostream = on_setup_stream;
    filter->server = server;
}
