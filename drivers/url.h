/* url.h: database URLs, `dialect+driver://user:password@host:port/name?key=value`. SQLAlchemy's
 * rules; docs/urls.md lists them. */
#ifndef CALX_URL_H
#define CALX_URL_H

#include <stddef.h>

#include <calx/api.h>
#include <calx/error.h>

#define CALX_URL_LENGTH_MAX 8192
#define CALX_URL_PARAMETERS_MAX 64
#define CALX_URL_NO_PORT (-1)

/* One pair of the query, decoded. A repeated key stands several times, in order. */
typedef struct calx_url_parameter {
    const char *name;
    const char *value;
} calx_url_parameter;

/* Read-only; every string is owned by the URL and NUL-ended (a decoded NUL is an error). NULL means
 * absent, "" means empty. */
typedef struct calx_url {
    const char *drivername; /* "postgresql+libpq" */
    const char *dialect;    /* "postgresql" */
    const char *driver;     /* "libpq", or NULL: the dialect's default */
    const char *username;
    const char *password;
    const char *host; /* an IPv6 address without its brackets */
    int port;         /* 0 to 65535, or CALX_URL_NO_PORT */
    const char *database;
    const calx_url_parameter *parameters;
    size_t parameter_count;
} calx_url;

/*
 * Parses length bytes. On success *out is the caller's, to be destroyed. CALX_ERROR_URL: the
 * message says what is wrong and where, and never contains the password nor any text that could be
 * part of one. CALX_ERROR_LIMIT: longer than CALX_URL_LENGTH_MAX or too many pairs.
 */
CALX_API int calx_url_parse(const char *text, size_t length, calx_url **out, calx_error *err);

/* A copy with strings of its own, to be destroyed by the caller. CALX_ERROR_NO_MEMORY. */
CALX_API int calx_url_copy(const calx_url *url, calx_url **out, calx_error *err);

/* Accepts NULL. */
CALX_API void calx_url_destroy(calx_url *url);

/*
 * The printable form: the password is "***", no password prints nothing; the values of query keys
 * that carry secrets (password, passwd, sslpassword, passfile …) are "***" as well. Caller frees
 * with free(). NULL when out of memory.
 */
CALX_API char *calx_url_format_masked(const calx_url *url);

/* The index-th value of a query key, lent until the URL is destroyed; NULL if there is none. */
CALX_API const char *calx_url_parameter_get(const calx_url *url, const char *name, size_t index);

/* True if values of this query key must not be printed. */
CALX_API bool calx_url_parameter_is_secret(const char *name);

#endif
