/*
 * shop.c: an application with a table for everything that moving a database has to keep: each type
 * at its limits, keys of text and of several columns, tables that refer to themselves and to each
 * other. `shop fill URL ROWS` makes its tables and puts rows into them; all else is calx_app_main.
 */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <calx/calx.h>
#include <calx/server.h>

#define CUSTOMER(COLUMN, Model)                                                                    \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, mail, UNIQUE, LENGTH(80))                                                \
    COLUMN(Model, INTEGER_OR_NULL, invited_by, FOREIGN_KEY(Customer, id))                          \
    COLUMN(Model, BIG_INTEGER_OR_NULL, last_order, FOREIGN_KEY(Order, id))

#define ORDER(COLUMN, Model)                                                                       \
    COLUMN(Model, BIG_INTEGER, id, PRIMARY_KEY)                                                    \
    COLUMN(Model, INTEGER, customer_id, FOREIGN_KEY(Customer, id, ON_DELETE(CASCADE)), INDEX)      \
    COLUMN(Model, DATETIME, placed, SERVER_DEFAULT("CURRENT_TIMESTAMP"), NAME("placed-at"))

#define ORDER_LINE(COLUMN, Model)                                                                  \
    COLUMN(Model, BIG_INTEGER, order_id, PRIMARY_KEY, FOREIGN_KEY(Order, id))                      \
    COLUMN(Model, INTEGER, line, PRIMARY_KEY)                                                      \
    COLUMN(Model, NUMERIC(10, 2), price)                                                           \
    COLUMN(Model, INTEGER, quantity, DEFAULT(1))

#define ORDER_LINE_TABLE(CONSTRAINT, Model)                                                        \
    CONSTRAINT(Model, CHECK(quantity, "quantity > 0"))                                             \
    CONSTRAINT(Model, INDEX(price, quantity))

#define SETTING(COLUMN, Model)                                                                     \
    COLUMN(Model, STRING, name, PRIMARY_KEY, LENGTH(40))                                           \
    COLUMN(Model, TEXT_OR_NULL, words)

#define EVERY(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, SMALL_INTEGER_OR_NULL, small)                                                    \
    COLUMN(Model, INTEGER_OR_NULL, number)                                                         \
    COLUMN(Model, BIG_INTEGER_OR_NULL, big)                                                        \
    COLUMN(Model, BOOLEAN_OR_NULL, flag)                                                           \
    COLUMN(Model, FLOAT_OR_NULL, real)                                                             \
    COLUMN(Model, DOUBLE_OR_NULL, wide)                                                            \
    COLUMN(Model, NUMERIC_OR_NULL(30, 10), amount)                                                 \
    COLUMN(Model, STRING_OR_NULL, name, LENGTH(20))                                                \
    COLUMN(Model, STRING_OR_NULL, title)                                                           \
    COLUMN(Model, TEXT_OR_NULL, words)                                                             \
    COLUMN(Model, LARGE_BINARY_OR_NULL, bytes)                                                     \
    COLUMN(Model, DATE_OR_NULL, day)                                                               \
    COLUMN(Model, TIME_OR_NULL, time)                                                              \
    COLUMN(Model, DATETIME_OR_NULL, moment)                                                        \
    COLUMN(Model, DATETIME_OR_NULL, instant, TIMEZONE)                                             \
    COLUMN(Model, INTERVAL_OR_NULL, span)                                                          \
    COLUMN(Model, UUID_OR_NULL, uuid)                                                              \
    COLUMN(Model, JSON_DOCUMENT_OR_NULL, document)                                                 \
    COLUMN(Model, ENUM_OR_NULL(Status), status)                                                    \
    COLUMN(Model, ARRAY_OR_NULL(INTEGER), numbers)

#define STATUS(VALUE, Enum)                                                                        \
    VALUE(Enum, OPEN, "open")                                                                      \
    VALUE(Enum, CLOSED, "closed")

CALX_ENUM_DECLARE(Status, STATUS)
CALX_ENUM_DEFINE(Status, "status", STATUS)

CALX_MODEL_DECLARE(Customer, CUSTOMER)
CALX_MODEL_DECLARE(Order, ORDER)
CALX_MODEL_DECLARE(OrderLine, ORDER_LINE)
CALX_MODEL_DECLARE(Setting, SETTING)
CALX_MODEL_DECLARE(Every, EVERY)

CALX_MODEL_DEFINE(Customer, "customers", CUSTOMER)
CALX_MODEL_DEFINE(Order, "orders", ORDER)
CALX_MODEL_DEFINE(OrderLine, "order_lines", ORDER_LINE, TABLE(ORDER_LINE_TABLE))
CALX_MODEL_DEFINE(Setting, "settings", SETTING)
CALX_MODEL_DEFINE(Every, "every_type", EVERY)

static const calx_model *const models[] = {&Every_model, &OrderLine_model, &Setting_model,
                                           &Order_model, &Customer_model};

#define MODEL_COUNT (sizeof models / sizeof *models)
#define COMMIT_ROWS 1000 /* rows of one session */

/* ---- Rows ---- */

static void fill_every(calx_session *session)
{
    static int32_t numbers[] = {-1, 2, 3};
    Every *least = Every_new(session);
    least->id = 1;
    least->small = (calx_small_integer_or_null){.value = INT16_MIN};
    least->number = (calx_integer_or_null){.value = INT32_MIN};
    least->big = (calx_big_integer_or_null){.value = INT64_MIN};
    least->flag = (calx_boolean_or_null){.value = false};
    least->real = (calx_float_or_null){.value = -FLT_MAX};
    least->wide = (calx_double_or_null){.value = -0.0};
    least->amount = calx_decimal_of("-12345678901234567890.0123456789");
    least->name = least->title = least->words = calx_text_of("");
    least->bytes = (calx_blob){"", 0};
    least->day = (calx_date_or_null){.value = {1, 1, 1}};
    least->time = (calx_time_or_null){.value = {0}};
    least->moment = (calx_datetime_or_null){.value = {CALX_DATETIME_MIN}};
    least->instant = (calx_datetime_or_null){.value = {-1}};
    least->span = (calx_interval_or_null){.value = {-86400000001}};
    least->uuid = (calx_uuid_or_null){0};
    least->document = json_null();
    Every *most = Every_new(session);
    most->id = 2;
    most->small = (calx_small_integer_or_null){.value = INT16_MAX};
    most->number = (calx_integer_or_null){.value = INT32_MAX};
    most->big = (calx_big_integer_or_null){.value = INT64_MAX};
    most->flag = (calx_boolean_or_null){.value = true};
    most->real = (calx_float_or_null){.value = 0.1f};
    most->wide = (calx_double_or_null){.value = 1.0 / 3.0};
    most->amount = calx_decimal_of("0.1");
    most->name = calx_text_of("\xf0\x9f\x98\x80 Gr\xc3\xbc\xc3\x9f");
    most->title = calx_text_of("'\"\\%_;--\n\t\x01");
    most->words = calx_text_of("\xe2\x80\xa8 \xef\xbf\xbd \xf4\x8f\xbf\xbf");
    most->bytes = (calx_blob){"\0'\xff\n", 4};
    most->day = (calx_date_or_null){.value = {9999, 12, 31}};
    most->time = (calx_time_or_null){.value = {CALX_TIME_MAX}};
    most->moment = (calx_datetime_or_null){.value = {CALX_DATETIME_MAX}};
    most->instant = (calx_datetime_or_null){.value = {1700000000123456}};
    most->span = (calx_interval_or_null){.value = {1234567890123}};
    memset(&most->uuid.value, 0xab, sizeof most->uuid.value);
    most->uuid.is_null = false;
    most->document = calx_json_own(session, json_pack("{s: [i, f, n], s: {}, s: s}", "z", 1, 0.1,
                                                      "a", "m", "\xf0\x9f\x98\x80"));
    most->status = (Status_or_null){.value = Status_CLOSED};
    most->numbers = (calx_integer_array){numbers, 3};
    least->numbers = (calx_integer_array){numbers, 0};
    Every_new(session)->id = 3; /* all else is NULL */
}

static void fill_settings(calx_session *session)
{
    static const char *const names[] = {"a", "A", "b ", "b", "\xc3\xa4", "Z", "10", "9"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        Setting_new(session)->name = calx_text_of(names[i]);
}

/* The last customer has invited the first one, who comes before him. */
static void fill_customers(calx_session *session, int32_t from, int32_t to, int32_t count)
{
    for (int32_t id = from; id < to; id++) {
        Customer *customer = Customer_new(session);
        char *mail = calx_arena_format(calx_session_arena(session), "c%d@example.org", id);
        customer->id = id;
        customer->mail = calx_text_of(mail);
        if (id > 1)
            customer->invited_by = (calx_integer_or_null){.value = id - 1};
        if (id == count)
            customer->invited_by.is_null = true;
    }
}

static void fill_orders(calx_session *session, int32_t from, int32_t to)
{
    for (int32_t id = from; id < to; id++) {
        Order *order = Order_new(session);
        order->id = id;
        order->customer_id = id;
        order->placed = (calx_datetime){INT64_C(1700000000000000) + id};
    }
}

static void fill_lines(calx_session *session, int32_t from, int32_t to)
{
    for (int32_t id = from; id < to; id++) {
        OrderLine *line = OrderLine_new(session);
        line->order_id = id;
        line->line = id % 3;
        line->price = calx_decimal_of(id % 2 ? "19.90" : "0.01");
        line->quantity = id;
    }
}

/* What closes the circles. */
static void fill_links(calx_session *session, int32_t count)
{
    Customer *first = calx_get(session, Customer, 1);
    Customer *last = calx_get(session, Customer, count);
    if (first == NULL || last == NULL)
        return;
    first->invited_by = (calx_integer_or_null){.value = count};
    last->last_order = (calx_big_integer_or_null){.value = 1};
}

static int end(calx_session *session)
{
    int code = calx_session_commit(session);
    if (code < 0)
        fprintf(stderr, "shop fill: %s\n", calx_session_error(session)->message);
    calx_session_destroy(session);
    return code;
}

static int fill_rows(calx_engine *engine, int32_t count)
{
    calx_session *session = calx_session_create(engine);
    fill_every(session);
    fill_settings(session);
    int code = end(session);
    for (int32_t from = 1; code == 0 && from <= count; from += COMMIT_ROWS) {
        int32_t to = from + COMMIT_ROWS <= count ? from + COMMIT_ROWS : count + 1;
        session = calx_session_create(engine);
        fill_customers(session, from, to, count);
        calx_session_flush(session);
        fill_orders(session, from, to);
        calx_session_flush(session);
        fill_lines(session, from, to);
        code = end(session);
    }
    if (code < 0)
        return code;
    session = calx_session_create(engine);
    fill_links(session, count);
    return end(session);
}

static int fill(const char *url, const char *rows)
{
    calx_engine *engine = NULL;
    calx_error err = {0};
    int code = calx_engine_create(url, NULL, &engine, &err);
    if (code == 0)
        code = calx_create_all(engine, models, MODEL_COUNT, CALX_NO_DEADLINE, &err);
    if (code < 0)
        fprintf(stderr, "shop fill: %s\n", err.message);
    else
        code = fill_rows(engine, (int32_t)strtol(rows, NULL, 10));
    calx_engine_destroy(engine);
    return code < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "fill") == 0)
        return fill(argv[2], argv[3]);
    calx_app *app = calx_app_create("shop", NULL, NULL);
    for (size_t i = 0; i < MODEL_COUNT; i++)
        calx_app_model(app, models[i]);
    return calx_app_main(app, argc, argv);
}
