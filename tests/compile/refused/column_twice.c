/* gcc: duplicate member 'age' */
/* clang: duplicate member 'age' */
#include "models.h"

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, age)                                                                    \
    COLUMN(Model, STRING, age, LENGTH(20))

CALX_MODEL_DECLARE(Pet, PET)
