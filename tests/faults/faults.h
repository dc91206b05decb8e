/*
 * faults.h: the shop on which the work is done, and what is remembered of it. A purchase has a key
 * that its client made and two lines; a till counts how often it was rung.
 */
#ifndef CALX_TESTS_FAULTS_FAULTS_H
#define CALX_TESTS_FAULTS_FAULTS_H

#include <calx/calx.h>

#define PURCHASE(COLUMN, Model)                                                                    \
    COLUMN(Model, BIG_INTEGER, key, PRIMARY_KEY)                                                   \
    COLUMN(Model, STRING, buyer, LENGTH(40))
#define PURCHASE_LINE(COLUMN, Model)                                                               \
    COLUMN(Model, BIG_INTEGER, purchase, PRIMARY_KEY, FOREIGN_KEY(Purchase, key))                  \
    COLUMN(Model, INTEGER, line, PRIMARY_KEY)
#define TILL(COLUMN, Model)                                                                        \
    COLUMN(Model, BIG_INTEGER, id, PRIMARY_KEY)                                                    \
    COLUMN(Model, INTEGER, rung)

CALX_MODEL_DECLARE(Purchase, PURCHASE)
CALX_MODEL_DECLARE(PurchaseLine, PURCHASE_LINE)
CALX_MODEL_DECLARE(Till, TILL)

#define PURCHASES 8 /* of a seed */
#define RINGS 4

/* What a client knows of one piece of its work. */
typedef enum known {
    KNOWN_NOT_DONE,
    KNOWN_DONE,
    KNOWN_NOTHING, /* the outcome is unknown */
} known;

typedef struct memo {
    uint64_t seed;
    int64_t first_key;
    known purchases[PURCHASES];
    int rings[3]; /* how many of each */
    bool stuck;   /* the engine did not work again */
    calx_error err;
} memo;

/* Sums over all seeds. */
typedef struct totals {
    long long acknowledged;
    long long refused;
    long long unknown;
    long long lost;
    long long half;
    long long twice;
    long long stuck;
    long long leaked;
} totals;

/* Does the work of a seed on an engine that fails. A piece that was not done is tried again. */
void work(calx_engine *engine, memo *notes);

/* Looks at the database, through an engine that works, and adds what is found. False: it is not
 * what was acknowledged. */
bool count(calx_engine *engine, const memo *notes, totals *sums);

#endif
