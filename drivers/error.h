/* error.h: what went wrong, in which class, and what is known of the outcome. Filled by the first
 * failure, never overwritten. */
#ifndef CALX_ERROR_H
#define CALX_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include <calx/api.h>

/*
 * The classes. A function that can fail returns 0 or one of these negative codes, and fills its
 * last parameter. X(NAME, code, retryable: the same unit may succeed when it is run again whole,
 * printed name)
 */
#define CALX_ERROR_CLASSES(X)                                                                      \
    /* the database refuses the data */                                                            \
    X(UNIQUE, -1, false, "unique constraint")                                                      \
    X(FOREIGN_KEY, -2, false, "foreign key constraint")                                            \
    X(NOT_NULL, -3, false, "not-null constraint")                                                  \
    X(CHECK, -4, false, "check constraint")                                                        \
    X(DATA, -5, false, "data refused by the database")                                             \
    /* the database is busy or away */                                                             \
    X(SERIALIZATION, -10, true, "serialization failure")                                           \
    X(DEADLOCK, -11, true, "deadlock")                                                             \
    X(LOCK_TIMEOUT, -12, true, "lock timeout")                                                     \
    X(TIMEOUT, -13, false, "deadline passed")                                                      \
    X(CANCELLED, -14, false, "cancelled")                                                          \
    X(CONNECTION_LOST, -15, true, "connection lost")                                               \
    X(UNREACHABLE, -16, true, "database unreachable")                                              \
    X(POOL_TIMEOUT, -17, true, "no connection free")                                               \
    X(AUTHENTICATION, -18, false, "access denied")                                                 \
    X(READ_ONLY, -19, false, "read-only database")                                                 \
    X(DISK_FULL, -20, false, "disk full")                                                          \
    X(IO, -21, false, "input/output error")                                                        \
    X(CORRUPT, -22, false, "corrupt database")                                                     \
    X(NO_MEMORY, -23, true, "out of memory")                                                       \
    /* the statement is wrong */                                                                   \
    X(SYNTAX, -30, false, "syntax error")                                                          \
    X(UNDEFINED, -31, false, "no such table or column")                                            \
    X(EXISTS, -32, false, "already exists")                                                        \
    X(UNSUPPORTED, -33, false, "unsupported")                                                      \
    X(DATABASE, -34, false, "database error")                                                      \
    /* the session or its caller */                                                                \
    X(NOT_FOUND, -40, false, "not found")                                                          \
    X(STALE, -41, false, "stale object")                                                           \
    X(INVALID, -42, false, "invalid value")                                                        \
    X(MISFIT, -43, false, "stored value does not fit")                                             \
    X(LIMIT, -44, false, "limit exceeded")                                                         \
    X(STATE, -45, false, "wrong state")                                                            \
    /* set-up */                                                                                   \
    X(URL, -50, false, "bad URL")                                                                  \
    X(CONFIG, -51, false, "bad configuration")                                                     \
    X(DRIVER, -52, false, "unknown driver")                                                        \
    X(MODEL, -53, false, "bad model")

typedef enum calx_error_class {
    CALX_OK = 0,
#define CALX__CLASS(name, code, retryable, text) CALX_ERROR_##name = (code),
    CALX_ERROR_CLASSES(CALX__CLASS)
#undef CALX__CLASS
} calx_error_class;

/* What is known of the work that failed. UNKNOWN may only be resolved by running keyed work again
 * (semantics of COMMIT). */
typedef enum calx_outcome {
    CALX_OUTCOME_NOT_DONE, /* nothing of it will ever be seen */
    CALX_OUTCOME_DONE,     /* it is committed, though something failed afterwards */
    CALX_OUTCOME_UNKNOWN,  /* the connection was lost after COMMIT was sent, or COMMIT answered with
                              a warning */
} calx_outcome;

#define CALX_ERROR_MESSAGE_MAX 512
#define CALX_ERROR_NAME_MAX 128

/* Zero-initialised is "no error". Plain data: may be copied, owns nothing. */
typedef struct calx_error {
    calx_error_class code;
    calx_outcome outcome;
    bool retryable;
    int native_code;  /* SQLite's extended code, MariaDB's errno; 0 if there is none */
    char sqlstate[6]; /* five characters, or empty */
    char constraint[CALX_ERROR_NAME_MAX]; /* the constraint's name, or empty */
    char message[CALX_ERROR_MESSAGE_MAX]; /* one line, no trailing period; may name tables and SQL:
                                             for logs, not for strangers */
} calx_error;

/*
 * Fills err (which may be NULL) unless it holds an error already; retryable follows from the class.
 * The message is cut at its limit on a UTF-8 boundary; line breaks and other control characters in
 * it become blanks, those at its end go. Returns code, so that `return calx_error_set(err, …)` is
 * the idiom.
 */
CALX_API int calx_error_set(calx_error *err, calx_error_class code, const char *format, ...)
    CALX_PRINTF(3, 4);

/* Puts "prefix: " before the message of an error that is set. */
CALX_API void calx_error_prefix(calx_error *err, const char *format, ...) CALX_PRINTF(2, 3);

/* Makes it "no error" again. */
CALX_API void calx_error_clear(calx_error *err);

/* The printed name of a class: "unique constraint". Static; "ok" for 0. */
CALX_API const char *calx_error_class_name(calx_error_class code);

/* True for the classes after which a later try may find the database better: busy, away, out of
 * something. Not for refused data. */
CALX_API bool calx_error_is_transient(calx_error_class code);

#endif
