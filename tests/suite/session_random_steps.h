/* session_random_steps.h: what happens to the objects of the library, and to its plain model. */
#ifndef CALX_TESTS_SUITE_SESSION_RANDOM_STEPS_H
#define CALX_TESTS_SUITE_SESSION_RANDOM_STEPS_H

#include "tests/suite/session_random_check.h"

/* ---- Steps on single objects ---- */

static inline void add_author(library *l)
{
    int slot = free_slot(l, AUTHOR);
    if (slot == NONE)
        return;
    Author *author = Author_new(l->session);
    author->rank = l->now.rows[AUTHOR][slot].value = (int)pick(l, 1000);
    take_slot(l, AUTHOR, slot, author);
}

static inline void add_book(library *l)
{
    int slot = free_slot(l, BOOK);
    int author = any_slot(l, AUTHOR);
    if (slot == NONE)
        return;
    Book *book = Book_new(l->session);
    book->pages = l->now.rows[BOOK][slot].value = (int)pick(l, 1000);
    take_slot(l, BOOK, slot, book);
    if (author == NONE || pick(l, 3) == 0)
        return;
    if (pick(l, 2) == 0)
        calx_relate(book, author, (Author *)object_at(l, AUTHOR, author));
    else
        calx_append((Author *)object_at(l, AUTHOR, author), books, book);
    l->now.rows[BOOK][slot].parent = author;
}

static inline void add_label(library *l)
{
    int slot = free_slot(l, LABEL);
    if (slot == NONE)
        return;
    flush(l); /* a label of this word may be about to be deleted, and would be so too late */
    Label *label = Label_new(l->session);
    label->word = calx_text_of(words[slot]);
    label->color = l->now.rows[LABEL][slot].value = (int)pick(l, 1000);
    take_slot(l, LABEL, slot, label);
}

static inline void add_chapter(library *l)
{
    int slot = free_slot(l, CHAPTER);
    int book = any_slot(l, BOOK);
    if (slot == NONE || book == NONE)
        return;
    Chapter *chapter = Chapter_new(l->session);
    chapter->number = slot;
    chapter->length = l->now.rows[CHAPTER][slot].value = (int)pick(l, 1000);
    take_slot(l, CHAPTER, slot, chapter);
    l->now.rows[CHAPTER][slot].parent = book;
    calx_append((Book *)object_at(l, BOOK, book), chapters, chapter);
}

static inline void change_value(library *l)
{
    int kind = (int)pick(l, KINDS);
    int slot = any_slot(l, kind);
    if (slot != NONE)
        *value_at(l, kind, slot) = l->now.rows[kind][slot].value = (int)pick(l, 1000);
}

/* A change that is forgotten before it is flushed. */
static inline void change_and_forget(library *l)
{
    int kind = (int)pick(l, KINDS);
    int slot = any_slot(l, kind);
    if (slot == NONE)
        return;
    flush(l);
    *value_at(l, kind, slot) += 1;
    if (pick(l, 2) == 0)
        calx_session_refresh(l->session, object_at(l, kind, slot));
    else
        calx_session_expire(l->session, object_at(l, kind, slot));
    check_object(l, kind, slot);
}

static inline void merge_author(library *l)
{
    int slot = any_slot(l, AUTHOR);
    Author other = {.rank = (int)pick(l, 1000), .version = 77};
    if (slot == NONE)
        return;
    flush(l);
    other.id = ((Author *)object_at(l, AUTHOR, slot))->id;
    Author *merged = calx_session_merge(l->session, Author, &other);
    check(l, merged == object_at(l, AUTHOR, slot), "merge gives another object");
    l->now.rows[AUTHOR][slot].value = other.rank;
}

static inline void merge_label(library *l)
{
    int slot = (int)pick(l, SLOTS);
    Label other = {.word = calx_text_of(words[slot]), .color = (int)pick(l, 1000)};
    bool is_new = !l->now.rows[LABEL][slot].exists;
    flush(l);
    Label *merged = calx_session_merge(l->session, Label, &other);
    if (is_new)
        take_slot(l, LABEL, slot, merged);
    check(l, merged == object_at(l, LABEL, slot), "merge gives another object");
    l->now.rows[LABEL][slot].value = other.color;
}

/* ---- Steps on relationships ---- */

static inline void move_book(library *l)
{
    int book = any_slot(l, BOOK);
    int author = pick(l, 4) == 0 ? NONE : any_slot(l, AUTHOR);
    if (book == NONE)
        return;
    Book *moved = object_at(l, BOOK, book);
    if (author == NONE || pick(l, 2) == 0)
        calx_relate(moved, author, (Author *)object_at(l, AUTHOR, author));
    else
        calx_append((Author *)object_at(l, AUTHOR, author), books, moved);
    l->now.rows[BOOK][book].parent = author;
}

static inline void take_book_away(library *l)
{
    int book = any_slot(l, BOOK);
    if (book == NONE || l->now.rows[BOOK][book].parent == NONE)
        return;
    Author *author = object_at(l, AUTHOR, l->now.rows[BOOK][book].parent);
    if (!calx_is_loaded(author, books) || pick(l, 3) == 0)
        calx_load_for(author, Author_.books);
    calx_load_for((Book *)object_at(l, BOOK, book), Book_.author);
    calx_detach(author, books, (Book *)object_at(l, BOOK, book));
    l->now.rows[BOOK][book].parent = NONE;
}

/* Circles and books that are their own sequel are welcome. */
static inline void set_sequel(library *l)
{
    int book = any_slot(l, BOOK);
    int sequel = pick(l, 4) == 0 ? NONE : any_slot(l, BOOK);
    if (book == NONE)
        return;
    calx_relate((Book *)object_at(l, BOOK, book), sequel, (Book *)object_at(l, BOOK, sequel));
    l->now.rows[BOOK][book].sequel = sequel;
}

static inline void stick_label(library *l)
{
    int book = any_slot(l, BOOK);
    int label = any_slot(l, LABEL);
    if (book == NONE || label == NONE)
        return;
    Book *labelled = object_at(l, BOOK, book);
    Label *stuck = object_at(l, LABEL, label);
    bool from_book = pick(l, 2) == 0;
    if (from_book)
        calx_load_for(labelled, Book_.labels);
    else
        calx_load_for(stuck, Label_.books);
    bool *there = &l->now.rows[BOOK][book].labels[label];
    if (*there && from_book)
        calx_detach(labelled, labels, stuck);
    else if (*there)
        calx_detach(stuck, books, labelled);
    else if (from_book)
        calx_append(labelled, labels, stuck);
    else
        calx_append(stuck, books, labelled);
    *there = !*there;
}

static inline void tear_chapter_out(library *l)
{
    int slot = any_slot(l, CHAPTER);
    if (slot == NONE)
        return;
    Chapter *chapter = object_at(l, CHAPTER, slot);
    Book *book = object_at(l, BOOK, l->now.rows[CHAPTER][slot].parent);
    calx_load_for(book, Book_.chapters);
    calx_load_for(chapter, Chapter_.book);
    calx_detach(book, chapters, chapter);
    l->now.rows[CHAPTER][slot].exists = false;
}

/* ---- Steps that delete ---- */

static inline void delete_author(library *l)
{
    int slot = any_slot(l, AUTHOR);
    if (slot == NONE)
        return;
    if (pick(l, 2) == 0)
        calx_load_for((Author *)object_at(l, AUTHOR, slot), Author_.books);
    l->unclear = true;
    calx_session_delete(l->session, object_at(l, AUTHOR, slot));
    l->now.rows[AUTHOR][slot].exists = false;
    for (int book = 0; book < SLOTS; book++)
        if (l->now.rows[BOOK][book].parent == slot)
            l->now.rows[BOOK][book].parent = NONE;
}

static inline void delete_book(library *l)
{
    int slot = any_slot(l, BOOK);
    if (slot == NONE)
        return;
    Book *book = object_at(l, BOOK, slot);
    calx_load_for(book, Book_.prequels);
    if (pick(l, 2) == 0)
        calx_load_for(book, Book_.chapters);
    if (pick(l, 2) == 0)
        calx_load_for(book, Book_.labels);
    l->unclear = true;
    calx_session_delete(l->session, book);
    forget_book(l, slot);
}

static inline void delete_label(library *l)
{
    int slot = any_slot(l, LABEL);
    if (slot == NONE)
        return;
    if (pick(l, 2) == 0)
        calx_load_for((Label *)object_at(l, LABEL, slot), Label_.books);
    l->unclear = true;
    calx_session_delete(l->session, object_at(l, LABEL, slot));
    l->now.rows[LABEL][slot].exists = false;
    for (int book = 0; book < SLOTS; book++)
        l->now.rows[BOOK][book].labels[slot] = false;
}

static inline void delete_chapter(library *l)
{
    int slot = any_slot(l, CHAPTER);
    if (slot == NONE)
        return;
    calx_session_delete(l->session, object_at(l, CHAPTER, slot));
    l->now.rows[CHAPTER][slot].exists = false;
}

/* By a condition: nobody is told which rows. */
static inline void delete_long_chapters(library *l)
{
    int limit = 500 + (int)pick(l, 500);
    flush(l);
    l->unclear = true;
    calx_query_delete(
        calx_filter(calx_query_of(l->session, Chapter), GREATER(Chapter_.length, limit)));
    for (int slot = 0; slot < SLOTS; slot++)
        if (l->now.rows[CHAPTER][slot].value > limit)
            l->now.rows[CHAPTER][slot].exists = false;
}

#endif
