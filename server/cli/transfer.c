/* transfer.c: signals, progress and results of copy, dump and load. */
#include "server/cli/transfer.h"

#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <calx/waiter.h>

/* ---- Signals ---- */

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};

#define CAUGHT_COUNT (sizeof(caught) / sizeof(*caught))

static struct sigaction before[CAUGHT_COUNT];
static volatile sig_atomic_t received;
static calx_waiter *waiter;

/* The first one counts: cleaning up is not cancelled by those that follow. */
static void receive(int signal)
{
    if (received == 0)
        atomic_store(&waiter->cancelled, true);
    received = signal;
}

/* Who is told to ignore a signal (nohup) goes on ignoring it. A read from a terminal or a pipe
 * returns when one comes. */
void calx__cli_catch_signals(void)
{
    struct sigaction action = {.sa_handler = receive};
    sigemptyset(&action.sa_mask);
    waiter = calx_waiter_current();
    received = 0;
    for (size_t i = 0; i < CAUGHT_COUNT; i++) {
        sigaction(caught[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(caught[i], &action, NULL);
    }
}

void calx__cli_release_signals(void)
{
    for (size_t i = 0; i < CAUGHT_COUNT; i++)
        sigaction(caught[i], &before[i], NULL);
    atomic_store(&waiter->cancelled, false);
    if (received != 0)
        raise(received);
}

/* ---- Progress ---- */

#define BAR_WIDTH 30
#define TABLE_WIDTH 24
#define REDRAW_US 100000 /* a terminal is not written to more often */

void calx__cli_progress_begin(calx__cli_progress *progress, const char *verb)
{
    *progress = (calx__cli_progress){.verb = verb, .terminal = isatty(STDERR_FILENO)};
}

static void draw(calx__cli_progress *to, const calx_transfer_progress *at)
{
    int64_t now_us = calx_now_us();
    if (to->drawn && now_us - to->drawn_us < REDRAW_US && !at->done)
        return;
    int64_t total = at->rows_total > at->rows ? at->rows_total : at->rows;
    int filled = total > 0 ? (int)(BAR_WIDTH * at->rows / total) : BAR_WIDTH;
    if (at->rows_total < 0)
        filled = at->done ? BAR_WIDTH : 0;
    fprintf(stderr, "\r%s %zu/%zu %-*.*s [%.*s%*s] %" PRId64 "\033[K",
            at->comparing ? "compare" : to->verb, at->table + 1, at->table_count, TABLE_WIDTH,
            TABLE_WIDTH, at->model->table, filled, "##############################",
            BAR_WIDTH - filled, "", at->rows);
    to->drawn = true;
    to->drawn_us = now_us;
}

static void show(void *context, const calx_transfer_progress *at)
{
    calx__cli_progress *to = context;
    if (to->terminal)
        draw(to, at);
    else if (at->done)
        fprintf(stderr, "%s %s: %" PRId64 " rows\n", at->comparing ? "compare" : to->verb,
                at->model->table, at->rows);
}

calx_transfer_watcher calx__cli_progress_watcher(calx__cli_progress *progress)
{
    return (calx_transfer_watcher){show, progress};
}

void calx__cli_progress_end(calx__cli_progress *progress)
{
    if (progress->drawn)
        fprintf(stderr, "\r\033[K");
    progress->drawn = false;
}

/* ---- Results ---- */

int calx__cli_transfer_failed(const calx__cli *cli, const char *verb, const calx_error *err)
{
    if (err->code == CALX_ERROR_CANCELLED && err->outcome == CALX_OUTCOME_NOT_DONE)
        fprintf(stderr, "%s db %s: cancelled, nothing was done\n", cli->app->name, verb);
    else
        fprintf(stderr, "%s db %s: %s%s\n", cli->app->name, verb, err->message,
                err->outcome == CALX_OUTCOME_UNKNOWN
                    ? "; whether it was committed is not known, look at the target"
                    : "");
    return CALX__CLI_FAILED;
}

void calx__cli_print_sums(FILE *out, const calx_table_sum *sums, size_t count, const char *done,
                          const char *preposition, const char *url)
{
    int width = 0;
    int64_t rows = 0;
    for (size_t i = 0; i < count; i++) {
        int length = (int)strlen(sums[i].model->table);
        width = length > width ? length : width;
        rows += sums[i].rows;
    }
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "%-*s  %10" PRId64 "  ", width, sums[i].model->table, sums[i].rows);
        for (size_t j = 0; j < sizeof(sums[i].sum); j++)
            fprintf(out, "%02x", sums[i].sum[j]);
        fputc('\n', out);
    }
    fprintf(out, "%s %zu %s, %" PRId64 " %s %s %s\n", done, count, count == 1 ? "table" : "tables",
            rows, rows == 1 ? "row" : "rows", preposition, url);
}
