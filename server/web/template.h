/*
 * template.h: Mustache templates, parsed once and rendered into a buffer. As in mustache/spec:
 * {{name}} is escaped for HTML, {{{name}}} and {{&name}} are not; {{#name}}…{{/name}} is a section,
 * {{^name}}…{{/name}} an inverted one, {{! … }} a comment; tags of these that stand alone on a line
 * take the line with them. A name is letters, digits, _ and -, or "." for the item of a section.
 * Left out, and errors of parsing: partials, other delimiters, dotted names. Lambdas are left out
 * too: a value is text. Private to the server.
 */
#ifndef CALX_SERVER_WEB_TEMPLATE_H
#define CALX_SERVER_WEB_TEMPLATE_H

#include <calx/buffer.h>
#include <calx/error.h>
#include <calx/value.h>

#define CALX_TEMPLATE_BYTES_MAX (1024 * 1024)
#define CALX_TEMPLATE_DEPTH_MAX 32 /* sections within sections */

typedef struct calx_template calx_template;

/* CALX_ERROR_CONFIG: `index.html:12: section is not closed: "todos"`, CALX_ERROR_LIMIT. name is for
 * messages. *out is the caller's. */
int calx__template_parse(const char *name, const char *text, size_t length, calx_template **out,
                         calx_error *err);
int calx__template_load(const char *folder, const char *name, calx_template **out, calx_error *err);
void calx__template_destroy(calx_template *template);

/* Where values come from. Frames are the reader's own: a root, and what each section opened. */
typedef struct calx_template_source {
    void *context;
    /* Writes the value of a name, unescaped, into out (which is a scratch buffer for {{name}}, the
       page itself for {{{name}}}); nothing for an unknown name. A negative return ends the
       rendering with err. */
    int (*write)(void *context, calx_text name, calx_buffer *out, calx_error *err);
    /* Sections: is the name true? Then next moves to its next item, also to the first, and returns
     * false at the end; close is called for each open that was true. An inverted section calls open
     * and close only. next and close may be NULL if open is never true. */
    bool (*open)(void *context, calx_text name);
    bool (*next)(void *context, calx_text name);
    void (*close)(void *context, calx_text name);
} calx_template_source;

/* Appends the page. CALX_ERROR_LIMIT: out has failed. */
int calx__template_render(const calx_template *template, const calx_template_source *source,
                          calx_buffer *out, calx_error *err);

#endif
