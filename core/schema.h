/*
 * schema.h: making and dropping the tables of models.
 */
#ifndef CALX_SCHEMA_H
#define CALX_SCHEMA_H

#include <calx/engine.h>
#include <calx/model.h>

/*
 * Creates the tables that do not exist, as SQLAlchemy would, with their indexes: those that are
 * referred to first, in any order of the list. Existing tables are left as they are. Safe to run
 * from several processes at once; where the database has transactions for it, all tables are made
 * or none; where it has not (MariaDB), a
 * call that was cut short is completed by the next one, foreign keys that close cycles included.
 * deadline_us is absolute; CALX_NO_DEADLINE: within the engine's timeouts.
 * CALX_ERROR_MODEL before anything is sent if a model is bad, CALX_ERROR_UNSUPPORTED if it has what
 * this database has not.
 */
CALX_API int calx_create_all(calx_engine *engine, const calx_model *const *models,
                             size_t model_count, int64_t deadline_us, calx_error *err);

/* Drops the tables that exist, with their rows: those that refer to others first. */
CALX_API int calx_drop_all(calx_engine *engine, const calx_model *const *models, size_t model_count,
                           int64_t deadline_us, calx_error *err);

#endif
