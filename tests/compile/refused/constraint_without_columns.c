/* gcc: 'Pet__' undeclared here */
/* clang: use of undeclared identifier 'Pet__' */
#include "models.h"

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, age)
#define PET_TABLE(CONSTRAINT, Model) CONSTRAINT(Model, UNIQUE())

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET, TABLE(PET_TABLE))
