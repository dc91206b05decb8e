/*
 * schema.h: making and dropping the tables of models.
 */
#ifndef CALX_SCHEMA_H
#define CALX_SCHEMA_H

#include <calx/engine.h>
#include <calx/model.h>

/*
 * Creates the tables that do not exist, as SQLAlchemy would; safe to run from several processes at
 * once. Existing tables are left as they are. deadline_us is absolute; CALX_NO_DEADLINE: within the
 * engine's timeouts. CALX_ERROR_MODEL before anything is sent if a model is bad.
 */
CALX_API int calx_create_all(calx_engine *engine, const calx_model *const *models,
                             size_t model_count, int64_t deadline_us, calx_error *err);

/* Drops the tables that exist. */
CALX_API int calx_drop_all(calx_engine *engine, const calx_model *const *models, size_t model_count,
                           int64_t deadline_us, calx_error *err);

#endif
