/* answer.c: the framework's answer on its way through h2o: head, body in pieces that are not
 * copied. */
#include "server/http/private.h"

#include <string.h>
#include <strings.h>

/* Given to h2o at once; between two pieces answer_sent is brought up to date. */
#define PIECE_MAX (256u * 1024u)

/* X(status, reason). Source: RFC 9110, section 15, and RFC 6585. */
#define STATUSES(X)                                                                                \
    X(200, "OK")                                                                                   \
    X(201, "Created")                                                                              \
    X(202, "Accepted")                                                                             \
    X(204, "No Content")                                                                           \
    X(206, "Partial Content")                                                                      \
    X(301, "Moved Permanently")                                                                    \
    X(302, "Found")                                                                                \
    X(303, "See Other")                                                                            \
    X(304, "Not Modified")                                                                         \
    X(307, "Temporary Redirect")                                                                   \
    X(308, "Permanent Redirect")                                                                   \
    X(400, "Bad Request")                                                                          \
    X(401, "Unauthorized")                                                                         \
    X(403, "Forbidden")                                                                            \
    X(404, "Not Found")                                                                            \
    X(405, "Method Not Allowed")                                                                   \
    X(406, "Not Acceptable")                                                                       \
    X(408, "Request Timeout")                                                                      \
    X(409, "Conflict")                                                                             \
    X(410, "Gone")                                                                                 \
    X(412, "Precondition Failed")                                                                  \
    X(413, "Content Too Large")                                                                    \
    X(414, "URI Too Long")                                                                         \
    X(415, "Unsupported Media Type")                                                               \
    X(416, "Range Not Satisfiable")                                                                \
    X(417, "Expectation Failed")                                                                   \
    X(422, "Unprocessable Content")                                                                \
    X(429, "Too Many Requests")                                                                    \
    X(499, "Client Closed Request") /* nginx's: nobody will read it but the log */                 \
    X(500, "Internal Server Error")                                                                \
    X(501, "Not Implemented")                                                                      \
    X(503, "Service Unavailable")                                                                  \
    X(504, "Gateway Timeout")                                                                      \
    X(507, "Insufficient Storage")

const char *calx__http_reason(int status)
{
    switch (status) {
#define REASON(code, reason)                                                                       \
    case code:                                                                                     \
        return reason;
        STATUSES(REASON)
#undef REASON
    default:
        return "Other";
    }
}

/* ---- The head ---- */

static bool is_name(h2o_iovec_t name, calx_text other)
{
    return name.len == other.length && strncasecmp(name.base, other.data, name.len) == 0;
}

static bool has_header(const h2o_headers_t *headers, calx_text name)
{
    for (size_t i = 0; i < headers->size; i++)
        if (is_name(*headers->entries[i].name, name))
            return true;
    return false;
}

static bool has_line_break(calx_text text)
{
    return memchr(text.data, '\r', text.length) != NULL ||
           memchr(text.data, '\n', text.length) != NULL;
}

static void add_header(h2o_req_t *req, calx_http_header header)
{
    /* A line break would begin a header, or a body, of somebody else's choice. */
    if (has_line_break(header.name) || has_line_break(header.value))
        return;
    h2o_add_header_by_str(&req->pool, &req->res.headers, header.name.data, header.name.length, 1,
                          NULL, header.value.data, header.value.length);
}

void calx__answer_header_default(h2o_req_t *req, calx_http_header header)
{
    if (!has_header(&req->res.headers, header.name))
        add_header(req, header);
}

static bool status_has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

static size_t body_length(const calx_http_exchange *public_)
{
    return public_->answer.length + calx__shared_text(public_->lent.text).length;
}

bool calx__answer_head(calx__exchange *exchange)
{
    h2o_req_t *req = exchange->req;
    calx_http_exchange *public_ = &exchange->public_;
    bool has_body = status_has_body(public_->status);
    req->res.status = public_->status;
    req->res.reason = calx__http_reason(public_->status);
    req->res.content_length = has_body ? body_length(public_) : SIZE_MAX;
    const calx_text content_length = calx_text_of("content-length");
    for (size_t i = 0; i < public_->answer_header_count; i++)
        if (!is_name(h2o_iovec_init(content_length.data, content_length.length),
                     public_->answer_headers[i].name))
            add_header(req, public_->answer_headers[i]);
    return has_body && !h2o_memis(req->input.method.base, req->input.method.len, "HEAD", 4);
}

/* ---- The memory of all answers ---- */

/* A client may take as long as it likes for its answer, and there may be many such clients. */
static bool count_answer(calx__exchange *exchange)
{
    calx_http_server *server = exchange->loop->server;
    size_t bytes =
        exchange->public_.answer.capacity + calx__shared_text(exchange->public_.lent.text).length;
    if (bytes <= CALX__SMALL_ANSWER_MAX)
        return true;
    size_t others = server->answer_bytes;
    do {
        if (others > server->options.answers_bytes_max ||
            bytes > server->options.answers_bytes_max - others)
            return false;
    } while (!atomic_compare_exchange_weak(&server->answer_bytes, &others, others + bytes));
    exchange->counted = bytes;
    return true;
}

void calx__answer_release(calx__exchange *exchange)
{
    exchange->loop->server->answer_bytes -= exchange->counted;
    exchange->counted = 0;
}

/* What a handler of another method has done stands, so its client is not asked to try again. */
static int no_room_status(const calx_http_exchange *public_)
{
    return calx__http_is_read(public_) ? 503 : 500;
}

/* ---- The body ---- */

#define PARTS 3u /* what is before the lent text, that, and what is behind it */

/* At most so much of the body from there. Returns how many parts of it that is, none of them empty.
 */
static size_t cut(const calx_http_exchange *public_, size_t from, size_t length_max,
                  h2o_iovec_t parts[static PARTS])
{
    const calx_buffer *own = &public_->answer;
    const calx_text lent = calx__shared_text(public_->lent.text);
    const size_t before = lent.length ? public_->lent.at : own->length;
    const calx_text whole[PARTS] = {
        {own->data, before}, lent, {own->data + before, own->length - before}};
    size_t count = 0;
    for (size_t i = 0; i < PARTS; i++) {
        size_t skipped = from < whole[i].length ? from : whole[i].length;
        size_t left = whole[i].length - skipped;
        size_t length = left < length_max ? left : length_max;
        from -= skipped;
        length_max -= length;
        if (length > 0)
            parts[count++] = h2o_iovec_init(whole[i].data + skipped, length);
    }
    return count;
}

static void send_piece(calx__exchange *exchange)
{
    calx_http_exchange *public_ = &exchange->public_;
    h2o_iovec_t parts[PARTS];
    size_t count = cut(public_, exchange->offset, PIECE_MAX, parts);
    public_->answer_sent = exchange->offset;
    for (size_t i = 0; i < count; i++)
        exchange->offset += parts[i].len;
    bool last = exchange->offset == body_length(public_);
    if (last) /* nobody tells how much of the last piece a lost client has taken */
        public_->answer_sent = exchange->offset;
    h2o_send(exchange->req, parts, count, last ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
}

static void on_proceed(h2o_generator_t *generator, h2o_req_t *req)
{
    (void)req;
    send_piece(H2O_STRUCT_FROM_MEMBER(calx__exchange, generator, generator));
}

/* An answer that could not be written whole, or that no client would understand, is none. */
static bool is_broken(const calx_http_exchange *public_)
{
    return public_->answer.failed || public_->status < 200 || public_->status > 599;
}

void calx__answer_send(calx__exchange *exchange)
{
    calx__ahead_end(exchange);
    if (is_broken(&exchange->public_))
        calx__exchange_fill_error(exchange, 500);
    else if (!count_answer(exchange))
        calx__exchange_fill_error(exchange, no_room_status(&exchange->public_));
    h2o_req_t *req = exchange->req;
    exchange->answering = true;
    exchange->generator = (h2o_generator_t){.proceed = on_proceed};
    if (exchange->loop->phase >= CALX__DRAINING)
        req->http1_is_persistent = 0;
    bool has_body = calx__answer_head(exchange);
    h2o_start_response(req, &exchange->generator);
    if (has_body && body_length(&exchange->public_) > 0)
        send_piece(exchange);
    else
        h2o_send(req, NULL, 0, H2O_SEND_STATE_FINAL);
}
