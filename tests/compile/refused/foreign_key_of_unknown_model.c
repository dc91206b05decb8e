/* gcc: 'Taod_model' undeclared here */
/* clang: use of undeclared identifier 'Taod_model' */
#include "models.h"

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, age)
#define PET_TABLE(CONSTRAINT, Model) CONSTRAINT(Model, FOREIGN_KEY_OF(Taod, (id), (id)))

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET, TABLE(PET_TABLE))
