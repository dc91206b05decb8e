/* session_random_check.h: is the library what its plain model says, in the session and stored? */
#ifndef CALX_TESTS_SUITE_SESSION_RANDOM_CHECK_H
#define CALX_TESTS_SUITE_SESSION_RANDOM_CHECK_H

#include "tests/suite/session_random.h"

/* ---- Comparing ---- */

static inline void check_list(const library *l, void *const *items, size_t count, int kind,
                              const bool *wanted, const char *what)
{
    size_t expected = 0;
    for (int slot = 0; slot < SLOTS; slot++) {
        size_t at = 0;
        if (!l->now.rows[kind][slot].exists || !wanted[slot])
            continue;
        expected++;
        while (at < count && items[at] != object_at(l, kind, slot))
            at++;
        check(l, at < count, what);
    }
    check(l, count == expected, what);
}

static inline void check_author(const library *l, int slot)
{
    Author *author = object_at(l, AUTHOR, slot);
    bool wanted[SLOTS];
    for (int book = 0; book < SLOTS; book++)
        wanted[book] = l->now.rows[BOOK][book].parent == slot;
    if (!calx_is_loaded(author, books))
        return;
    Book_list books = calx_related_list(author, books);
    check_list(l, (void **)books.items, books.count, BOOK, wanted, "author's books");
}

static inline void check_label(const library *l, int slot)
{
    Label *label = object_at(l, LABEL, slot);
    bool wanted[SLOTS];
    for (int book = 0; book < SLOTS; book++)
        wanted[book] = l->now.rows[BOOK][book].labels[slot];
    if (!calx_is_loaded(label, books))
        return;
    Book_list books = calx_related_list(label, books);
    check_list(l, (void **)books.items, books.count, BOOK, wanted, "label's books");
}

static inline void check_book_lists(const library *l, int slot)
{
    Book *book = object_at(l, BOOK, slot);
    bool prequels[SLOTS];
    bool chapters[SLOTS];
    for (int other = 0; other < SLOTS; other++) {
        prequels[other] = l->now.rows[BOOK][other].sequel == slot;
        chapters[other] = l->now.rows[CHAPTER][other].parent == slot;
    }
    if (calx_is_loaded(book, prequels)) {
        Book_list before = calx_related_list(book, prequels);
        check_list(l, (void **)before.items, before.count, BOOK, prequels, "book's prequels");
    }
    if (calx_is_loaded(book, chapters)) {
        Chapter_list parts = calx_related_list(book, chapters);
        check_list(l, (void **)parts.items, parts.count, CHAPTER, chapters, "book's chapters");
    }
    if (calx_is_loaded(book, labels)) {
        Label_list labels = calx_related_list(book, labels);
        check_list(l, (void **)labels.items, labels.count, LABEL, l->now.rows[BOOK][slot].labels,
                   "book's labels");
    }
}

static inline void check_book(const library *l, int slot)
{
    Book *book = object_at(l, BOOK, slot);
    const row *expected = &l->now.rows[BOOK][slot];
    if (calx_is_loaded(book, author))
        check(l, calx_related(book, author) == object_at(l, AUTHOR, expected->parent),
              "book's author");
    if (calx_is_loaded(book, sequel))
        check(l, calx_related(book, sequel) == object_at(l, BOOK, expected->sequel),
              "book's sequel");
    check_book_lists(l, slot);
}

static inline void check_chapter(const library *l, int slot)
{
    Chapter *chapter = object_at(l, CHAPTER, slot);
    if (calx_is_loaded(chapter, book))
        check(l,
              calx_related(chapter, book) == object_at(l, BOOK, l->now.rows[CHAPTER][slot].parent),
              "chapter's book");
}

/* What an object holds, and what is loaded of its relationships: all that is there must be right.
 */
static inline void check_memory_of(const library *l, int kind, int slot)
{
    static void (*const checks[])(const library *, int) = {check_author, check_book, check_chapter,
                                                           check_label};
    check(l, *value_at(l, kind, slot) == l->now.rows[kind][slot].value, "value");
    checks[kind](l, slot);
    check_session_ok(l);
}

static inline void check_memory(const library *l)
{
    for (int kind = 0; kind < KINDS; kind++)
        for (int slot = 0; slot < SLOTS; slot++)
            if (l->now.rows[kind][slot].exists)
                check_memory_of(l, kind, slot);
}

/* The session's object, by its key: known only when it is flushed. */
static inline void *get(const library *l, int kind, const void *object)
{
    switch (kind) {
    case AUTHOR:
        return calx_get(l->session, Author, ((const Author *)object)->id);
    case BOOK:
        return calx_get(l->session, Book, ((const Book *)object)->id);
    case CHAPTER:
        return calx_get(l->session, Chapter, ((const Chapter *)object)->book_id,
                        ((const Chapter *)object)->number);
    default:
        return calx_get(l->session, Label, ((const Label *)object)->word);
    }
}

static inline void load_book(library *l, Book *book)
{
    calx_load_for(book, Book_.author);
    calx_load_for(book, Book_.sequel);
    if (pick(l, 2) == 0) {
        calx_load_for(book, Book_.prequels);
        calx_load_for(book, Book_.chapters);
        calx_load_for(book, Book_.labels);
    } else {
        Book_query *query = calx_filter_by(calx_query_of(l->session, Book), id, book->id);
        query = calx_load_joined(query, Book_.prequels, Book_.labels);
        query = calx_load_joined(query, Book_.chapters);
        calx_all(calx_load_joined(query, Book_.labels));
    }
    check(l, calx_is_loaded(book, author) && calx_is_loaded(book, sequel), "book's parents");
    check(l,
          calx_is_loaded(book, prequels) && calx_is_loaded(book, chapters) &&
              calx_is_loaded(book, labels),
          "book's lists");
}

/* An object, with everything that leads from it. */
static inline void check_object(library *l, int kind, int slot)
{
    void *object = object_at(l, kind, slot);
    flush(l);
    if (pick(l, 4) > 0)
        check(l, get(l, kind, object) == object, "another object for its row");
    if (kind == AUTHOR)
        calx_load_for((Author *)object, Author_.books);
    else if (kind == BOOK)
        load_book(l, object);
    else if (kind == LABEL)
        calx_load_for((Label *)object, Label_.books);
    else
        calx_load_for((Chapter *)object, Chapter_.book);
    check_memory_of(l, kind, slot);
}

/* What is gone is not found by the key that it had. */
static inline void check_gone(const library *l, int kind, int slot)
{
    const void *object = object_at(l, kind, slot);
    if (object != NULL)
        check(l, get(l, kind, object) != object, "an object without a row");
    check_session_ok(l);
}

static inline void check_session(library *l)
{
    check_memory(l);
    for (int kind = 0; kind < KINDS; kind++)
        for (int slot = 0; slot < SLOTS; slot++)
            if (l->now.rows[kind][slot].exists)
                check_object(l, kind, slot);
            else
                check_gone(l, kind, slot);
}

/* Looking at objects through the session loads them anew: so it is not always done. */
static inline void check_either_way(library *l)
{
    if (pick(l, 2) == 0)
        check_session(l);
    else
        check_memory(l);
}

/* How many rows there must be, and of labels on books. */
static inline int64_t expected_count(const library *l, int kind)
{
    int64_t count = 0;
    for (int slot = 0; slot < SLOTS; slot++)
        count += l->committed.rows[kind][slot].exists;
    return count;
}

static inline int64_t expected_links(const library *l)
{
    int64_t count = 0;
    for (int book = 0; book < SLOTS; book++)
        for (int label = 0; label < SLOTS; label++)
            count +=
                l->committed.rows[BOOK][book].exists && l->committed.rows[BOOK][book].labels[label];
    return count;
}

static inline int32_t id_of(const library *l, int kind, int slot)
{
    const void *object = slot == NONE ? NULL : l->committed.rows[kind][slot].object;
    if (object == NULL)
        return 0;
    return kind == AUTHOR ? ((const Author *)object)->id : ((const Book *)object)->id;
}

/* What a session that knows nothing finds for one row. */
static inline void check_stored(const library *l, calx_session *fresh, int kind, int slot)
{
    const row *expected = &l->committed.rows[kind][slot];
    void *found = NULL;
    if (kind == AUTHOR)
        found = calx_get(fresh, Author, id_of(l, AUTHOR, slot));
    else if (kind == BOOK)
        found = calx_get(fresh, Book, id_of(l, BOOK, slot));
    else if (kind == CHAPTER)
        found = calx_get(fresh, Chapter, id_of(l, BOOK, expected->parent), slot);
    else
        found = calx_get(fresh, Label, words[slot]);
    check(l, found != NULL, "a row is missing");
    check(l, *value_of(kind, found) == expected->value, "stored value");
    if (kind != BOOK)
        return;
    const Book *book = found;
    int32_t author = book->author_id.is_null ? 0 : book->author_id.value;
    int32_t sequel = book->sequel_id.is_null ? 0 : book->sequel_id.value;
    check(l, author == id_of(l, AUTHOR, expected->parent), "stored author");
    check(l, sequel == id_of(l, BOOK, expected->sequel), "stored sequel");
    for (int label = 0; label < SLOTS; label++) {
        bool stuck = calx_get(fresh, BookLabel, book->id, words[label]) != NULL;
        check(l, stuck == expected->labels[label], "stored label of a book");
    }
}

static inline void check_database(const library *l)
{
    calx_session *fresh = calx_session_create(l->engine);
    check(l, calx_count(calx_query_of(fresh, Author)) == expected_count(l, AUTHOR), "authors");
    check(l, calx_count(calx_query_of(fresh, Book)) == expected_count(l, BOOK), "books");
    check(l, calx_count(calx_query_of(fresh, Chapter)) == expected_count(l, CHAPTER), "chapters");
    check(l, calx_count(calx_query_of(fresh, Label)) == expected_count(l, LABEL), "labels");
    check(l, calx_count(calx_query_of(fresh, BookLabel)) == expected_links(l), "labels of books");
    for (int kind = 0; kind < KINDS; kind++)
        for (int slot = 0; slot < SLOTS; slot++)
            if (l->committed.rows[kind][slot].exists)
                check_stored(l, fresh, kind, slot);
    assert_session_ok(fresh);
    calx_session_destroy(fresh);
}

/* ---- Beginning and end ---- */

static inline int library_open(void **state)
{
    library *l = calloc(1, sizeof *l);
    calx_error err = {0};
    assert_non_null(l);
    *state = l;
    if (calx_engine_create(fixture_uri(), NULL, &l->engine, &err) < 0 ||
        calx_drop_all(l->engine, library_models, LIBRARY_MODELS, CALX_NO_DEADLINE, &err) < 0 ||
        calx_create_all(l->engine, library_models, LIBRARY_MODELS, CALX_NO_DEADLINE, &err) < 0)
        fail_msg("%s", err.message);
    return 0;
}

static inline int library_close(void **state)
{
    library *l = *state;
    calx_drop_all(l->engine, library_models, LIBRARY_MODELS, CALX_NO_DEADLINE, NULL);
    calx_engine_destroy(l->engine);
    free(l);
    return 0;
}

/* An empty library. */
static inline void begin_sequence(library *l, uint64_t seed)
{
    *l = (library){.engine = l->engine, .seed = seed, .doing = "begin"};
    l->random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    l->session = calx_session_create(l->engine);
    assert_non_null(l->session);
    l->autoflush = pick(l, 3) > 0;
    calx_session_set_autoflush(l->session, l->autoflush);
    for (int kind = 0; kind < KINDS; kind++)
        for (int slot = 0; slot < SLOTS; slot++)
            l->now.rows[kind][slot].parent = l->now.rows[kind][slot].sequel = NONE;
    l->committed = l->now;
}

static inline void end_sequence(library *l)
{
    calx_query_delete(calx_query_of(l->session, BookLabel));
    calx_query_delete(calx_query_of(l->session, Chapter));
    calx_session_commit(l->session);
    for (int slot = 0; slot < SLOTS; slot++)
        if (l->now.rows[BOOK][slot].exists)
            calx_relate((Book *)object_at(l, BOOK, slot), sequel, (Book *)NULL);
    calx_session_flush(l->session);
    calx_query_delete(calx_query_of(l->session, Book));
    calx_query_delete(calx_query_of(l->session, Label));
    calx_query_delete(calx_query_of(l->session, Author));
    calx_session_commit(l->session);
    check_session_ok(l);
    calx_session_destroy(l->session);
    l->session = NULL;
}

#endif
