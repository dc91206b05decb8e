/* arguments.c: the table of commands and options, and the command line taken apart. */
#include "server/cli/arguments.h"

#include <ctype.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUOTED_MAX 32 /* bytes of a word that messages quote */

static const calx__cli_entry entries[] = {
    {.name = "serve",
     .configured = true,
     .needs_file = true,
     .text = "create missing tables and serve until SIGINT or SIGTERM",
     .run = calx__cli_serve},
    {.name = "routes",
     .configured = true,
     .text = "list methods and paths",
     .run = calx__cli_routes},
    {.name = "config",
     .configured = true,
     .needs_file = true,
     .text = "list every key, its value in force and where that comes from",
     .run = calx__cli_config},
    {.name = "db create",
     .configured = true,
     .needs_file = true,
     .text = "create the tables that do not exist",
     .run = calx__cli_db_create},
    {.name = "db drop",
     .configured = true,
     .needs_file = true,
     .text = "drop the tables, with everything in them",
     .run = calx__cli_db_drop},
    {.name = "db url",
     .operands = "URL",
     .text = "show how a database URL is understood, as JSON",
     .run = calx__cli_db_url},
    {.name = "db inspect",
     .configured = true,
     .needs_file = true,
     .text = "show the tables that are there",
     .more = "  --model          write models in C, to begin an application with\n",
     .run = calx__cli_db_inspect},
    {.name = "db copy",
     .operands = "SOURCE TARGET",
     .configured = true,
     .text = "copy all tables from one URL to another",
     .more = "  Tables that are not there are made, those that are must be empty. All is\n"
             "  copied or nothing, and compared at the end.\n",
     .run = calx__cli_db_copy},
    {.name = "db dump",
     .operands = "[FILE]",
     .configured = true,
     .needs_file = true,
     .text = "write all tables as lines of JSON",
     .more = "  Without FILE, or with -, to the standard output.\n",
     .run = calx__cli_db_dump},
    {.name = "db load",
     .operands = "[FILE]",
     .configured = true,
     .needs_file = true,
     .text = "read what dump has written",
     .more = "  Without FILE, or with -, from the standard input. Tables that are not there\n"
             "  are made, those that are must be empty. All is loaded or nothing.\n",
     .run = calx__cli_db_load},
    {.name = "db backup",
     .operands = "FILE",
     .configured = true,
     .needs_file = true,
     .text = "write a SQLite database to a file, also while it is served",
     .more = "  A FILE that is there is replaced when the new one is whole.\n",
     .run = calx__cli_db_backup},
    {.name = "drivers",
     .text = "list the installed drivers and what they can do",
     .run = calx__cli_drivers},
};

#define ENTRY_COUNT (sizeof(entries) / sizeof(entries[0]))

enum {
    OPTION_CONFIG = 256,
    OPTION_HOST,
    OPTION_PORT,
    OPTION_SET,
    OPTION_DOCUMENT,
    OPTION_MODEL,
    OPTION_VERSION,
};

static const struct option options[] = {
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"host", required_argument, NULL, OPTION_HOST},
    {"port", required_argument, NULL, OPTION_PORT},
    {"set", required_argument, NULL, OPTION_SET},
    {"document", no_argument, NULL, OPTION_DOCUMENT},
    {"model", no_argument, NULL, OPTION_MODEL},
    {0},
};

/* ---- Help ---- */

static const char configuration_help[] =
    "Configuration:\n"
    "  --config FILE    read FILE instead of the application's own file\n"
    "  --host HOST      address to listen on\n"
    "  --port PORT      port to listen on, 0: any free one\n"
    "  --set KEY=VALUE  set a key; may be repeated\n";

static void print_program_help(const char *program)
{
    printf("Usage: %s COMMAND [OPTION]...\n\nCommands:\n", program);
    for (size_t i = 0; i < ENTRY_COUNT; i++) {
        const calx__cli_entry *entry = &entries[i];
        char words[QUOTED_MAX];
        snprintf(words, sizeof(words), "%s%s%s", entry->name, entry->operands ? " " : "",
                 entry->operands ? entry->operands : "");
        printf("  %-21s  %s\n", words, entry->text);
    }
    printf(
        "\n%s\nOthers:\n"
        "  -h, --help       print this; %s COMMAND --help: about one command\n"
        "  --version        print the version\n",
        configuration_help, program);
}

void calx__cli_print_help(const char *program, const calx__cli_entry *entry)
{
    if (!entry) {
        print_program_help(program);
        return;
    }
    printf("Usage: %s %s%s%s%s\n\n  %s\n", program, entry->name,
           entry->configured ? " [OPTION]..." : "", entry->operands ? " " : "",
           entry->operands ? entry->operands : "", entry->text);
    if (entry->more)
        printf("\n%s", entry->more);
    if (entry->configured)
        printf("\n%s", configuration_help);
}

/* ---- Complaints ---- */

CALX_PRINTF(3, 4)
static bool refuse(const char *program, const calx__cli_entry *entry, const char *format, ...)
{
    const char *blank = entry ? " " : "";
    const char *name = entry ? entry->name : "";
    va_list arguments;
    fprintf(stderr, "%s%s%s: ", program, blank, name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "; see %s%s%s --help\n", program, blank, name);
    return false;
}

/* The length of what may be quoted: a word of letters and dashes, not a URL nor an option's value.
 */
static int quotable(const char *word)
{
    size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_");
    return word[length] == '\0' || word[length] == '='
               ? (int)(length < QUOTED_MAX ? length : QUOTED_MAX)
               : 0;
}

static bool refuse_command(const char *program, const char *word)
{
    int length = quotable(word);
    if (length == 0)
        return refuse(program, NULL, "there is no such command");
    return refuse(program, NULL, "there is no %s \"%.*s\"", word[0] == '-' ? "option" : "command",
                  length, word);
}

/* After getopt_long has met an option that it does not know, or one that lacks its value. Of an
 * unknown short option only optopt is certain: the word may be one before it. */
static bool refuse_option(const char *program, const calx__cli_entry *entry, int answer,
                          const char *word)
{
    bool is_short = answer == '?' && optopt > 0 && optopt <= CHAR_MAX && optopt != 'h';
    if (is_short && isgraph(optopt))
        return refuse(program, entry, "there is no option -%c", optopt);
    if (is_short || quotable(word) == 0)
        return refuse(program, entry, "there is no such option");
    return refuse(program, entry,
                  answer == ':' ? "%.*s needs a value"
                  : optopt != 0 ? "%.*s takes no value"
                                : "there is no option %.*s",
                  quotable(word), word);
}

static bool refuse_foreign_option(const char *program, const calx__cli_entry *entry, int code)
{
    const struct option *option = options;
    while (option->val != code)
        option++;
    return refuse(program, entry, "it takes no --%s", option->name);
}

/* ---- Reading ---- */

/* Commands are of one word or two. Returns how many it has taken, 0 for none. */
static int find_entry(int argc, char **argv, const calx__cli_entry **out)
{
    for (size_t i = 0; i < ENTRY_COUNT; i++) {
        const char *second = strchr(entries[i].name, ' ');
        size_t length = second ? (size_t)(second - entries[i].name) : strlen(entries[i].name);
        if (strlen(argv[1]) != length || memcmp(argv[1], entries[i].name, length) != 0)
            continue;
        if (second && (argc < 3 || strcmp(argv[2], second + 1) != 0))
            continue;
        *out = &entries[i];
        return second ? 2 : 1;
    }
    return 0;
}

/* "db" or "db nonsense": the second word is what is missing. */
static bool begins_entry(const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i < ENTRY_COUNT; i++)
        if (strncmp(entries[i].name, word, length) == 0 && entries[i].name[length] == ' ')
            return true;
    return false;
}

static void add_override(calx__cli_arguments *out, const char *key, const char *source)
{
    out->overrides[out->override_count++] =
        (calx__cli_override){.key = key, .value = optarg, .source = source};
}

/* False for what this command does not take. */
static bool take_option(calx__cli_arguments *out, int option)
{
    switch (option) {
    case 'h':
        out->help = true;
        return true;
    case OPTION_CONFIG:
        out->config_file = optarg;
        break;
    case OPTION_HOST:
        add_override(out, "HOST", "--host");
        break;
    case OPTION_PORT:
        add_override(out, "PORT", "--port");
        break;
    case OPTION_SET:
        add_override(out, NULL, NULL);
        break;
    case OPTION_DOCUMENT:
        out->document = true;
        return out->entry->run == calx__cli_config;
    case OPTION_MODEL:
        out->model = true;
        return out->entry->run == calx__cli_db_inspect;
    default:
        return false;
    }
    return out->entry->configured;
}

/* The words behind the options; in brackets they are optional. */
static bool read_operands(const char *program, int count, char **words, calx__cli_arguments *out)
{
    const char *wanted = out->entry->operands ? out->entry->operands : "";
    int place = 0;
    for (; *wanted != '\0'; place++) {
        size_t length = strcspn(wanted, " ");
        if (place < count)
            out->operands[place] = words[place];
        else if (*wanted != '[')
            return refuse(program, out->entry, "%.*s is missing", (int)length, wanted);
        wanted += length + (wanted[length] == ' ');
    }
    return place >= count || refuse(program, out->entry, "too many arguments");
}

static bool read_options(const char *program, int argc, char **argv, calx__cli_arguments *out)
{
    int option;
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    while (!out->help && (option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        if (option == '?' || option == ':')
            return refuse_option(program, out->entry, option, argv[optind - 1]);
        if (!take_option(out, option))
            return refuse_foreign_option(program, out->entry, option);
    }
    return out->help || read_operands(program, argc - optind, argv + optind, out);
}

bool calx__cli_arguments_read(const char *program, int argc, char **argv, calx__cli_arguments *out)
{
    *out = (calx__cli_arguments){0};
    if (argc < 2)
        return refuse(program, NULL, "a command is missing");
    out->help = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0;
    out->version = strcmp(argv[1], "--version") == 0;
    if (out->help || out->version)
        return true;
    int words = find_entry(argc, argv, &out->entry);
    if (words == 0 && begins_entry(argv[1])) {
        out->help = argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0);
        return out->help || refuse(program, NULL, "%s needs another word", argv[1]);
    }
    if (words == 0)
        return refuse_command(program, argv[1]);
    out->overrides = calloc((size_t)argc, sizeof(*out->overrides));
    if (!out->overrides)
        return refuse(program, NULL, "out of memory");
    return read_options(program, argc - words, argv + words, out);
}

void calx__cli_arguments_finish(calx__cli_arguments *arguments)
{
    free(arguments->overrides);
}
