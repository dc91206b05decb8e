/* relationships.c: objects that refer to each other, written and loaded. */
#include <string.h>

#include "core.h"

static Book *new_book(calx_session *session, const char *title)
{
    Book *book = Book_new(session);
    book->title = calx_text_of(title);
    return book;
}

/* An author of three books, the first two on a shelf; stored by reachability alone. */
static Author *store_library(conform *c, calx_session *session)
{
    static const char *const titles[] = {"a", "b", "c"};
    Author *author = Author_new(session);
    Shelf *shelf = Shelf_new(session);
    author->name = calx_text_of("ann");
    shelf->name = calx_text_of("left");
    for (int i = 0; i < 3; i++) {
        Book *book = new_book(session, titles[i]);
        calx_append(author, books, book);
        if (i < 2)
            calx_append(shelf, books, book);
    }
    conform_expect_committed(c, session);
    return author;
}

static void expect_rows(conform *c, int64_t authors, int64_t books, int64_t places)
{
    calx_session *session = conform_session(c);
    conform_expect_integer(c, "authors", authors, calx_count(calx_query_of(session, Author)));
    conform_expect_integer(c, "books", books, calx_count(calx_query_of(session, Book)));
    conform_expect_integer(c, "places", places, calx_count(calx_query_of(session, Place)));
    conform_expect_sound(c, "counting", session);
}

static void keys_follow_generated_keys(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Author *author = store_library(c, session);
    expect_rows(c, 1, 3, 2);
    conform_expect_integer(
        c, "books of the author", 3,
        calx_count(calx_filter(calx_query_of(session, Book), EQUAL(Book_.author_id, author->id))));
}

static void both_sides_are_in_step(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Author *author = Author_new(session);
    Book *book = new_book(session, "a");
    author->name = calx_text_of("ann");
    calx_relate(book, author, author);
    conform_expect_integer(c, "in the list", 1, (int64_t)calx_related_list(author, books).count);
    conform_expect_true(c, "the same", calx_related_list(author, books).items[0] == book);
    conform_expect_committed(c, session);
    expect_rows(c, 1, 1, 0);
}

static void lists_are_loaded_with_their_objects(conform *c, const void *data)
{
    (void)data;
    store_library(c, conform_session(c));
    calx_session *session = conform_session(c);
    Author *author = calx_first(calx_load(calx_query_of(session, Author), Author_.books));
    conform_expect_true(c, "found", author != NULL);
    if (!conform_ok(c))
        return;
    Book_list books = calx_related_list(author, books);
    conform_expect_integer(c, "books", 3, (int64_t)books.count);
    for (size_t i = 0; i < books.count; i++)
        conform_expect_true(c, "leads back", calx_related(books.items[i], author) == author);
    conform_expect_sound(c, "reading", session);
}

static void paths_are_loaded(conform *c, const void *data)
{
    (void)data;
    store_library(c, conform_session(c));
    calx_session *session = conform_session(c);
    Shelf *shelf = calx_first(calx_load(calx_query_of(session, Shelf), Shelf_.books, Book_.author));
    conform_expect_true(c, "found", shelf != NULL);
    if (!conform_ok(c))
        return;
    Book_list books = calx_related_list(shelf, books);
    conform_expect_integer(c, "books", 2, (int64_t)books.count);
    for (size_t i = 0; i < books.count && conform_ok(c); i++)
        conform_expect_true(c, "author", calx_related(books.items[i], author) != NULL);
    conform_expect_sound(c, "reading", session);
}

static void what_was_not_loaded_is_an_error(conform *c, const void *data)
{
    (void)data;
    store_library(c, conform_session(c));
    calx_session *session = conform_session(c);
    Author *author = calx_first(calx_query_of(session, Author));
    conform_expect_true(c, "found", author != NULL);
    if (!conform_ok(c))
        return;
    conform_expect_true(c, "not loaded", !calx_is_loaded(author, books));
    conform_expect_integer(c, "books", 0, (int64_t)calx_related_list(author, books).count);
    const calx_error *err = calx_session_error(session);
    conform_expect_true(c, "the message names them",
                        err != NULL && strstr(err->message, "Author") != NULL &&
                            strstr(err->message, "books") != NULL);
}

static void delete_cascades(conform *c, const void *data)
{
    (void)data;
    store_library(c, conform_session(c));
    calx_session *session = conform_session(c);
    calx_query_delete(calx_query_of(session, Place));
    conform_expect_committed(c, session);
    Author *author = calx_first(calx_load(calx_query_of(session, Author), Author_.books));
    if (author != NULL)
        calx_session_delete(session, author);
    conform_expect_committed(c, session);
    expect_rows(c, 0, 0, 0);
}

static void orphans_are_deleted(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    store_library(c, session);
    Author *author = calx_first(calx_load(calx_query_of(session, Author), Author_.books));
    conform_expect_true(c, "found", author != NULL);
    if (!conform_ok(c))
        return;
    Book_list books = calx_related_list(author, books);
    calx_detach(author, books, books.items[2]); /* on no shelf */
    conform_expect_committed(c, session);
    expect_rows(c, 1, 2, 2);
}

static void places_come_and_go_with_the_list(conform *c, const void *data)
{
    (void)data;
    store_library(c, conform_session(c));
    calx_session *session = conform_session(c);
    Shelf *shelf = calx_first(calx_load(calx_query_of(session, Shelf), Shelf_.books));
    conform_expect_true(c, "found", shelf != NULL);
    if (!conform_ok(c))
        return;
    Book_list books = calx_related_list(shelf, books);
    for (size_t i = 0; i < books.count; i++)
        calx_detach(shelf, books, books.items[i]);
    conform_expect_committed(c, session);
    expect_rows(c, 1, 3, 0);
}

static void an_object_can_lead_to_none(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Author *author = Author_new(session);
    author->name = calx_text_of("ann");
    Book *book = new_book(session, "a");
    conform_expect_committed(c, session);
    conform_expect_integer(
        c, "books without an author", 1,
        calx_count(calx_filter(calx_query_of(session, Book), IS_NULL(Book_.author_id))));
    calx_relate(book, author, author);
    conform_expect_committed(c, session);
    conform_expect_integer(
        c, "with this one", 1,
        calx_count(calx_filter(calx_query_of(session, Book), EQUAL(Book_.author_id, author->id))));
}

void conform_area_relationships(conform *c)
{
    CONFORM_CASE(c, 0, keys_follow_generated_keys);
    CONFORM_CASE(c, 0, both_sides_are_in_step);
    CONFORM_CASE(c, 0, lists_are_loaded_with_their_objects);
    CONFORM_CASE(c, 0, paths_are_loaded);
    CONFORM_CASE(c, 0, what_was_not_loaded_is_an_error);
    CONFORM_CASE(c, 0, delete_cascades);
    CONFORM_CASE(c, 0, orphans_are_deleted);
    CONFORM_CASE(c, 0, places_come_and_go_with_the_list);
    CONFORM_CASE(c, 0, an_object_can_lead_to_none);
}
