/* gcc: 'Person__' undeclared here */
/* clang: use of undeclared identifier 'Person__' */
#include "models.h"

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, owner, LENGTH(20), FOREIGN_KEY(Person))

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET)
