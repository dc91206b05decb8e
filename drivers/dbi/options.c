/* options.c: the options of a connection, as copies that outlive the URL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/dbi/internal.h"

void calx__dbi_options_finish(calx__dbi_options *options)
{
    for (size_t i = 0; i < options->count; i++) {
        free(options->items[i].name);
        free(options->items[i].text);
    }
    options->count = 0;
}

static void add(calx__dbi_options *options, char *name, char *text, int number)
{
    if (!name || options->count == CALX__DBI_OPTIONS_MAX) {
        free(name);
        free(text);
        options->incomplete = true;
        return;
    }
    options->items[options->count++] =
        (calx__dbi_option){.name = name, .text = text, .number = number};
}

void calx__dbi_options_add(calx__dbi_options *options, const char *prefix, const char *name,
                           const char *text)
{
    if (!text)
        return;
    char *copy = strdup(text);
    char *full_name = NULL;
    if (!copy || asprintf(&full_name, "%s%s", prefix, name) < 0)
        full_name = NULL;
    add(options, full_name, copy, 0);
}

void calx__dbi_options_add_number(calx__dbi_options *options, const char *name, int number)
{
    add(options, strdup(name), NULL, number);
}
