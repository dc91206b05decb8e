/* row_sqlite_fuzz.c: a value that SQLite keeps, whatever the type of its column says, and every
 * column that may read it; and the driver's own functions on such values. Input: a kind of value,
 * and its bytes. */
#include <assert.h>
#include <string.h>

#include <calx/decimal.h>

#include "drivers/sqlite3/internal.h"
#include "tests/fuzz/columns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static calx__sqlite3_connection connection = {.base = {.driver = &calx__sqlite3_driver}};

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (connection.db == NULL) {
        assert(sqlite3_open(":memory:", &connection.db) == SQLITE_OK);
        assert(calx__sqlite3_decimal_install(&connection, NULL) == 0);
    }
    assert(sqlite3_prepare_v2(connection.db, sql, -1, &statement, NULL) == SQLITE_OK);
    return statement;
}

/* Numbers are the first eight bytes. */
static void bind(sqlite3_stmt *statement, int place, const uint8_t *data, size_t size)
{
    int64_t integer = 0;
    double real = 0;
    uint8_t kind = size > 0 ? data[0] % 5 : 4;
    if (size > 0) {
        data++;
        size--;
    }
    memcpy(&integer, data, size < sizeof integer ? size : sizeof integer);
    memcpy(&real, &integer, sizeof real);
    if (kind == 0)
        sqlite3_bind_int64(statement, place, integer);
    else if (kind == 1)
        sqlite3_bind_double(statement, place, real);
    else if (kind == 2)
        sqlite3_bind_text64(statement, place, (const char *)data, size, SQLITE_STATIC, SQLITE_UTF8);
    else if (kind == 3)
        sqlite3_bind_blob64(statement, place, data, size, SQLITE_STATIC);
    else
        sqlite3_bind_null(statement, place);
}

static void check_stored(const uint8_t *data, size_t size)
{
    static sqlite3_stmt *statement;
    calx_value value;
    if (statement == NULL)
        statement = prepare("SELECT ?1");
    bind(statement, 1, data, size);
    assert(sqlite3_step(statement) == SQLITE_ROW);
    assert(calx__sqlite3_column(&connection, statement, 0, &value, NULL) == 0);
    check_value(&value);
    sqlite3_reset(statement);
}

/* Two halves of the input: what the functions answer is a decimal, a number, NULL or an error. */
static void check_functions(const uint8_t *data, size_t size)
{
    static sqlite3_stmt *statement;
    if (statement == NULL)
        statement = prepare(
            "SELECT sum(column1), avg(column1), calx_decimal_fit(?1, 12, 4),"
            " calx_decimal_subtract(calx_decimal_add(?1, ?2), ?2),"
            " calx_decimal_multiply(?1, ?2), ?1 = ?2 COLLATE calx_decimal"
            " FROM (VALUES (?1), (?2)) ORDER BY column1 COLLATE calx_decimal");
    bind(statement, 1, data, size / 2);
    bind(statement, 2, data + size / 2, size - size / 2);
    if (sqlite3_step(statement) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            calx_decimal_parts parts;
            calx_value value;
            assert(calx__sqlite3_column(&connection, statement, i, &value, NULL) == 0);
            assert(value.kind != CALX_KIND_BLOB);
            assert(value.kind != CALX_KIND_TEXT || calx_decimal_split(value.as.text, &parts));
        }
    sqlite3_reset(statement);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_stored(data, size);
    check_functions(data, size);
    return 0;
}
