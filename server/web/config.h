/*
 * config.h: the configuration: one table of keys, read in layers from files, the environment and
 * the command line. Values are Python literals. Private to the server.
 */
#ifndef CALX_SERVER_WEB_CONFIG_H
#define CALX_SERVER_WEB_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <calx/buffer.h>
#include <calx/engine.h>
#include <calx/error.h>
#include <calx/url.h>

#define CALX_CONFIG_FILE_MAX (1024 * 1024) /* bytes */

typedef enum calx_config_kind {
    CALX_CONFIG_TEXT,
    CALX_CONFIG_BOOLEAN,
    CALX_CONFIG_INTEGER,
    CALX_CONFIG_SECONDS, /* an integer or a real number of them */
    CALX_CONFIG_DICT,
} calx_config_kind;

/*
 * Every key. X(KEY, kind, default literal, least, most, documentation); bounds are those of
 * integers and seconds, and of the bytes of text. None stands for "not set" where the default is
 * None.
 */
#define CALX_CONFIG_KEYS(X)                                                                        \
    X(SQLALCHEMY_DATABASE_URI, TEXT, "'sqlite://'", 1, CALX_URL_LENGTH_MAX,                        \
      "the database, as a URL")                                                                    \
    X(SQLALCHEMY_REPLICA_URI, TEXT, "None", 1, CALX_URL_LENGTH_MAX,                                \
      "a replica of it, or several hosts, for routes that may read there")                         \
    X(SQLALCHEMY_ECHO, BOOLEAN, "False", 0, 0, "log every statement with its values")              \
    X(SQLALCHEMY_ENGINE_OPTIONS, DICT, "{}", 0, 0, "pool and timeouts, below")                     \
    X(DEBUG, BOOLEAN, "False", 0, 0, "log more about failures (SIGHUP)")                           \
    X(TESTING, BOOLEAN, "False", 0, 0, "a test runs; for the application to ask, removes nothing") \
    X(THROWAWAY, BOOLEAN, "False", 0, 0,                                                           \
      "use a private temporary SQLite database, removed at the end, instead of the database "      \
      "above")                                                                                     \
    X(HOST, TEXT, "'127.0.0.1'", 1, 255, "address to listen on")                                   \
    X(PORT, INTEGER, "8000", 0, 65535, "port to listen on, 0: any free one")                       \
    X(THREADS, INTEGER, "None", 1, 1024, "event loops, None: one a core")                          \
    X(FIBERS, INTEGER, "256", 1, 65536, "requests handled at the same time by an event loop")      \
    X(WORKERS, INTEGER, "8", 1, 4096, "threads for calls that block, such as commits on SQLite")   \
    X(MAX_CONTENT_LENGTH, INTEGER, "1048576", 0, 1073741824, "bytes in a request's body")          \
    X(MAX_CONNECTIONS, INTEGER, "1000", 1, 1000000, "open connections")                            \
    X(MAX_WAITING_REQUESTS, INTEGER, "1000", 1, 1000000, "requests that wait for a fiber")         \
    X(REQUEST_TIMEOUT, SECONDS, "10", 1, 3600, "for the head and the body of a request, and idle") \
    X(ANSWER_TIMEOUT, SECONDS, "30", 1, 3600, "for a request to be answered")                      \
    X(WRITE_TIMEOUT, SECONDS, "30", 1, 3600, "for a client that takes no byte of its answer")      \
    X(SHUTDOWN_TIMEOUT, SECONDS, "15", 1, 3600, "for begun requests when the server is stopped")   \
    X(TLS_CERTIFICATE, TEXT, "None", 1, 4095,                                                      \
      "a PEM file, the certificate and its chain: serve HTTPS (SIGHUP)")                           \
    X(TLS_KEY, TEXT, "None", 1, 4095, "a PEM file, the certificate's key (SIGHUP)")                \
    X(HTTP2, BOOLEAN, "False", 0, 0, "speak HTTP/2 over HTTPS to clients that ask for it")         \
    X(HTTP2_HANDLERS, INTEGER, "32", 1, 100,                                                       \
      "requests of one HTTP/2 connection handled at the same time; a client that resets requests " \
      "to get more is cut")                                                                        \
    X(GZIP_MIN_SIZE, INTEGER, "1024", 0, 1073741824,                                               \
      "bytes of an answer worth compressing for clients that take it, 0: none is")                 \
    X(IDEMPOTENCY_KEYS, BOOLEAN, "False", 0, 0,                                                    \
      "keep the answers of requests with an Idempotency-Key, in a table idempotency_keys; "        \
      "False: the header is ignored")                                                              \
    X(IDEMPOTENCY_KEY_TTL, SECONDS, "86400", 1, 2592000,                                           \
      "how long they are kept; the same request is done again later")                              \
    X(OPERATIONS_HOST, TEXT, "'127.0.0.1'", 1, 255, "address of health and metrics")               \
    X(OPERATIONS_PORT, INTEGER, "None", 0, 65535,                                                  \
      "port of health and metrics alone, None: they are at PORT too")                              \
    X(METRICS, BOOLEAN, "True", 0, 0, "count, and answer /metrics")                                \
    X(LOG_FILE, TEXT, "None", 1, 4095, "the log's file, None: the standard error output (SIGHUP)") \
    X(LOG_FORMAT, TEXT, "'text'", 1, 16, "'text', or 'json': one object a line (SIGHUP)")          \
    X(SLOW_STATEMENT, SECONDS, "None", 0, 3600,                                                    \
      "statements that take as long are logged, without their values; None: none are (SIGHUP)")

typedef struct calx_config calx_config;

/* A key of the table, or one that the application has added. */
typedef struct calx_config_key {
    const char *name;
    calx_config_kind kind;
    const char *standard; /* the literal of its default */
    int64_t least;
    int64_t most;
    const char *text; /* documentation */
} calx_config_key;

/*
 * The built-in layer. application is the name whose capitals begin the environment's names ("todo":
 * TODO_PORT for PORT; a key that begins with TODO_ itself is its own variable). NULL when out of
 * memory.
 */
calx_config *calx__config_create(const char *application);
void calx__config_destroy(calx_config *config);

/* One with the same keys, of which nothing is read yet. NULL when out of memory. */
calx_config *calx__config_renew(const calx_config *config);

/* Calls visit for every key whose value in force differs between two configurations of the same
 * keys. */
void calx__config_compare(const calx_config *before, const calx_config *now,
                          void (*visit)(void *context, const char *key), void *context);

/* One more key, before anything is read; the strings must outlive the configuration. The kind is
 * that of the default. */
int calx__config_add_key(calx_config *config, const char *name, const char *standard,
                         const char *text, calx_error *err);

/*
 * Layers, later ones win. A file must exist and set at least one key. All errors are
 * CALX_ERROR_CONFIG, one line: `config/default.conf:3: PORT: expected an integer, got text`; never
 * with the value of a URI or of anything secret.
 */
int calx__config_read_file(calx_config *config, const char *path, calx_error *err);
/* The text of a file, for the fuzzer and the tests; name is used in messages. */
int calx__config_read_text(calx_config *config, const char *name, const char *text, size_t length,
                           calx_error *err);
/* Known keys only; an empty variable counts as text of no characters. */
int calx__config_read_environment(calx_config *config, calx_error *err);
/* "KEY=VALUE" of the command line. */
int calx__config_set(calx_config *config, const char *assignment, calx_error *err);
/* What an option of its own set: `--port`. */
int calx__config_set_text(calx_config *config, const char *key, const char *value,
                          const char *source, calx_error *err);

/* Values; the key must exist and be of the kind. */
const char *calx__config_text(const calx_config *config, const char *key); /* NULL for None */
bool calx__config_boolean(const calx_config *config, const char *key);
int64_t calx__config_integer(const calx_config *config, const char *key, int64_t if_none);
int calx__config_milliseconds(const calx_config *config, const char *key);
int64_t calx__config_microseconds(const calx_config *config, const char *key, int64_t if_none);

/*
 * SQLALCHEMY_ENGINE_OPTIONS as options of an engine: SQLAlchemy's names, times in seconds:
 * {'pool_size': 5, 'pool_timeout': 2.5, 'pool_pre_ping': True}. The names are those of
 * CALX_ENGINE_OPTIONS, where one ends in _ms it is without that.
 */
int calx__config_engine_options(const calx_config *config, calx_engine_options *out,
                                calx_error *err);

/*
 * Where the value in force of a key comes from: "built-in default", "config/default.conf:3",
 * "environment TODO_PORT", "--set PORT", or what calx__config_set_text was told. Lent until the key
 * is set again.
 */
const char *calx__config_source(const calx_config *config, const char *key);

/* Puts the source and the key before an error for which the value of the key is to blame:
 * `config/default.conf:2: SQLALCHEMY_DATABASE_URI: …`; a source that ends with the key names it
 * once. */
void calx__config_blame(const calx_config *config, const char *key, calx_error *err);

/*
 * Every key in the order of the table: its value in force as a literal (with secrets masked: the
 * password of a URL) and where it comes from, as calx__config_source says. literal is lent for the
 * call.
 */
void calx__config_each(const calx_config *config,
                       void (*visit)(void *context, const calx_config_key *key, const char *literal,
                                     const char *source),
                       void *context);

/* The documentation of all keys in Markdown, printed from the table. */
void calx__config_document(const calx_config *config, calx_buffer *out);

#endif
