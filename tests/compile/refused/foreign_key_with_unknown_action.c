/* gcc: 'CALX_ACTION_KASKADE' undeclared here */
/* clang: use of undeclared identifier 'CALX_ACTION_KASKADE' */
#include "models.h"

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, owner, LENGTH(20), FOREIGN_KEY(Person, nick, ON_DELETE(KASKADE)))

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET)
