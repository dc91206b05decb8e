/*
 * Keys, constraints, indexes and defaults on a real database: what the models of tests/sql/ddl say,
 * the database keeps; and their tables may be made and dropped by several processes at once.
 */
#include "tests/suite/orm_fixture.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sql/ddl/models.h"

ORM_FIXTURE_MODELS
DDL_MODELS

#define PROCESSES 4

/* Neither order is that of the foreign keys. */
static const calx_model *const shop[] = {&Shipment_model, &OrderLine_model, &Profile_model,
                                         &Order_model,    &Customer_model,  &Node_model,
                                         &Long_model};
static const calx_model *const shop_reversed[] = {&Long_model,    &Node_model,    &Customer_model,
                                                  &Order_model,   &Profile_model, &OrderLine_model,
                                                  &Shipment_model};
#define SHOP_SIZE (sizeof shop / sizeof *shop)

static fixture shared = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static int shop_open(void **state)
{
    fixture *f = &shared;
    (void)state;
    fixture_open(f, fixture_uri());
    assert_ok(f, calx_engine_listen(f->engine, fixture_record, f, &f->err));
    assert_ok(f, calx_drop_all(f->engine, shop, SHOP_SIZE, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_create_all(f->engine, shop, SHOP_SIZE, CALX_NO_DEADLINE, &f->err));
    return 0;
}

static int shop_close(void **state)
{
    (void)state;
    calx_drop_all(shared.engine, shop, SHOP_SIZE, CALX_NO_DEADLINE, NULL);
    calx_engine_destroy(shared.engine);
    calx_buffer_finish(&shared.sent);
    return 0;
}

/* Tests add rows and leave them: each has customers of its own. */
static int session_open(void **state)
{
    shared.session = calx_session_create(shared.engine);
    *state = &shared;
    return 0;
}

static int session_close(void **state)
{
    fixture *f = *state;
    calx_session_destroy(f->session);
    f->session = NULL;
    return 0;
}

#define with_session(test) cmocka_unit_test_setup_teardown(test, session_open, session_close)

static Customer *stored_customer(fixture *f, const char *mail)
{
    Customer *customer = Customer_new(f->session);
    customer->mail = calx_text_of(mail);
    customer->name = calx_text_of("Ann");
    assert_int_equal(calx_session_commit(f->session), 0);
    return customer;
}

static Order *stored_order(fixture *f, const Customer *customer, const char *status,
                           const char *coupon)
{
    Order *order = Order_new(f->session);
    order->customer_id = customer->id;
    order->status = calx_text_of(status);
    order->coupon = coupon ? calx_text_of(coupon) : (calx_text){0};
    calx_session_commit(f->session);
    return order;
}

static OrderLine *new_line(fixture *f, const Order *order, int32_t number, const char *article)
{
    OrderLine *line = OrderLine_new(f->session);
    line->order_id = order->id;
    line->line = number;
    line->article = calx_text_of(article);
    return line;
}

static void assert_refused(fixture *f, calx_error_class code)
{
    calx_session_commit(f->session);
    assert_failed(f->session, code, "");
    calx_session_rollback(f->session);
}

/* ---- What the database keeps ---- */

static void a_unique_column_is_unique(void **state)
{
    fixture *f = *state;
    stored_customer(f, "unique");
    Customer *other = Customer_new(f->session);
    other->mail = calx_text_of("unique");
    other->name = calx_text_of("Bob");
    assert_refused(f, CALX_ERROR_UNIQUE);
}

static void a_condition_is_checked_and_named(void **state)
{
    fixture *f = *state;
    Order *order = stored_order(f, stored_customer(f, "check"), "closed", NULL);
    new_line(f, order, 1, "a")->quantity = 0;
    calx_session_commit(f->session);
    assert_failed(f->session, CALX_ERROR_CHECK, "");
    assert_string_equal(calx_session_error(f->session)->constraint, "ck_ddl_order_lines_quantity");
    calx_session_rollback(f->session);
}

static void columns_together_are_unique(void **state)
{
    fixture *f = *state;
    Order *order = stored_order(f, stored_customer(f, "together"), "closed", NULL);
    new_line(f, order, 1, "a");
    new_line(f, order, 2, "b");
    assert_int_equal(calx_session_commit(f->session), 0);
    new_line(f, order, 3, "a");
    assert_refused(f, CALX_ERROR_UNIQUE);
    new_line(f, order, 2, "c"); /* the key */
    assert_refused(f, CALX_ERROR_UNIQUE);
}

static void a_foreign_key_needs_its_row(void **state)
{
    fixture *f = *state;
    Customer nobody = {.id = 999999};
    stored_order(f, &nobody, "open", NULL);
    assert_refused(f, CALX_ERROR_FOREIGN_KEY);
    Order *order = stored_order(f, stored_customer(f, "needs"), "closed", NULL);
    new_line(f, order, 7, "a");
    assert_int_equal(calx_session_commit(f->session), 0);
    Shipment *shipment = Shipment_new(f->session);
    shipment->order_id = order->id;
    shipment->line = 8; /* both columns count */
    assert_refused(f, CALX_ERROR_FOREIGN_KEY);
    shipment = Shipment_new(f->session);
    shipment->order_id = order->id;
    shipment->line = 7;
    assert_int_equal(calx_session_commit(f->session), 0);
}

/* The foreign key that closes the cycle, which is added after both tables where it has to be. */
static void a_cycle_has_both_foreign_keys(void **state)
{
    fixture *f = *state;
    Customer *customer = stored_customer(f, "cycle");
    customer->last_order = (calx_integer_or_null){.value = 999999};
    assert_refused(f, CALX_ERROR_FOREIGN_KEY);
    Order *order = stored_order(f, customer, "closed", NULL);
    customer->last_order = (calx_integer_or_null){.value = order->id};
    assert_int_equal(calx_session_commit(f->session), 0);
    calx_session_delete(f->session, order);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_true(calx_get(f->session, Customer, customer->id)->last_order.is_null);
}

static void a_deleted_row_takes_others_with_it(void **state)
{
    fixture *f = *state;
    Customer *customer = stored_customer(f, "cascade");
    Order *order = stored_order(f, customer, "closed", NULL);
    new_line(f, order, 1, "a");
    assert_int_equal(calx_session_commit(f->session), 0);
    int32_t id = order->id;
    calx_session_delete(f->session, customer);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_null(calx_get(f->session, Order, id));
    assert_int_equal(calx_count(calx_filter_by(calx_query_of(f->session, OrderLine), order_id, id)),
                     0);
    assert_session_ok(f->session);
}

/* Rows outside the condition, and rows with NULL, are in nobody's way. */
static void a_partial_index_is_unique_within_its_condition(void **state)
{
    fixture *f = *state;
    Customer *customer = stored_customer(f, "partial");
    stored_order(f, customer, "closed", "X");
    stored_order(f, customer, "closed", "X");
    stored_order(f, customer, "open", NULL);
    stored_order(f, customer, "open", NULL);
    Order *open = stored_order(f, customer, "open", "X");
    assert_session_ok(f->session);
    stored_order(f, customer, "open", "X");
    assert_refused(f, CALX_ERROR_UNIQUE);
    open->status = calx_text_of("closed");
    assert_int_equal(calx_session_commit(f->session), 0);
    stored_order(f, customer, "open", "X");
    assert_session_ok(f->session);
}

static void the_database_sets_its_defaults(void **state)
{
    fixture *f = *state;
    const int64_t day_us = INT64_C(86400) * 1000000;
    command(f, "INSERT INTO ddl_customers (mail, name) VALUES ('default', 'Ann')");
    Customer *customer =
        calx_first(calx_filter_by(calx_query_of(f->session, Customer), mail, "default"));
    assert_non_null(customer);
    int64_t now_us = (int64_t)time(NULL) * 1000000;
    int64_t age_us = now_us - customer->created.microseconds;
    assert_true(age_us > -day_us / 24 && age_us < day_us / 24); /* UTC, on every server */
    assert_true(customer->last_order.is_null);
    char insert[100];
    snprintf(insert, sizeof insert, "INSERT INTO ddl_orders (customer_id) VALUES (%d)",
             customer->id);
    command(f, insert);
    Order *order =
        calx_first(calx_filter_by(calx_query_of(f->session, Order), customer_id, customer->id));
    assert_text(order->status, "open");
}

static void an_index_on_expressions_is_made_or_refused(void **state)
{
    fixture *f = *state;
    const calx_model *models[] = {&Node_model, &PersonByName_model};
    forget_sent(f);
    int code = calx_create_all(f->engine, models, 2, CALX_NO_DEADLINE, &f->err);
    if (is_dialect(f, "mysql")) {
        assert_int_equal(code, CALX_ERROR_UNSUPPORTED);
        assert_string_equal(f->err.message,
                            "model PersonByName, index \"ix_ddl_people_by_lower_name\": "
                            "mysql has no indexes on expressions");
        assert_string_equal(sent(f), "");
        calx_error_clear(&f->err);
        return;
    }
    assert_ok(f, code);
    PersonByName_new(f->session)->name = calx_text_of("Ann");
    assert_int_equal(calx_session_commit(f->session), 0);
    PersonByName_new(f->session)->name = calx_text_of("ANN");
    assert_refused(f, CALX_ERROR_UNIQUE);
    assert_ok(f, calx_drop_all(f->engine, models + 1, 1, CALX_NO_DEADLINE, &f->err));
}

/* ---- Several processes ---- */

/* In a process of its own, as soon as the others are there too. */
static void work_and_exit(int start, int number)
{
    calx_engine *engine = NULL;
    const calx_model *const *models = number % 2 ? shop : shop_reversed;
    char go;
    int status =
        read(start, &go, 1) == 0 ? calx_engine_create(fixture_uri(), NULL, &engine, NULL) : -1;
    calx_error err = {0};
    if (status == 0)
        status = calx_create_all(engine, models, SHOP_SIZE, CALX_NO_DEADLINE, &err);
    if (status < 0)
        fprintf(stderr, "%s\n", err.message);
    calx_engine_destroy(engine);
    _exit(status == 0 ? 0 : 1);
}

static void processes_make_all_tables_at_once(void **state)
{
    fixture *f = *state;
    pid_t children[PROCESSES];
    int start[2];
    calx_session_destroy(f->session);
    assert_ok(f, calx_drop_all(f->engine, shop, SHOP_SIZE, CALX_NO_DEADLINE, &f->err));
    calx_engine_destroy(f->engine); /* no connection is inherited */
    assert_int_equal(pipe(start), 0);
    fflush(NULL);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            close(start[1]);
            work_and_exit(start[0], i);
        }
    }
    close(start[1]); /* now */
    close(start[0]);
    for (int i = 0; i < PROCESSES; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    fixture_open(f, fixture_uri());
    f->session = calx_session_create(f->engine);
    a_cycle_has_both_foreign_keys(state);
    a_partial_index_is_unique_within_its_condition(state);
}

/* Rows that refer to each other do not keep their tables. */
static void a_cycle_is_dropped_with_its_rows(void **state)
{
    fixture *f = *state;
    Customer *customer = stored_customer(f, "dropped");
    Order *order = stored_order(f, customer, "closed", NULL);
    customer->last_order = (calx_integer_or_null){.value = order->id};
    Node *node = Node_new(f->session);
    assert_int_equal(calx_session_flush(f->session), 0);
    node->parent = (calx_integer_or_null){.value = node->id};
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_ok(f, calx_drop_all(f->engine, shop, SHOP_SIZE, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_drop_all(f->engine, shop_reversed, SHOP_SIZE, CALX_NO_DEADLINE, &f->err));
    calx_count(calx_query_of(f->session, Customer));
    assert_failed(f->session, CALX_ERROR_UNDEFINED, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_session(a_unique_column_is_unique),
        with_session(a_condition_is_checked_and_named),
        with_session(columns_together_are_unique),
        with_session(a_foreign_key_needs_its_row),
        with_session(a_cycle_has_both_foreign_keys),
        with_session(a_deleted_row_takes_others_with_it),
        with_session(a_partial_index_is_unique_within_its_condition),
        with_session(the_database_sets_its_defaults),
        with_session(an_index_on_expressions_is_made_or_refused),
        with_session(processes_make_all_tables_at_once),
        with_session(a_cycle_is_dropped_with_its_rows),
    };
    return cmocka_run_group_tests(tests, shop_open, shop_close);
}
