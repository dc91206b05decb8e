/* main.c: conform URL: is a driver what calx takes it for? */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"

#define STATUS_FAILED 1 /* a case failed */
#define STATUS_UNABLE 2 /* wrong arguments, or the database cannot be used */

static volatile sig_atomic_t interrupted;

static const char usage[] =
    "usage: conform [options] URL\n"
    "\n"
    "Checks the driver that a database URL names, and core on top of it: does what the\n"
    "contract of drivers asks for, and compares. Works in tables of its own, whose names begin\n"
    "with " CONFORM_PREFIX
    ", and drops them at the end.\n"
    "\n"
    "  --list            print the names of the cases, and run none\n"
    "  --only PATTERN    only cases whose name matches (*, ?, [a-z]), or has it as a part\n"
    "  --report FILE     write what every case saw, the same for every database; - is the output\n"
    "  --verbose         print every case\n"
    "  --keep            leave the tables behind\n"
    "  --force           clear up after a run that was killed\n"
    "  --help, --version\n"
    "\n"
    "The status is 0 when no case failed, 1 when one did, 2 when nothing could be tried.\n"
    "A case is refused when the driver says that its database cannot do what the case needs.\n";

static const struct option long_options[] = {
    {"list", no_argument, NULL, 'l'},
    {"only", required_argument, NULL, 'o'},
    {"report", required_argument, NULL, 'r'},
    {"verbose", no_argument, NULL, 'v'},
    {"keep", no_argument, NULL, 'k'},
    {"force", no_argument, NULL, 'f'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static void parse_option(conform_options *options, int letter)
{
    switch (letter) {
    case 'l':
        options->list = true;
        break;
    case 'o':
        options->only = optarg;
        break;
    case 'r':
        options->report = optarg;
        break;
    case 'v':
        options->verbose = true;
        break;
    case 'k':
        options->keep = true;
        break;
    case 'f':
        options->force = true;
        break;
    case 'h':
        fputs(usage, stdout);
        exit(EXIT_SUCCESS);
    case 'V':
        puts("conform (calx) " CALX_VERSION);
        exit(EXIT_SUCCESS);
    default:
        fputs("try conform --help\n", stderr);
        exit(STATUS_UNABLE);
    }
}

static conform_options parse(int argc, char **argv)
{
    conform_options options = {0};
    int letter;
    while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        parse_option(&options, letter);
    if (argc - optind == (options.list ? 0 : 1) || argc - optind == 1) {
        options.url = argv[optind];
        return options;
    }
    fputs("conform: one URL is wanted; try conform --help\n", stderr);
    exit(STATUS_UNABLE);
}

static void on_signal(int number)
{
    interrupted = number;
}

static int unable(const calx_error *err)
{
    fprintf(stderr, "conform: %s: %s\n", calx_error_class_name(err->code), err->message);
    return STATUS_UNABLE;
}

/* The file is opened before anything runs, so that a bad name costs nothing. */
static bool write_report(conform *c, FILE *file)
{
    if (file == NULL)
        return true;
    conform_matrix(c, &c->report);
    fwrite(c->report.data, 1, c->report.length, file);
    bool written = fflush(file) == 0 && !ferror(file) && !c->report.failed;
    if (file != stdout)
        written = fclose(file) == 0 && written;
    if (!written)
        fprintf(stderr, "conform: %s: %s\n", c->options.report, strerror(errno));
    return written;
}

static void print_head(const conform *c)
{
    printf("conform %s: %s+%s, dialect %s, %s %s, opened by %s %s\n", CALX_VERSION, c->url->dialect,
           c->choice.opener->name, c->driver->dialect, c->driver->name, c->driver->version,
           c->choice.opener->name, c->choice.opener->version);
    fflush(stdout);
}

/* The matrix and the failures. */
static void print_results(const conform *c)
{
    calx_buffer matrix = {0};
    conform_matrix(c, &matrix);
    printf("%.*s%.*s", (int)matrix.length, matrix.data, (int)c->failures.length, c->failures.data);
    calx_buffer_finish(&matrix);
}

static int run(conform *c, FILE *report)
{
    calx_error err = {0};
    int status = conform_setup(c, &err) < 0 ? unable(&err) : 0;
    if (status == 0) {
        if (report != stdout)
            print_head(c);
        conform_run_areas(c);
        if (report != stdout)
            print_results(c);
        status = conform_total(c).failed > 0 ? STATUS_FAILED : 0;
    }
    calx_error_clear(&err);
    if (conform_teardown(c, &err) < 0)
        status = unable(&err);
    if (status != STATUS_UNABLE && (!write_report(c, report) || interrupted))
        status = STATUS_UNABLE;
    return status;
}

static FILE *open_report(const char *name)
{
    if (name == NULL || strcmp(name, "-") == 0)
        return name == NULL ? NULL : stdout;
    FILE *file = fopen(name, "w");
    if (file == NULL) {
        fprintf(stderr, "conform: %s: %s\n", name, strerror(errno));
        exit(STATUS_UNABLE);
    }
    return file;
}

int main(int argc, char **argv)
{
    static conform c;
    c.options = parse(argc, argv);
    c.interrupted = &interrupted;
    if (c.options.list) {
        conform_run_areas(&c);
        return 0;
    }
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    int status = run(&c, open_report(c.options.report));
    calx_buffer_finish(&c.report);
    calx_buffer_finish(&c.failures);
    calx_buffer_finish(&c.seen);
    return status;
}
