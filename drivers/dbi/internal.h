/* internal.h: what the files of the dbi plug-in share. libdbi opens and closes connections, and
 * does nothing else here: statements run on the native handle. */
#ifndef CALX_DBI_INTERNAL_H
#define CALX_DBI_INTERNAL_H

#include <dbi/dbi.h>
#include <stdatomic.h>

#include <calx/driver.h>

/* Used where neither the deadline nor the URL says how long a server may take to answer. */
#define CALX__DBI_CONNECT_TIMEOUT_S 5

/* libpq gives a server two seconds, however few are asked for. */
#define CALX__DBI_PGSQL_TIMEOUT_MIN_S 2

/* How long the end of the process waits for openings that nobody waits for any more. */
#define CALX__DBI_EXIT_WAIT_S 2

/* ---- options.c ---- */

#define CALX__DBI_OPTIONS_MAX (CALX_URL_PARAMETERS_MAX + 10)

/* One option of a libdbi connection: text, or a number where text is NULL. */
typedef struct calx__dbi_option {
    char *name;
    char *text;
    int number;
} calx__dbi_option;

typedef struct calx__dbi_options {
    calx__dbi_option items[CALX__DBI_OPTIONS_MAX];
    size_t count;
    bool incomplete; /* out of memory */
} calx__dbi_options;

void calx__dbi_options_finish(calx__dbi_options *options);

/* prefix and name together are the option's name; a NULL text adds nothing. */
void calx__dbi_options_add(calx__dbi_options *options, const char *prefix, const char *name,
                           const char *text);
void calx__dbi_options_add_number(calx__dbi_options *options, const char *name, int number);

/* ---- Dialects (sqlite.c, pgsql.c, mysql.c) ---- */

/* An opener, and how its URLs and errors translate to and from libdbi. */
typedef struct calx__dbi_opener {
    calx_opener base;
    const char *driver; /* libdbi's name for it */
    /* Fills options; timeout_s is what the deadline leaves. */
    int (*options)(const calx_url *url, int timeout_s, calx__dbi_options *options, calx_error *err);
    /* Fills err from what libdbi said when it could not connect. */
    int (*refused)(int number, const char *message, calx_error *err);
} calx__dbi_opener;

extern const calx__dbi_opener calx__dbi_sqlite;
extern const calx__dbi_opener calx__dbi_pgsql;
extern const calx__dbi_opener calx__dbi_mysql;

/* The smaller of timeout_s and the URL's connect_timeout. */
int calx__dbi_connect_timeout(const calx_url *url, int timeout_s);

/* True if the value of connect_timeout is a number of seconds, else *reason says so. */
bool calx__dbi_seconds_known(const char *value, const char **reason);

/* ---- open.c: the slots of calx_opener ---- */

int calx__dbi_open(const calx_opener *opener, const calx_url *url, int64_t deadline_us,
                   calx_native *out, calx_error *err);
void calx__dbi_close(const calx_opener *opener, calx_native *native);

/* ---- instance.c ---- */

/* An open connection of libdbi, in a list while it waits to be closed. */
typedef struct calx__dbi_link {
    dbi_conn conn;
    struct calx__dbi_link *next;
} calx__dbi_link;

/* Opens with libdbi, blocking: waits for the others to have opened, until the deadline. Who is
 * abandoned by then opens nothing. */
int calx__dbi_connect(const calx__dbi_opener *opener, const calx__dbi_options *options,
                      int64_t deadline_us, const atomic_bool *abandoned, calx_native *out,
                      calx_error *err);

/* Closes at once, or as soon as whoever is opening has done: never waits. Takes link. */
void calx__dbi_disconnect(calx__dbi_link *link);

/* ---- native.c ---- */

/* The client library's handle inside an open libdbi connection. */
int calx__dbi_native(dbi_conn conn, const char *driver, void **out, calx_error *err);

#endif
