/* models.h: the models of the cases of core. */
#ifndef CALX_TESTS_CONFORM_MODELS_H
#define CALX_TESTS_CONFORM_MODELS_H

#include <calx/calx.h>

/* A column of every type. */
#define KIND(COLUMN, Model)                                                                        \
    COLUMN(Model, BIG_INTEGER, id, PRIMARY_KEY)                                                    \
    COLUMN(Model, SMALL_INTEGER_OR_NULL, small, JSON)                                              \
    COLUMN(Model, INTEGER_OR_NULL, number, JSON)                                                   \
    COLUMN(Model, BIG_INTEGER_OR_NULL, big, JSON)                                                  \
    COLUMN(Model, BOOLEAN_OR_NULL, flag, JSON)                                                     \
    COLUMN(Model, FLOAT_OR_NULL, single, JSON)                                                     \
    COLUMN(Model, DOUBLE_OR_NULL, real, JSON)                                                      \
    COLUMN(Model, NUMERIC_OR_NULL(30, 10), amount, JSON)                                           \
    COLUMN(Model, STRING_OR_NULL, name, JSON, LENGTH(10))                                          \
    COLUMN(Model, TEXT_OR_NULL, words, JSON)                                                       \
    COLUMN(Model, LARGE_BINARY_OR_NULL, bytes, JSON)                                               \
    COLUMN(Model, DATE_OR_NULL, day, JSON)                                                         \
    COLUMN(Model, TIME_OR_NULL, clock, JSON)                                                       \
    COLUMN(Model, DATETIME_OR_NULL, moment, JSON)                                                  \
    COLUMN(Model, DATETIME_OR_NULL, instant, JSON, TIMEZONE)                                       \
    COLUMN(Model, INTERVAL_OR_NULL, span, JSON)                                                    \
    COLUMN(Model, UUID_OR_NULL, uuid, JSON)                                                        \
    COLUMN(Model, ENUM_OR_NULL(Grade), grade, JSON)                                                \
    COLUMN(Model, JSON_DOCUMENT_OR_NULL, document, JSON)                                           \
    COLUMN(Model, ARRAY_OR_NULL(INTEGER_OR_NULL), numbers, JSON)                                   \
    COLUMN(Model, ARRAY_OR_NULL(STRING_OR_NULL), texts, JSON)                                      \
    COLUMN(Model, ARRAY_OR_NULL(NUMERIC(30, 10)), amounts, JSON)                                   \
    COLUMN(Model, ARRAY_OR_NULL(DATETIME), moments, JSON)

/* Labels that are not words. */
#define GRADE(VALUE, Enum)                                                                         \
    VALUE(Enum, LOW, "low")                                                                        \
    VALUE(Enum, IN_BETWEEN, "in between, (more or less)")                                          \
    VALUE(Enum, HIGH, "\xf0\x9f\x98\x80 {high}")

/* What reports answer. */
#define FIGURE(COLUMN, Row)                                                                        \
    COLUMN(Row, STRING_OR_NULL, name)                                                              \
    COLUMN(Row, NUMERIC_OR_NULL(20, 6), amount)                                                    \
    COLUMN(Row, BIG_INTEGER_OR_NULL, number)

/* A small shop. */
#define ARTICLE(COLUMN, Model)                                                                     \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, name, UNIQUE, LENGTH(40), JSON)                                          \
    COLUMN(Model, NUMERIC_OR_NULL(10, 2), price, JSON)                                             \
    COLUMN(Model, INTEGER, stock, JSON, DEFAULT(1))                                                \
    COLUMN(Model, TEXT_OR_NULL, order, JSON)

#define ARTICLE_TABLE(CONSTRAINT, Model) CONSTRAINT(Model, CHECK(stock, "stock >= 0"))

#define LINE(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, invoice, PRIMARY_KEY)                                                   \
    COLUMN(Model, INTEGER, position, PRIMARY_KEY)                                                  \
    COLUMN(Model, INTEGER, article_id, FOREIGN_KEY(Article, id), INDEX)                            \
    COLUMN(Model, INTEGER, quantity, JSON, DEFAULT(1))                                             \
    COLUMN(Model, INTEGER, version, VERSION)

/* A small library. */
#define AUTHOR(COLUMN, Model)                                                                      \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, name, LENGTH(40))
#define AUTHOR_RELATIONSHIPS(RELATIONSHIP, Model)                                                  \
    RELATIONSHIP(Model, ONE_TO_MANY, books, Book, author, CASCADE(ALL, DELETE_ORPHAN))

#define BOOK(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, title, LENGTH(40))                                                       \
    COLUMN(Model, INTEGER_OR_NULL, author_id, FOREIGN_KEY(Author, id))
#define BOOK_RELATIONSHIPS(RELATIONSHIP, Model)                                                    \
    RELATIONSHIP(Model, MANY_TO_ONE, author, Author, author_id)                                    \
    RELATIONSHIP(Model, MANY_TO_MANY, shelves, Shelf, Place, book_id, shelf_id)

#define SHELF(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, name, LENGTH(40))
#define SHELF_RELATIONSHIPS(RELATIONSHIP, Model)                                                   \
    RELATIONSHIP(Model, MANY_TO_MANY, books, Book, Place, shelf_id, book_id)

#define PLACE(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, book_id, PRIMARY_KEY, FOREIGN_KEY(Book, id))                            \
    COLUMN(Model, INTEGER, shelf_id, PRIMARY_KEY, FOREIGN_KEY(Shelf, id))

/* PostgreSQL's alone; not among the tables of the run. */
#define PAIRS(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, HSTORE_OR_NULL, pairs)

CALX_ENUM_DECLARE(Grade, GRADE)
CALX_MODEL_DECLARE(Kind, KIND)
CALX_MODEL_DECLARE(Article, ARTICLE)
CALX_MODEL_DECLARE(Line, LINE)
CALX_MODEL_DECLARE(Author, AUTHOR, RELATIONSHIPS(AUTHOR_RELATIONSHIPS))
CALX_MODEL_DECLARE(Book, BOOK, RELATIONSHIPS(BOOK_RELATIONSHIPS))
CALX_MODEL_DECLARE(Shelf, SHELF, RELATIONSHIPS(SHELF_RELATIONSHIPS))
CALX_MODEL_DECLARE(Place, PLACE)
CALX_MODEL_DECLARE(Pairs, PAIRS)
CALX_ROW_DECLARE(Figure, FIGURE)

#endif
