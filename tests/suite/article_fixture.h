/* article_fixture.h: articles with everything that a flush computes, for the tests of what is
 * written without it. */
#ifndef CALX_TESTS_SUITE_ARTICLE_FIXTURE_H
#define CALX_TESTS_SUITE_ARTICLE_FIXTURE_H

#include "tests/suite/orm_fixture.h"

int article_not_negative(const calx_column *column, const void *member, calx_error *err);
void article_is_written(const calx_column *column, void *member);

#define ARTICLE(COLUMN, Model)                                                                     \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, code, UNIQUE, LENGTH(20))                                                \
    COLUMN(Model, STRING_OR_NULL, barcode, UNIQUE, LENGTH(20))                                     \
    COLUMN(Model, INTEGER, stock, DEFAULT(7), VALIDATE(article_not_negative))                      \
    COLUMN(Model, INTEGER, least)                                                                  \
    COLUMN(Model, NUMERIC(10, 2), price)                                                           \
    COLUMN(Model, STRING, state, LENGTH(10), SERVER_DEFAULT("'new'"))                              \
    COLUMN(Model, INTEGER, written, ON_INSERT(article_is_written), ON_UPDATE(article_is_written))  \
    COLUMN(Model, INTEGER, version, VERSION)
CALX_MODEL_DECLARE(Article, ARTICLE)

/* In the one source file of each program. */
#define ARTICLE_FIXTURE_MODELS                                                                     \
    ORM_FIXTURE_MODELS                                                                             \
    CALX_MODEL_DEFINE(Article, "suite_articles", ARTICLE)                                          \
    static _Atomic int article_clock; /* how often one was written, by any thread */               \
    int article_not_negative(const calx_column *column, const void *member, calx_error *err)       \
    {                                                                                              \
        (void)column;                                                                              \
        return *(const int32_t *)member >= 0                                                       \
                   ? 0                                                                             \
                   : calx_error_set(err, CALX_ERROR_INVALID, "must not be negative");              \
    }                                                                                              \
    void article_is_written(const calx_column *column, void *member)                               \
    {                                                                                              \
        (void)column;                                                                              \
        *(int32_t *)member = ++article_clock;                                                      \
    }

static const calx_model *const article_models[] = {&Article_model};

static inline Article *article_new(calx_session *session, const char *code, int stock)
{
    Article *article = Article_new(session);
    article->code = calx_text_of(code);
    article->stock = stock;
    article->price = calx_decimal_of("9.99");
    return article;
}

/* The tables are made once for a program; each test has no rows, and a session of its own. */
static inline int article_open(void **state)
{
    fixture *f = fixture_create_on(fixture_uri());
    assert_ok(f, calx_drop_all(f->engine, article_models, 1, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_create_all(f->engine, article_models, 1, CALX_NO_DEADLINE, &f->err));
    *state = f;
    return 0;
}

static inline int article_close(void **state)
{
    fixture *f = *state;
    calx_session_destroy(f->session);
    f->session = NULL;
    calx_drop_all(f->engine, article_models, 1, CALX_NO_DEADLINE, NULL);
    fixture_destroy(f);
    return 0;
}

static inline int article_setup(void **state)
{
    fixture *f = *state;
    calx_session_destroy(f->session);
    f->session = calx_session_create(f->engine);
    calx_query_delete(calx_query_of(f->session, Article));
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    forget_sent(f);
    return 0;
}

#define with_articles(test) cmocka_unit_test_setup_teardown(test, article_setup, NULL)

static inline Article *article_with(calx_session *session, const char *code)
{
    return calx_first(calx_filter_by(calx_query_of(session, Article), code, code));
}

#endif
