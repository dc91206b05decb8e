/* values.c: values in and out by the contract of drivers: value_cases.c has the values. */
#include <stdio.h>
#include <string.h>

#include "conform.h"

/* Three ways into the database and out: as a value of a row, as a condition, and by an update. */
static void comes_back(conform *c, const void *data)
{
    const conform_value_case *given = data;
    const char *kind = calx_kind_name(given->value.kind);
    char sql[3][160];
    calx_value binds[] = {INTEGER_(1), given->value};
    calx_value came;
    snprintf(sql[0], sizeof sql[0], "INSERT INTO {value} (id, v_%s) VALUES (:integer, :%s)", kind,
             kind);
    snprintf(sql[1], sizeof sql[1], "SELECT v_%s FROM {value} WHERE id = 1", kind);
    snprintf(sql[2], sizeof sql[2], "SELECT count(*) FROM {value} WHERE v_%s = :%s", kind, kind);
    conform_begin(c, c->one, true);
    conform_run_with(c, c->one, sql[0], binds);
    conform_statement *reader = conform_prepare(c, c->one, sql[1], kind);
    conform_execute(c, reader);
    if (!conform_fetch(c, reader, &came))
        came = NULL_;
    conform_expect_value(c, "read back", given->value, &came);
    conform_expect_integer(c, "rows that equal it", 1,
                           conform_ask_with(c, c->one, sql[2], &binds[1]));
    conform_rollback(c, c->one);
}

static void replaces_another(conform *c, const void *data)
{
    const conform_value_case *given = data;
    const char *kind = calx_kind_name(given->value.kind);
    char sql[3][160];
    calx_value came = NULL_;
    snprintf(sql[0], sizeof sql[0], "INSERT INTO {value} (id, v_%s) VALUES (1, :%s)", kind, kind);
    snprintf(sql[1], sizeof sql[1], "UPDATE {value} SET v_%s = :%s", kind, kind);
    snprintf(sql[2], sizeof sql[2], "SELECT v_%s FROM {value}", kind);
    conform_begin(c, c->one, true);
    conform_run_with(c, c->one, sql[0], &given->value);
    conform_run(c, c->one, sql[1], NULL_);
    conform_statement *reader = conform_prepare(c, c->one, sql[2], kind);
    conform_execute(c, reader);
    conform_fetch(c, reader, &came);
    conform_expect_value(c, "replaced by NULL", (calx_value){0}, &came);
    conform_run_with(c, c->one, sql[1], &given->value);
    conform_execute(c, reader);
    conform_fetch(c, reader, &came);
    conform_expect_value(c, "replaced by the value", given->value, &came);
    conform_rollback(c, c->one);
}

/* NULL of each kind, in and out and asked for. */
static void null_comes_back(conform *c, const void *data)
{
    const char *kind = data;
    char sql[3][160];
    calx_value came = TEXT_("nothing");
    snprintf(sql[0], sizeof sql[0], "INSERT INTO {value} (id, v_%s) VALUES (1, :%s)", kind, kind);
    snprintf(sql[1], sizeof sql[1], "SELECT v_%s FROM {value}", kind);
    snprintf(sql[2], sizeof sql[2], "SELECT count(*) FROM {value} WHERE v_%s IS NULL", kind);
    conform_begin(c, c->one, true);
    conform_run(c, c->one, sql[0], NULL_);
    conform_statement *reader = conform_prepare(c, c->one, sql[1], kind);
    conform_execute(c, reader);
    conform_fetch(c, reader, &came);
    conform_expect_value(c, "read back", (calx_value){0}, &came);
    conform_expect_integer(c, "rows that are NULL", 1, conform_ask(c, c->one, sql[2]));
    conform_rollback(c, c->one);
}

/* A row with a value of every kind, so that no column depends on being alone. */
static void every_kind_in_one_row(conform *c, const void *data)
{
    static const char kinds[] = "boolean integer double text blob decimal datetime";
    (void)data;
    calx_value given[] = {
        calx_value_boolean(true),
        INTEGER_(INT64_MAX),
        calx_value_double(0.1),
        TEXT_("\xf0\x9f\x98\x80"),
        calx_value_blob((calx_blob){"\0\xff", 2}),
        {.kind = CALX_KIND_DECIMAL, .as.text = calx_text_of("1.25")},
        calx_value_datetime((calx_datetime){CALX_DATETIME_MAX}),
    };
    calx_value came[7] = {{0}};
    conform_begin(c, c->one, true);
    conform_run_with(c, c->one,
                     "INSERT INTO {value} (id, v_boolean, v_integer, v_double, v_text, v_blob,"
                     " v_decimal, v_datetime) VALUES (1, :boolean, :integer, :double, :text, :blob,"
                     " :decimal, :datetime)",
                     given);
    conform_statement *reader =
        conform_prepare(c, c->one,
                        "SELECT v_boolean, v_integer, v_double, v_text, v_blob, v_decimal,"
                        " v_datetime FROM {value}",
                        kinds);
    conform_execute(c, reader);
    conform_fetch(c, reader, came);
    for (size_t i = 0; i < 7; i++)
        conform_expect_value(c, "column", given[i], &came[i]);
    conform_rollback(c, c->one);
}

/* The database compares numbers as numbers, not as texts. */
static void order_of_values(conform *c, const void *data)
{
    const char *kind = data;
    char sql[2][160];
    static const int64_t numbers[] = {2, 10, -1, 9, 100};
    snprintf(sql[0], sizeof sql[0], "INSERT INTO {value} (id, v_%s) VALUES (:integer, :%s)", kind,
             kind);
    snprintf(sql[1], sizeof sql[1], "SELECT id FROM {value} ORDER BY v_%s", kind);
    conform_begin(c, c->one, true);
    for (size_t i = 0; i < 5; i++) {
        char digits[24];
        calx_value value = INTEGER_(numbers[i]);
        snprintf(digits, sizeof digits, "%d.50", (int)numbers[i]);
        if (strcmp(kind, "double") == 0)
            value = calx_value_double((double)numbers[i] / 4);
        else if (strcmp(kind, "decimal") == 0)
            value = (calx_value){.kind = CALX_KIND_DECIMAL, .as.text = calx_text_of(digits)};
        else if (strcmp(kind, "datetime") == 0)
            value = calx_value_datetime((calx_datetime){numbers[i] * 1000});
        else if (strcmp(kind, "interval") == 0)
            value = calx_value_interval((calx_interval){numbers[i] * 1000});
        conform_run(c, c->one, sql[0], INTEGER_(numbers[i]), value);
    }
    conform_statement *reader = conform_prepare(c, c->one, sql[1], "integer");
    calx_value came = NULL_;
    conform_execute(c, reader);
    int64_t previous = INT64_MIN;
    while (conform_fetch(c, reader, &came)) {
        conform_expect_true(c, "ascending", came.as.integer > previous);
        previous = came.as.integer;
    }
    conform_expect_integer(c, "last", 100, previous);
    conform_rollback(c, c->one);
}

/* By code points: capitals before small letters, no letters that are alike, no padding. */
static void text_is_ordered_by_code_points(conform *c, const void *data)
{
    (void)data;
    static const char *const sorted[] = {
        "",
        " ",
        "0",
        "10",
        "9",
        "A",
        "B",
        "_",
        "a",
        "a ",
        "a!",
        "aa",
        "ab",
        "b",
        "~",
        "\xc2\xa0",
        "\xc3\x84",
        "\xc3\xa4",
        "\xe4\xb8\xad",
        "\xef\xbf\xbd",
        "\xf0\x9f\x98\x80",
    };
    enum { count = sizeof sorted / sizeof *sorted };
    conform_begin(c, c->one, true);
    for (size_t i = 0; i < count; i++) {
        size_t at = i * 8 % count; /* prime to the count: in another order */
        conform_run(c, c->one, "INSERT INTO {value} (id, v_text) VALUES (:integer, :text)",
                    INTEGER_((int64_t)at), TEXT_(sorted[at]));
    }
    conform_statement *reader =
        conform_prepare(c, c->one, "SELECT id FROM {value} ORDER BY v_text", "integer");
    calx_value came;
    conform_execute(c, reader);
    for (int64_t i = 0; i < count && conform_fetch(c, reader, &came); i++)
        conform_expect_integer(c, "place", i, came.as.integer);
    conform_rollback(c, c->one);
}

/* Texts that a person would take for each other. */
static void texts_are_different(conform *c, const void *data)
{
    const char *const *pair = data;
    conform_begin(c, c->one, true);
    conform_run(c, c->one, "INSERT INTO {value} (id, v_text) VALUES (1, :text)", TEXT_(pair[1]));
    conform_expect_integer(c, "rows that equal the other", 0,
                           conform_ask(c, c->one,
                                       "SELECT count(*) FROM {value} WHERE v_text = :text",
                                       TEXT_(pair[2])));
    conform_rollback(c, c->one);
}

void conform_area_values(conform *c)
{
    static const char *const kinds[] = {"boolean", "integer",  "double",   "text",
                                        "blob",    "decimal",  "datetime", "date",
                                        "time",    "interval", "uuid"};
    static const char *const pairs[][3] = {
        {"case", "a", "A"},          {"accent", "a", "\xc3\xa4"},
        {"blank_behind", "a", "a "}, {"normal_form", "\xc3\xa4", "a\xcc\x88"},
        {"empty", "", " "},          {"width", "1", "\xef\xbc\x91"},
    };
    for (size_t i = 0; i < conform_value_count; i++)
        conform_case(c, 0, comes_back, &conform_values[i], "%s", conform_values[i].name);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        conform_case(c, 0, null_comes_back, kinds[i], "null_%s", kinds[i]);
    for (size_t i = 0, last = 0; i < conform_value_count; i++) {
        if (conform_values[i].value.kind != (calx_kind)last)
            conform_case(c, 0, replaces_another, &conform_values[i], "%s_becomes_null_and_back",
                         calx_kind_name(conform_values[i].value.kind));
        last = conform_values[i].value.kind;
    }
    CONFORM_CASE(c, 0, every_kind_in_one_row);
    conform_case(c, 0, order_of_values, "integer", "integers_are_ordered_as_numbers");
    conform_case(c, 0, order_of_values, "double", "doubles_are_ordered_as_numbers");
    conform_case(c, 0, order_of_values, "decimal", "decimals_are_ordered_as_numbers");
    conform_case(c, 0, order_of_values, "datetime", "datetimes_are_ordered_by_time");
    conform_case(c, 0, order_of_values, "interval", "intervals_are_ordered_by_length");
    CONFORM_CASE(c, 0, text_is_ordered_by_code_points);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        conform_case(c, 0, texts_are_different, pairs[i], "texts_differ_by_%s", pairs[i][0]);
}
