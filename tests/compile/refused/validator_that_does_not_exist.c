/* gcc: 'is_yuong' undeclared here */
/* clang: use of undeclared identifier 'is_yuong' */
#include "models.h"

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, age, VALIDATE(is_yuong))

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET)
