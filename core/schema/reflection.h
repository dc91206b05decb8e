/*
 * reflection.h: what the files of reflection share. Private to core.
 */
#ifndef CALX_CORE_SCHEMA_REFLECTION_H
#define CALX_CORE_SCHEMA_REFLECTION_H

#include <calx/reflection.h>

#include "core/dialect/dialect.h"
#include "core/engine/connection.h"

/* As calx_reflect, on a connection, in its transaction if there is one. */
int calx__reflect(calx__connection *connection, const calx__dialect *dialect, calx_arena *arena,
                  int64_t deadline_us, calx_reflection *out, calx_error *err);

/* Are the tables of these names there? Sets there[i] for names[i]. */
int calx__reflect_tables(calx__connection *connection, const calx__dialect *dialect,
                         const char *const *names, size_t count, int64_t deadline_us, bool *there,
                         calx_error *err);

/*
 * Room for one more item behind count of them, zeroed: grows the arena's array when it is full.
 * NULL when out of memory.
 */
void *calx__reflection_append(calx_arena *arena, void *items, size_t *count, size_t item_size);

/* Understands column->type_text: sets type, length and the other members that follow from it.
 * False when out of memory. */
bool calx__reflection_type(const calx__dialect *dialect, calx_reflected_column *column,
                           calx_arena *arena);

/* Understands what the types do not say alone, when all has been read: a collation, a moment. */
void calx__reflection_refine(const calx__dialect *dialect, calx_reflected_column *column);

/* Completes a table from the text of its CREATE TABLE: checks, and names of constraints. False when
 * out of memory. */
bool calx__reflection_read_table(calx_reflected_table *table, const char *text, calx_arena *arena);

/* Completes an index from the text of its CREATE INDEX: expressions and the condition. */
bool calx__reflection_read_index(calx_reflected_index *index, const char *text, calx_arena *arena);

#endif
