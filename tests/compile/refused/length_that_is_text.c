/* gcc: makes integer from pointer without a cast */
/* clang: incompatible pointer to integer conversion initializing 'uint32_t' */
#include "models.h"

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, name, LENGTH("20"))

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET)
