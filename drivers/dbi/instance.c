/*
 * instance.c: libdbi's one instance, used by one thread at a time: libdbi has no locks, and
 * connecting races too (0.9.0). The instance is never shut down: its connections would go with it.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "drivers/dbi/internal.h"

static struct {
    pthread_mutex_t mutex; /* held for a moment only */
    pthread_cond_t idle;
    bool busy;               /* a thread is inside libdbi, perhaps waiting for a server */
    calx__dbi_link *closing; /* what it closes when it has done */
    dbi_inst dbi;            /* the busy thread's */
} instance = {
    .mutex = PTHREAD_MUTEX_INITIALIZER,
    .idle = PTHREAD_COND_INITIALIZER,
};

/* ---- Taking turns ---- */

static bool wait_idle(int64_t deadline_us)
{
    if (deadline_us == CALX_NO_DEADLINE)
        return pthread_cond_wait(&instance.idle, &instance.mutex) == 0;
    struct timespec until = {
        .tv_sec = (time_t)(deadline_us / 1000000),
        .tv_nsec = (long)(deadline_us % 1000000 * 1000),
    };
    return pthread_cond_clockwait(&instance.idle, &instance.mutex, CLOCK_MONOTONIC, &until) == 0;
}

static bool enter(int64_t deadline_us)
{
    bool in_time = true;
    pthread_mutex_lock(&instance.mutex);
    while (instance.busy && in_time)
        in_time = wait_idle(deadline_us);
    bool entered = !instance.busy;
    instance.busy = true;
    pthread_mutex_unlock(&instance.mutex);
    return entered;
}

static void close_list(calx__dbi_link *list)
{
    while (list) {
        calx__dbi_link *next = list->next;
        dbi_conn_close(list->conn);
        free(list);
        list = next;
    }
}

/* Closes what others have left to be closed meanwhile, and lets the next one in. */
static void leave(void)
{
    pthread_mutex_lock(&instance.mutex);
    while (instance.closing) {
        calx__dbi_link *list = instance.closing;
        instance.closing = NULL;
        pthread_mutex_unlock(&instance.mutex);
        close_list(list);
        pthread_mutex_lock(&instance.mutex);
    }
    instance.busy = false;
    pthread_cond_signal(&instance.idle);
    pthread_mutex_unlock(&instance.mutex);
}

void calx__dbi_disconnect(calx__dbi_link *link)
{
    pthread_mutex_lock(&instance.mutex);
    link->next = instance.closing;
    instance.closing = link;
    bool entered = !instance.busy;
    instance.busy = true;
    pthread_mutex_unlock(&instance.mutex);
    if (entered)
        leave();
}

/* ---- Opening ---- */

static int initialize(calx_error *err)
{
    if (instance.dbi)
        return 0;
    dbi_inst dbi = NULL;
    if (dbi_initialize_r(NULL, &dbi) < 0)
        return calx_error_set(err, CALX_ERROR_DRIVER, "libdbi finds no folder of drivers");
    dbi_set_verbosity_r(0, dbi);
    instance.dbi = dbi;
    return 0;
}

static int set_options(dbi_conn conn, const calx__dbi_options *options, calx_error *err)
{
    for (size_t i = 0; i < options->count; i++) {
        const calx__dbi_option *option = &options->items[i];
        int status = option->text ? dbi_conn_set_option(conn, option->name, option->text)
                                  : dbi_conn_set_option_numeric(conn, option->name, option->number);
        if (status)
            return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    }
    return 0;
}

static int connect_new(const calx__dbi_opener *opener, const calx__dbi_options *options,
                       dbi_conn conn, void **handle, calx_error *err)
{
    int status = set_options(conn, options, err);
    if (status)
        return status;
    if (dbi_conn_connect(conn) < 0) {
        const char *message = NULL; /* used at once: the next call of libdbi resets it */
        int number = dbi_conn_error(conn, &message);
        return opener->refused(number, message ? message : "", err);
    }
    return calx__dbi_native(conn, opener->driver, handle, err);
}

static int connect_entered(const calx__dbi_opener *opener, const calx__dbi_options *options,
                           calx_native *out, calx_error *err)
{
    int status = initialize(err);
    if (status)
        return status;
    dbi_conn conn = dbi_conn_new_r(opener->driver, instance.dbi);
    if (!conn)
        return calx_error_set(err, CALX_ERROR_DRIVER, "libdbi has no driver \"%s\" installed",
                              opener->driver);
    calx__dbi_link *link = malloc(sizeof *link);
    void *handle = NULL;
    status = link ? connect_new(opener, options, conn, &handle, err)
                  : calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    if (status) {
        dbi_conn_close(conn);
        free(link);
        return status;
    }
    *link = (calx__dbi_link){.conn = conn};
    *out = (calx_native){.handle = handle, .owner = link};
    return 0;
}

int calx__dbi_connect(const calx__dbi_opener *opener, const calx__dbi_options *options,
                      int64_t deadline_us, const atomic_bool *abandoned, calx_native *out,
                      calx_error *err)
{
    if (!enter(deadline_us))
        return calx_error_set(err, CALX_ERROR_TIMEOUT,
                              "libdbi was busy opening another connection until the deadline");
    int status = atomic_load(abandoned)
                     ? calx_error_set(err, CALX_ERROR_TIMEOUT, "nobody waits for the connection")
                     : connect_entered(opener, options, out, err);
    leave();
    return status;
}
