/* gcc: 'more_than_sixteen_arguments' undeclared here */
/* clang: use of undeclared identifier 'more_than_sixteen_arguments' */
#include "models.h"

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, name, JSON, JSON, JSON, JSON, JSON, JSON, JSON, JSON, JSON, JSON, JSON,  \
           JSON, JSON, JSON, JSON, JSON, JSON)

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET)
