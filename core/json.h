/*
 * json.h: models in and out of JSON. In by jansson; out straight from the record into the buffer.
 * Columns with the option JSON take part, under their member's name; the primary key goes out and
 * never comes in.
 */
#ifndef CALX_JSON_H
#define CALX_JSON_H

#include <jansson.h>

#include <calx/buffer.h>
#include <calx/session.h>

#define CALX_JSON_DEPTH_MAX 64

/*
 * Parses one JSON object (RFC 8259): duplicate keys, more than CALX_JSON_DEPTH_MAX levels, invalid
 * UTF-8, anything behind it and other than an object are CALX_ERROR_INVALID. *out is the caller's
 * (json_decref).
 */
CALX_API int calx_json_parse(calx_text text, json_t **out, calx_error *err);

/*
 * Sets the members for which the object has a key; others stay as they are, unknown keys are
 * ignored; null sets NULL, or in a JSON_DOCUMENT that cannot be NULL the document null. All or
 * nothing: on CALX_ERROR_INVALID (`column "order": expected integer, got string`) the session fails
 * and the object is untouched; so it does when a validator of the model refuses, which sees the
 * object as it is with the new members. Strings are copied into the session's arena.
 */
CALX_API int calx_json_read(calx_session *session, void *object, const json_t *json);

/*
 * The same from the text that calx_json_parse would read, whose errors are the session's, too.
 * Faster: small objects are read without making a tree of them.
 */
CALX_API int calx_json_read_text(calx_session *session, void *object, calx_text text);

/*
 * Gives the caller's reference to a document to the session, which drops it when it ends: for a
 * JSON_DOCUMENT column, post->meta = calx_json_own(session, json_pack("{s:i}", "likes", 1)). A
 * document that is assigned without it is lent until the flush, which takes a reference of its own.
 * NULL stays NULL.
 */
CALX_API json_t *calx_json_own(calx_session *session, json_t *json);

/* Appends the object as one JSON object: primary key and JSON columns in the order of the model.
 * Valid JSON for every value. */
CALX_API void calx_json_write(const void *object, calx_buffer *out);

/*
 * Appends a query's rows as one JSON array, straight from the rows, without making objects; pending
 * changes are flushed before as for every query. each, if not NULL, is called before the closing
 * brace of each row's object to append more members: `,"url":"…"`. Fails like the session.
 */
typedef void calx_json_member_writer(void *context, const calx_model *model, const void *record,
                                     calx_buffer *out);
#define calx_json_write_all(typed, out, each, context)                                             \
    calx__json_write_all((typed)->query, (out), (each), (context), NULL, NULL)

/* Changes the rows' text, from there to its end: once for all the times that they are used again.
 */
typedef void calx__json_finisher(calx_buffer *out, size_t from);

/* lent: may be NULL; if it is empty, rows that are used again may be put there. */
CALX_API int calx__json_write_all(calx_query *query, calx_buffer *out,
                                  calx_json_member_writer *each, void *context,
                                  calx__json_finisher *finish, calx__lent *lent);

/* Appends a JSON string: quotes and escapes; bytes that are not UTF-8 become U+FFFD. */
CALX_API void calx_json_write_string(calx_buffer *out, calx_text text);

#endif
