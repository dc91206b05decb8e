/* templates.c: the templates of an application: every file of its folder, parsed before anything is
 * served. */
#include "server/web/request.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/web/template.h"

#define TEMPLATES_MAX 256

typedef struct named {
    char *name;
    calx_template *template;
} named;

struct calx_templates {
    named items[TEMPLATES_MAX];
    size_t count;
};

static int load_one(struct calx_templates *templates, const char *folder, const char *name,
                    calx_error *err)
{
    if (templates->count == TEMPLATES_MAX)
        return calx_error_set(err, CALX_ERROR_LIMIT, "more than %d templates", TEMPLATES_MAX);
    named *to = &templates->items[templates->count];
    int code = calx__template_load(folder, name, &to->template, err);
    if (code < 0)
        return code;
    templates->count++;
    to->name = strdup(name);
    return to->name ? 0 : calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
}

int calx__templates_load(const char *folder, struct calx_templates **out, calx_error *err)
{
    struct calx_templates *templates = calloc(1, sizeof *templates);
    DIR *entries = folder ? opendir(folder) : NULL;
    int code = 0;
    if (templates == NULL)
        code = calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    else if (folder != NULL && entries == NULL)
        code = calx_error_set(err, CALX_ERROR_CONFIG, "%s: %s", folder, strerror(errno));
    for (struct dirent *entry; code == 0 && entries && (entry = readdir(entries));)
        if (entry->d_name[0] != '.')
            code = load_one(templates, folder, entry->d_name, err);
    if (entries != NULL)
        closedir(entries);
    if (code < 0)
        calx__templates_destroy(templates);
    else
        *out = templates;
    return code;
}

void calx__templates_destroy(struct calx_templates *templates)
{
    if (templates == NULL)
        return;
    for (size_t i = 0; i < templates->count; i++) {
        free(templates->items[i].name);
        calx__template_destroy(templates->items[i].template);
    }
    free(templates);
}

const struct calx_template *calx__templates_find(const struct calx_templates *templates,
                                                 const char *name)
{
    for (size_t i = 0; i < templates->count; i++)
        if (strcmp(templates->items[i].name, name) == 0)
            return templates->items[i].template;
    return NULL;
}
