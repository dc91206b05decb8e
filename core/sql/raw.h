/*
 * raw.h: SQL text of the user's own: its binds by name become those of the dialect. Private to
 * core.
 */
#ifndef CALX_CORE_SQL_RAW_H
#define CALX_CORE_SQL_RAW_H

#include <calx/buffer.h>
#include <calx/raw.h>

#include "core/dialect/dialect.h"

/* A text in the dialect's form. */
typedef struct calx__raw_sql {
    calx_text text;
    size_t *values; /* for each bind of the text which of the given ones it is */
    size_t bind_count;
    const char *writes; /* why the text is none that only reads, in words; NULL: it is one */
} calx__raw_sql;

/*
 * Finds the binds of a text of so many bytes; what it gives is in the arena. CALX_ERROR_INVALID: a
 * name has no value, two of them or is not in the text, or there is a bind in the dialect's own
 * form; CALX_ERROR_LIMIT: more than CALX_BINDS_MAX.
 */
int calx__raw_parse(const calx__dialect *dialect, calx_text text, const calx__bind *binds,
                    size_t bind_count, calx_arena *arena, calx__raw_sql *out, calx_error *err);

#endif
