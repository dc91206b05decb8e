/* keys.c: the keywords of libpq whose values have a form: words, numbers, addresses. Checked here
 * for every opener, because libpq sees a bad one only when it connects, as if a server were away.
 */
#include "keys.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef enum value_form {
    FORM_WORD,      /* one of the words, as it is written */
    FORM_WORD_CASE, /* or in other letters */
    FORM_INTEGER,
    FORM_SECONDS,
    FORM_PORTS,
    FORM_ADDRESSES,
} value_form;

/* The sentence that tells what is expected ends with the words themselves, which are read from
 * behind the colon. */
typedef struct keyword {
    const char *name;
    value_form form;
    const char *expected;
} keyword;

#define BOOLEAN "expected one of: 0, 1"
#define INTEGER "expected an integer"
#define TLS_VERSION "expected one of: TLSv1, TLSv1.1, TLSv1.2, TLSv1.3"

/* https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS */
static const keyword keywords[] = {
    {"sslmode", FORM_WORD,
     "expected one of: disable, allow, prefer, require, verify-ca, verify-full"},
    {"target_session_attrs", FORM_WORD,
     "expected one of: any, read-write, read-only, primary, standby, prefer-standby"},
    {"channel_binding", FORM_WORD, "expected one of: disable, prefer, require"},
    {"gssencmode", FORM_WORD, "expected one of: disable, prefer, require"},
    {"ssl_min_protocol_version", FORM_WORD_CASE, TLS_VERSION},
    {"ssl_max_protocol_version", FORM_WORD_CASE, TLS_VERSION},
    {"sslcompression", FORM_WORD, BOOLEAN},
    {"sslsni", FORM_WORD, BOOLEAN},
    /* What libpq offers besides would be a connection that cannot prepare statements. */
    {"replication", FORM_WORD_CASE, "expected one of: false, off, no, 0"},
    {"prepared_statements", FORM_WORD, "expected one of: on, off"}, /* not libpq's, ours */
    {"joined_commits", FORM_WORD, "expected one of: on, off"},
    {"transactional_ddl", FORM_WORD, "expected one of: on, off"},
    {"connect_timeout", FORM_SECONDS, "expected a number of seconds"},
    {"keepalives", FORM_INTEGER, INTEGER},
    {"keepalives_idle", FORM_INTEGER, INTEGER},
    {"keepalives_interval", FORM_INTEGER, INTEGER},
    {"keepalives_count", FORM_INTEGER, INTEGER},
    {"tcp_user_timeout", FORM_INTEGER, INTEGER},
    {"port", FORM_PORTS, "expected 1 to 65535"},
    {"hostaddr", FORM_ADDRESSES, "expected an IP address"},
};

static bool is_word(const char *expected, const char *value, bool any_case)
{
    size_t length = strlen(value);

    for (const char *word = strchr(expected, ':') + 2; *word; word += strspn(word, ", ")) {
        size_t word_length = strcspn(word, ",");
        bool same =
            any_case ? strncasecmp(word, value, length) == 0 : strncmp(word, value, length) == 0;
        if (word_length == length && same)
            return true;
        word += word_length;
    }
    return false;
}

static bool is_integer(const char *value)
{
    char *end = NULL;

    errno = 0;
    long number = strtol(value, &end, 10);
    return end != value && !*end && errno == 0 && number >= INT_MIN && number <= INT_MAX;
}

static bool is_seconds(const char *value)
{
    return *value && strspn(value, "0123456789") == strlen(value) && strlen(value) <= 6;
}

bool calx__pgsql_is_port(const char *text)
{
    return strspn(text, "0123456789") == strlen(text) && strlen(text) <= 5 && atoi(text) > 0 &&
           atoi(text) <= 65535;
}

/* Never asks a name server. */
static bool is_address(const char *text)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
    struct addrinfo *found = NULL;

    if (getaddrinfo(text, NULL, &hints, &found))
        return false;
    freeaddrinfo(found);
    return true;
}

/* Longer than any address, with the name of its interface. */
#define ITEM_MAX 128

/* Between the commas there may be nothing: libpq's default. */
static bool is_list(const char *value, bool (*is_item)(const char *text))
{
    for (;;) {
        char item[ITEM_MAX];
        size_t length = strcspn(value, ",");
        if (length >= sizeof item)
            return false;
        memcpy(item, value, length);
        item[length] = '\0';
        if (length && !is_item(item))
            return false;
        if (!value[length])
            return true;
        value += length + 1;
    }
}

static bool has_form(const keyword *key, const char *value)
{
    switch (key->form) {
    case FORM_WORD:
        return is_word(key->expected, value, false);
    case FORM_WORD_CASE:
        return is_word(key->expected, value, true);
    case FORM_INTEGER:
        return is_integer(value);
    case FORM_SECONDS:
        return is_seconds(value);
    case FORM_PORTS:
        return is_list(value, calx__pgsql_is_port);
    case FORM_ADDRESSES:
        return is_list(value, is_address);
    }
    return true;
}

const char *calx__pgsql_value_problem(const char *name, const char *value)
{
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (strcmp(keywords[i].name, name) == 0)
            return has_form(&keywords[i], value) ? NULL : keywords[i].expected;
    return NULL;
}

/* What the check above does not see: the environment, a service file, keys that do not go together
 * or that only a newer libpq has. A program that sets LC_MESSAGES gets other words, and
 * UNREACHABLE. The same words stand in drivers/dbi/pgsql.c. */
bool calx__pgsql_is_bad_option(const char *message)
{
    static const char *const parts[] = {
        " value: \"", /* invalid sslmode value: "…" */
        "\" invalid when ",
        "invalid integer value \"",
        "invalid port number: \"",
        "invalid SSL protocol version range",
        "could not match ", /* … host names to … */
        "could not parse network address \"",
        "Unix-domain socket path \"",
        "definition of service \"",
        "service file \"",
    };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(message, parts[i]))
            return true;
    return false;
}
