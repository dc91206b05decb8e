/* gcc: 'Preson_model' undeclared here */
/* clang: use of undeclared identifier 'Preson_model' */
#include "models.h"

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, owner, LENGTH(20), FOREIGN_KEY(Preson, nick))

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET)
