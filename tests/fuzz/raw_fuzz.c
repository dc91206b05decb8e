/* raw_fuzz.c: SQL text with binds by name. What is found is what was given; the rest of the text
 * stays as it is, and a text without binds is found to have none again. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/sql/raw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const calx__bind binds[] = {{"a", {.kind = CALX_KIND_NULL}},
                                   {"bb", {.kind = CALX_KIND_NULL}}};

/* What is taken out of the text is names and backslashes, what is put in are the dialect's binds.
 */
static void check_text(const calx__dialect *dialect, calx_text text, const calx__raw_sql *sql)
{
    size_t from = 0;
    for (size_t i = 0; i < sql->text.length; i++) {
        char c = sql->text.data[i];
        bool bind = from < text.length && text.data[from] == ':' && c != ':';
        if (bind) {
            assert(c == (dialect->numbered_binds ? '$' : '?'));
            from += text.data[from + 1] == 'a' ? 2 : 3;
            i += dialect->numbered_binds; /* its only digit */
            continue;
        }
        from += c == ':' && text.data[from] == '\\';
        assert(from < text.length && text.data[from] == c);
        from++;
    }
    assert(from == text.length);
}

static void check(const char *name, calx_text text, size_t given)
{
    const calx__dialect *dialect = calx__dialect_find(name);
    calx_arena arena = {0};
    calx_error err = {0};
    calx__raw_sql sql;
    int code = calx__raw_parse(dialect, text, binds, given, &arena, &sql, &err);
    assert(code == (int)err.code && (code == 0 || code == CALX_ERROR_INVALID));
    bool seen[2] = {false, false};
    for (size_t i = 0; code == 0 && i < sql.bind_count; i++) {
        assert(sql.values[i] < given);
        seen[sql.values[i]] = true;
    }
    for (size_t i = 0; code == 0 && i < given; i++)
        assert(seen[i]);
    assert(code < 0 || !dialect->numbered_binds || sql.bind_count == given);
    if (code == 0)
        check_text(dialect, text, &sql);
    calx_arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const dialects[] = {"sqlite", "postgresql", "mysql"};
    /* Of its own memory: what is read beyond its end is found. */
    char *copy = malloc(size + 1);
    assert(copy != NULL);
    memcpy(copy, data, size);
    copy = realloc(copy, size > 0 ? size : 1);
    calx_text text = {copy, size};
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        for (size_t given = 0; given <= 2; given++)
            check(dialects[i], text, given);
    free(copy);
    return 0;
}
