/* gcc: '_Generic' selector of type 'int (*)(int)' is not compatible */
/* clang: controlling expression type 'int (*)(int)' not compatible */
#include "models.h"

static int is_young(int age)
{
    return age < 10 ? 0 : CALX_ERROR_INVALID;
}

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, age, VALIDATE(is_young))

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET)
