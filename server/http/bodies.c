/* bodies.c: how much memory an HTTP/2 connection takes with bodies that are still arriving. h2o
 * 2.2.5 keeps each until it is whole, lets its client send as much again at once, and tells nobody:
 * so records of TLS are counted, until the requests come that they belong to. */
#include "server/http/private.h"

/* Received between two looks at what is arriving. */
#define LOOK_BYTES ((size_t)256 * 1024)

typedef struct arriving {
    const calx__connection *connection;
    size_t count;
} arriving;

static int count_request(h2o_req_t *req, void *context)
{
    arriving *of = context;
    if (calx__connection_of(req) == of->connection && !calx__exchange_of(of->connection, req))
        of->count++;
    return 0;
}

/* More than the bodies that arrive can be is not theirs: heads, frames, streams that were reset. */
static void look(calx__connection *connection)
{
    calx__loop *loop = connection->loop;
    size_t body_max = loop->server->options.body_max;
    arriving of = {.connection = connection};
    loop->server->config.http2.callbacks.foreach_request(&loop->context, count_request, &of);
    if (connection->arrived > of.count * body_max)
        connection->arrived = of.count * body_max;
    if (connection->arrived > CALX_HTTP2_BODIES_MAX * body_max)
        calx__connection_cut(connection);
}

/* OpenSSL has read or written a part of a message: of each record it shows the header. */
static void on_record(int written, int version, int kind, const void *bytes, size_t length,
                      SSL *ssl, void *nothing)
{
    (void)version;
    (void)nothing;
    if (written || kind != SSL3_RT_HEADER || length < SSL3_RT_HEADER_LENGTH)
        return;
    const unsigned char *header = bytes;
    const h2o_socket_t *socket = BIO_get_data(SSL_get_rbio(ssl)); /* h2o made the BIO so */
    calx__connection *connection = socket->on_close.data;
    size_t record = (size_t)header[3] << 8 | header[4];
    connection->arrived += record;
    connection->unseen += record;
    if (connection->unseen >= LOOK_BYTES && !h2o_linklist_is_linked(&connection->receiving))
        h2o_linklist_insert(&connection->loop->receiving, &connection->receiving);
}

void calx__bodies_watch(SSL_CTX *context)
{
    SSL_CTX_set_msg_callback(context, on_record);
}

void calx__bodies_look(calx__loop *loop)
{
    while (!h2o_linklist_is_empty(&loop->receiving)) {
        calx__connection *connection =
            H2O_STRUCT_FROM_MEMBER(calx__connection, receiving, loop->receiving.next);
        h2o_linklist_unlink(&connection->receiving);
        connection->unseen = 0;
        look(connection);
    }
}

void calx__bodies_arrived(calx__connection *connection, size_t length)
{
    connection->arrived -= length < connection->arrived ? length : connection->arrived;
}
