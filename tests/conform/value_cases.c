/* value_cases.c: the values that every database has to hold, whole. */
#include <float.h>

#include "conform.h"

#define I(name, number)                                                                            \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            .kind = CALX_KIND_INTEGER, .as.integer = (number)                                      \
        }                                                                                          \
    }
#define D(name, number)                                                                            \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            .kind = CALX_KIND_DOUBLE, .as.real = (number)                                          \
        }                                                                                          \
    }
#define T(name, string)                                                                            \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            .kind = CALX_KIND_TEXT, .as.text = {(string), sizeof(string) - 1 }                     \
        }                                                                                          \
    }
#define B(name, string)                                                                            \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            .kind = CALX_KIND_BLOB, .as.blob = {(string), sizeof(string) - 1 }                     \
        }                                                                                          \
    }
#define N(name, digits)                                                                            \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            .kind = CALX_KIND_DECIMAL, .as.text = {(digits), sizeof(digits) - 1 }                  \
        }                                                                                          \
    }
#define M(name, time)                                                                              \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            .kind = CALX_KIND_DATETIME, .as.datetime = {(time) }                                   \
        }                                                                                          \
    }
#define DAY(name, y, m, d)                                                                         \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            .kind = CALX_KIND_DATE, .as.date = {(y), (m), (d) }                                    \
        }                                                                                          \
    }
#define CLOCK(name, us)                                                                            \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            .kind = CALX_KIND_TIME, .as.time = {(us) }                                             \
        }                                                                                          \
    }
#define SPAN(name, us)                                                                             \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            .kind = CALX_KIND_INTERVAL, .as.interval = {(us) }                                     \
        }                                                                                          \
    }
#define UUID_(name, ...)                                                                           \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            .kind = CALX_KIND_UUID, .as.uuid = { {__VA_ARGS__} }                                   \
        }                                                                                          \
    }

const conform_value_case conform_values[] = {
    {"boolean_false", {.kind = CALX_KIND_BOOLEAN, .as.boolean = false}},
    {"boolean_true", {.kind = CALX_KIND_BOOLEAN, .as.boolean = true}},
    I("integer_zero", 0),
    I("integer_one", 1),
    I("integer_minus_one", -1),
    I("integer_7_bits", 127),
    I("integer_8_bits", 255),
    I("integer_below_8_bits", -129),
    I("integer_15_bits", INT16_MAX),
    I("integer_smallest_of_16_bits", INT16_MIN),
    I("integer_16_bits", UINT16_MAX),
    I("integer_above_16_bits", 65536),
    I("integer_24_bits", 16777216),
    I("integer_31_bits", INT32_MAX),
    I("integer_above_31_bits", INT64_C(2147483648)),
    I("integer_smallest_of_32_bits", INT32_MIN),
    I("integer_below_32_bits", INT64_C(-2147483649)),
    I("integer_32_bits", UINT32_MAX),
    I("integer_above_32_bits", INT64_C(4294967296)),
    I("integer_53_bits", INT64_C(9007199254740992)),
    I("integer_that_no_double_holds", INT64_C(9007199254740993)),
    I("integer_next_to_largest", INT64_MAX - 1),
    I("integer_largest", INT64_MAX),
    I("integer_smallest", INT64_MIN),
    D("double_zero", 0.0),
    D("double_one", 1.0),
    D("double_half", 0.5),
    D("double_tenth", 0.1),
    D("double_minus_tenth", -0.1),
    D("double_third", 1.0 / 3),
    D("double_sum_of_tenths", 0.1 + 0.2),
    D("double_pi", 3.1415926535897931),
    D("double_17_digits", 123456789.12345679),
    D("double_whole", 100.0),
    D("double_53_bits", 9007199254740992.0),
    D("double_1e15", 1e15),
    D("double_1e16", 1e16),
    D("double_1e17", 1e17),
    D("double_1e22", 1e22),
    D("double_1e23", 1e23),
    D("double_1e-7", 1e-7),
    D("double_epsilon", DBL_EPSILON),
    D("double_next_to_one", 1.0 + DBL_EPSILON),
    D("double_largest", DBL_MAX),
    D("double_most_negative", -DBL_MAX),
    D("double_smallest_normal", DBL_MIN),
    T("text_empty", ""),
    T("text_letter", "a"),
    T("text_capital", "A"),
    T("text_blank", " "),
    T("text_blanks_around", " a "),
    T("text_line_breaks", "a\nb\r\nc\td\ve\ff"),
    T("text_controls", "\x01\x02\x07\x08\x1a\x1b\x1f\x7f"),
    T("text_single_quotes", "it's 'quoted' ''"),
    T("text_double_quotes", "\"quoted\""),
    T("text_backticks", "`quoted`"),
    T("text_backslashes", "\\ \\n \\\\ \\' \\0 \\"),
    T("text_like_wildcards", "100%_\\"),
    T("text_comment", "/* c */ -- c # c ; c"),
    T("text_injection", "'); DROP TABLE calx_conform_number; --"),
    T("text_placeholders", "? ?1 $1 :name @name %s {0}"),
    T("text_that_is_a_number", "12"),
    T("text_with_leading_zeros", "007"),
    T("text_that_is_a_double", "1e3"),
    T("text_that_is_a_date", "2026-11-22"),
    T("text_that_is_json", "{\"a\": [1, null]}"),
    T("text_that_is_null", "NULL"),
    T("text_that_is_true", "true"),
    T("text_umlauts", "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f"),
    T("text_combining", "a\xcc\x88o\xcc\x88"),
    T("text_greek", "\xce\xb1\xce\xb2\xce\xb3\xcf\x82"),
    T("text_arabic", "\xd8\xa7\xd9\x84\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85"),
    T("text_chinese", "\xe4\xb8\xad\xe6\x96\x87"),
    T("text_emoji", "\xf0\x9f\x98\x80"),
    T("text_emoji_family",
      "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7\xe2\x80\x8d"
      "\xf0\x9f\x91\xa6"),
    T("text_u0080", "\xc2\x80"),
    T("text_u07ff", "\xdf\xbf"),
    T("text_u0800", "\xe0\xa0\x80"),
    T("text_below_surrogates", "\xed\x9f\xbf"),
    T("text_private_use", "\xee\x80\x80"),
    T("text_byte_order_mark",
      "\xef\xbb\xbf"
      "a"),
    T("text_replacement", "\xef\xbf\xbd"),
    T("text_uffff", "\xef\xbf\xbf"),
    T("t"
      "e"
      "x"
      "t"
      "_"
      "p"
      "l"
      "a"
      "n"
      "e"
      "_"
      "1",
      "\xf0\x90\x80\x80"),
    T("text_plane_2", "\xf0\xa0\x80\x80"),
    T("text_plane_3", "\xf0\xb0\x80\x80"),
    T("text_plane_14", "\xf3\xa0\x80\x81"),
    T("text_plane_15", "\xf3\xb0\x80\x80"),
    T("text_plane_16", "\xf4\x8f\xbf\xbf"),
    B("blob_empty", ""),
    B("blob_nul", "\0"),
    B("blob_nuls", "\0\0\0\0"),
    B("blob_nul_inside", "a\0b"),
    B("b"
      "l"
      "o"
      "b"
      "_"
      "f"
      "f",
      "\xff"),
    B("blob_not_utf8", "\xc3\x28\xa0\xa1"),
    B("blob_ascii", "abc"),
    B("blob_quotes", "'\"`\\"),
    B("blob_like_hex", "\\x41"),
    B("blob_cr_lf", "\r\n\x1a"),
    N("decimal_zero", "0"),
    N("decimal_one", "1"),
    N("decimal_minus_"
      "one",
      "-1"),
    N("decimal"
      "_tenth",
      "0.1"),
    N("decimal_ten", "10"),
    N("decimal_"
      "hundred_and_"
      "half",
      "100.5"),
    N("d"
      "e"
      "c"
      "i"
      "m"
      "a"
      "l"
      "_"
      "s"
      "m"
      "a"
      "l"
      "l"
      "e"
      "s"
      "t"
      "_"
      "s"
      "t"
      "e"
      "p",
      "0"
      "."
      "0"
      "0"
      "0"
      "0"
      "0"
      "0"
      "0"
      "0"
      "0"
      "1"),
    N("decimal_"
      "smallest_step_"
      "below",
      "-0.0000000001"),
    N("decimal_no_double_holds", "0.1234567891"),
    N("decimal_30_"
      "digits",
      "123456789012"
      "34567890."
      "123456789"),
    N("decimal_"
      "largest",
      "99999999"
      "99999999"
      "9999."
      "99999999"
      "99"),
    N("deci"
      "mal_"
      "smal"
      "les"
      "t",
      "-999"
      "9999"
      "9999"
      "9999"
      "9999"
      "9."
      "9999"
      "9999"
      "99"),
    M("datetime_epoch", 0),
    M("datetime_after_epoch", 1),
    M("datetime_before_epoch", -1),
    M("datetime_first", CALX_DATETIME_MIN),
    M("datetime_after_first", CALX_DATETIME_MIN + 1),
    M("datetime_last", CALX_DATETIME_MAX),
    M("datetime_before_1582", INT64_C(-12219400800000000)),
    M("datetime_in_1582", INT64_C(-12219033600000000)),
    M("datetime_leap_day", INT64_C(951782400000000)),
    M("datetime_no_leap_day_1900", INT64_C(-2203891200000000)),
    M("datetime_32_bits", INT64_C(2147483647000000)),
    M("datetime_beyond_32_bits", INT64_C(2147483648000000)),
    M("datetime_lost_by_summer_time", INT64_C(1774751400000000)),
    M("datetime_doubled_by_winter_time", INT64_C(1792895400500000)),
    M("datetime_tenth", INT64_C(1795429800100000)),
    M("datetime_milliseconds", INT64_C(1795429800123000)),
    M("datetime_microseconds", INT64_C(1795429800123456)),
    DAY("date_first", 1, 1, 1),
    DAY("date_last", 9999, 12, 31),
    DAY("date_epoch", 1970, 1, 1),
    DAY("date_before_epoch", 1969, 12, 31),
    DAY("date_leap_day", 2024, 2, 29),
    DAY("date_leap_day_2000", 2000, 2, 29),
    DAY("date_after_february_1900", 1900, 3, 1),
    DAY("date_skipped_in_1582", 1582, 10, 10),
    DAY("date_beyond_32_bits", 2038, 1, 20),
    CLOCK("time_midnight", 0),
    CLOCK("time_microsecond", 1),
    CLOCK("time_noon", INT64_C(43200000000)),
    CLOCK("time_second", INT64_C(43201000000)),
    CLOCK("time_tenth", INT64_C(43200100000)),
    CLOCK("time_last", CALX_TIME_MAX),
    SPAN("interval_zero", 0),
    SPAN("interval_microsecond", 1),
    SPAN("interval_minus_microsecond", -1),
    SPAN("interval_second", 1000000),
    SPAN("interval_hour_and_half", INT64_C(5400000000)),
    SPAN("interval_day", INT64_C(86400000000)),
    SPAN("interval_minus_day", INT64_C(-86400000000)),
    SPAN("interval_month", INT64_C(2678400000000)),
    SPAN("interval_century", INT64_C(3155760000000000)),
    SPAN("interval_longest", CALX_DATETIME_MAX),
    SPAN("interval_most_negative", CALX_DATETIME_MIN),
    UUID_("uuid_nil", 0),
    UUID_("uuid_max", 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff),
    UUID_("uuid_random", 0x6f, 0xa4, 0x59, 0xea, 0xee, 0x8a, 0x4c, 0xa4, 0x89, 0x4e, 0xdb, 0x77,
          0xe1, 0x60, 0x35, 0x5e),
    UUID_("uuid_leading_zeros", 0, 0, 0, 1),
};

const size_t conform_value_count = sizeof conform_values / sizeof *conform_values;
