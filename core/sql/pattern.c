/* pattern.c: patterns of LIKE in the one form that a dialect takes: with | before what is meant as
 * it is, or as a glob, which tells upper from lower case on SQLite. */
#include "core/sql/writer.h"

/* One character that stands for itself. */
static void append_literal(calx_buffer *out, bool glob, char c)
{
    bool special = glob ? c == '*' || c == '?' || c == '[' : c == '%' || c == '_' || c == '|';
    if (special && glob)
        calx_buffer_append_format(out, "[%c]", c);
    else if (special)
        calx_buffer_append_format(out, "|%c", c);
    else
        calx_buffer_append(out, &c, 1);
}

static void append_pattern(calx_buffer *out, bool glob, int escape, calx_text pattern)
{
    for (size_t i = 0; i < pattern.length; i++) {
        char c = pattern.data[i];
        if ((unsigned char)c == escape && i + 1 < pattern.length)
            append_literal(out, glob, pattern.data[++i]);
        else if (c == '%' || c == '_')
            calx_buffer_append(out, !glob ? &c : c == '%' ? "*" : "?", 1);
        else
            append_literal(out, glob, c);
    }
}

static void append_plain(calx_buffer *out, bool glob, unsigned how, calx_text text)
{
    if (how != CALX__PATTERN_STARTS)
        calx_buffer_append(out, glob ? "*" : "%", 1);
    for (size_t i = 0; i < text.length; i++)
        append_literal(out, glob, text.data[i]);
    if (how != CALX__PATTERN_ENDS)
        calx_buffer_append(out, glob ? "*" : "%", 1);
}

int calx__pattern_translate(unsigned how, bool glob, calx_text *pattern, calx_arena *arena)
{
    calx_buffer out = {0};
    if (how == CALX__PATTERN_LIKE || how >= CALX__PATTERN_ESCAPES)
        append_pattern(&out, glob,
                       how == CALX__PATTERN_LIKE ? -1 : (int)(how - CALX__PATTERN_ESCAPES),
                       *pattern);
    else
        append_plain(&out, glob, how, *pattern);
    calx_text copy = calx_arena_copy(arena, out.length ? out.data : "", out.length);
    bool failed = out.failed || copy.data == NULL;
    calx_buffer_finish(&out);
    if (failed)
        return -1;
    *pattern = copy;
    return 0;
}
