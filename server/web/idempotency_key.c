/* idempotency_key.c: what a client names its request, and what the request is. */
#include "server/web/request.h"

#include <string.h>

#include <openssl/evp.h>

#define HEADER "idempotency-key"

/* ---- The key ---- */

static bool is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

/* A String of RFC 8941, section 3.3.3: in quotes, \" and \\ within. */
static bool read_string(calx_text text, char *out, size_t *length)
{
    size_t at = 1;
    for (; at < text.length && text.data[at] != '"'; at++) {
        if (text.data[at] == '\\' && ++at < text.length && text.data[at] != '"' &&
            text.data[at] != '\\')
            return false;
        if (at == text.length || !is_printable(text.data[at]))
            return false;
        out[(*length)++] = text.data[at];
    }
    return at + 1 == text.length;
}

/* Many clients send it without quotes: then without blanks, too, and whatever else separates values
 * of headers. */
static bool read_bare(calx_text text, char *out, size_t *length)
{
    for (size_t i = 0; i < text.length; i++)
        if (!is_printable(text.data[i]) || strchr(" \"\\,;", text.data[i]) != NULL)
            return false;
    memcpy(out, text.data, text.length);
    *length = text.length;
    return true;
}

static bool read_key(calx_request *request, calx_text text)
{
    size_t length = 0;
    char *out = calx_arena_alloc(request->exchange->arena, text.length + 1);
    if (out == NULL) {
        calx_error_set(&request->error, CALX_ERROR_NO_MEMORY, "out of memory");
        return true;
    }
    bool quoted = text.length > 0 && text.data[0] == '"';
    if (!(quoted ? read_string : read_bare)(text, out, &length) || length == 0 ||
        length > CALX_IDEMPOTENCY_KEY_MAX)
        return false;
    request->idempotency.key = (calx_text){out, length};
    return true;
}

static size_t find_header(const calx_http_exchange *exchange, calx_text *out)
{
    size_t found = 0;
    for (size_t i = 0; i < exchange->header_count; i++) {
        if (!calx_text_equal(exchange->headers[i].name, calx_text_of(HEADER)))
            continue;
        *out = exchange->headers[i].value;
        found++;
    }
    return found;
}

/* ---- The request ---- */

/* Its length stands before each part, so that no two requests read the same. */
static bool add(EVP_MD_CTX *sum, calx_text part)
{
    uint64_t length = part.length;
    return EVP_DigestUpdate(sum, &length, sizeof length) == 1 &&
           EVP_DigestUpdate(sum, part.data ? part.data : "", part.length) == 1;
}

/* Everything that a handler can see of a request, and that decides. */
static bool digest(const calx_http_exchange *exchange, unsigned char out[EVP_MAX_MD_SIZE],
                   unsigned *length)
{
    EVP_MD_CTX *sum = EVP_MD_CTX_new();
    bool done = sum != NULL && EVP_DigestInit_ex(sum, EVP_sha256(), NULL) == 1 &&
                add(sum, exchange->method) && add(sum, exchange->path) &&
                add(sum, exchange->query) &&
                add(sum, calx__http_header(exchange, "content-type")) &&
                add(sum, calx__http_header(exchange, "if-match")) && add(sum, exchange->body) &&
                EVP_DigestFinal_ex(sum, out, length) == 1;
    EVP_MD_CTX_free(sum);
    return done;
}

static void take_fingerprint(calx_request *request)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    char *text = calx_arena_alloc(request->exchange->arena, 2 * sizeof sum);
    if (text == NULL || !digest(request->exchange, sum, &length)) {
        calx_error_set(&request->error, CALX_ERROR_NO_MEMORY, "out of memory");
        return;
    }
    for (unsigned i = 0; i < length; i++) {
        text[2 * i] = digits[sum[i] >> 4];
        text[2 * i + 1] = digits[sum[i] & 15];
    }
    request->idempotency.fingerprint = (calx_text){text, 2 * (size_t)length};
}

/* A key counts for its route: two parts of an application need not know of each other's. */
static void take_route(calx_request *request)
{
    calx_http_exchange *exchange = request->exchange;
    char *route = calx_arena_format(exchange->arena, "%.*s %s", (int)exchange->method.length,
                                    exchange->method.data, request->match.route->pattern);
    if (route != NULL)
        request->idempotency.route = calx_text_of(route);
    else
        calx_error_set(&request->error, CALX_ERROR_NO_MEMORY, "out of memory");
}

static bool counts(const calx_request *request)
{
    calx_text method = request->exchange->method;
    return request->app->idempotency_ttl_us > 0 && (calx_text_equal(method, calx_text_of("POST")) ||
                                                    calx_text_equal(method, calx_text_of("PATCH")));
}

void calx__idempotency_read(calx_request *request)
{
    calx_text text = {0};
    size_t found = counts(request) ? find_header(request->exchange, &text) : 0;
    if (found == 0)
        return;
    if (found > 1 || !read_key(request, text)) {
        calx_request_fail(request, 400,
                          "Idempotency-Key: expected one text of 1 to %d printable characters",
                          CALX_IDEMPOTENCY_KEY_MAX);
        return;
    }
    take_fingerprint(request);
    take_route(request);
}
