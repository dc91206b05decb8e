/* arguments.h: what stands on the command line. Private to cli/. */
#ifndef CALX_SERVER_CLI_ARGUMENTS_H
#define CALX_SERVER_CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "server/cli/cli.h"

typedef struct calx__cli_entry {
    const char *name;     /* "db create" */
    const char *operands; /* what it is about, "SOURCE TARGET", "[FILE]"; NULL: it takes none */
    bool configured;      /* it reads the configuration and takes the options for it */
    bool needs_file;      /* the application's own file must be there */
    const char *text;     /* help, one line */
    const char *more;     /* help of this command alone, whole lines; or NULL */
    calx__cli_command *run;
} calx__cli_entry;

/* --host, --port and --set, in their order. */
typedef struct calx__cli_override {
    const char *key; /* NULL: value is "KEY=VALUE" */
    const char *value;
    const char *source;
} calx__cli_override;

typedef struct calx__cli_arguments {
    const calx__cli_entry *entry;                 /* NULL: none, only --help or --version */
    const char *operands[CALX__CLI_OPERANDS_MAX]; /* those that are not there are NULL */
    const char *config_file;                      /* NULL: the application's own */
    calx__cli_override *overrides;
    size_t override_count;
    bool help;
    bool version;
    bool document;
    bool model;
} calx__cli_arguments;

/*
 * Takes the command line apart; strings are argv's. False when it is wrong: one line on stderr has
 * said so. No operand or value is quoted in it, as it may hold a password.
 * calx__cli_arguments_finish in both cases.
 */
bool calx__cli_arguments_read(const char *program, int argc, char **argv, calx__cli_arguments *out);
void calx__cli_arguments_finish(calx__cli_arguments *arguments);

/* The help of one command; NULL: of the program. */
void calx__cli_print_help(const char *program, const calx__cli_entry *entry);

#endif
