/*
 * spread.h: a unit whose statements have several records, as one whose statements have one each,
 * or take all at once.
 * Private to this folder.
 */
#ifndef CALX_CORE_ENGINE_SPREAD_H
#define CALX_CORE_ENGINE_SPREAD_H

#include <calx/driver.h>

typedef struct calx__spread {
    calx_unit *original;
    calx_unit unit; /* to be run; its statements are this struct's */
    size_t *begins; /* the first statement of each of the original's */
    calx_unit_reference *references;
} calx__spread;

/* Has any of its statements more than one record? */
bool calx__unit_has_records(const calx_unit *unit);

/* Binds are lent from the original, which must have statements. */
int calx__spread_init(calx__spread *spread, calx_unit *unit, calx_error *err);

/* After the run: counts and keys, and which statement failed, become the original's. */
void calx__spread_collect(const calx__spread *spread);

void calx__spread_finish(calx__spread *spread);

#endif
