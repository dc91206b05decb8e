/*
 * stream.h: the rows of a query one by one, in memory for one of them: for results of any size.
 *
 *     calx_each(calx_order_by(calx_query_of(session, Order), Order_.id), order)
 *         print(order);
 *
 * What is read is for reading: an object that the session holds already is that one, any other is
 * a copy that lives until the next row and is never part of the session. To change a row, get it
 * (calx_get) within the loop, and commit behind it.
 *
 * While a stream is open the session reads on the stream's connection, and writes nothing: flush,
 * commit, a lock, a savepoint and a second stream are CALX_ERROR_STATE. A rollback ends the stream.
 * The rows are those of its beginning. Other sessions are not kept from anything, but for SQLite in
 * memory, which has one connection; a stream that stays open long keeps SQLite's write-ahead log
 * from getting shorter.
 */
#ifndef CALX_STREAM_H
#define CALX_STREAM_H

#include <calx/macro.h>
#include <calx/query.h>

/*
 * A loop over the rows of a query, of objects or of a Row. It may be left by break, goto and
 * return: the stream is closed, and the connection is free. After a failure the loop ends; the
 * session has the error. calx_load and calx_for_update are CALX_ERROR_UNSUPPORTED; what the session
 * has changed in the query's tables is flushed before.
 */
#define calx_each(typed, object) CALX__EACH_ROW(CALX__UNIQUE, typed, object)

typedef struct calx_stream calx_stream;

/* The same by hand: NULL when the session fails. */
#define calx_stream_open(typed) calx__stream_open((typed)->query)

/* The next object, or row, alive until the next call; NULL at the end, and when the session has
 * failed. Each call has to be done by the session's deadline. */
CALX_API void *calx_stream_next(calx_stream *stream);

/* Frees it, also before its end; to be called before the session is destroyed. Accepts NULL. */
CALX_API void calx_stream_close(calx_stream *stream);

/* ---- What the macros expand to ---- */

CALX_API calx_stream *calx__stream_open(const calx_query *query);

typedef struct calx__loop {
    calx_stream *stream;
    bool done;
} calx__loop;

static inline void calx__loop_end(calx__loop *loop)
{
    calx_stream_close(loop->stream);
}

/* The outer loop runs once: it is there for its variable, whose end closes the stream. */
#define CALX__EACH_ROW(name, typed, object)                                                        \
    for (calx__loop name                                                                           \
         __attribute__((cleanup(calx__loop_end))) = {.stream = calx__stream_open((typed)->query)}; \
         !name.done; name.done = true)                                                             \
        for (__typeof__((typed)->row) object = calx_stream_next(name.stream); object != NULL;      \
             object = calx_stream_next(name.stream))

#endif
