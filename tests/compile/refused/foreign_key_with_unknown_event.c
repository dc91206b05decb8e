/* gcc: implicit declaration of function 'CALX__ACTION_ON_REMOVE' */
/* clang: implicit declaration of function 'CALX__ACTION_ON_REMOVE' */
#include "models.h"

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, owner, LENGTH(20), FOREIGN_KEY(Person, nick, ON_REMOVE(CASCADE)))

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET)
