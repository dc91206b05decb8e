/* gcc: 'Person__name' undeclared here */
/* clang: use of undeclared identifier 'Person__name' */
#include "models.h"

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, owner, LENGTH(20), FOREIGN_KEY(Person, name))

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET)
