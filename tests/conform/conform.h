/*
 * conform.h: what the cases are written in. A case is a function that does things to the database
 * and says what it expects. It reads top to bottom: after the first difference everything it does
 * is left out, and the case has failed.
 *
 * Statements are templates, the same for every database. In braces stand our tables in small
 * letters and the dialect's words in capitals; a colon and the name of a kind is a bind:
 *
 *     CREATE TABLE {thing} (id {KEY}, name {STRING}){TABLE}
 *     UPDATE {item} SET n = :integer WHERE name = :text
 */
#ifndef CALX_TESTS_CONFORM_CONFORM_H
#define CALX_TESTS_CONFORM_CONFORM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <calx/calx.h>
#include <calx/registry.h>

/* All tables begin with it. */
#define CONFORM_PREFIX "calx_conform_"

#define CONFORM_AREAS_MAX 32
#define CONFORM_BINDS_MAX 16
#define CONFORM_COLUMNS_MAX 16
#define CONFORM_STATEMENTS_MAX 512
#define CONFORM_SESSIONS_MAX 8
#define CONFORM_LONG_MS 20000 /* what nothing here should take */
#define CONFORM_LOCK_MS 300   /* how long the connections of cases wait for a lock */

/* What a case cannot do without; a database that lacks it refuses the case. */
typedef enum conform_need {
    CONFORM_NOTHING = 0,
    CONFORM_TWO_CONNECTIONS = 1, /* on the same data */
    CONFORM_SAVEPOINTS = 2,
} conform_need;

typedef struct conform_counts {
    const char *area;
    int passed;
    int failed;
    int refused;
} conform_counts;

typedef struct conform_options {
    const char *url;
    const char *only;   /* a pattern, or NULL */
    const char *report; /* a file, "-" or NULL */
    bool list;
    bool keep;
    bool force;
    bool verbose;
} conform_options;

/* A statement of the running case. */
typedef struct conform_statement {
    calx_sql sql;
    calx_kind bind_kinds[CONFORM_BINDS_MAX];
    calx_kind result_kinds[CONFORM_COLUMNS_MAX];
    calx_buffer text;
    calx_statement *handle; /* NULL when it is finalized */
} conform_statement;

typedef struct conform {
    conform_options options;
    calx_url *url;
    calx_driver_choice choice;
    const calx_driver *driver;
    const struct conform_words *words;
    calx_database *database;
    bool locked;          /* the tables are ours */
    calx_connection *one; /* for the cases, always open */
    calx_connection *two; /* the second one: conform_second */
    calx_engine *engine;  /* for the cases of core */

    const volatile sig_atomic_t *interrupted; /* set: no more cases */

    conform_counts areas[CONFORM_AREAS_MAX];
    size_t area_count;
    calx_buffer report;
    calx_buffer failures;

    /* The running case. */
    const char *area;
    bool failed;
    bool refused;
    bool dirty;     /* rows may have been left behind */
    bool committed; /* by a session: rows of models, too */
    calx_error err;
    calx_buffer seen; /* what came, a line each */
    conform_statement *statements[CONFORM_STATEMENTS_MAX];
    size_t statement_count;
    calx_session *sessions[CONFORM_SESSIONS_MAX];
    size_t session_count;
} conform;

typedef void conform_function(conform *c, const void *data);

/* ---- Areas and cases ---- */

/* X(name): conform_area_name runs its cases, in this order. */
#define CONFORM_AREAS(X)                                                                           \
    X(registry)                                                                                    \
    X(connections)                                                                                 \
    X(values)                                                                                      \
    X(statements)                                                                                  \
    X(counts)                                                                                      \
    X(errors)                                                                                      \
    X(transactions)                                                                                \
    X(savepoints)                                                                                  \
    X(visibility)                                                                                  \
    X(units)                                                                                       \
    X(records)                                                                                     \
    X(limits)                                                                                      \
    X(types)                                                                                       \
    X(schema)                                                                                      \
    X(sessions)                                                                                    \
    X(queries)                                                                                     \
    X(reports)                                                                                     \
    X(relationships)                                                                               \
    X(objects)                                                                                     \
    X(reflection)

#define CONFORM__AREA(name) void conform_area_##name(conform *c);
CONFORM_AREAS(CONFORM__AREA)
#undef CONFORM__AREA

/* Runs a case of the current area, if it was asked for. The name is printf's, of letters, digits
 * and _. */
void conform_case(conform *c, unsigned needs, conform_function *run, const void *data,
                  const char *name, ...) CALX_PRINTF(5, 6);

/* Cases that need no data and are called as their functions. */
#define CONFORM_CASE(c, needs, function) conform_case((c), (needs), function, NULL, "%s", #function)

/* The database says that it cannot do this: a case in its own right, neither passed nor failed. */
void conform_refuse(conform *c, const char *reason);

/* True while the case is worth going on with. */
static inline bool conform_ok(const conform *c)
{
    return !c->failed && !c->refused;
}

/* ---- Expectations: what is compared, what was expected, what came ---- */

void conform_expect_integer(conform *c, const char *what, int64_t expected, int64_t came);
void conform_expect_true(conform *c, const char *what, bool came);
void conform_expect_string(conform *c, const char *what, const char *expected, const char *came);

/* Compared as values of the expected kind, which a database may give in a natural form of its own:
 * conform_values_equal. */
void conform_expect_value(conform *c, const char *what, calx_value expected,
                          const calx_value *came);

/* That a call returned 0, or this class with an error that is filled as driver.h asks. The error
 * (usually &c->err) is cleared. */
void conform_expect_success(conform *c, const char *what, int status, calx_error *err);
void conform_expect_error(conform *c, const char *what, calx_error_class expected, int status,
                          calx_error *err);

/* For what the above do not say. */
void conform_differ(conform *c, const char *what, const char *expected, const char *came);

/* The same value, when came is in one of the forms in which a database may hold expected. */
bool conform_values_equal(const calx_value *expected, const calx_value *came);

/* As a person reads it, the same for every database; long ones as length and sum. NUL-ended. */
void conform_value_print(const calx_value *value, calx_buffer *out);

/* Values that are tried in each way: value_cases.c. */
typedef struct conform_value_case {
    const char *name; /* begins with its kind */
    calx_value value;
} conform_value_case;

extern const conform_value_case conform_values[];
extern const size_t conform_value_count;

/* ---- Statements ---- */

#define INTEGER_(number) calx_value_integer(number)
#define TEXT_(string) calx_value_text(calx_text_of(string))
#define NULL_ calx_value_null()

/* The binds of the macros below: values, with one in front that is not used, so that there may be
 * none. */
#define CONFORM_BINDS(...) ((calx_value[]){calx_value_null(), ##__VA_ARGS__} + 1)

/* Fills a template. False, with the case failed, when it is bad. */
bool conform_template(conform *c, const char *pattern, conform_statement *out);

/* One statement by the slot `command`. */
void conform_command(conform *c, calx_connection *connection, const char *pattern);
int conform_try_command(conform *c, calx_connection *connection, const char *pattern);

/* Prepared with an id of its own; columns are kinds ("integer text", NULL for no rows). Finalized
 * at the end of the case if not before. NULL after a failure, which everything below accepts. */
conform_statement *conform_prepare(conform *c, calx_connection *connection, const char *pattern,
                                   const char *columns);
int conform_try_prepare(conform *c, calx_connection *connection, const char *pattern,
                        const char *columns, conform_statement **out);
void conform_execute_with(conform *c, conform_statement *statement, const calx_value *binds);
int conform_try_execute(conform *c, conform_statement *statement, const calx_value *binds);
#define conform_execute(c, statement, ...)                                                         \
    conform_execute_with((c), (statement), CONFORM_BINDS(__VA_ARGS__))

/* True: a row. */
bool conform_fetch(conform *c, conform_statement *statement, calx_value *values);
void conform_reset(conform *c, conform_statement *statement);
void conform_finalize(conform *c, conform_statement *statement);

/* Prepares, executes, fetches to the end and finalizes; gives the rows affected. try: the error
 * stays in c->err. */
int64_t conform_run_with(conform *c, calx_connection *connection, const char *pattern,
                         const calx_value *binds);
int conform_try_run_with(conform *c, calx_connection *connection, const char *pattern,
                         const calx_value *binds);
#define conform_run(c, connection, pattern, ...)                                                   \
    conform_run_with((c), (connection), (pattern), CONFORM_BINDS(__VA_ARGS__))
#define conform_try_run(c, connection, pattern, ...)                                               \
    conform_try_run_with((c), (connection), (pattern), CONFORM_BINDS(__VA_ARGS__))

/* The one integer that a query of one row answers. */
int64_t conform_ask_with(conform *c, calx_connection *connection, const char *pattern,
                         const calx_value *binds);
#define conform_ask(c, connection, pattern, ...)                                                   \
    conform_ask_with((c), (connection), (pattern), CONFORM_BINDS(__VA_ARGS__))

/* ---- Transactions and connections ---- */

void conform_begin(conform *c, calx_connection *connection, bool write);
void conform_commit(conform *c, calx_connection *connection);
void conform_rollback(conform *c, calx_connection *connection);
void conform_rollback_unless_broken(conform *c, calx_connection *connection);

/* The second connection; opened when first wanted. */
calx_connection *conform_second(conform *c);

/* A connection beside the two, which the case closes. NULL after a failure. */
calx_connection *conform_open(conform *c);
void conform_close(conform *c, calx_connection *connection);

/* Rolls back, and opens anew what is broken: what an engine does after an error. Statements of the
 * case must be finalized. */
void conform_clean_connections(conform *c);

static inline int64_t conform_soon(void)
{
    return calx_deadline_in_ms(CONFORM_LONG_MS);
}

/* ---- The program ---- */

/* What a dialect calls things. Named by capitals in templates. */
typedef struct conform_words {
    const char *dialect;
    bool numbered_binds;
    const char *const *words; /* name, text, name, text … NULL */
} conform_words;

/* NULL for a dialect that is not known here. */
const conform_words *conform_words_find(const char *dialect);

/* The kind of a printed name: "integer". */
bool conform_kind_find(const char *name, size_t length, calx_kind *out);

/* Finds the driver, opens, takes the lock and makes the tables. Returns 0 or a negative class. */
int conform_setup(conform *c, calx_error *err);

/* Drops the tables, unless they are to be kept, and closes. 0 or a negative class. */
int conform_teardown(conform *c, calx_error *err);

/* Runs, or lists, all cases that are wanted. */
void conform_run_areas(conform *c);

/* The sums of all areas. */
conform_counts conform_total(const conform *c);

/* Writes the areas with their counts. */
void conform_matrix(const conform *c, calx_buffer *out);

/* core.c: drops the tables of the models, unless they are to be kept; ends the case's sessions and
 * deletes their rows. */
int conform_engine_close(conform *c, calx_error *err);
void conform_sessions_end(conform *c);

/* Leaves the case's statements, transactions and rows behind. */
void conform_clean(conform *c);

#endif
