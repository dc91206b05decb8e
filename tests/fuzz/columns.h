/* columns.h: for the fuzzers of the drivers' rows. Without the models' macros, which do not go
 * together with <mysql.h>. */
#ifndef CALX_TESTS_FUZZ_COLUMNS_H
#define CALX_TESTS_FUZZ_COLUMNS_H

#include <calx/value.h>

/*
 * A value as a driver hands it on, read by a column of every type. What a type accepts it can
 * write, as JSON and, if it is valid, for the database, and what it writes reads as the same; the
 * short ways of core/schema/decode.c do what types do. Asserts.
 */
void check_value(const calx_value *value);

#endif
