/* gcc: 'CALX__OPTION_PRIMARY' undeclared here */
/* clang: use of undeclared identifier 'CALX__OPTION_PRIMARY' */
#include "models.h"

#define PET(COLUMN, Model) COLUMN(Model, INTEGER, id, PRIMARY)

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET)
