/* The catalogue of a real database, read: tables that others have made, and our own. */
#include "tests/suite/orm_fixture.h"

#include <calx/reflection.h>

ORM_FIXTURE_MODELS

/* Made and read once, for all tests. */
typedef struct catalogue {
    fixture *f;
    calx_arena arena;
    calx_reflection all;
} catalogue;

static void reflect(catalogue *all)
{
    calx_arena_clear(&all->arena);
    assert_ok(all->f,
              calx_reflect(all->f->engine, &all->arena, CALX_NO_DEADLINE, &all->all, &all->f->err));
}

static const calx_reflected_table *table(const catalogue *all, const char *name)
{
    const calx_reflected_table *found = calx_reflection_table(&all->all, name);
    if (found == NULL)
        fail_msg("there is no table %s", name);
    return found;
}

static const calx_reflected_column *column(const catalogue *all, const char *table_name,
                                           const char *name)
{
    const calx_reflected_column *found = calx_reflected_table_column(table(all, table_name), name);
    if (found == NULL)
        fail_msg("there is no column %s", name);
    return found;
}

/* "a b": the columns of a key. */
static void assert_columns(const char *const *columns, size_t count, const char *expected)
{
    char joined[256] = "";
    for (size_t i = 0; i < count; i++)
        snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s", i ? " " : "",
                 columns[i] ? columns[i] : "?");
    assert_string_equal(joined, expected);
}

static const char *const drops[] = {"DROP TABLE IF EXISTS reflected_lines",
                                    "DROP TABLE IF EXISTS reflected_orders",
                                    "DROP TABLE IF EXISTS reflected_customers"};

static void drop(fixture *f)
{
    for (size_t i = 0; i < sizeof drops / sizeof *drops; i++)
        command(f, drops[i]);
}

static void make(fixture *f)
{
    drop(f);
    command(f,
            "CREATE TABLE reflected_customers (id INTEGER NOT NULL, mail VARCHAR(80) NOT NULL, "
            "first_name VARCHAR(20) DEFAULT 'it''s', last_name VARCHAR(30), PRIMARY KEY (id), "
            "CONSTRAINT uq_reflected_mail UNIQUE (mail), "
            "CONSTRAINT uq_reflected_name UNIQUE (last_name, first_name))");
    command(f,
            "CREATE TABLE reflected_orders (customer_id INTEGER NOT NULL, number BIGINT NOT "
            "NULL, parent BIGINT, PRIMARY KEY (customer_id, number), "
            "CONSTRAINT fk_reflected_customer FOREIGN KEY (customer_id) "
            "REFERENCES reflected_customers (id) ON DELETE CASCADE, "
            "CONSTRAINT fk_reflected_parent FOREIGN KEY (customer_id, parent) "
            "REFERENCES reflected_orders (customer_id, number))");
    command(f,
            "CREATE TABLE reflected_lines (id INTEGER NOT NULL, customer_id INTEGER, number "
            "BIGINT, quantity INTEGER DEFAULT 1 NOT NULL, price DOUBLE PRECISION, PRIMARY KEY "
            "(id), CONSTRAINT ck_reflected_quantity CHECK (quantity > 0), "
            "CONSTRAINT fk_reflected_order FOREIGN KEY (customer_id, number) "
            "REFERENCES reflected_orders (customer_id, number) ON DELETE SET NULL ON UPDATE "
            "CASCADE)");
    command(f, "CREATE INDEX ix_reflected_price ON reflected_lines (price, quantity)");
    if (!is_dialect(f, "mysql"))
        command(f,
                "CREATE UNIQUE INDEX ix_reflected_expression ON reflected_lines (abs(quantity), "
                "number) "
                "WHERE price > 0");
}

static int setup(void **state)
{
    static catalogue all;
    all.f = fixture_create_on(fixture_uri());
    make(all.f);
    reflect(&all);
    *state = &all;
    return 0;
}

static int teardown(void **state)
{
    catalogue *all = *state;
    drop(all->f);
    calx_arena_finish(&all->arena);
    fixture_destroy(all->f);
    return 0;
}

static void columns_are_read(void **state)
{
    const catalogue *all = *state;
    assert_int_equal(table(all, "reflected_customers")->column_count, 4);
    const calx_reflected_column *mail = column(all, "reflected_customers", "mail");
    assert_ptr_equal(mail->type, &calx_type_string);
    assert_int_equal(mail->length, 80);
    assert_false(mail->nullable);
    assert_null(mail->server_default);
    assert_true(column(all, "reflected_customers", "last_name")->nullable);
    const char *name = column(all, "reflected_customers", "first_name")->server_default;
    assert_non_null(name);
    assert_non_null(strstr(name, "'it''s'"));
    assert_string_equal(column(all, "reflected_lines", "quantity")->server_default, "1");
    assert_ptr_equal(column(all, "reflected_lines", "quantity")->type, &calx_type_integer);
    assert_ptr_equal(column(all, "reflected_lines", "number")->type, &calx_type_big_integer);
    assert_ptr_equal(column(all, "reflected_lines", "price")->type, &calx_type_double);
}

static void keys_and_unique_constraints_are_read(void **state)
{
    const catalogue *all = *state;
    const calx_reflected_table *customers = table(all, "reflected_customers");
    const calx_reflected_table *orders = table(all, "reflected_orders");
    assert_columns(orders->primary_key.columns, orders->primary_key.column_count,
                   "customer_id number");
    assert_int_equal(customers->unique_count, 2);
    assert_string_equal(customers->uniques[0].name, "uq_reflected_mail");
    assert_columns(customers->uniques[0].columns, customers->uniques[0].column_count, "mail");
    assert_string_equal(customers->uniques[1].name, "uq_reflected_name");
    assert_columns(customers->uniques[1].columns, customers->uniques[1].column_count,
                   "last_name first_name");
    assert_int_equal(customers->index_count, 0);
}

static void foreign_keys_are_read(void **state)
{
    const catalogue *all = *state;
    const calx_reflected_table *orders = table(all, "reflected_orders");
    assert_int_equal(orders->foreign_key_count, 2);
    const calx_reflected_foreign_key *customer = &orders->foreign_keys[0];
    assert_string_equal(customer->name, "fk_reflected_customer");
    assert_string_equal(customer->referred_table, "reflected_customers");
    assert_string_equal(customer->on_delete, "CASCADE");
    assert_string_equal(customer->on_update, "NO ACTION");
    const calx_reflected_foreign_key *parent = &orders->foreign_keys[1];
    assert_string_equal(parent->referred_table, "reflected_orders");
    assert_columns(parent->columns, parent->column_count, "customer_id parent");
    assert_columns(parent->referred_columns, parent->column_count, "customer_id number");
    const calx_reflected_foreign_key *order = table(all, "reflected_lines")->foreign_keys;
    assert_string_equal(order->on_delete, "SET NULL");
    assert_string_equal(order->on_update, "CASCADE");
    assert_columns(order->columns, order->column_count, "customer_id number");
}

static void checks_and_indexes_are_read(void **state)
{
    const catalogue *all = *state;
    const calx_reflected_table *lines = table(all, "reflected_lines");
    assert_int_equal(lines->check_count, 1);
    assert_string_equal(lines->checks[0].name, "ck_reflected_quantity");
    assert_string_equal(lines->checks[0].sql,
                        is_dialect(all->f, "mysql") ? "\"quantity\" > 0" : "quantity > 0");
    /* not the one that MariaDB makes for a foreign key */
    assert_int_equal(lines->index_count, is_dialect(all->f, "mysql") ? 1 : 2);
    const calx_reflected_index *index = &lines->indexes[lines->index_count - 1];
    assert_string_equal(index->name, "ix_reflected_price");
    assert_columns(index->columns, index->column_count, "price quantity");
    assert_false(index->unique);
    assert_null(index->where);
}

static void indexes_on_expressions_and_partial_ones_are_read(void **state)
{
    const catalogue *all = *state;
    if (is_dialect(all->f, "mysql"))
        skip(); /* MariaDB has neither */
    const calx_reflected_table *lines = table(all, "reflected_lines");
    const calx_reflected_index *index = &lines->indexes[0];
    assert_string_equal(index->name, "ix_reflected_expression");
    assert_columns(index->columns, index->column_count, "? number");
    assert_string_equal(index->expressions[0], "abs(quantity)");
    assert_null(index->expressions[1]);
    assert_true(index->unique);
    assert_int_equal(strncmp(index->where, "price > 0", strlen("price > 0")), 0);
}

/* Whoever makes a table of a model and reflects it finds the model's types again. */
static void our_own_tables_are_understood(void **state)
{
    const catalogue *all = *state;
    for (size_t i = 0; i < Every_model.column_count; i++) {
        const calx_column *of_model = &Every_model.columns[i];
        const calx_reflected_column *read = column(all, "suite_every", of_model->member);
        const calx_type *expected = of_model->type;
        if (is_dialect(all->f, "sqlite") && of_model->primary_key)
            expected = &calx_type_integer;
        if (is_dialect(all->f, "mysql") && expected == &calx_type_string && of_model->length == 0)
            expected = &calx_type_text; /* both are LONGTEXT */
        if (read->type != expected)
            fail_msg("column %s, \"%s\" is %s", read->name, read->type_text,
                     read->type ? read->type->name : "unknown");
        assert_int_equal(read->nullable, of_model->nullable);
        assert_int_equal(read->length, of_model->length);
        assert_int_equal(read->generated, of_model->primary_key);
        assert_null(read->server_default);
    }
    assert_non_null(calx_reflected_table_column(table(all, "suite_people"), "e-mail"));
    assert_false(column(all, "suite_people", "nick")->generated);
}

static void texts_of_definitions_are_read_with_care(void **state)
{
    catalogue *all = *state;
    if (!is_dialect(all->f, "sqlite"))
        skip(); /* the others keep no text */
    drop(all->f);
    command(all->f,
            "CREATE TABLE reflected_customers (/* CHECK (no) */ id INTEGER PRIMARY KEY,\n"
            "-- CONSTRAINT nothing UNIQUE (mail)\n"
            "mail TEXT DEFAULT 'CHECK (a)' CONSTRAINT \"the \"\"mail\"\"\" UNIQUE,"
            "[a b] INTEGER CHECK ([a b] IN (1, 2)) CHECK ([a b] > 0),"
            "other INTEGER CONSTRAINT to_self REFERENCES reflected_customers,"
            "CONSTRAINT `both` UNIQUE (other, \"a b\"), CHECK (other <> ')'))");
    reflect(all);
    const calx_reflected_table *read = table(all, "reflected_customers");
    assert_int_equal(read->unique_count, 2);
    assert_string_equal(read->uniques[0].name, "the \"mail\"");
    assert_string_equal(read->uniques[1].name, "both");
    assert_int_equal(read->check_count, 3);
    assert_null(read->checks[0].name);
    assert_string_equal(read->checks[0].sql, "[a b] IN (1, 2)");
    assert_string_equal(read->checks[1].sql, "[a b] > 0");
    assert_string_equal(read->checks[2].sql, "other <> ')'");
    assert_int_equal(read->foreign_key_count, 1);
    assert_string_equal(read->foreign_keys[0].name, "to_self");
    assert_string_equal(read->foreign_keys[0].referred_columns[0], "id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_read),
        cmocka_unit_test(keys_and_unique_constraints_are_read),
        cmocka_unit_test(foreign_keys_are_read),
        cmocka_unit_test(checks_and_indexes_are_read),
        cmocka_unit_test(indexes_on_expressions_and_partial_ones_are_read),
        cmocka_unit_test(our_own_tables_are_understood),
        cmocka_unit_test(texts_of_definitions_are_read_with_care),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
