/* gcc: more than 8 columns */
/* clang: more than 8 columns */
#include "models.h"

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, age)
#define PET_TABLE(CONSTRAINT, Model)                                                               \
    CONSTRAINT(Model, INDEX(id, age, id, age, id, age, id, age, id))

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET, TABLE(PET_TABLE))
