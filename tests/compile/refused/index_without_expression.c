/* gcc: macro "CALX__CONSTRAINT_INDEX_ON" requires 2 arguments, but only 1 given */
/* clang: too few arguments provided to function-like macro invocation */
#include "models.h"

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, age)
#define PET_TABLE(CONSTRAINT, Model) CONSTRAINT(Model, INDEX_ON(age))

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET, TABLE(PET_TABLE))
