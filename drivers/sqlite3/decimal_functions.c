/* decimal_functions.c: arithmetic of decimals, which SQLite would do with doubles. */
#include <calx/decimal.h>

#include "drivers/sqlite3/internal.h"

static calx_text text_of(sqlite3_value *value)
{
    const char *text = (const char *)sqlite3_value_text(value);
    return (calx_text){text, text ? (size_t)sqlite3_value_bytes(value) : 0};
}

static bool is_any_null(sqlite3_value **values, int count)
{
    for (int i = 0; i < count; i++)
        if (sqlite3_value_type(values[i]) == SQLITE_NULL)
            return true;
    return false;
}

/* Nothing was written: the value is no decimal, or has too many digits. */
static void give(sqlite3_context *context, const char *text, size_t length)
{
    if (length > 0) {
        sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
        return;
    }
    sqlite3_result_error(context, "decimal out of range", -1);
    sqlite3_result_error_code(context, SQLITE_MISMATCH);
}

static void calculate(sqlite3_context *context, int count, sqlite3_value **values)
{
    const calx_decimal_operation *operation = sqlite3_user_data(context);
    char text[CALX_DECIMAL_TEXT_MAX];
    if (!is_any_null(values, count))
        give(context, text,
             calx_decimal_calculate(*operation, text_of(values[0]), text_of(values[1]), text));
}

static void fit(sqlite3_context *context, int count, sqlite3_value **values)
{
    char text[CALX_DECIMAL_TEXT_MAX];
    if (!is_any_null(values, count))
        give(context, text,
             calx_decimal_round(text_of(values[0]), (size_t)sqlite3_value_int(values[1]),
                                (size_t)sqlite3_value_int(values[2]), text));
}

int calx__sqlite3_decimal_functions_install(sqlite3 *db)
{
    static const struct {
        const char *name;
        calx_decimal_operation operation;
    } operations[] = {{"calx_decimal_add", CALX_DECIMAL_ADD},
                      {"calx_decimal_subtract", CALX_DECIMAL_SUBTRACT},
                      {"calx_decimal_multiply", CALX_DECIMAL_MULTIPLY}};
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    int code = SQLITE_OK;
    for (size_t i = 0; i < sizeof operations / sizeof *operations && code == SQLITE_OK; i++)
        code = sqlite3_create_function_v2(db, operations[i].name, 2, flags,
                                          (void *)&operations[i].operation, calculate, NULL, NULL,
                                          NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_function_v2(db, "calx_decimal_fit", 3, flags, NULL, fit, NULL, NULL,
                                          NULL);
    return code;
}
