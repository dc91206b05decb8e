/* gcc: expected '}' before 'CURRENT_TIMESTAMP' */
/* clang: expected '}' */
#include "models.h"

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, DATETIME, born, SERVER_DEFAULT(CURRENT_TIMESTAMP))

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET)
