/* show.c: `routes`, `config` and `drivers`: tables of what there is. */
#include <stdio.h>
#include <string.h>

#include <calx/registry.h>

#include "server/cli/cli.h"

#define VALUE_WIDTH_MAX 60 /* longer ones push their source to the right */

static int wider(int width, const char *text)
{
    int length = (int)strlen(text);
    return length > width ? length : width;
}

/* ---- routes ---- */

int calx__cli_routes(calx__cli *cli)
{
    const calx_router *router = cli->app->router;
    const calx_route *route;
    int width = 0;
    for (size_t i = 0; (route = calx__router_at(router, i)) != NULL; i++)
        width = wider(width, route->methods);
    for (size_t i = 0; (route = calx__router_at(router, i)) != NULL; i++)
        printf("%-*s  %s\n", width, route->methods, route->pattern);
    return CALX__CLI_DONE;
}

/* ---- config ---- */

typedef struct columns {
    int first;
    int second;
} columns;

static void measure_key(void *context, const calx_config_key *key, const char *literal,
                        const char *source)
{
    columns *widths = context;
    (void)source;
    widths->first = wider(widths->first, key->name);
    if (strlen(literal) <= VALUE_WIDTH_MAX)
        widths->second = wider(widths->second, literal);
}

static void print_key(void *context, const calx_config_key *key, const char *literal,
                      const char *source)
{
    const columns *widths = context;
    printf("%-*s = %-*s  # %s\n", widths->first, key->name, widths->second, literal, source);
}

static int print_document(const calx_app *app)
{
    calx_buffer text = {0};
    calx__config_document(app->config, &text);
    if (text.failed)
        fprintf(stderr, "%s: out of memory\n", app->name);
    else
        fwrite(text.data, 1, text.length, stdout);
    int status = text.failed ? CALX__CLI_FAILED : CALX__CLI_DONE;
    calx_buffer_finish(&text);
    return status;
}

int calx__cli_config(calx__cli *cli)
{
    columns widths = {0};
    if (cli->document)
        return print_document(cli->app);
    calx__config_each(cli->app->config, measure_key, &widths);
    calx__config_each(cli->app->config, print_key, &widths);
    return CALX__CLI_DONE;
}

/* ---- drivers ---- */

static const calx_capability capabilities[] = {
#define CAPABILITY(name, bit, text) CALX_CAPABILITY_##name,
    CALX_CAPABILITIES(CAPABILITY)
#undef CAPABILITY
};

typedef struct drivers {
    columns widths;
    size_t usable;
    const char *application;
} drivers;

static const char *version_of(const calx_driver_choice *choice)
{
    return choice->opener->version ? choice->opener->version : "";
}

static void measure_driver(void *context, const char *drivername, const calx_driver_choice *choice,
                           const char *file, const char *problem)
{
    drivers *all = context;
    (void)file;
    (void)problem;
    if (!choice)
        return;
    all->usable++;
    all->widths.first = wider(all->widths.first, drivername);
    all->widths.second = wider(all->widths.second, version_of(choice));
}

static void print_driver(void *context, const char *drivername, const calx_driver_choice *choice,
                         const char *file, const char *problem)
{
    const drivers *all = context;
    if (!choice) {
        bool names_file = file && strstr(problem, file);
        fprintf(stderr, "%s: %s%s%s\n", all->application, names_file ? "" : drivername,
                names_file ? "" : ": ", problem);
        return;
    }
    printf("%-*s  %-*s ", all->widths.first, drivername, all->widths.second, version_of(choice));
    for (size_t i = 0; i < sizeof(capabilities) / sizeof(*capabilities); i++)
        if (calx_driver_choice_can(choice, capabilities[i]))
            printf(" %s", calx_capability_name(capabilities[i]));
    printf("\n");
}

int calx__cli_drivers(calx__cli *cli)
{
    drivers all = {.application = cli->app->name};
    calx_registry_each(measure_driver, &all);
    calx_registry_each(print_driver, &all);
    if (all.usable > 0)
        return CALX__CLI_DONE;
    fprintf(stderr, "%s: no driver can be used\n", cli->app->name);
    return CALX__CLI_FAILED;
}
