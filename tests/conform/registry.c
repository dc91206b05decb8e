/* registry.c: how a driver is found, what it says of itself, and what calx refuses to load. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"

#define SECRET "hunter2"

/* ---- What the driver says of itself ---- */

static void the_url_names_driver_and_dialect(conform *c, const void *data)
{
    (void)data;
    const char *dialect = strcmp(c->url->dialect, "mariadb") == 0 ? "mysql" : c->url->dialect;
    const char *name = c->url->driver ? c->url->driver : "dbi";
    conform_expect_true(c, "the dialect is the URL's", strcmp(dialect, c->driver->dialect) == 0);
    conform_expect_true(c, "the opener's name is the URL's",
                        strcmp(name, c->choice.opener->name) == 0);
    conform_expect_true(c, "the opener's handles fit the statement engine",
                        strcmp(c->choice.opener->engine, c->driver->name) == 0);
}

static void the_abi_is_that_of_this_calx(conform *c, const void *data)
{
    (void)data;
    conform_expect_true(c, "the driver's", c->driver->abi == CALX_DRIVER_ABI);
    conform_expect_true(c, "the opener's", c->choice.opener->abi == CALX_DRIVER_ABI);
    conform_expect_true(c, "the own opener's", c->driver->opener->abi == CALX_DRIVER_ABI);
}

static void versions_can_be_printed(conform *c, const void *data)
{
    (void)data;
    conform_expect_true(c, "the driver has one", c->driver->version[0] != '\0');
    conform_expect_true(c, "the opener has one", c->choice.opener->version[0] != '\0');
}

static void capabilities_have_their_slots(conform *c, const void *data)
{
    (void)data;
    uint32_t can = c->driver->capabilities;
    bool keys = (can & CALX_CAPABILITY_GENERATED_KEY) != 0;
    bool units = (can & CALX_CAPABILITY_UNIT) != 0;
    conform_expect_true(c, "generated keys", !keys || c->driver->statement_generated_key != NULL);
    bool loads = (can & CALX_CAPABILITY_LOAD) != 0;
    conform_expect_true(c, "units", units == (c->driver->unit_run != NULL));
    conform_expect_true(c, "loads", !loads || c->driver->records_load != NULL);
}

static void capabilities_are_known(conform *c, const void *data)
{
    (void)data;
    uint32_t known = 0;
#define KNOWN(name, bit, text) known |= CALX_CAPABILITY_##name;
    CALX_CAPABILITIES(KNOWN)
#undef KNOWN
    conform_expect_true(c, "the driver's", (c->driver->capabilities & ~known) == 0);
    conform_expect_true(c, "the opener's", (c->choice.opener->capabilities & ~known) == 0);
    conform_expect_true(c, "the database's", (c->database->capabilities & ~known) == 0);
}

/* ---- Finding ---- */

static void finding_it_again_gives_the_same(conform *c, const void *data)
{
    (void)data;
    calx_driver_choice choice = {0};
    int status = calx_registry_find(c->url->dialect, c->url->driver, &choice, &c->err);
    conform_expect_success(c, "finding", status, &c->err);
    conform_expect_true(c, "the same driver", choice.driver == c->driver);
    conform_expect_true(c, "the same opener", choice.opener == c->choice.opener);
}

static void mark_own(void *context, const char *drivername, const calx_driver_choice *choice,
                     const char *file, const char *problem)
{
    conform *c = context;
    (void)drivername;
    (void)file;
    (void)problem;
    if (choice != NULL && choice->driver == c->driver && choice->opener == c->choice.opener)
        calx_buffer_append(&c->seen, "listed\n", 7);
}

static void it_is_listed_among_the_drivers_once(conform *c, const void *data)
{
    (void)data;
    calx_registry_each(mark_own, c);
    conform_expect_integer(c, "bytes of what was listed", 7, (int64_t)c->seen.length);
}

static void unknown_names_are_refused(conform *c, const void *data)
{
    calx_driver_choice choice = {0};
    int status = calx_registry_find(c->driver->dialect, data, &choice, &c->err);
    conform_expect_true(c, "the message names it", strstr(c->err.message, data) != NULL);
    conform_expect_error(c, "finding", CALX_ERROR_DRIVER, status, &c->err);
    conform_expect_true(c, "the output is untouched", choice.driver == NULL);
}

static void an_unknown_dialect_is_refused(conform *c, const void *data)
{
    (void)data;
    calx_driver_choice choice = {0};
    int status = calx_registry_find("nosuchdb", c->url->driver, &choice, &c->err);
    conform_expect_error(c, "finding", CALX_ERROR_DRIVER, status, &c->err);
}

/* ---- What is refused when a plug-in is loaded: this driver with one thing missing ---- */

/* X(slot) */
#define DRIVER_SLOTS(X)                                                                            \
    X(dialect)                                                                                     \
    X(version)                                                                                     \
    X(opener)                                                                                      \
    X(database_create)                                                                             \
    X(database_destroy)                                                                            \
    X(connection_open)                                                                             \
    X(connection_close)                                                                            \
    X(connection_check)                                                                            \
    X(begin)                                                                                       \
    X(commit)                                                                                      \
    X(rollback)                                                                                    \
    X(command)                                                                                     \
    X(statement_prepare)                                                                           \
    X(statement_execute)                                                                           \
    X(statement_fetch)                                                                             \
    X(statement_rows_affected)                                                                     \
    X(statement_reset)                                                                             \
    X(statement_finalize)

#define OPENER_SLOTS(X)                                                                            \
    X(dialect)                                                                                     \
    X(engine)                                                                                      \
    X(version)                                                                                     \
    X(parameter_known)                                                                             \
    X(open)                                                                                        \
    X(close)

typedef struct slot {
    const char *name;
    size_t offset;
    size_t size;
} slot;

#define DRIVER_SLOT(name) {#name, offsetof(calx_driver, name), sizeof((calx_driver){0}).name},
#define OPENER_SLOT(name) {#name, offsetof(calx_opener, name), sizeof((calx_opener){0}).name},
static const slot driver_slots[] = {DRIVER_SLOTS(DRIVER_SLOT)};
static const slot opener_slots[] = {OPENER_SLOTS(OPENER_SLOT)};

static void offer(conform *c, const calx_driver *driver, uint32_t abi, const char *words)
{
    const calx_driver *drivers[] = {driver, NULL};
    calx_plugin plugin = {.abi = abi, .name = "conform_copy", .drivers = drivers};
    int status = calx_registry_add(&plugin, &c->err);
    conform_expect_true(c, "the message says what", strstr(c->err.message, words) != NULL);
    conform_expect_error(c, "adding", CALX_ERROR_DRIVER, status, &c->err);
}

static void a_driver_without_a_slot_is_refused(conform *c, const void *data)
{
    const slot *missing = data;
    calx_driver copy = *c->driver;
    memset((char *)&copy + missing->offset, 0, missing->size);
    offer(c, &copy, CALX_DRIVER_ABI, missing->name);
}

static void an_opener_without_a_slot_is_refused(conform *c, const void *data)
{
    const slot *missing = data;
    calx_opener opener = *c->driver->opener;
    calx_driver copy = *c->driver;
    memset((char *)&opener + missing->offset, 0, missing->size);
    copy.opener = &opener;
    offer(c, &copy, CALX_DRIVER_ABI, missing->name);
}

static void another_abi_is_refused(conform *c, const void *data)
{
    (void)data;
    calx_driver copy = *c->driver;
    offer(c, &copy, CALX_DRIVER_ABI + 1, "ABI");
    copy.abi++;
    offer(c, &copy, CALX_DRIVER_ABI, "ABI");
}

static void units_promised_and_not_there_are_refused(conform *c, const void *data)
{
    (void)data;
    calx_driver copy = *c->driver;
    copy.capabilities |= CALX_CAPABILITY_UNIT;
    copy.unit_run = NULL;
    offer(c, &copy, CALX_DRIVER_ABI, "unit_run");
}

/* ---- URLs ---- */

/* The URL of the run with more behind it. */
static calx_url *longer_url(conform *c, const char *query)
{
    calx_buffer text = {0};
    calx_url *url = NULL;
    calx_buffer_append_string(&text, c->options.url);
    calx_buffer_append_string(&text, strchr(c->options.url, '?') != NULL ? "&" : "?");
    calx_buffer_append_string(&text, query);
    int status = calx_url_parse(text.data, text.length, &url, &c->err);
    conform_expect_success(c, "parsing the URL", status, &c->err);
    calx_buffer_finish(&text);
    return url;
}

static void a_bad_query_key_is_refused(conform *c, const void *data)
{
    const calx_database_options options = {.connect_timeout_ms = CONFORM_LONG_MS};
    calx_database *database = NULL;
    calx_url *url = longer_url(c, data);
    if (!conform_ok(c))
        return;
    int status =
        c->driver->database_create(c->driver, c->choice.opener, url, &options, &database, &c->err);
    conform_expect_true(c, "the message names the key",
                        strstr(c->err.message, "conform_key") != NULL);
    conform_expect_true(c, "the message does not quote the value",
                        strstr(c->err.message, SECRET) == NULL);
    conform_expect_error(c, "database_create", CALX_ERROR_URL, status, &c->err);
    conform_expect_true(c, "the output is untouched", database == NULL);
    calx_url_destroy(url);
}

static void the_masked_url_hides_the_password(conform *c, const void *data)
{
    (void)data;
    char *masked = calx_url_format_masked(c->url);
    const char *password = c->url->password;
    bool hidden = masked != NULL &&
                  (password == NULL || *password == '\0' || strstr(masked, password) == NULL);
    conform_expect_true(c, "hidden", hidden);
    free(masked);
}

void conform_area_registry(conform *c)
{
    static const char *const names[] = {"no_such_driver", "no-such", "../sqlite3", ""};
    CONFORM_CASE(c, 0, the_url_names_driver_and_dialect);
    CONFORM_CASE(c, 0, the_abi_is_that_of_this_calx);
    CONFORM_CASE(c, 0, versions_can_be_printed);
    CONFORM_CASE(c, 0, capabilities_have_their_slots);
    CONFORM_CASE(c, 0, capabilities_are_known);
    CONFORM_CASE(c, 0, finding_it_again_gives_the_same);
    CONFORM_CASE(c, 0, it_is_listed_among_the_drivers_once);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        conform_case(c, 0, unknown_names_are_refused, names[i], "unknown_name_%zu_is_refused", i);
    CONFORM_CASE(c, 0, an_unknown_dialect_is_refused);
    CONFORM_CASE(c, 0, another_abi_is_refused);
    for (size_t i = 0; i < sizeof driver_slots / sizeof *driver_slots; i++)
        conform_case(c, 0, a_driver_without_a_slot_is_refused, &driver_slots[i],
                     "a_driver_without_%s_is_refused", driver_slots[i].name);
    for (size_t i = 0; i < sizeof opener_slots / sizeof *opener_slots; i++)
        conform_case(c, 0, an_opener_without_a_slot_is_refused, &opener_slots[i],
                     "an_opener_without_%s_is_refused", opener_slots[i].name);
    CONFORM_CASE(c, 0, units_promised_and_not_there_are_refused);
    conform_case(c, 0, a_bad_query_key_is_refused, "conform_key=" SECRET, "unknown_query_key");
    conform_case(c, 0, a_bad_query_key_is_refused, "conform_key=" SECRET "&conform_key=1",
                 "query_key_given_twice");
    CONFORM_CASE(c, 0, the_masked_url_hides_the_password);
}
