/* tls.c: the certificate, which may be exchanged while the server runs. */
#include "server/http/private.h"

#include <openssl/err.h>

/* For TLS 1.2; those of TLS 1.3 are all good. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

static int failed(const char *file, calx_error *err)
{
    char reason[256];
    unsigned long code = ERR_peek_last_error();
    ERR_error_string_n(code, reason, sizeof reason);
    const char *words = ERR_GET_LIB(code) == ERR_LIB_SYS ? strerror(ERR_GET_REASON(code))
                                                         : ERR_reason_error_string(code);
    ERR_clear_error();
    return calx_error_set(err, CALX_ERROR_CONFIG, "%s: %s", file, words ? words : reason);
}

static int load(SSL_CTX *context, const char *certificate, const char *key, calx_error *err)
{
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
        return failed(certificate, err);
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        return failed(key, err);
    return 0;
}

/* Without this list every client speaks HTTP/1.1. */
static const h2o_iovec_t protocols[] = {
    {.base = "h2", .len = 2}, {.base = "http/1.1", .len = 8}, {.base = NULL}};

static SSL_CTX *create(bool http2)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL)
        return NULL;
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    if (http2) {
        h2o_ssl_register_alpn_protocols(context, protocols);
        calx__bodies_watch(context);
    }
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
        SSL_CTX_set_cipher_list(context, CIPHERS) == 1)
        return context;
    SSL_CTX_free(context);
    return NULL;
}

static void exchange_context(calx_http_server *server, SSL_CTX *context)
{
    pthread_mutex_lock(&server->tls_mutex);
    SSL_CTX *old = server->tls;
    server->tls = context;
    pthread_mutex_unlock(&server->tls_mutex);
    SSL_CTX_free(old);
}

int calx__http_certify(calx_http_server *server, const char *certificate, const char *key,
                       calx_error *err)
{
    SSL_CTX *context = create(server->options.http2);
    int status = context ? load(context, certificate, key, err)
                         : calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for TLS");
    if (status < 0) {
        SSL_CTX_free(context);
        return status;
    }
    exchange_context(server, context);
    return 0;
}

SSL_CTX *calx__tls_take(calx_http_server *server)
{
    pthread_mutex_lock(&server->tls_mutex);
    SSL_CTX *context = server->tls;
    if (context != NULL)
        SSL_CTX_up_ref(context);
    pthread_mutex_unlock(&server->tls_mutex);
    return context;
}

void calx__tls_finish(calx_http_server *server)
{
    exchange_context(server, NULL);
    pthread_mutex_destroy(&server->tls_mutex);
}
