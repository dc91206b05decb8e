/* value_fuzz.c: UTF-8 against a decoder that is as plain as the definition; every date and time
 * that is read is written to a text that reads the same. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <calx/value.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The number of bytes of the character at data, 0 if it is none. */
static size_t decode(const uint8_t *data, size_t size)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = data[0];
    size_t length = lead < 0x80             ? 1
                    : (lead & 0xE0) == 0xC0 ? 2
                    : (lead & 0xF0) == 0xE0 ? 3
                    : (lead & 0xF8) == 0xF0 ? 4
                                            : 0;
    if (length == 0 || length > size)
        return 0;
    uint32_t point = length == 1 ? lead : lead & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((data[i] & 0xC0) != 0x80)
            return 0;
        point = point << 6 | (data[i] & 0x3Fu);
    }
    if (point < smallest[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        return 0;
    return length;
}

static bool plainly_valid(const uint8_t *data, size_t size)
{
    while (size > 0) {
        size_t length = decode(data, size);
        if (length == 0)
            return false;
        data += length;
        size -= length;
    }
    return true;
}

static void check_datetime(calx_text text)
{
    calx_datetime datetime;
    int32_t offset;
    if (!calx_datetime_parse(text, &datetime, &offset))
        return;
    assert(datetime.microseconds >= CALX_DATETIME_MIN);
    assert(datetime.microseconds <= CALX_DATETIME_MAX);
    assert(offset > -86400 && offset < 86400);
    for (const char *separator = " T"; *separator; separator++) {
        char out[CALX_DATETIME_TEXT_MAX];
        calx_datetime again;
        size_t length = calx_datetime_format(datetime, *separator, out);
        assert(length == strlen(out));
        assert(calx_datetime_parse((calx_text){out, length}, &again, &offset));
        assert(again.microseconds == datetime.microseconds && offset == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    calx_text text = {.data = size > 0 ? (const char *)data : "", .length = size};
    assert(calx_utf8_valid(text.data, text.length) == plainly_valid(data, size));
    check_datetime(text);
    return 0;
}
