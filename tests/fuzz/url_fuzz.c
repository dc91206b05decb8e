/* url_fuzz.c: a URL that parses prints to one that parses to the same parts; a password is never
 * in what is printed nor in an error. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <calx/url.h>
#include <calx/value.h>

#define MARK "gEhEiM7"
#define MARKED "pg://u:" MARK
#define PRINTED "pg://u:***@"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_same(const char *a, const char *b)
{
    assert((a == NULL) == (b == NULL));
    assert(!a || strcmp(a, b) == 0);
}

static void assert_text(const char *text)
{
    assert(!text || calx_utf8_valid(text, strlen(text)));
}

static void assert_same_url(const calx_url *a, const calx_url *b)
{
    assert_same(a->drivername, b->drivername);
    assert_same(a->dialect, b->dialect);
    assert_same(a->driver, b->driver);
    assert_same(a->username, b->username);
    assert_same(a->password ? "***" : NULL, b->password);
    assert_same(a->host, b->host);
    assert(a->port == b->port);
    assert_same(a->database, b->database);
    assert(a->parameter_count == b->parameter_count);
    for (size_t i = 0; i < a->parameter_count; i++) {
        const char *name = a->parameters[i].name;
        assert_same(name, b->parameters[i].name);
        assert_same(calx_url_parameter_is_secret(name) ? "***" : a->parameters[i].value,
                    b->parameters[i].value);
        assert_text(a->parameters[i].value);
    }
    assert_text(a->username);
    assert_text(a->password);
    assert_text(a->database);
}

/* The printed form may be longer than the limit of a URL: each byte may have become an escape. */
static void check_round_trip(const calx_url *url, const char *printed)
{
    calx_url *again;
    calx_error err = {0};
    if (strlen(printed) > CALX_URL_LENGTH_MAX)
        return;
    assert(calx_url_parse(printed, strlen(printed), &again, &err) == 0);
    assert_same_url(url, again);
    calx_url_destroy(again);
}

static void check(const char *text, size_t size, bool marked)
{
    calx_url *url;
    calx_error err = {0};
    int status = calx_url_parse(text, size, &url, &err);
    assert(status == (int)err.code);
    if (status != 0) {
        assert(err.message[0] != '\0');
        assert(!strstr(err.message, MARK));
        return;
    }
    char *printed = calx_url_format_masked(url);
    assert(printed);
    assert(!marked || strncmp(printed, PRINTED, strlen(PRINTED)) == 0);
    check_round_trip(url, printed);
    free(printed);
    calx_url_destroy(url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* What follows "u:" is a password up to the first @, and without one it is no URL. */
    size_t length = strlen(MARKED);
    char *text = malloc(length + size);
    assert(text);
    memcpy(text, MARKED, length);
    if (size > 0)
        memcpy(text + length, data, size);
    check(text, length + size, true);
    free(text);

    check(size > 0 ? (const char *)data : "", size, false);
    return 0;
}
