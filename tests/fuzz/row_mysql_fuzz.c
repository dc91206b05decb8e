/* row_mysql_fuzz.c: a value of MariaDB's as the server sends it in the row of a prepared statement,
 * through the client library into the driver's columns, and every column that may read it. Input: a
 * type, the field's flags, and the bytes. What frames a value (its length) is always right: to
 * check it is the library's part. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/mysql/internal.h"
#include "tests/fuzz/columns.h"

#define BYTES_MAX 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How a value is framed: by its type, a byte of length that is one of three, or a length. */
typedef struct type {
    enum enum_field_types type;
    uint8_t fixed;   /* bytes; 0: it has a length */
    uint8_t longest; /* of dates and times, with a length of 0 or one of the others */
    uint8_t middle;
    uint8_t shortest;
} type;

static const type types[] = {
    {MYSQL_TYPE_TINY, 1, 0, 0, 0},       {MYSQL_TYPE_SHORT, 2, 0, 0, 0},
    {MYSQL_TYPE_INT24, 4, 0, 0, 0},      {MYSQL_TYPE_LONG, 4, 0, 0, 0},
    {MYSQL_TYPE_LONGLONG, 8, 0, 0, 0},   {MYSQL_TYPE_YEAR, 2, 0, 0, 0},
    {MYSQL_TYPE_FLOAT, 4, 0, 0, 0},      {MYSQL_TYPE_DOUBLE, 8, 0, 0, 0},
    {MYSQL_TYPE_DATE, 0, 11, 7, 4},      {MYSQL_TYPE_DATETIME, 0, 11, 7, 4},
    {MYSQL_TYPE_TIMESTAMP, 0, 11, 7, 4}, {MYSQL_TYPE_TIME, 0, 12, 8, 8},
    {MYSQL_TYPE_BIT, 0, 0, 0, 0},        {MYSQL_TYPE_NEWDECIMAL, 0, 0, 0, 0},
    {MYSQL_TYPE_VAR_STRING, 0, 0, 0, 0}, {MYSQL_TYPE_STRING, 0, 0, 0, 0},
    {MYSQL_TYPE_BLOB, 0, 0, 0, 0},       {MYSQL_TYPE_JSON, 0, 0, 0, 0},
};

/* ---- The row ---- */

static struct {
    unsigned char *bytes;
    size_t length;
} row;

static int fetch_row(MYSQL_STMT *handle, unsigned char **out, unsigned long *length)
{
    (void)handle;
    *out = row.bytes;
    *length = row.length;
    return 0;
}

static size_t length_of(const type *of, size_t size)
{
    if (of->fixed > 0)
        return of->fixed;
    if (of->longest == 0)
        return size < BYTES_MAX ? size : BYTES_MAX;
    return size >= of->longest  ? of->longest
           : size >= of->middle ? of->middle
                                : (size >= of->shortest ? of->shortest : 0);
}

/* Status, which values are NULL (none), the length, the value: in memory of its own. */
static void make_row(const type *of, const uint8_t *data, size_t size)
{
    size_t length = length_of(of, size);
    row.bytes = calloc(1, 2 + 3 + length);
    assert(row.bytes != NULL);
    unsigned char *to = row.bytes + 2;
    if (of->fixed == 0 && length < 251) {
        *to++ = (unsigned char)length;
    } else if (of->fixed == 0) {
        *to++ = 252;
        *to++ = (unsigned char)(length & 0xFF);
        *to++ = (unsigned char)(length >> 8);
    }
    memcpy(to, data, size < length ? size : length);
    row.length = (size_t)(to - row.bytes) + length;
}

/* ---- The statement ---- */

static calx__mysql_statement *statement_with(MYSQL_FIELD *field)
{
    static const calx_sql sql = {.text = "SELECT", .length = 6, .result_count = 1};
    static calx__mysql_connection connection;
    static calx__mysql_statement statement = {
        .base = {.connection = &connection.base, .sql = &sql}};
    if (statement.handle == NULL) {
        connection.mysql = mysql_init(NULL);
        statement.handle = mysql_stmt_init(connection.mysql);
        assert(statement.handle != NULL);
    }
    MYSQL_STMT *handle = statement.handle;
    handle->fields = field;
    handle->field_count = 1;
    handle->fetch_row_func = fetch_row;
    handle->state = MYSQL_STMT_USE_OR_STORE_CALLED;
    statement.column_count = 1;
    statement.running = true;
    assert(calx__mysql_columns_bind(&statement, NULL) == 0);
    return &statement;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[] = "value";
    if (size < 2)
        return 0;
    const type *of = &types[data[0] % (sizeof types / sizeof *types)];
    MYSQL_FIELD field = {.name = name,
                         .name_length = sizeof name - 1,
                         .type = of->type,
                         .flags = data[1] & 1 ? UNSIGNED_FLAG : 0,
                         .charsetnr = data[1] & 2 ? 63 : 45,
                         .decimals = data[1] >> 4};
    calx_error err = {0};
    calx_value value;
    calx__mysql_statement *statement = statement_with(&field);
    make_row(of, data + 2, size - 2);
    int code = calx__mysql_statement_fetch(&statement->base, &value, CALX_NO_DEADLINE, &err);
    if (code == 1)
        check_value(&value);
    else /* the library refuses decimals that are longer than their field */
        assert(code == CALX_ERROR_MISFIT || code == CALX_ERROR_DATABASE);
    calx__mysql_columns_shrink(statement);
    free(row.bytes);
    return 0;
}
