/* row_postgresql_fuzz.c: a value of PostgreSQL's as the server sends it, and every column that may
 * read it. Input: a type, text or binary, and the bytes. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/pgsql/pgsql.h"
#include "tests/fuzz/columns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const Oid types[] = {
    CALX__PGSQL_BOOL,
    CALX__PGSQL_INT2,
    CALX__PGSQL_INT4,
    CALX__PGSQL_INT8,
    CALX__PGSQL_OID,
    CALX__PGSQL_FLOAT4,
    CALX__PGSQL_FLOAT8,
    CALX__PGSQL_NUMERIC,
    CALX__PGSQL_TEXT,
    CALX__PGSQL_JSONB,
    CALX__PGSQL_UUID,
    CALX__PGSQL_BYTEA,
    CALX__PGSQL_TIMESTAMP,
    CALX__PGSQL_TIMESTAMPTZ,
    CALX__PGSQL_DATE,
    CALX__PGSQL_TIME,
    CALX__PGSQL_INTERVAL,
    CALX__PGSQL_BOOL_ARRAY,
    CALX__PGSQL_INT4_ARRAY,
    CALX__PGSQL_TEXT_ARRAY,
    CALX__PGSQL_FLOAT8_ARRAY,
    CALX__PGSQL_DATE_ARRAY,
    CALX__PGSQL_NUMERIC_ARRAY,
    CALX__PGSQL_UUID_ARRAY,
    CALX__PGSQL_TIMESTAMP_ARRAY,
    0, /* unknown to the driver: text */
};

/* Bytes and room are of their own memory: what is read or written beyond is found. libpq ends every
 * value with a NUL, binary ones too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const calx__pgsql_codec *codec =
        calx__pgsql_codec_find(types[data[0] % (sizeof types / sizeof *types)]);
    bool binary = (data[1] & 1) != 0 && codec->binary != NULL;
    size_t length = size - 2;
    char *bytes = malloc(length + 1);
    assert(bytes != NULL);
    memcpy(bytes, data + 2, length);
    bytes[length] = '\0';
    char *room = malloc(codec->room ? codec->room(binary, bytes, length) : 0);
    char *scratch = room;
    calx_value value;
    if ((binary ? codec->binary : codec->text)(bytes, length, &scratch, &value))
        check_value(&value);
    free(room);
    free(bytes);
    return 0;
}
