/* gcc: 'Pet__aeg' undeclared here */
/* clang: use of undeclared identifier 'Pet__aeg' */
#include "models.h"

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, age)
#define PET_TABLE(CONSTRAINT, Model) CONSTRAINT(Model, UNIQUE(id, aeg))

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET, TABLE(PET_TABLE))
