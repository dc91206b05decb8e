/* gcc: unknown type name 'CALX__MEMBER_INTEGR' */
/* clang: unknown type name 'CALX__MEMBER_INTEGR' */
#include "models.h"

#define PET(COLUMN, Model) COLUMN(Model, INTEGR, id, PRIMARY_KEY)

CALX_MODEL_DECLARE(Pet, PET)
