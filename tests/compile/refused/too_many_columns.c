/* gcc: Pet: too many columns */
/* clang: Pet: too many columns */
#include "models.h"

#define FOUR(COLUMN, Model, prefix)                                                                \
    COLUMN(Model, INTEGER, prefix##a)                                                              \
    COLUMN(Model, INTEGER, prefix##b)                                                              \
    COLUMN(Model, INTEGER, prefix##c)                                                              \
    COLUMN(Model, INTEGER, prefix##d)
#define SIXTEEN(COLUMN, Model, prefix)                                                             \
    FOUR(COLUMN, Model, prefix##a)                                                                 \
    FOUR(COLUMN, Model, prefix##b)                                                                 \
    FOUR(COLUMN, Model, prefix##c)                                                                 \
    FOUR(COLUMN, Model, prefix##d)
#define PET(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    SIXTEEN(COLUMN, Model, a)                                                                      \
    SIXTEEN(COLUMN, Model, b)                                                                      \
    SIXTEEN(COLUMN, Model, c)                                                                      \
    SIXTEEN(COLUMN, Model, d)

CALX_MODEL_DECLARE(Pet, PET)
