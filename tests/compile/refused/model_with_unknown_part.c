/* gcc: Pet: unknown CALX__PART_TABEL(PET_TABLE) */
/* clang: Pet: unknown CALX__PART_TABEL(PET_TABLE) */
#include "models.h"

#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, age)
#define PET_TABLE(CONSTRAINT, Model) CONSTRAINT(Model, UNIQUE(age))

CALX_MODEL_DECLARE(Pet, PET)
CALX_MODEL_DEFINE(Pet, "pets", PET, TABEL(PET_TABLE))
