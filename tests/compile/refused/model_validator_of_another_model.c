/* gcc: Pet: is_grown_up is no int (const Pet *, calx_error *) */
/* clang: Pet: is_grown_up is no int (const Pet *, calx_error *) */
#include "models.h"

static int is_grown_up(const Person *person, calx_error *err)
{
    (void)err;
    return person->age < 18 ? CALX_ERROR_INVALID : 0;
}

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, age)

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET, VALIDATE(is_grown_up))
