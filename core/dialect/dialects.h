/* dialects.h: the three dialects. Private to this folder. */
#ifndef CALX_CORE_DIALECT_DIALECTS_H
#define CALX_CORE_DIALECT_DIALECTS_H

#include "core/dialect/dialect.h"

extern const calx__dialect calx__dialect_sqlite;
extern const calx__dialect calx__dialect_postgresql;
extern const calx__dialect calx__dialect_mysql;

/* The number of words, without the NULL behind them. */
#define CALX__WORDS(words) (sizeof(words) / sizeof *(words)-1)

#endif
