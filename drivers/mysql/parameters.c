/* parameters.c: the query keys of `mysql+mariadb://`: which there are, and what they do. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "internal.h"

#define TIMEOUT_MAX_S 86400

typedef enum key_kind { KEY_PLACE, KEY_CHARSET, KEY_SECONDS, KEY_FLAG, KEY_TEXT } key_kind;

typedef struct query_key {
    const char *name;
    key_kind kind;
    enum mysql_option option; /* of KEY_SECONDS, KEY_FLAG and KEY_TEXT */
} query_key;

static const query_key keys[] = {
    {"host", KEY_PLACE, 0}, /* looked at by calx_hosts and database.c */
    {"port", KEY_PLACE, 0},
    {"unix_socket", KEY_PLACE, 0},
    {"charset", KEY_CHARSET, 0},
    {"connect_timeout", KEY_SECONDS, MYSQL_OPT_CONNECT_TIMEOUT},
    {"read_timeout", KEY_SECONDS, MYSQL_OPT_READ_TIMEOUT},
    {"write_timeout", KEY_SECONDS, MYSQL_OPT_WRITE_TIMEOUT},
    {"ssl", KEY_FLAG, MYSQL_OPT_SSL_ENFORCE},
    {"ssl_verify_cert", KEY_FLAG, MYSQL_OPT_SSL_VERIFY_SERVER_CERT},
    {"ssl_ca", KEY_TEXT, MYSQL_OPT_SSL_CA},
    {"ssl_capath", KEY_TEXT, MYSQL_OPT_SSL_CAPATH},
    {"ssl_cert", KEY_TEXT, MYSQL_OPT_SSL_CERT},
    {"ssl_key", KEY_TEXT, MYSQL_OPT_SSL_KEY},
    {"ssl_cipher", KEY_TEXT, MYSQL_OPT_SSL_CIPHER},
    {"tls_version", KEY_TEXT, MARIADB_OPT_TLS_VERSION},
};

/* What a person may ask for and will not get. */
static const struct {
    const char *name;
    const char *reason;
} refused[] = {
    {"init_command", "not allowed, the session's state is set by the driver"},
    {"local_infile", "not allowed, a server must not read the client's files"},
};

static const query_key *key_find(const char *name)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

unsigned calx__mysql_seconds_parse(const char *text)
{
    char *end = NULL;
    if (*text < '0' || *text > '9')
        return 0;
    unsigned long seconds = strtoul(text, &end, 10);
    return *end || seconds > TIMEOUT_MAX_S ? 0 : (unsigned)seconds;
}

/* 1 and 0; -1 if it is neither. */
static int flag_parse(const char *text)
{
    static const char *const words[] = {"false", "true", "0", "1", "no", "yes", "off", "on"};
    for (int i = 0; i < 8; i++)
        if (strcasecmp(text, words[i]) == 0)
            return i % 2;
    return -1;
}

/* NULL if the value is one that the key can have. */
static const char *value_problem(const query_key *key, const char *value)
{
    switch (key->kind) {
    case KEY_CHARSET:
        return strcasecmp(value, "utf8mb4") == 0 ? NULL : "must be utf8mb4";
    case KEY_SECONDS:
        return calx__mysql_seconds_parse(value) ? NULL : "needs whole seconds, from 1 to 86400";
    case KEY_FLAG:
        return flag_parse(value) >= 0 ? NULL : "needs true or false";
    case KEY_PLACE:
    case KEY_TEXT:
        return NULL;
    }
    return NULL;
}

bool calx__mysql_parameter_known(const calx_opener *opener, const char *name, const char *value,
                                 const char **reason)
{
    (void)opener;
    const query_key *key = key_find(name);
    const char *problem = key ? value_problem(key, value) : NULL;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (strcmp(refused[i].name, name) == 0)
            problem = refused[i].reason;
    if (problem)
        *reason = problem;
    return key && !problem;
}

static int option_set(MYSQL *mysql, const query_key *key, const char *value)
{
    unsigned seconds;
    my_bool flag;
    switch (key->kind) {
    case KEY_SECONDS:
        seconds = calx__mysql_seconds_parse(value);
        return mysql_optionsv(mysql, key->option, &seconds);
    case KEY_FLAG:
        flag = flag_parse(value) == 1;
        return mysql_optionsv(mysql, key->option, &flag);
    case KEY_TEXT:
        return mysql_optionsv(mysql, key->option, value);
    case KEY_PLACE:
    case KEY_CHARSET:
        return 0;
    }
    return 0;
}

int calx__mysql_parameters_apply(const calx_url *url, MYSQL *mysql)
{
    int failed = 0;
    for (size_t i = 0; i < url->parameter_count && !failed; i++) {
        const query_key *key = key_find(url->parameters[i].name);
        failed = key && option_set(mysql, key, url->parameters[i].value);
    }
    return failed;
}

bool calx__mysql_wants_tls(const calx_url *url)
{
    for (size_t i = 0; i < url->parameter_count; i++) {
        const query_key *key = key_find(url->parameters[i].name);
        if (key && key->kind == KEY_TEXT)
            return true;
        if (key && key->kind == KEY_FLAG && flag_parse(url->parameters[i].value) == 1)
            return true;
    }
    return false;
}
