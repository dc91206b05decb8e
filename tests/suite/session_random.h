/*
 * session_random.h: a library of authors, books, chapters and labels, as models and as the plain
 * arrays that say what they must be. For session_random_test.c, with session_random_check.h, which
 * compares the two, and session_random_steps.h, which changes both.
 */
#ifndef CALX_TESTS_SUITE_SESSION_RANDOM_H
#define CALX_TESTS_SUITE_SESSION_RANDOM_H

#include "tests/suite/orm_fixture.h"

#define AUTHOR_COLUMNS(COLUMN, Model)                                                              \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, rank)                                                                   \
    COLUMN(Model, INTEGER, version, VERSION)
#define AUTHOR_RELATIONSHIPS(RELATIONSHIP, Model)                                                  \
    RELATIONSHIP(Model, ONE_TO_MANY, books, Book, author)

/* Its author goes by the database's hand, its sequel does not. */
#define BOOK_COLUMNS(COLUMN, Model)                                                                \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, pages)                                                                  \
    COLUMN(Model, INTEGER_OR_NULL, author_id, FOREIGN_KEY(Author, id, ON_DELETE(SET_NULL)))        \
    COLUMN(Model, INTEGER_OR_NULL, sequel_id, FOREIGN_KEY(Book, id))
#define BOOK_RELATIONSHIPS(RELATIONSHIP, Model)                                                    \
    RELATIONSHIP(Model, MANY_TO_ONE, author, Author, author_id)                                    \
    RELATIONSHIP(Model, MANY_TO_ONE, sequel, Book, sequel_id)                                      \
    RELATIONSHIP(Model, ONE_TO_MANY, prequels, Book, sequel)                                       \
    RELATIONSHIP(Model, ONE_TO_MANY, chapters, Chapter, book, CASCADE(ALL, DELETE_ORPHAN))         \
    RELATIONSHIP(Model, MANY_TO_MANY, labels, Label, BookLabel, book_id, word)

#define CHAPTER_COLUMNS(COLUMN, Model)                                                             \
    COLUMN(Model, INTEGER, book_id, PRIMARY_KEY, FOREIGN_KEY(Book, id, ON_DELETE(CASCADE)))        \
    COLUMN(Model, INTEGER, number, PRIMARY_KEY)                                                    \
    COLUMN(Model, INTEGER, length)
#define CHAPTER_RELATIONSHIPS(RELATIONSHIP, Model)                                                 \
    RELATIONSHIP(Model, MANY_TO_ONE, book, Book, book_id)

#define LABEL_COLUMNS(COLUMN, Model)                                                               \
    COLUMN(Model, STRING, word, PRIMARY_KEY, LENGTH(20))                                           \
    COLUMN(Model, INTEGER, color)
#define LABEL_RELATIONSHIPS(RELATIONSHIP, Model)                                                   \
    RELATIONSHIP(Model, MANY_TO_MANY, books, Book, BookLabel, word, book_id)

#define BOOK_LABEL_COLUMNS(COLUMN, Model)                                                          \
    COLUMN(Model, INTEGER, book_id, PRIMARY_KEY, FOREIGN_KEY(Book, id))                            \
    COLUMN(Model, STRING, word, PRIMARY_KEY, LENGTH(20), FOREIGN_KEY(Label, word))

CALX_MODEL_DECLARE(Author, AUTHOR_COLUMNS, RELATIONSHIPS(AUTHOR_RELATIONSHIPS))
CALX_MODEL_DECLARE(Book, BOOK_COLUMNS, RELATIONSHIPS(BOOK_RELATIONSHIPS))
CALX_MODEL_DECLARE(Chapter, CHAPTER_COLUMNS, RELATIONSHIPS(CHAPTER_RELATIONSHIPS))
CALX_MODEL_DECLARE(Label, LABEL_COLUMNS, RELATIONSHIPS(LABEL_RELATIONSHIPS))
CALX_MODEL_DECLARE(BookLabel, BOOK_LABEL_COLUMNS)

#define RANDOM_MODELS                                                                              \
    ORM_FIXTURE_MODELS                                                                             \
    CALX_MODEL_DEFINE(Author, "random_authors", AUTHOR_COLUMNS,                                    \
                      RELATIONSHIPS(AUTHOR_RELATIONSHIPS))                                         \
    CALX_MODEL_DEFINE(Book, "random_books", BOOK_COLUMNS, RELATIONSHIPS(BOOK_RELATIONSHIPS))       \
    CALX_MODEL_DEFINE(Chapter, "random_chapters", CHAPTER_COLUMNS,                                 \
                      RELATIONSHIPS(CHAPTER_RELATIONSHIPS))                                        \
    CALX_MODEL_DEFINE(Label, "random_labels", LABEL_COLUMNS, RELATIONSHIPS(LABEL_RELATIONSHIPS))   \
    CALX_MODEL_DEFINE(BookLabel, "random_book_labels", BOOK_LABEL_COLUMNS)

static const calx_model *const library_models[] = {&Author_model, &Book_model, &Chapter_model,
                                                   &Label_model, &BookLabel_model};
#define LIBRARY_MODELS (sizeof library_models / sizeof *library_models)

/* ---- The plain model ---- */

enum { AUTHOR, BOOK, CHAPTER, LABEL, KINDS };
enum { SLOTS = 8, DEPTH_MAX = 3, NONE = -1 };

static const char *const words[SLOTS] = {"war", "peace", "sea", "sky", "Sea", "sea ", "s'ea", "é"};

/* What a row must be. Where `exists` is false nothing else counts. */
typedef struct row {
    bool exists;
    void *object;
    int value;
    int parent; /* slot of a book's author, of a chapter's book; or NONE */
    int sequel;
    bool labels[SLOTS];
} row;

typedef struct world {
    row rows[KINDS][SLOTS];
} world;

typedef struct library {
    calx_engine *engine;
    calx_session *session;
    uint64_t seed;
    uint64_t random;
    int step;
    const char *doing;
    bool autoflush;
    bool unclear; /* something was deleted that the objects in memory know of after a flush only */
    world now;
    world committed;
    world saved[DEPTH_MAX]; /* at the savepoints */
    int depth;
} library;

/* Says which step of which sequence it was. */
static inline void check(const library *l, bool holds, const char *what)
{
    const calx_error *err = calx_session_error(l->session);
    if (!holds)
        fail_msg("CALX_RANDOM_SEED=%llu, step %d, %s: %s (%s)", (unsigned long long)l->seed,
                 l->step, l->doing, what, err ? err->message : "no error");
}

static inline void check_session_ok(const library *l)
{
    check(l, calx_session_error(l->session) == NULL, "the session has failed");
}

/* A number below the limit, by xorshift64*. */
static inline unsigned pick(library *l, unsigned limit)
{
    l->random ^= l->random >> 12;
    l->random ^= l->random << 25;
    l->random ^= l->random >> 27;
    return (unsigned)((l->random * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % limit;
}

/* A slot that is in use or not, at random; NONE if there is none. */
static inline int slot_where(library *l, int kind, bool exists)
{
    int found = NONE;
    unsigned seen = 0;
    for (int slot = 0; slot < SLOTS; slot++)
        if (l->now.rows[kind][slot].exists == exists && pick(l, ++seen) == 0)
            found = slot;
    return found;
}

static inline int any_slot(library *l, int kind)
{
    return slot_where(l, kind, true);
}

static inline int free_slot(library *l, int kind)
{
    return slot_where(l, kind, false);
}

static inline void take_slot(library *l, int kind, int slot, void *object)
{
    l->now.rows[kind][slot] = (row){.exists = true,
                                    .object = object,
                                    .value = l->now.rows[kind][slot].value,
                                    .parent = NONE,
                                    .sequel = NONE};
}

static inline void *object_at(const library *l, int kind, int slot)
{
    return slot == NONE ? NULL : l->now.rows[kind][slot].object;
}

static inline int32_t *value_of(int kind, void *object)
{
    switch (kind) {
    case AUTHOR:
        return &((Author *)object)->rank;
    case BOOK:
        return &((Book *)object)->pages;
    case CHAPTER:
        return &((Chapter *)object)->length;
    default:
        return &((Label *)object)->color;
    }
}

static inline int32_t *value_at(const library *l, int kind, int slot)
{
    return value_of(kind, object_at(l, kind, slot));
}

static inline bool has_label_links(const library *l, int label)
{
    bool any = false;
    for (int book = 0; book < SLOTS; book++)
        any = any || (l->now.rows[BOOK][book].exists && l->now.rows[BOOK][book].labels[label]);
    return any;
}

/* With its chapters, and as the sequel of others. */
static inline void forget_book(library *l, int slot)
{
    l->now.rows[BOOK][slot].exists = false;
    for (int other = 0; other < SLOTS; other++) {
        if (l->now.rows[BOOK][other].sequel == slot)
            l->now.rows[BOOK][other].sequel = NONE;
        if (l->now.rows[CHAPTER][other].parent == slot)
            l->now.rows[CHAPTER][other].exists = false;
    }
}

static inline void flush(library *l)
{
    calx_session_flush(l->session);
    check_session_ok(l);
    l->unclear = false;
}

#endif
