/* Many rows of plain structs, inserted without objects: the same on every database. */
#include "tests/suite/article_fixture.h"

ARTICLE_FIXTURE_MODELS

#define MANY (CALX_INSERT_ROWS + 77u) /* more than a unit, and than a statement */

static char codes[MANY][8];

/* Codes 0000, 0001 …, with the stock of their index. */
static void fill(Article *articles, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Article_init(&articles[i]);
        snprintf(codes[i], sizeof codes[i], "%04zu", i);
        articles[i].code = calx_text_of(codes[i]);
        articles[i].stock = (int32_t)i;
        articles[i].price = calx_decimal_of("9.99");
    }
}

static Article *many(size_t count)
{
    Article *articles = calloc(count, sizeof *articles);
    assert_non_null(articles);
    fill(articles, count);
    return articles;
}

static Article_list stored(fixture *f)
{
    Article_list list = calx_all(calx_order_by(calx_query_of(f->session, Article), Article_.code));
    assert_session_ok(f->session);
    return list;
}

static size_t count_sent(fixture *f, const char *words)
{
    size_t count = 0;
    for (const char *at = sent(f); (at = strstr(at, words)) != NULL; at++)
        count++;
    return count;
}

static void a_record_begins_as_a_new_object(void **state)
{
    fixture *f = *state;
    Article article;
    memset(&article, 0xff, sizeof article);
    Article_init(&article);
    assert_memory_equal(&article, Article_new(f->session), sizeof article);
    assert_int_equal(article.stock, 7);
    assert_null(article.barcode.data);
}

static void rows_are_stored_with_all_that_is_computed(void **state)
{
    fixture *f = *state;
    Article articles[3];
    Article before[3];
    fill(articles, 3);
    articles[1].state = calx_text_of("old");
    articles[2].barcode = calx_text_of("123");
    articles[2].written = -1;
    memcpy(before, articles, sizeof before);
    assert_int_equal(calx_insert_all(f->session, Article, articles, 3), 0);
    assert_memory_equal(articles, before, sizeof before);
    calx_session_commit(f->session);
    Article_list list = stored(f);
    assert_int_equal(list.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(list.items[i]->stock, i);
        assert_int_equal(list.items[i]->version, 1);
        assert_text(list.items[i]->state, i == 1 ? "old" : "new");
        assert_true(list.items[i]->written == -1 ? i == 2 : list.items[i]->written > 0);
        assert_true((list.items[i]->barcode.data != NULL) == (i == 2));
    }
}

/* Also where the same columns were written before and nobody wanted their keys. */
static void keys_come_back_in_the_order_of_the_records(void **state)
{
    fixture *f = *state;
    Article *articles = many(MANY);
    assert_int_equal(calx_insert_all(f->session, Article, articles, MANY), 0);
    calx_session_rollback(f->session);
    assert_int_equal(calx_insert_all_with_keys(f->session, Article, articles, MANY), 0);
    Article_list list = stored(f);
    assert_int_equal(list.count, MANY);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(list.items[i]->id, articles[i].id);
        assert_int_equal(list.items[i]->stock, i);
    }
    free(articles);
}

static void assert_keys(fixture *f, const Article *articles, size_t count)
{
    Article_list list = stored(f);
    assert_int_equal(list.count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(list.items[i]->id, articles[i].id);
}

/* Where keys are taken ahead, a sequence alone says what they are. */
static void keys_that_a_trigger_makes_come_back(void **state)
{
    fixture *f = *state;
    if (!is_dialect(f, "postgresql"))
        return;
    Article articles[CALX_LOAD_ROWS];
    fill(articles, CALX_LOAD_ROWS);
    command(f,
            "CREATE OR REPLACE FUNCTION suite_key() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN NEW.id := NEW.id + 1000000; RETURN NEW; END'");
    command(f,
            "CREATE TRIGGER suite_key BEFORE INSERT ON suite_articles"
            " FOR EACH ROW EXECUTE FUNCTION suite_key()");
    calx_insert_all_with_keys(f->session, Article, articles, CALX_LOAD_ROWS);
    assert_keys(f, articles, CALX_LOAD_ROWS);
    assert_true(articles[0].id > 1000000);
    calx_session_rollback(f->session);
    command(f, "DROP FUNCTION suite_key CASCADE");
    fill(articles, CALX_LOAD_ROWS);
    command(f,
            "ALTER TABLE suite_articles ALTER id DROP DEFAULT,"
            " ALTER id ADD GENERATED ALWAYS AS IDENTITY");
    calx_insert_all_with_keys(f->session, Article, articles, CALX_LOAD_ROWS);
    assert_keys(f, articles, CALX_LOAD_ROWS);
    calx_session_rollback(f->session);
    calx_drop_all(f->engine, article_models, 1, CALX_NO_DEADLINE, &f->err);
    assert_ok(f, calx_create_all(f->engine, article_models, 1, CALX_NO_DEADLINE, &f->err));
}

/* A key that is given stays, among others that are generated. */
static void given_keys_are_stored(void **state)
{
    fixture *f = *state;
    Article articles[5];
    fill(articles, 5);
    articles[1].id = 900001;
    articles[3].id = 900003;
    calx_insert_all_with_keys(f->session, Article, articles, 5);
    Article_list list = stored(f);
    assert_int_equal(list.count, 5);
    assert_int_equal(articles[1].id, 900001);
    for (size_t i = 0; i < 5; i++) {
        assert_true(articles[i].id > 0);
        assert_int_equal(list.items[i]->id, articles[i].id);
    }
    Person people[2] = {{.age = 1}, {.age = 2}};
    people[0].nick = people[0].mail = calx_text_of("ann");
    people[1].nick = people[1].mail = calx_text_of("bob");
    calx_insert_all_with_keys(f->session, Person, people, 2);
    assert_int_equal(calx_get(f->session, Person, "bob")->age, 2);
    assert_session_ok(f->session);
}

static void nothing_is_stored_before_the_commit(void **state)
{
    fixture *f = *state;
    Todo todos[2];
    Todo_init(&todos[0]);
    Todo_init(&todos[1]);
    todos[0].title = todos[1].title = calx_text_of("milk");
    assert_int_equal(calx_insert_all(f->session, Todo, todos, 0), 0);
    assert_string_equal(sent(f), "");
    assert_int_equal(calx_insert_all(f->session, Todo, todos, 2), 0);
    assert_int_equal(todos[0].id, 0);
    calx_session_rollback(f->session);
    assert_int_equal(stored_with(f, "milk"), 0);
    calx_session_begin_nested(f->session);
    calx_insert_all(f->session, Todo, todos, 2);
    calx_session_rollback_nested(f->session);
    calx_insert_all(f->session, Todo, todos, 1);
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    assert_int_equal(stored_with(f, "milk"), 1);
}

/* New objects may be what the rows refer to, or have their key. */
static void changes_of_objects_are_written_before(void **state)
{
    fixture *f = *state;
    Article *held = article_new(f->session, "held", 1);
    Article articles[1];
    fill(articles, 1);
    calx_insert_all_with_keys(f->session, Article, articles, 1);
    assert_session_ok(f->session);
    assert_true(held->id > 0);
    assert_true(articles[0].id > held->id);
    assert_int_equal(calx_get(f->session, Article, articles[0].id)->stock, 0);
}

/* Rows that are one stream are told as one; those behind it on PostgreSQL go one by one. */
static void statements_are_few(void **state)
{
    fixture *f = *state;
    Article *articles = many(MANY);
    calx_insert_all(f->session, Article, articles, MANY);
    assert_session_ok(f->session);
    bool loads = calx_engine_can(f->engine, CALX_CAPABILITY_LOAD);
    assert_int_equal(count_sent(f, "COPY "), loads);
    assert_true(count_sent(f, "INSERT INTO") < (loads ? 78 : MANY / 30));
    assert_int_equal(count_sent(f, "BEGIN"), 1);
    free(articles);
}

/* As many as make a stream, with what has a meaning in one. */
static void texts_are_stored_as_they_are(void **state)
{
    static const char *const words[] = {"\\N", "\\.", "a\tb", "a\nb", "a\\b", "NULL", "\r", ""};
    fixture *f = *state;
    Article *articles = many(CALX_LOAD_ROWS);
    for (size_t i = 0; i < 8; i++)
        articles[i].barcode = calx_text_of(words[i]);
    calx_insert_all(f->session, Article, articles, CALX_LOAD_ROWS);
    Article_list list = stored(f);
    assert_int_equal(list.count, CALX_LOAD_ROWS);
    for (size_t i = 0; i < CALX_LOAD_ROWS; i++) {
        if (i < 8)
            assert_text(list.items[i]->barcode, words[i]);
        else
            assert_null(list.items[i]->barcode.data);
    }
    articles[CALX_LOAD_ROWS - 1].code = articles[0].code;
    calx_session_rollback(f->session);
    calx_insert_all(f->session, Article, articles, CALX_LOAD_ROWS);
    assert_failed(f->session, CALX_ERROR_UNIQUE, "");
    free(articles);
}

static void values_are_checked(void **state)
{
    fixture *f = *state;
    Article articles[3];
    fill(articles, 3);
    articles[2].stock = -1;
    assert_int_equal(calx_insert_all(f->session, Article, articles, 3), CALX_ERROR_INVALID);
    assert_failed(f->session, CALX_ERROR_INVALID,
                  "record 2: column \"stock\": must not be negative");
    assert_string_equal(sent(f), "");
    calx_session_rollback(f->session);
    fill(articles, 3);
    articles[1].code = (calx_text){0};
    calx_insert_all(f->session, Article, articles, 3);
    assert_failed(f->session, CALX_ERROR_NOT_NULL, "record 1: column \"code\"");
    calx_session_rollback(f->session);
    fill(articles, 3);
    articles[1].code = articles[0].code;
    calx_insert_all(f->session, Article, articles, 3);
    assert_failed(f->session, CALX_ERROR_UNIQUE, "");
    calx_session_rollback(f->session);
    assert_int_equal(stored(f).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_articles(a_record_begins_as_a_new_object),
        with_articles(rows_are_stored_with_all_that_is_computed),
        with_articles(keys_come_back_in_the_order_of_the_records),
        with_articles(keys_that_a_trigger_makes_come_back),
        with_articles(given_keys_are_stored),
        with_articles(nothing_is_stored_before_the_commit),
        with_articles(changes_of_objects_are_written_before),
        with_articles(statements_are_few),
        with_articles(texts_are_stored_as_they_are),
        with_articles(values_are_checked),
    };
    return cmocka_run_group_tests(tests, article_open, article_close);
}
