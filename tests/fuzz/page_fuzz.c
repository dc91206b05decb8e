/* page_fuzz.c: page tokens, which come back from outside. A text that is read is the only one of
 * its bytes, and so are the bytes of a value. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/orm/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_values(const calx_buffer *bytes)
{
    size_t at = 0;
    while (at < bytes->length) {
        calx_value value;
        calx_buffer again = {0};
        const unsigned char *from = (const unsigned char *)bytes->data + at;
        size_t taken = calx__page_value_read(from, bytes->length - at, &value);
        if (taken == 0)
            return;
        assert(taken <= bytes->length - at);
        assert(calx__page_value_write(&value, &again));
        assert(again.length == taken && memcmp(again.data, from, taken) == 0);
        calx_buffer_finish(&again);
        at += taken;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    calx_text text = {size > 0 ? (const char *)data : "", size};
    calx_buffer bytes = {0};
    calx_buffer again = {0};
    if (calx__page_bytes(text, &bytes)) {
        calx__page_text(&bytes, &again);
        assert(again.length == size && (size == 0 || memcmp(again.data, data, size) == 0));
    }
    if (bytes.length > 0) {
        /* Of its own memory: what is read beyond its end is found. */
        char *exact = malloc(bytes.length);
        assert(exact != NULL);
        memcpy(exact, bytes.data, bytes.length);
        check_values(&(calx_buffer){.data = exact, .length = bytes.length});
        free(exact);
    }
    calx_buffer_finish(&bytes);
    calx_buffer_finish(&again);
    return 0;
}
