/* model.h: the parts of calx_model_check. Private to this folder and to the dialects. */
#ifndef CALX_CORE_SCHEMA_MODEL_H
#define CALX_CORE_SCHEMA_MODEL_H

#include <calx/model.h>

#define KEY_LENGTH_MAX 768u /* characters in an index: InnoDB, 3072 bytes */

#define UNLIMITED_PROBLEM "UNIQUE and INDEX need a type of limited length (MySQL)"

/* CALX_ERROR_MODEL: `model Order, column "id": …`; column may be NULL. Returns the code. */
int calx__model_refuse(const calx_model *model, const calx_column *column, const char *problem,
                       calx_error *err);

/* What is wrong with a name in SQL; NULL: nothing. */
const char *calx__name_problem(const char *name);

/* Checks the columns of one model, and finds its key. */
int calx__model_check_columns(const calx_model *model, struct calx__model_info *info,
                              calx_error *err);

/* Checks the constraints of one model, and lists its foreign keys. */
int calx__model_check_constraints(const calx_model *model, struct calx__model_info *info,
                                  calx_error *err);

/* Checks the relationships of one model; the foreign keys of the models that it relates to are
 * listed. */
int calx__model_check_relationships(const calx_model *model, calx_error *err);

/* Do these columns name one row of the model? PostgreSQL and MySQL ask that of what a foreign key
 * refers to. */
bool calx__model_is_unique(const calx_model *model, const uint8_t *columns, size_t count);

/*
 * The one rule for names: uq, ix, ck or fk, the table, then the name that the application chose or
 * else the columns, and what a foreign key refers to. Primary keys have none, as in SQLAlchemy
 * without a convention. A name longer than CALX_NAME_MAX bytes is cut and ends in a hash of the
 * whole.
 */
void calx__name_write(const calx_model *model, const char *prefix, const char *chosen,
                      const uint8_t *columns, size_t column_count, const char *referred,
                      char out[static CALX_NAME_MAX + 1]);

/* The name of a UNIQUE, a CHECK or an INDEX of the table's list. */
void calx__constraint_name(const calx_model *model, const calx_constraint *constraint,
                           char out[static CALX_NAME_MAX + 1]);

#endif
