/* gcc: selector of type 'calx_datetime (*)(void)' is not compatible */
/* clang: controlling expression type 'calx_datetime (*)(void)' */
#include "models.h"

static calx_datetime now(void)
{
    return (calx_datetime){0};
}

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, DATETIME, changed, ON_UPDATE(now))

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET)
