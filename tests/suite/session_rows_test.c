/* What a flush makes of keys of several columns, foreign keys, defaults, versions and validators.
 */
#include "tests/suite/orm_fixture.h"

ORM_FIXTURE_MODELS

static int not_negative(const calx_column *column, const void *member, calx_error *err)
{
    (void)column;
    if (*(const int32_t *)member >= 0)
        return 0;
    return calx_error_set(err, CALX_ERROR_INVALID, "must not be negative");
}

static void count_changes(const calx_column *column, void *member)
{
    (void)column;
    ++*(int32_t *)member;
}

static void set_nine(const calx_column *column, void *member)
{
    (void)column;
    *(int32_t *)member = 9;
}

/* Its name comes before that of the table it refers to. */
#define LINE(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, receipt_id, PRIMARY_KEY, FOREIGN_KEY(Receipt, id))                      \
    COLUMN(Model, INTEGER, line, PRIMARY_KEY)                                                      \
    COLUMN(Model, INTEGER, quantity, DEFAULT(1), VALIDATE(not_negative))                           \
    COLUMN(Model, STRING_OR_NULL, note, LENGTH(20), SERVER_DEFAULT("'none'"))

#define RECEIPT(COLUMN, Model)                                                                     \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, version, VERSION)                                                       \
    COLUMN(Model, INTEGER, first_seen, ON_INSERT(set_nine))                                        \
    COLUMN(Model, INTEGER, changes, ON_UPDATE(count_changes))                                      \
    COLUMN(Model, STRING_OR_NULL, customer, LENGTH(20))

/* A tree, and two tables that refer to each other. */
#define FOLDER(COLUMN, Model)                                                                      \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY, DEFAULT(0))                                            \
    COLUMN(Model, INTEGER_OR_NULL, parent_id, FOREIGN_KEY(Folder, id))                             \
    COLUMN(Model, INTEGER_OR_NULL, cover_id, FOREIGN_KEY(Picture, id))

#define PICTURE(COLUMN, Model)                                                                     \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY, DEFAULT(0))                                            \
    COLUMN(Model, INTEGER, folder_id, FOREIGN_KEY(Folder, id))

CALX_MODEL_DECLARE(Receipt, RECEIPT)
CALX_MODEL_DECLARE(Line, LINE)
CALX_MODEL_DECLARE(Folder, FOLDER)
CALX_MODEL_DECLARE(Picture, PICTURE)

static int receipt_has_a_customer(const Receipt *receipt, calx_error *err)
{
    if (receipt->customer.data == NULL || receipt->customer.length > 0)
        return 0;
    return calx_error_set(err, CALX_ERROR_INVALID, "a receipt is for somebody");
}

CALX_MODEL_DEFINE(Receipt, "suite_receipts", RECEIPT, VALIDATE(receipt_has_a_customer))
CALX_MODEL_DEFINE(Line, "suite_lines", LINE)
CALX_MODEL_DEFINE(Folder, "suite_folders", FOLDER)
CALX_MODEL_DEFINE(Picture, "suite_pictures", PICTURE)

static const calx_model *const models[] = {&Receipt_model, &Line_model, &Folder_model,
                                           &Picture_model};

static int setup(void **state)
{
    fixture *f = fixture_create_on(fixture_uri());
    assert_ok(f, calx_drop_all(f->engine, models, 4, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_create_all(f->engine, models, 4, CALX_NO_DEADLINE, &f->err));
    forget_sent(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    calx_session_rollback(f->session);
    calx_drop_all(f->engine, models, 4, CALX_NO_DEADLINE, NULL);
    fixture_destroy(f);
    return 0;
}

#define with_rows(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static Line *new_line(calx_session *session, int32_t receipt_id, int32_t number)
{
    Line *line = Line_new(session);
    line->receipt_id = receipt_id;
    line->line = number;
    return line;
}

static void commit(calx_session *session)
{
    calx_session_commit(session);
    assert_session_ok(session);
}

static int32_t stored_receipt(fixture *f, int lines)
{
    calx_session *session = calx_session_create(f->engine);
    Receipt *receipt = Receipt_new(session);
    calx_session_flush(session);
    int32_t id = receipt->id;
    for (int i = 1; i <= lines; i++)
        new_line(session, id, i);
    commit(session);
    calx_session_destroy(session);
    forget_sent(f);
    return id;
}

/* ---- Keys of several columns ---- */

static void a_key_of_several_columns_finds_its_object(void **state)
{
    fixture *f = *state;
    int32_t id = stored_receipt(f, 2);
    Line *line = calx_get(f->session, Line, id, 2);
    assert_non_null(line);
    assert_int_equal(line->line, 2);
    assert_ptr_equal(calx_get(f->session, Line, id, 2), line);
    assert_null(calx_get(f->session, Line, id, 3));
    assert_null(calx_get(f->session, Line, 2, id + 1000));
    assert_session_ok(f->session);
    Line_list all = calx_all(calx_order_by(calx_query_of(f->session, Line), Line_.line));
    assert_int_equal(all.count, 2);
    assert_ptr_equal(all.items[1], line);
}

static void a_key_of_several_columns_is_written_by_all_of_them(void **state)
{
    fixture *f = *state;
    int32_t id = stored_receipt(f, 3);
    calx_get(f->session, Line, id, 1)->quantity = 7;
    calx_session_delete(f->session, calx_get(f->session, Line, id, 3));
    commit(f->session);
    assert_int_equal(calx_count(calx_query_of(f->session, Line)), 2);
    assert_int_equal(calx_get(f->session, Line, id, 1)->quantity, 7);
    assert_int_equal(calx_get(f->session, Line, id, 2)->quantity, 1);
}

static void a_key_with_too_few_values_is_refused(void **state)
{
    fixture *f = *state;
    assert_null(calx_get(f->session, Line, 1));
    assert_failed(f->session, CALX_ERROR_INVALID, "the primary key has 2 columns, got 1");
}

/* ---- Order ---- */

static void rows_are_inserted_before_those_that_refer_to_them(void **state)
{
    fixture *f = *state;
    new_line(f->session, 70, 1);
    Receipt *receipt = Receipt_new(f->session);
    receipt->id = 70;
    commit(f->session);
    const char *text = sent(f);
    assert_true(strstr(text, "INSERT INTO suite_receipts") <
                strstr(text, "INSERT INTO suite_lines"));
}

static void rows_are_deleted_after_those_that_refer_to_them(void **state)
{
    fixture *f = *state;
    int32_t id = stored_receipt(f, 2);
    Line *first = calx_get(f->session, Line, id, 1);
    Line *second = calx_get(f->session, Line, id, 2);
    calx_session_delete(f->session, calx_get(f->session, Receipt, id));
    calx_session_delete(f->session, first);
    calx_session_delete(f->session, second);
    commit(f->session);
    assert_int_equal(calx_count(calx_query_of(f->session, Receipt)), 0);
}

/* The new row comes first, then the child is moved, then the old row goes. */
static void children_move_to_a_new_parent_while_the_old_one_goes(void **state)
{
    fixture *f = *state;
    Folder *old = Folder_new(f->session);
    old->id = 5;
    Folder *child = Folder_new(f->session);
    child->id = 1;
    child->parent_id = (calx_integer_or_null){.value = 5};
    commit(f->session);
    Folder *young = Folder_new(f->session);
    young->id = 9;
    child = calx_get(f->session, Folder, 1);
    child->parent_id.value = 9;
    calx_session_delete(f->session, calx_get(f->session, Folder, 5));
    commit(f->session);
    assert_int_equal(calx_get(f->session, Folder, 1)->parent_id.value, 9);
    assert_null(calx_get(f->session, Folder, 5));
}

static void a_tree_is_written_from_its_root_and_deleted_from_its_leaves(void **state)
{
    fixture *f = *state;
    for (int32_t id = 1; id <= 50; id++) {
        Folder *folder = Folder_new(f->session);
        folder->id = id;
        folder->parent_id = (calx_integer_or_null){.value = id + 1, .is_null = id == 50};
    }
    commit(f->session);
    Folder_list all = calx_all(calx_order_by(calx_query_of(f->session, Folder), Folder_.id));
    assert_int_equal(all.count, 50);
    for (size_t i = 0; i < all.count; i++)
        calx_session_delete(f->session, all.items[i]);
    commit(f->session);
    assert_int_equal(calx_count(calx_query_of(f->session, Folder)), 0);
}

static void rows_that_refer_to_each_other_are_written_and_deleted(void **state)
{
    fixture *f = *state;
    Folder *folder = Folder_new(f->session);
    folder->id = 3;
    folder->parent_id = (calx_integer_or_null){.value = 4};
    folder->cover_id = (calx_integer_or_null){.value = 8};
    Folder *other = Folder_new(f->session);
    other->id = 4;
    other->parent_id = (calx_integer_or_null){.value = 3};
    Picture *picture = Picture_new(f->session);
    picture->id = 8;
    picture->folder_id = 3;
    commit(f->session);
    calx_session *second = calx_session_create(f->engine);
    Folder *found = calx_get(second, Folder, 3);
    assert_int_equal(found->cover_id.value, 8);
    assert_int_equal(found->parent_id.value, 4);
    assert_int_equal(calx_get(second, Folder, 4)->parent_id.value, 3);
    calx_session_delete(second, found);
    calx_session_delete(second, calx_get(second, Folder, 4));
    calx_session_delete(second, calx_get(second, Picture, 8));
    commit(second);
    assert_int_equal(calx_count(calx_query_of(second, Folder)), 0);
    calx_session_destroy(second);
}

/* SQLite would give the new row the key of the one that somebody else has deleted. */
static void a_late_delete_does_not_hit_a_new_row(void **state)
{
    fixture *f = *state;
    int32_t id = stored_receipt(f, 1);
    Receipt *receipt = calx_get(f->session, Receipt, id);
    Line *line = calx_get(f->session, Line, id, 1);
    calx_session *thief = calx_session_create(f->engine);
    calx_session_delete(thief, calx_get(thief, Line, id, 1));
    calx_session_delete(thief, calx_get(thief, Receipt, id));
    commit(thief);
    calx_session_destroy(thief);
    calx_session_delete(f->session, receipt);
    line->quantity = 2;
    Receipt_new(f->session);
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_STALE);
    calx_session_rollback(f->session);
    assert_int_equal(calx_count(calx_query_of(f->session, Receipt)), 0);
}

/* ---- What is set by others ---- */

static void defaults_are_set_and_those_of_the_server_read_back(void **state)
{
    fixture *f = *state;
    Receipt *receipt = Receipt_new(f->session);
    receipt->id = 1;
    Line *plain = new_line(f->session, 1, 1);
    Line *noted = new_line(f->session, 1, 2);
    noted->note = calx_text_of("mine");
    assert_int_equal(plain->quantity, 1);
    assert_int_equal(calx_session_flush(f->session), 0);
    assert_text(plain->note, "none");
    assert_text(noted->note, "mine");
    assert_int_equal(receipt->first_seen, 9);
    assert_int_equal(receipt->changes, 0);
    commit(f->session);
    assert_text(calx_get(f->session, Line, 1, 1)->note, "none");
}

static void values_are_computed_when_a_row_is_updated(void **state)
{
    fixture *f = *state;
    Receipt *receipt = calx_get(f->session, Receipt, stored_receipt(f, 0));
    receipt->customer = calx_text_of("ann");
    commit(f->session);
    receipt = calx_get(f->session, Receipt, receipt->id);
    assert_int_equal(receipt->changes, 1);
    assert_int_equal(receipt->first_seen, 9);
}

static void validators_name_the_column_and_nothing_is_sent(void **state)
{
    fixture *f = *state;
    new_line(f->session, 1, 1)->quantity = -1;
    assert_int_equal(calx_session_flush(f->session), CALX_ERROR_INVALID);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"quantity\": must not be negative");
    calx_session_rollback(f->session);
    Receipt_new(f->session)->customer = calx_text_of("");
    assert_int_equal(calx_session_flush(f->session), CALX_ERROR_INVALID);
    assert_failed(f->session, CALX_ERROR_INVALID, "a receipt is for somebody");
    assert_string_equal(sent(f), "");
}

/* ---- Versions ---- */

static void a_version_counts_updates(void **state)
{
    fixture *f = *state;
    Receipt *receipt = calx_get(f->session, Receipt, stored_receipt(f, 0));
    assert_int_equal(receipt->version, 1);
    receipt->customer = calx_text_of("ann");
    assert_int_equal(calx_session_flush(f->session), 0);
    assert_int_equal(receipt->version, 2);
    receipt->customer = calx_text_of("bob");
    commit(f->session);
    assert_int_equal(calx_get(f->session, Receipt, receipt->id)->version, 3);
}

static void a_version_that_is_used_up_is_refused(void **state)
{
    fixture *f = *state;
    Receipt *receipt = Receipt_new(f->session);
    calx_session_commit(f->session);
    command(f, "UPDATE suite_receipts SET version = 2147483647");
    assert_ptr_equal(calx_get(f->session, Receipt, receipt->id), receipt);
    receipt->changes = 5;
    calx_session_flush(f->session);
    assert_non_null(calx_session_error(f->session));
    assert_non_null(strstr(calx_session_error(f->session)->message, "column \"version\""));
}

static void a_row_of_another_version_is_stale(void **state)
{
    fixture *f = *state;
    int32_t id = stored_receipt(f, 0);
    Receipt *mine = calx_get(f->session, Receipt, id);
    calx_session *faster = calx_session_create(f->engine);
    calx_get(faster, Receipt, id)->customer = calx_text_of("first");
    commit(faster);
    calx_session_destroy(faster);
    mine->customer = calx_text_of("second");
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_STALE);
    calx_session_rollback(f->session);
    mine = calx_get(f->session, Receipt, id);
    assert_text(mine->customer, "first");
    assert_int_equal(mine->version, 2);
    calx_session_delete(f->session, mine);
    commit(f->session);
}

static void one_of_another_version_among_many_is_stale(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < 4; i++)
        stored_receipt(f, 0);
    Receipt_list all = calx_all(calx_order_by(calx_query_of(f->session, Receipt), Receipt_.id));
    for (size_t i = 0; i < all.count; i++)
        all.items[i]->customer = calx_text_of("ann");
    char text[80];
    snprintf(text, sizeof text, "UPDATE suite_receipts SET version = 7 WHERE id = %d",
             all.items[2]->id);
    command(f, text);
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_STALE);
    calx_session_rollback(f->session);
    for (size_t i = 0; i < all.count; i++)
        assert_int_equal(calx_get(f->session, Receipt, all.items[i]->id)->version, i == 2 ? 7 : 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_rows(a_key_of_several_columns_finds_its_object),
        with_rows(a_key_of_several_columns_is_written_by_all_of_them),
        with_rows(a_key_with_too_few_values_is_refused),
        with_rows(rows_are_inserted_before_those_that_refer_to_them),
        with_rows(rows_are_deleted_after_those_that_refer_to_them),
        with_rows(children_move_to_a_new_parent_while_the_old_one_goes),
        with_rows(a_tree_is_written_from_its_root_and_deleted_from_its_leaves),
        with_rows(rows_that_refer_to_each_other_are_written_and_deleted),
        with_rows(a_late_delete_does_not_hit_a_new_row),
        with_rows(defaults_are_set_and_those_of_the_server_read_back),
        with_rows(values_are_computed_when_a_row_is_updated),
        with_rows(validators_name_the_column_and_nothing_is_sent),
        with_rows(a_version_counts_updates),
        with_rows(a_version_that_is_used_up_is_refused),
        with_rows(a_row_of_another_version_is_stale),
        with_rows(one_of_another_version_among_many_is_stale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
