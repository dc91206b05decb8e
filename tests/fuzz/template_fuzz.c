/* template_fuzz.c: what parses renders, within bounds: no section more often than its source says,
 * none left open, no value unescaped. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/web/template.h"

#define PAGE_MAX (64 * 1024)
#define ITEMS_MAX 3
#define VALUE "<&>\"'"
#define ESCAPED "&lt;&amp;&gt;&quot;&#39;"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Sections are true and have items by the hash of their name. */
typedef struct source {
    unsigned items[CALX_TEMPLATE_DEPTH_MAX]; /* that are left */
    size_t depth;
    size_t writes; /* until one fails */
} source;

static unsigned hash(calx_text name)
{
    unsigned value = 5381;
    for (size_t i = 0; i < name.length; i++)
        value = value * 33 + (unsigned char)name.data[i];
    return value;
}

static void check_name(calx_text name)
{
    assert(name.length > 0);
    assert(!memchr(name.data, '\0', name.length));
    assert(!memchr(name.data, '{', name.length));
}

static int write_value(void *context, calx_text name, calx_buffer *out, calx_error *err)
{
    source *from = context;
    check_name(name);
    if (from->writes-- == 0)
        return calx_error_set(err, CALX_ERROR_MISFIT, "no more values");
    if (hash(name) % 4 != 0)
        calx_buffer_append_string(out, VALUE);
    return 0;
}

static bool open_section(void *context, calx_text name)
{
    source *from = context;
    check_name(name);
    if (hash(name) % 3 == 0)
        return false;
    assert(from->depth < CALX_TEMPLATE_DEPTH_MAX);
    from->items[from->depth++] = hash(name) % (ITEMS_MAX + 1);
    return true;
}

static bool next_item(void *context, calx_text name)
{
    source *from = context;
    check_name(name);
    assert(from->depth > 0);
    return from->items[from->depth - 1]-- > 0;
}

static void close_section(void *context, calx_text name)
{
    source *from = context;
    check_name(name);
    assert(from->depth > 0);
    from->depth--;
}

/* A template without raw tags and without <: then a < is an escape that was forgotten. */
static void check_escapes(const char *text, size_t size, const calx_buffer *page)
{
    if (size == 0 || memchr(text, '<', size) || memmem(text, size, "{{{", 3) ||
        memchr(text, '&', size))
        return;
    assert(page->length == 0 || !memchr(page->data, '<', page->length));
}

static void check_render(const calx_template *template, const char *text, size_t size)
{
    source from = {.writes = size % 64 == 0 ? 1 : SIZE_MAX};
    calx_template_source reader = {.context = &from,
                                   .write = write_value,
                                   .open = open_section,
                                   .next = next_item,
                                   .close = close_section};
    calx_buffer page = {.length_max = PAGE_MAX};
    calx_error err = {0};
    int code = calx__template_render(template, &reader, &page, &err);
    assert(code == (int)err.code);
    assert(from.depth == 0);
    assert(page.length <= PAGE_MAX);
    if (!memmem(text, size, "{{", 2)) {
        assert(code == (size > PAGE_MAX ? CALX_ERROR_LIMIT : 0));
        assert(code != 0 || (page.length == size && (size == 0 || !memcmp(page.data, text, size))));
    }
    check_escapes(text, size, &page);
    calx_buffer_finish(&page);
}

/* How often the innermost text could be repeated: rendering it takes time, not only room. */
static bool is_small(const char *text, size_t size)
{
    size_t times = 1;
    for (size_t i = 0; i + 2 < size; i++)
        if (memcmp(text + i, "{{", 2) == 0 && memchr(text + i, '#', size - i) && times < 1000000)
            times *= ITEMS_MAX;
    return times < 1000000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size > 0 ? (const char *)data : "";
    calx_template *template = NULL;
    calx_error err = {0};
    int code = calx__template_parse("page.html", text, size, &template, &err);
    assert(code == (int)err.code);
    assert((code == 0) == (template != NULL));
    if (code < 0)
        assert(strncmp(err.message, "page.html:", strlen("page.html:")) == 0);
    else if (is_small(text, size))
        check_render(template, text, size);
    calx__template_destroy(template);
    return 0;
}
