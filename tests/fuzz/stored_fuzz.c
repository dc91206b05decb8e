/* stored_fuzz.c: what arrives as text and is taken apart: PostgreSQL's arrays and intervals,
 * hstore, decimals, and the forms that SQLite keeps. What is read is written to a text that reads
 * the same.
 */
#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <calx/decimal.h>
#include <calx/model.h>

#include "drivers/pgsql/pgsql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_json_array(calx_text text)
{
    json_t *json = json_loadb(text.data, text.length, JSON_DECODE_ANY, NULL);
    bool is_array = json_is_array(json);
    json_decref(json);
    return is_array;
}

/* Of valid UTF-8: the driver asks for no other. */
static void check_array(calx_text text)
{
    char *room = malloc(calx__pgsql_array_room(false, text.data, text.length));
    char *again_room = malloc(calx__pgsql_array_room(false, text.data, 8 * text.length + 2));
    char *literal = malloc(8 * text.length + 3);
    char *scratch = room;
    calx_value value;
    calx_value again;
    assert(room != NULL && again_room != NULL && literal != NULL);
    if (calx__pgsql_array_of_text(text.data, text.length, &scratch, &value)) {
        assert(is_json_array(value.as.text));
        size_t length = calx__pgsql_array_encode(value.as.text.data, value.as.text.length, literal);
        assert(length > 0 && length <= value.as.text.length);
        scratch = again_room;
        assert(calx__pgsql_array_of_text(literal, length, &scratch, &again));
        assert(calx_text_equal(value.as.text, again.as.text));
    }
    scratch = room;
    (void)calx__pgsql_array_of_numbers(text.data, text.length, &scratch, &value);
    scratch = room;
    if (calx__pgsql_array_of_bools(text.data, text.length, &scratch, &value))
        assert(is_json_array(value.as.text));
    assert(calx__pgsql_array_encode(text.data, text.length, literal) <= text.length);
    free(room);
    free(again_room);
    free(literal);
}

static void check_interval(calx_text text)
{
    calx_value value;
    if (!calx__pgsql_interval_text(text.data, text.length, NULL, &value))
        return;
    assert(value.as.interval.microseconds >= CALX_DATETIME_MIN);
    assert(value.as.interval.microseconds <= CALX_DATETIME_MAX);
}

static void check_hstore(calx_text text)
{
    const calx_column column = {.member = "h", .type = &calx_type_hstore};
    calx_arena arena = {0};
    calx_value value = calx_value_text(text);
    calx_hstore hstore;
    calx_hstore again;
    if (column.type->decode(&column, &value, &hstore, &arena, NULL) == 0 &&
        column.type->encode(&column, &hstore, &arena, &value, NULL) == 0) {
        assert(column.type->decode(&column, &value, &again, &arena, NULL) == 0);
        assert(column.type->equal(&column, &hstore, &again));
    }
    calx_arena_finish(&arena);
}

static void check_decimal(calx_text text)
{
    calx_decimal_parts parts;
    calx_decimal_parts again;
    if (!calx_decimal_split(text, &parts))
        return;
    char *out = malloc(calx_decimal_length(&parts, 3));
    assert(out != NULL);
    size_t length = calx_decimal_join(&parts, 3, out);
    assert(length == calx_decimal_length(&parts, 3));
    assert(calx_decimal_split((calx_text){out, length}, &again));
    assert(calx_decimal_compare(&parts, &again) == 0);
    free(out);
}

static void check_forms(calx_text text)
{
    char out[CALX_DATETIME_TEXT_MAX];
    calx_date date;
    calx_time time;
    calx_uuid uuid;
    calx_uuid again;
    if (calx_date_parse(text, &date))
        assert(calx_date_format(date, out) == text.length &&
               memcmp(out, text.data, text.length) == 0);
    if (calx_time_parse(text, &time))
        assert(time.microseconds >= 0 && time.microseconds <= CALX_TIME_MAX);
    if (calx_uuid_parse(text, &uuid)) {
        size_t length = calx_uuid_format(uuid, text.length > 32, out);
        assert(length == text.length && calx_uuid_parse((calx_text){out, length}, &again));
        assert(memcmp(&uuid, &again, sizeof uuid) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    calx_text text = {.data = size > 0 ? (const char *)data : "", .length = size};
    if (calx_utf8_valid(text.data, text.length) && memchr(text.data, '\0', text.length) == NULL)
        check_array(text);
    check_interval(text);
    check_hstore(text);
    check_decimal(text);
    check_forms(text);
    return 0;
}
