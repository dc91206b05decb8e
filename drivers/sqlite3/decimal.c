/* decimal.c: exact decimals in SQLite, which has none: they are text, compared by value. */
#include <string.h>

#include <calx/decimal.h>

#include "drivers/sqlite3/internal.h"

#define COLLATION "calx_decimal"

/* As memcmp orders it; the shorter one first. */
static int compare_bytes(calx_text a, calx_text b)
{
    int order = memcmp(a.data, b.data, a.length < b.length ? a.length : b.length);
    if (order == 0 && a.length != b.length)
        order = a.length < b.length ? -1 : 1;
    return order;
}

/* Text that is no number comes after all numbers: an order must be whole. */
static int collate(void *unused, int a_length, const void *a_data, int b_length, const void *b_data)
{
    calx_text a = {a_data, (size_t)a_length};
    calx_text b = {b_data, (size_t)b_length};
    calx_decimal_parts a_parts;
    calx_decimal_parts b_parts;
    (void)unused;
    bool a_is_number = calx_decimal_split(a, &a_parts);
    bool b_is_number = calx_decimal_split(b, &b_parts);
    if (a_is_number && b_is_number)
        return calx_decimal_compare(&a_parts, &b_parts);
    if (a_is_number != b_is_number)
        return a_is_number ? -1 : 1;
    return compare_bytes(a, b);
}

int calx__sqlite3_decimal_install(calx__sqlite3_connection *connection, calx_error *err)
{
    int code =
        sqlite3_create_collation_v2(connection->db, COLLATION, SQLITE_UTF8, NULL, collate, NULL);
    return code == SQLITE_OK ? 0 : calx__sqlite3_connection_error(connection, code, err);
}
