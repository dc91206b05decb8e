/* server.c: a server from its creation to its end: threads, signals, and the order in which
 * everything stops. */
#include "server/http/private.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* After every connection was cut, the loops need a few turns to notice. */
#define ABORT_TIMEOUT_MS 5000

/* So that those who run the server get through to it when it is busy. */
#define OPERATIONS_CONNECTIONS_MAX 64

static void close_listeners(calx_http_server *server)
{
    for (int i = 0; i < CALX__LISTENERS; i++)
        if (server->listeners[i].fd >= 0)
            close(server->listeners[i].fd);
}

static int bind_listeners(calx_http_server *server, calx_error *err)
{
    const calx_http_options *options = &server->options;
    calx__listener *operations = &server->listeners[CALX__OPERATIONS];
    for (int i = 0; i < CALX__LISTENERS; i++)
        server->listeners[i] = (calx__listener){.server = server, .fd = -1};
    server->listeners[CALX__PUBLIC].connections_max = options->connections_max;
    operations->connections_max = OPERATIONS_CONNECTIONS_MAX;
    int status =
        calx__listener_bind(&server->listeners[CALX__PUBLIC], options->host, options->port, err);
    if (status < 0 || options->operations_host == NULL)
        return status;
    status =
        calx__listener_bind(operations, options->operations_host, options->operations_port, err);
    if (status < 0)
        calx_error_prefix(err, CALX_HTTP_OPERATIONS_PREFIX);
    return status;
}

static void init_config(calx_http_server *server)
{
    const calx_http_options *options = &server->options;
    h2o_config_init(&server->config);
    server->config.server_name = h2o_iovec_init(H2O_STRLIT("calx"));
    server->config.http1.req_timeout = (uint64_t)options->request_timeout_ms;
    server->config.handshake_timeout = (uint64_t)options->request_timeout_ms;
    server->config.http1.upgrade_to_http2 = 0; /* over TLS only */
    server->config.http2.idle_timeout = (uint64_t)options->request_timeout_ms;
    server->config.http2.max_concurrent_requests_per_connection = options->http2_handlers_max;
    /* h2o refuses a chunked body of exactly the limit, and a plain one beyond it. With one byte
     * more, both pass what is allowed; the one byte is caught in routes.c. */
    server->config.max_request_entity_size = options->body_max + 1;
    calx__routes_register(server);
}

int calx__http_create(const calx_http_options *options, const calx_http_handler *handler,
                      calx_http_server **out, calx_error *err)
{
    assert(options->threads > 0 && options->workers > 0 && options->fibers > 0 &&
           options->connections_max > 0);
    calx_http_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    server->options = *options;
    server->handler = *handler;
    server->wake_fd = -1;
    int status = bind_listeners(server, err);
    if (status < 0) {
        close_listeners(server);
        free(server);
        return status;
    }
    pthread_mutex_init(&server->tls_mutex, NULL);
    init_config(server);
    *out = server;
    return 0;
}

int calx__http_port(const calx_http_server *server)
{
    return server->listeners[CALX__PUBLIC].port;
}

int calx__http_operations_port(const calx_http_server *server)
{
    return server->listeners[CALX__OPERATIONS].port;
}

static size_t connections_of(const calx_http_server *server)
{
    size_t count = 0;
    for (int i = 0; i < CALX__LISTENERS; i++)
        count += server->listeners[i].connections;
    return count;
}

calx_http_load calx__http_load(const calx_http_server *server)
{
    return (calx_http_load){.connections = connections_of(server),
                            .running = server->running,
                            .waiting = server->waiting};
}

static void blocked_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGHUP);
}

void calx__http_block_signals(void)
{
    sigset_t signals;
    blocked_signals(&signals);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

void calx__server_notice(calx_http_server *server)
{
    if (server->phase >= CALX__DRAINING)
        eventfd_write(server->wake_fd, 1);
}

/* ---- Waiting ---- */

static bool is_ready(calx_http_server *server)
{
    return server->loops_ready == server->loop_count;
}

static bool is_drained(calx_http_server *server)
{
    return !server->listening && connections_of(server) == 0 && server->exchanges == 0;
}

static bool is_handled(calx_http_server *server)
{
    return server->running == 0 && server->waiting == 0;
}

static bool never(calx_http_server *server)
{
    (void)server;
    return false;
}

/* SIGHUP is dealt with here; the other signals end the server. */
static bool is_told_to_end(const calx_http_server *server, int signal_fd)
{
    struct signalfd_siginfo signal_info;
    if (read(signal_fd, &signal_info, sizeof signal_info) != sizeof signal_info)
        return false;
    if (signal_info.ssi_signo != SIGHUP)
        return true;
    if (server->handler.hang_up != NULL)
        server->handler.hang_up(server->handler.context);
    return false;
}

/* Until the condition holds, the deadline passes, or (with signal_fd >= 0) a signal comes. True if
 * the condition holds. */
static bool wait_for(calx_http_server *server, bool (*holds)(calx_http_server *), int signal_fd,
                     int64_t deadline_us)
{
    while (!holds(server)) {
        struct pollfd fds[] = {{.fd = server->wake_fd, .events = POLLIN},
                               {.fd = signal_fd, .events = POLLIN}};
        int left_ms = deadline_us == CALX_NO_DEADLINE ? -1 : calx_deadline_left_ms(deadline_us);
        if (poll(fds, 2, left_ms) == 0)
            return holds(server);
        eventfd_t ignored;
        if (fds[0].revents != 0)
            eventfd_read(server->wake_fd, &ignored);
        if (fds[1].revents != 0 && is_told_to_end(server, signal_fd))
            return holds(server);
    }
    return true;
}

static void set_phase(calx_http_server *server, calx__phase phase)
{
    server->phase = phase;
    for (int i = 0; i < server->loop_count; i++)
        calx__loop_wake(&server->loops[i]);
}

/* ---- Start and stop ---- */

static void quit_loops(calx_http_server *server)
{
    pthread_barrier_init(&server->quit, NULL, (unsigned)server->loop_count + 1);
    set_phase(server, CALX__QUITTING);
    pthread_barrier_wait(&server->quit);
    for (int i = 0; i < server->loop_count; i++)
        pthread_join(server->loops[i].thread, NULL);
    pthread_barrier_destroy(&server->quit);
}

static int start_loops(calx_http_server *server, calx_error *err)
{
    for (; server->loop_count < server->options.threads; server->loop_count++) {
        calx__loop *loop = &server->loops[server->loop_count];
        loop->server = server;
        if (pthread_create(&loop->thread, NULL, calx__loop_main, loop) != 0)
            break;
    }
    /* A loop can be woken once it has its queue. */
    wait_for(server, is_ready, -1, CALX_NO_DEADLINE);
    if (server->loop_count == server->options.threads)
        return 0;
    quit_loops(server);
    return calx_error_set(err, CALX_ERROR_NO_MEMORY, "only %d of %d threads could be started",
                          server->loop_count, server->options.threads);
}

/*
 * Begun requests finish, or the time is up; then the handlers are cancelled, whose answers still go
 * out; then whatever connection is left is cut.
 */
static void stop(calx_http_server *server, int signal_fd)
{
    set_phase(server, CALX__DRAINING);
    wait_for(server, is_drained, signal_fd,
             calx_deadline_in_ms(server->options.shutdown_timeout_ms));
    if (!is_drained(server)) {
        calx__workers_cancel(server->workers);
        set_phase(server, CALX__CANCELLING);
        wait_for(server, is_handled, -1, CALX_NO_DEADLINE);
        set_phase(server, CALX__ABORTING);
        wait_for(server, is_drained, -1, calx_deadline_in_ms(ABORT_TIMEOUT_MS));
        wait_for(server, is_handled, -1, CALX_NO_DEADLINE);
    }
    quit_loops(server);
}

static int serve(calx_http_server *server, int signal_fd, calx_error *err)
{
    int status = calx__workers_create(server->options.workers, &server->workers, err);
    if (status == 0)
        status = start_loops(server, err);
    if (status < 0)
        return status;
    set_phase(server, CALX__SERVING);
    wait_for(server, never, signal_fd, CALX_NO_DEADLINE);
    stop(server, signal_fd);
    return 0;
}

int calx__http_run(calx_http_server *server, calx_error *err)
{
    assert(server->phase == CALX__STARTING);
    calx__http_block_signals();
    sigset_t signals;
    blocked_signals(&signals);
    int signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    server->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    server->loops = calloc((size_t)server->options.threads, sizeof *server->loops);
    int status;
    if (signal_fd < 0 || server->wake_fd < 0)
        status = calx_error_set(err, CALX_ERROR_IO, "event descriptor: %s", strerror(errno));
    else if (server->loops == NULL)
        status = calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    else
        status = serve(server, signal_fd, err);
    if (signal_fd >= 0)
        close(signal_fd);
    return status;
}

void calx__http_destroy(calx_http_server *server)
{
    if (server == NULL)
        return;
    calx__workers_destroy(server->workers);
    h2o_config_dispose(&server->config);
    close_listeners(server);
    calx__tls_finish(server);
    if (server->wake_fd >= 0)
        close(server->wake_fd);
    free(server->loops);
    free(server);
}
