/*
 * hello.c: the floor of the server's benchmarks, bench_hello PORT: h2o alone, one loop on one
 * thread. Every request is answered with the JSON of one todo, as long as the answers of the Todo
 * application to GET /todos/1.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include <h2o.h>

#include "tests/bench/listen.h"

#define BODY                                                                                       \
    "{\"id\":1,\"title\":\"write a benchmark that proves it "                                      \
    "all\",\"order\":1,\"completed\":false}"
_Static_assert(sizeof BODY - 1 == 83, "the answer has 83 bytes");

static h2o_context_t context;
static h2o_accept_ctx_t accept_context;

static int answer(h2o_handler_t *handler, h2o_req_t *request)
{
    (void)handler;
    request->res.status = 200;
    request->res.reason = "OK";
    request->res.content_length = sizeof BODY - 1;
    h2o_add_header(&request->pool, &request->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                   H2O_STRLIT("application/json"));
    h2o_send_inline(request, H2O_STRLIT(BODY));
    return 0;
}

static void on_accept(h2o_socket_t *listener, const char *error)
{
    h2o_socket_t *client;

    if (!error && (client = h2o_evloop_socket_accept(listener)) != NULL)
        h2o_accept(&accept_context, client);
}

int main(int argc, char **argv)
{
    static h2o_globalconf_t config;

    if (argc != 2) {
        fputs("usage: bench_hello PORT\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    h2o_config_init(&config);
    h2o_hostconf_t *host =
        h2o_config_register_host(&config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(path, sizeof(h2o_handler_t))->on_req = answer;
    h2o_context_init(&context, h2o_evloop_create(), &config);
    accept_context = (h2o_accept_ctx_t){.ctx = &context, .hosts = config.hosts};

    h2o_socket_t *listener =
        h2o_evloop_socket_create(context.loop, bench_listen(argv[1]), H2O_SOCKET_FLAG_DONT_READ);
    h2o_socket_read_start(listener, on_accept);
    while (h2o_evloop_run(context.loop, INT32_MAX) == 0 || errno == EINTR)
        continue;
    return 1;
}
