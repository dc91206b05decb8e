/* Rows that may be there already: the same on every database. */
#include "tests/suite/article_fixture.h"

ARTICLE_FIXTURE_MODELS

#define ROUNDS 6 /* of each of two threads */

static Article *upsert(fixture *f, const char *code, int stock)
{
    return calx_upsert(f->session, Article, article_new(f->session, code, stock), ON(Article_.code),
                       UPDATE(Article_.stock));
}

/* Another session stores it; gives its id. */
static int stored(fixture *f, const char *code, const char *barcode, int stock)
{
    calx_session *session = calx_session_create(f->engine);
    Article *article = article_new(session, code, stock);
    article->barcode = calx_text_of(barcode);
    calx_session_commit(session);
    assert_session_ok(session);
    int id = article->id;
    calx_session_destroy(session);
    return id;
}

static void what_is_not_there_is_inserted(void **state)
{
    fixture *f = *state;
    Article *tea = article_new(f->session, "tea", 5);
    Article *row = calx_upsert(f->session, Article, tea, ON(Article_.code), UPDATE(Article_.stock));
    assert_session_ok(f->session);
    assert_ptr_equal(row, tea);
    assert_true(row->id > 0);
    assert_int_equal(row->version, 1);
    assert_text(row->state, "new");
    assert_ptr_equal(calx_get(f->session, Article, row->id), row);
    row->stock = 6;
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    assert_int_equal(article_with(f->session, "tea")->stock, 6);
    assert_int_equal(calx_count(calx_query_of(f->session, Article)), 1);
}

static void what_is_there_is_updated(void **state)
{
    fixture *f = *state;
    stored(f, "other", NULL, 1);
    int id = stored(f, "tea", "123", 1);
    Article *tea = article_new(f->session, "tea", 5);
    tea->least = 3;
    Article *row = calx_upsert(f->session, Article, tea, ON(Article_.code), UPDATE(Article_.stock));
    assert_session_ok(f->session);
    assert_ptr_equal(row, tea);
    assert_int_equal(row->id, id);
    assert_int_equal(row->stock, 5);
    assert_int_equal(row->least, 0);
    assert_text(row->barcode, "123");
    assert_int_equal(row->version, 2);
    calx_session_commit(f->session);
    assert_int_equal(calx_count(calx_query_of(f->session, Article)), 2);
    assert_session_ok(f->session);
}

static void the_object_of_the_row_is_given(void **state)
{
    fixture *f = *state;
    int id = stored(f, "tea", NULL, 1);
    Article *held = calx_get(f->session, Article, id);
    held->least = 4;
    assert_ptr_equal(upsert(f, "tea", 5), held);
    assert_session_ok(f->session);
    assert_int_equal(held->stock, 5);
    assert_int_equal(held->least, 4);
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    assert_int_equal(calx_count(calx_query_of(f->session, Article)), 1);
}

static void a_rollback_undoes_it(void **state)
{
    fixture *f = *state;
    Article *tea = upsert(f, "tea", 5);
    calx_session_rollback(f->session);
    assert_int_equal(tea->id, 0);
    assert_null(article_with(f->session, "tea"));
    calx_session_add(f->session, tea);
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    assert_ptr_equal(article_with(f->session, "tea"), tea);
}

static void a_row_is_inserted_or_left_as_it_is(void **state)
{
    fixture *f = *state;
    int id = stored(f, "tea", NULL, 1);
    Article *row = calx_insert_or_get(f->session, Article, article_new(f->session, "tea", 5),
                                      ON(Article_.code));
    assert_session_ok(f->session);
    assert_int_equal(row->id, id);
    assert_int_equal(row->stock, 1);
    assert_int_equal(row->version, 1);
    row = calx_insert_or_get(f->session, Article, article_new(f->session, "milk", 5),
                             ON(Article_.code));
    assert_int_equal(row->stock, 5);
    assert_true(row->id > id);
    assert_session_ok(f->session);
}

/* What is unique besides never makes an update of another row. */
static void another_unique_column_is_an_error(void **state)
{
    fixture *f = *state;
    stored(f, "tea", "123", 1);
    Article *milk = article_new(f->session, "milk", 5);
    milk->barcode = calx_text_of("123");
    calx_upsert(f->session, Article, milk, ON(Article_.code), UPDATE(Article_.stock));
    assert_failed(f->session, CALX_ERROR_UNIQUE, "");
    calx_session_rollback(f->session);
    assert_int_equal(article_with(f->session, "tea")->stock, 1);
    assert_int_equal(calx_count(calx_query_of(f->session, Article)), 1);
    stored(f, "milk", "456", 2);
    milk = article_new(f->session, "milk", 5);
    milk->barcode = calx_text_of("123");
    milk = calx_upsert(f->session, Article, milk, ON(Article_.code), UPDATE(Article_.stock));
    assert_session_ok(f->session);
    assert_int_equal(milk->stock, 5);
    assert_text(milk->barcode, "456");
    assert_int_equal(article_with(f->session, "tea")->stock, 1);
}

/* Nothing can be there with a key that is still to be generated, or with NULL. */
static void what_cannot_be_there_is_inserted(void **state)
{
    fixture *f = *state;
    Article *tea = calx_upsert(f->session, Article, article_new(f->session, "tea", 5),
                               ON(Article_.id), UPDATE(Article_.stock));
    Article *milk = calx_upsert(f->session, Article, article_new(f->session, "milk", 5),
                                ON(Article_.barcode), UPDATE(Article_.stock));
    assert_session_ok(f->session);
    assert_true(milk->id > tea->id);
    Article *again = article_new(f->session, "coffee", 9);
    again->id = tea->id;
    assert_ptr_equal(calx_upsert(f->session, Article, again, ON(Article_.id),
                                 UPDATE(Article_.code, Article_.stock)),
                     tea);
    assert_session_ok(f->session);
    assert_text(tea->code, "coffee");
    assert_int_equal(tea->stock, 9);
}

static void a_key_of_text_is_found(void **state)
{
    fixture *f = *state;
    for (int age = 1; age < 3; age++) {
        Person *ann = Person_new(f->session);
        ann->nick = calx_text_of("ann");
        ann->mail = calx_text_of(age == 1 ? "a@b" : "c@d");
        ann->age = age;
        ann = calx_upsert(f->session, Person, ann, ON(Person_.nick),
                          UPDATE(Person_.mail, Person_.age));
        assert_session_ok(f->session);
        assert_int_equal(ann->age, age);
        assert_text(ann->mail, age == 1 ? "a@b" : "c@d");
    }
    assert_int_equal(calx_count(calx_query_of(f->session, Person)), 1);
}

static void what_cannot_be_meant_is_refused(void **state)
{
    fixture *f = *state;
    calx_upsert(f->session, Article, article_new(f->session, "tea", 5), ON(Article_.stock),
                UPDATE(Article_.least));
    assert_failed(f->session, CALX_ERROR_INVALID, "neither its primary key nor UNIQUE");
    calx_session_rollback(f->session);
    upsert(f, "tea", -1);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"stock\": must not be negative");
    calx_session_rollback(f->session);
    calx_upsert(f->session, Article, upsert(f, "tea", 1), ON(Article_.code),
                UPDATE(Article_.stock));
    assert_failed(f->session, CALX_ERROR_INVALID, "upsert of an object that is not new");
}

/* One that was deleted in the same flush: what is left to the server stays as it was. */
static void the_row_of_a_deleted_object_is_updated(void **state)
{
    fixture *f = *state;
    Article *old = calx_get(f->session, Article, stored(f, "tea", "123", 1));
    old->state = calx_text_of("old");
    calx_session_commit(f->session);
    calx_session_delete(f->session, old);
    Article *tea = article_new(f->session, "tea", 5);
    tea->id = old->id;
    forget_sent(f);
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    assert_non_null(strstr(sent(f), "UPDATE"));
    Article *row = article_with(f->session, "tea");
    assert_ptr_equal(row, tea);
    assert_int_equal(row->stock, 5);
    assert_int_equal(row->version, 3);
    assert_null(row->barcode.data);
    assert_text(row->state, "old");
    assert_true(row->written > old->written);
}

/* Two sessions that find no row both insert it, and one of them updates it. */
typedef struct writer {
    calx_engine *engine;
    calx_error_class code;
} writer;

static void *write_rows(void *context)
{
    writer *w = context;
    for (int i = 0; i < ROUNDS; i++) {
        char code[2] = {(char)('a' + i), '\0'};
        calx_session *session = calx_session_create(w->engine);
        calx_upsert(session, Article, article_new(session, code, i), ON(Article_.code),
                    UPDATE(Article_.stock));
        calx_session_commit(session);
        if (calx_session_error(session) != NULL)
            w->code = calx_session_error(session)->code;
        calx_session_destroy(session);
    }
    return NULL;
}

static void sessions_do_not_fail_each_other(void **state)
{
    fixture *f = *state;
    writer writers[2] = {{.engine = f->engine}, {.engine = f->engine}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_rows, &writers[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(writers[i].code, CALX_OK);
    }
    Article_list all = calx_all(calx_query_of(f->session, Article));
    assert_int_equal(all.count, ROUNDS);
    for (size_t i = 0; i < all.count; i++)
        assert_int_equal(all.items[i]->version, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_articles(what_is_not_there_is_inserted),
        with_articles(what_is_there_is_updated),
        with_articles(the_object_of_the_row_is_given),
        with_articles(a_rollback_undoes_it),
        with_articles(a_row_is_inserted_or_left_as_it_is),
        with_articles(another_unique_column_is_an_error),
        with_articles(what_cannot_be_there_is_inserted),
        with_articles(a_key_of_text_is_found),
        with_articles(what_cannot_be_meant_is_refused),
        with_articles(the_row_of_a_deleted_object_is_updated),
        with_articles(sessions_do_not_fail_each_other),
    };
    return cmocka_run_group_tests(tests, article_open, article_close);
}
