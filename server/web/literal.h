/*
 * literal.h: Python literals as a configuration file has them: text, numbers, True, False, None,
 * and lists, tuples and dicts of them (https://docs.python.org/3/reference/lexical_analysis.html).
 * No names, no operators, nothing is called. Private to the server.
 */
#ifndef CALX_SERVER_WEB_LITERAL_H
#define CALX_SERVER_WEB_LITERAL_H

#include <stdbool.h>

#include <jansson.h>

#include <calx/buffer.h>

#define CALX_LITERAL_DEPTH_MAX 16  /* brackets within brackets */
#define CALX_LITERAL_NUMBER_MAX 64 /* digits of a number */

/* Where a reader stands in a text of UTF-8 that is NUL-ended and has "\n" as its line ends. */
typedef struct calx_literal_reader {
    const char *at;
    int line;            /* counts from what the caller has set */
    const char *problem; /* why the last call failed: static, and nothing of the text is in it */
} calx_literal_reader;

/* Moves past blanks, and past line ends that a backslash hides. */
void calx__literal_skip_blanks(calx_literal_reader *reader);

/* Moves past a comment, if one begins here, up to its line's end. */
void calx__literal_skip_comment(calx_literal_reader *reader);

/*
 * Reads the literal that begins here and moves behind it (and maybe behind blanks). The caller owns
 * what is returned; NULL on failure, then problem is set. A tuple becomes a list; of a dict's equal
 * keys the last wins, and keys must be text. Integers fit an int64.
 */
json_t *calx__literal_read(calx_literal_reader *reader);

/* Reads a text that is one literal and nothing else but blanks, line ends and a comment. NULL if it
 * is not. */
json_t *calx__literal_read_whole(const char *text);

/* Appends a value as a literal, on one line. */
void calx__literal_write(const json_t *value, calx_buffer *out);

/* Appends a text as a literal. */
void calx__literal_write_text(const char *text, size_t length, calx_buffer *out);

#endif
