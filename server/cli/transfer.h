/*
 * transfer.h: what copy, dump and load share: signals that stop them, and how far they are. Private
 * to cli/.
 */
#ifndef CALX_SERVER_CLI_TRANSFER_H
#define CALX_SERVER_CLI_TRANSFER_H

#include <calx/transfer.h>

#include "server/cli/cli.h"

/* From now on SIGINT, SIGTERM and SIGHUP cancel what this thread does, which then cleans up. */
void calx__cli_catch_signals(void);

/* Ends that. A signal that came meanwhile ends the process, as it would have without us. */
void calx__cli_release_signals(void);

/* A bar on the terminal of stderr; where that is none, a line per table. */
typedef struct calx__cli_progress {
    const char *verb; /* "copy" */
    bool terminal;
    bool drawn; /* a bar stands in the line */
    int64_t drawn_us;
} calx__cli_progress;

void calx__cli_progress_begin(calx__cli_progress *progress, const char *verb);
calx_transfer_watcher calx__cli_progress_watcher(calx__cli_progress *progress);

/* Leaves the line empty. */
void calx__cli_progress_end(calx__cli_progress *progress);

/* Says on stderr in one line why it was not done, and returns the exit status. */
int calx__cli_transfer_failed(const calx__cli *cli, const char *verb, const calx_error *err);

/* Prints a line per table, and one that sums up: done "copied", preposition "to", and the URL. */
void calx__cli_print_sums(FILE *out, const calx_table_sum *sums, size_t count, const char *done,
                          const char *preposition, const char *url);

#endif
