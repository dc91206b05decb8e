/*
 * ddl.h: the statements that make and drop the tables of models, as SQLAlchemy writes them. Private
 * to core.
 */
#ifndef CALX_CORE_DIALECT_DDL_H
#define CALX_CORE_DIALECT_DDL_H

#include "core/dialect/dialect.h"

/* CALX_ERROR_UNSUPPORTED, which names the model and what the dialect has not: of a checked model.
 */
int calx__ddl_check(const calx__dialect *dialect, const calx_model *model, calx_error *err);

/*
 * Appends what makes the tables of checked and sorted models, one NUL-ended statement after the
 * other: each table with its indexes, then the foreign keys that close cycles, where a table cannot
 * refer to one that is not there yet.
 */
void calx__ddl_create_all(const calx__dialect *dialect, const calx_model *const *models,
                          size_t count, calx_buffer *out);

/* Is this one of those foreign keys? */
bool calx__ddl_is_added_later(const calx__dialect *dialect, const calx_model *model,
                              const calx_foreign_key *key);

/* The statement that adds it. */
void calx__ddl_add_foreign_key(const calx__dialect *dialect, const calx_model *model,
                               const calx_foreign_key *key, calx_buffer *out);

/* What drops them: the last one first, before them the foreign keys that close cycles. */
void calx__ddl_drop_all(const calx__dialect *dialect, const calx_model *const *models, size_t count,
                        calx_buffer *out);

/* The types of ENUM columns, as NUL-ended statements: before the tables, and after them. */
void calx__ddl_create_enums(const calx__dialect *dialect, const calx_model *const *models,
                            size_t count, calx_buffer *out);
void calx__ddl_drop_enums(const calx__dialect *dialect, const calx_model *const *models,
                          size_t count, calx_buffer *out);

#endif
