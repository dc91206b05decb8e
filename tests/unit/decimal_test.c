/* Decimals, calculated exactly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <calx/decimal.h>
#include <calx/value.h>

#define TEN "1234567890"
#define NINES "9999999999999999999999999999999999999999999999999999999999999999" /* 64 */

static void assert_result(calx_decimal_operation operation, const char *a, const char *b,
                          const char *expected)
{
    char out[CALX_DECIMAL_TEXT_MAX];
    size_t length = calx_decimal_calculate(operation, calx_text_of(a), calx_text_of(b), out);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(out, expected, length);
}

static void assert_rounded(const char *text, size_t precision, size_t scale, const char *expected)
{
    char out[CALX_DECIMAL_TEXT_MAX];
    size_t length = calx_decimal_round(calx_text_of(text), precision, scale, out);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(out, expected, length);
}

static void sums_are_exact(void **state)
{
    (void)state;
    assert_result(CALX_DECIMAL_ADD, "0.1", "0.2", "0.3");
    assert_result(CALX_DECIMAL_ADD, "12.50", "-2", "10.50");
    assert_result(CALX_DECIMAL_ADD, "-12.5", "2.25", "-10.25");
    assert_result(CALX_DECIMAL_ADD, "2.25", "-12.5", "-10.25");
    assert_result(CALX_DECIMAL_ADD, "-1.5", "1.50", "0.00");
    assert_result(CALX_DECIMAL_ADD, "-1", "-2", "-3");
    assert_result(CALX_DECIMAL_ADD, NINES, "1",
                  "1"
                  "0000000000000000000000000000000000000000000000000000000000000000");
    assert_result(CALX_DECIMAL_ADD, "0", "-0.00", "0.00");
}

static void differences_are_exact(void **state)
{
    (void)state;
    assert_result(CALX_DECIMAL_SUBTRACT, "1", "0.9999999999", "0.0000000001");
    assert_result(CALX_DECIMAL_SUBTRACT, "0.9999999999", "1", "-0.0000000001");
    assert_result(CALX_DECIMAL_SUBTRACT, "-5", "-7.5", "2.5");
    assert_result(CALX_DECIMAL_SUBTRACT, "1000", "1", "999");
}

static void products_are_exact(void **state)
{
    (void)state;
    assert_result(CALX_DECIMAL_MULTIPLY, "12.50", "0.5", "6.250");
    assert_result(CALX_DECIMAL_MULTIPLY, "-3", "3", "-9");
    assert_result(CALX_DECIMAL_MULTIPLY, "-0.5", "-0.5", "0.25");
    assert_result(CALX_DECIMAL_MULTIPLY, "-7", "0.00", "0.00");
    assert_result(CALX_DECIMAL_MULTIPLY, "99999999999999999999.9999999999",
                  "99999999999999999999.9999999999",
                  "9999999999999999999999999999980000000000.00000000000000000001");
}

static void what_cannot_be_calculated_is_refused(void **state)
{
    (void)state;
    assert_result(CALX_DECIMAL_ADD, "1.5e3", "1", "");
    assert_result(CALX_DECIMAL_ADD, "1", "", "");
    assert_result(CALX_DECIMAL_MULTIPLY, NINES TEN, NINES TEN, "");
    assert_result(CALX_DECIMAL_ADD, NINES NINES "99", "1", "");
    assert_result(CALX_DECIMAL_ADD, NINES NINES, "0.001", "");
}

static void rounding_is_away_from_zero(void **state)
{
    (void)state;
    assert_rounded("1.005", 10, 2, "1.01");
    assert_rounded("-1.005", 10, 2, "-1.01");
    assert_rounded("1.0049", 10, 2, "1.00");
    assert_rounded("0.5", 10, 0, "1");
    assert_rounded("0.4", 10, 0, "0");
    assert_rounded("-0.004", 10, 2, "0.00");
    assert_rounded("7", 10, 2, "7.00");
    assert_rounded("0.999", 3, 2, "1.00");
    assert_rounded("0.5", 2, 2, "0.50");
    assert_rounded("99.995", 4, 2, "");
    assert_rounded("1", 2, 2, "");
    assert_rounded("x", 2, 2, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_exact),
        cmocka_unit_test(differences_are_exact),
        cmocka_unit_test(products_are_exact),
        cmocka_unit_test(what_cannot_be_calculated_is_refused),
        cmocka_unit_test(rounding_is_away_from_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
