/*
 * internal.h: the inside of the driver "fault", which wraps another one and lets its calls fail as
 * a seed says. docs/drivers-fault.md is its manual.
 */
#ifndef CALX_DRIVERS_FAULT_INTERNAL_H
#define CALX_DRIVERS_FAULT_INTERNAL_H

#include <stdatomic.h>
#include <stdio.h>

#include <calx/driver.h>

/* What can be done to a call. X(NAME, printed name) */
#define CALX__FAULT_KINDS(X)                                                                       \
    X(REFUSED, "refused")       /* the database says no: somebody else was there first */          \
    X(MEMORY, "no memory")      /* nothing was done */                                             \
    X(DELAYED, "delayed")       /* done, later */                                                  \
    X(SHORT_ROW, "short row")   /* a row with fewer columns than asked for */                      \
    X(CUT_BEFORE, "cut before") /* the connection, before anything was sent */                     \
    X(CUT_INSIDE, "cut inside") /* while a COMMIT is answered: stored or not, who knows */         \
    X(CUT_AFTER, "cut after")   /* done, but the answer is lost */

typedef enum calx__fault_kind {
#define CALX__FAULT_KIND(name, text) CALX__FAULT_##name,
    CALX__FAULT_KINDS(CALX__FAULT_KIND)
#undef CALX__FAULT_KIND
        CALX__FAULT_KIND_COUNT,
    CALX__FAULT_NONE = CALX__FAULT_KIND_COUNT,
} calx__fault_kind;

/* The calls that may fail, and how. X(NAME, printed name, bits of kinds) */
#define CALX__FAULT_BIT(name) (1u << CALX__FAULT_##name)
#define CALX__FAULT_ANY                                                                            \
    (CALX__FAULT_BIT(MEMORY) | CALX__FAULT_BIT(DELAYED) | CALX__FAULT_BIT(CUT_BEFORE))
#define CALX__FAULT_DONE (CALX__FAULT_ANY | CALX__FAULT_BIT(REFUSED) | CALX__FAULT_BIT(CUT_AFTER))
#define CALX__FAULT_POINTS(X)                                                                      \
    X(OPEN, "open", CALX__FAULT_ANY)                                                               \
    X(CHECK, "check", CALX__FAULT_BIT(DELAYED) | CALX__FAULT_BIT(CUT_BEFORE))                      \
    X(BEGIN, "begin", CALX__FAULT_DONE)                                                            \
    X(COMMIT, "commit", CALX__FAULT_DONE | CALX__FAULT_BIT(CUT_INSIDE))                            \
    X(ROLLBACK, "rollback", CALX__FAULT_BIT(DELAYED) | CALX__FAULT_BIT(CUT_BEFORE))                \
    X(COMMAND, "command", CALX__FAULT_DONE)                                                        \
    X(PREPARE, "prepare", CALX__FAULT_ANY)                                                         \
    X(EXECUTE, "execute", CALX__FAULT_DONE)                                                        \
    X(FETCH, "fetch", CALX__FAULT_ANY | CALX__FAULT_BIT(SHORT_ROW))                                \
    X(LOAD, "load", CALX__FAULT_DONE)                                                              \
    X(UNIT, "unit", CALX__FAULT_DONE)                                                              \
    X(UNIT_COMMIT, "unit with commit", CALX__FAULT_DONE | CALX__FAULT_BIT(CUT_INSIDE))

typedef enum calx__fault_point {
#define CALX__FAULT_POINT(name, text, kinds) CALX__FAULT_AT_##name,
    CALX__FAULT_POINTS(CALX__FAULT_POINT)
#undef CALX__FAULT_POINT
} calx__fault_point;

/* What happens to one call. */
typedef struct calx__fault {
    calx__fault_kind kind;
    calx_error_class refusal; /* REFUSED */
    bool stored;              /* of a COMMIT that is cut */
    int delay_ms;             /* DELAYED */
    uint64_t call;
} calx__fault;

/* The keys of the URL. */
typedef struct calx__fault_options {
    const char *driver; /* the wrapped one; NULL: the dialect's default */
    const char *log;    /* a file; NULL: stderr */
    uint64_t seed;
    uint64_t every; /* one call of so many fails; 0: none */
    uint64_t at;    /* only this one; 0: all may */
    uint64_t most;  /* failures in all; 0: no limit */
    unsigned kinds; /* bits of those that may happen */
} calx__fault_options;

typedef struct calx__fault_database {
    calx_database base;
    calx_driver
        driver; /* ours, with the optional slots and capabilities that the wrapped one has */
    const calx_driver *wrapped;
    calx_database *inner;
    calx__fault_options options; /* its strings are gone */
    FILE *log;
    _Atomic uint64_t calls;
    _Atomic uint64_t failures;
} calx__fault_database;

typedef struct calx__fault_connection {
    calx_connection base;
    calx_connection *inner;
} calx__fault_connection;

typedef struct calx__fault_statement {
    calx_statement base;
    calx_statement *inner;
} calx__fault_statement;

/* ---- options.c ---- */

extern const calx_opener calx__fault_openers[];

/* Reads our keys; strings are the URL's. CALX_ERROR_URL. */
int calx__fault_options_read(const calx_url *url, calx__fault_options *out, calx_error *err);

/* Is it one of ours? */
bool calx__fault_option_known(const char *name);

/* ---- plan.c ---- */

/* Counts a call and says what happens to it; writes a line to the log if anything does. */
calx__fault calx__fault_decide(calx__fault_database *database, calx__fault_point point);

/* The printed name of a kind. Static. */
const char *calx__fault_kind_name(calx__fault_kind kind);

/* ---- connection.c ---- */

int calx__fault_connection_open(calx_database *base, int64_t deadline_us, calx_connection **out,
                                calx_error *err);
void calx__fault_connection_close(calx_connection *base);
int calx__fault_connection_check(calx_connection *base, int64_t deadline_us, calx_error *err);
bool calx__fault_connection_quiet(calx_connection *base);
int calx__fault_begin(calx_connection *base, calx_isolation isolation, bool write,
                      int64_t deadline_us, calx_error *err);
int calx__fault_commit(calx_connection *base, int64_t deadline_us, calx_error *err);
int calx__fault_rollback(calx_connection *base, int64_t deadline_us, calx_error *err);
int calx__fault_command(calx_connection *base, const char *sql, size_t length, int64_t deadline_us,
                        calx_error *err);
int calx__fault_unit_run(calx_connection *base, calx_unit *unit, int64_t deadline_us,
                         calx_error *err);
int calx__fault_records_load(calx_connection *base, const calx_load *load, int64_t deadline_us,
                             int64_t *rows_affected, calx_error *err);

/* Before and after a call of the wrapped driver: 0 when it is, or was, to be made; else the failure
 * that stands for it. The state of the connection is that of the wrapped one, or worse. */
int calx__fault_before(calx__fault_connection *connection, const calx__fault *fault,
                       int64_t deadline_us, calx_error *err);
int calx__fault_after(calx__fault_connection *connection, const calx__fault *fault, int status,
                      calx_error *err);

/* Nobody will hear of this connection again: the server rolls back. Returns CONNECTION_LOST. */
int calx__fault_cut(calx__fault_connection *connection, calx_error *err);

/* ---- statement.c ---- */

int calx__fault_prepare(calx_connection *base, const calx_sql *sql, int64_t deadline_us,
                        calx_statement **out, calx_error *err);
int calx__fault_execute(calx_statement *base, const calx_value *binds, int64_t deadline_us,
                        calx_error *err);
int calx__fault_fetch(calx_statement *base, calx_value *values, int64_t deadline_us,
                      calx_error *err);
int64_t calx__fault_rows_affected(calx_statement *base);
int64_t calx__fault_generated_key(calx_statement *base);
size_t calx__fault_column_count(calx_statement *base);
const char *calx__fault_column_name(calx_statement *base, size_t column);
void calx__fault_reset(calx_statement *base);
void calx__fault_finalize(calx_statement *base);

#endif
