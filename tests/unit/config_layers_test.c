/* config_layers_test.c: the environment, the command line, keys of an application, and what is
 * shown of it all. */
#include "tests/unit/config_support.h"

#include <stdlib.h>

/* ---- The environment and the command line ---- */

static void config_takes_literals_and_plain_text(void **state)
{
    static const struct {
        const char *assignment;
        const char *key;
        const char *literal;
    } settings[] = {
        {"PORT=8001", "PORT", "8001"},
        {"PORT= 0x1f41 # why", "PORT", "8001"},
        {"THREADS=None", "THREADS", "None"},
        {"DEBUG=True", "DEBUG", "True"},
        {"REQUEST_TIMEOUT=2.5", "REQUEST_TIMEOUT", "2.5"},
        {"HOST=127.0.0.2", "HOST", "'127.0.0.2'"},
        {"HOST='::1'", "HOST", "'::1'"},
        {"HOST=7", "HOST", "'7'"},
        {"HOST=True", "HOST", "'True'"},
        {"HOST=None", "HOST", "'None'"},
        {"HOST='a", "HOST", "\"'a\""},
        {"SQLALCHEMY_DATABASE_URI=sqlite:///a=b#c.db", "SQLALCHEMY_DATABASE_URI",
         "'sqlite:///a=b#c.db'"},
        {"SQLALCHEMY_ENGINE_OPTIONS={'pool_size': 2}", "SQLALCHEMY_ENGINE_OPTIONS",
         "{'pool_size': 2}"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(settings); i++) {
        calx_config *config = create();
        calx_error err = {0};
        char source[128];
        if (calx__config_set(config, settings[i].assignment, &err) != 0)
            fail_msg("%s: %s", settings[i].assignment, err.message);
        snprintf(source, sizeof(source), "--set %s", settings[i].key);
        assert_shown(config, settings[i].key, settings[i].literal, source);
        calx__config_destroy(config);
    }
}

static void config_refuses_assignments(void **state)
{
    static const struct {
        const char *assignment;
        const char *where;
        const char *what;
    } mistakes[] = {
        {"", "--set: ", "expected KEY=VALUE"},
        {"=1", "--set: ", "expected KEY=VALUE"},
        {"PORT", "--set PORT: ", "expected KEY=VALUE"},
        {"PORT =1", "--set: ", "expected KEY=VALUE"},
        {"pg://u:" SECRET "@h/n?a=b", "--set: ", "expected KEY=VALUE"},
        {"PROT=1", "--set PROT: ", "did you mean PORT?"},
        {"PORT=", "--set PORT: ", "expected an integer, got empty text"},
        {"PORT=x", "--set PORT: ", "expected an integer, got text"},
        {"DEBUG=yes", "--set DEBUG: ", "expected True or False, got text"},
        {"HOST=", "--set HOST: ", "empty text"},
        {"HOST=\xFF", "--set HOST: ", "not UTF-8"},
        {"SQLALCHEMY_DATABASE_URI=mysql://u:" SECRET "@h:x/n",
         "--set SQLALCHEMY_DATABASE_URI: ", "port"},
    };
    calx_config *config = create();
    (void)state;
    for (size_t i = 0; i < ROWS(mistakes); i++) {
        calx_error err = {0};
        int status = calx__config_set(config, mistakes[i].assignment, &err);
        assert_refused(status, &err, mistakes[i].where, mistakes[i].what);
    }
    calx_error err = {0};
    assert_refused(calx__config_set_text(config, "PORT", "x", "--port", &err), &err,
                   "--port: ", "expected an integer");
    assert_shown(config, "PORT", "8000", "built-in default");
    calx__config_destroy(config);
}

static void config_asks_the_environment_for_known_keys(void **state)
{
    calx_config *config = create();
    calx_error err = {0};
    (void)state;
    assert_int_equal(calx__config_add_key(config, "TODO_BACKEND", "False", "", &err), 0);
    setenv("TODO_PORT", "8001", 1);
    setenv("PORT", "8002", 1);
    setenv("TODO_NONSENSE", "x", 1);
    setenv("TODO_BACKEND", "True", 1);
    assert_int_equal(calx__config_read_environment(config, &err), 0);
    assert_shown(config, "PORT", "8001", "environment TODO_PORT");
    assert_shown(config, "TODO_BACKEND", "True", "environment TODO_BACKEND");
    setenv("TODO_PORT", "8003", 1);
    setenv("TODO_DEBUG", "", 1);
    assert_refused(calx__config_read_environment(config, &err), &err,
                   "environment TODO_DEBUG: ", "expected True or False, got empty text");
    assert_shown(config, "PORT", "8001", "environment TODO_PORT");
    unsetenv("TODO_PORT");
    unsetenv("PORT");
    unsetenv("TODO_NONSENSE");
    unsetenv("TODO_BACKEND");
    unsetenv("TODO_DEBUG");
    calx__config_destroy(config);
}

static void config_prefix_is_a_name(void **state)
{
    calx_config *config = calx__config_create("my-app.2");
    calx_error err = {0};
    (void)state;
    assert_non_null(config);
    setenv("MY_APP_2_PORT", "8001", 1);
    assert_int_equal(calx__config_read_environment(config, &err), 0);
    assert_shown(config, "PORT", "8001", "environment MY_APP_2_PORT");
    unsetenv("MY_APP_2_PORT");
    calx__config_destroy(config);
}

static void config_lets_later_layers_win(void **state)
{
    calx_config *config = create();
    calx_error err = {0};
    (void)state;
    assert_int_equal(read_text(config, "PORT = 1\nDEBUG = True", &err), 0);
    assert_int_equal(calx__config_read_text(config, "b.conf", "\nPORT = 2", 9, &err), 0);
    assert_shown(config, "PORT", "2", "b.conf:2");
    assert_int_equal(calx__config_set_text(config, "PORT", "3", "--port", &err), 0);
    assert_shown(config, "PORT", "3", "--port");
    assert_shown(config, "DEBUG", "True", "a.conf:2");
    calx__config_destroy(config);
}

/* ---- Keys, options, secrets ---- */

static void config_takes_keys_of_the_application(void **state)
{
    static const struct {
        const char *key;
        const char *standard;
        const char *what;
    } mistakes[] = {
        {"TITLE", "'x'", "exists already"}, {"PORT", "1", "exists already"},
        {"title", "'x'", "capitals"},       {"", "'x'", "capitals"},
        {"A B", "'x'", "capitals"},         {"OTHER", "x", "its default"},
        {"OTHER", "[1]", "its default"},
    };
    calx_config *config = create();
    calx_error err = {0};
    (void)state;
    assert_int_equal(calx__config_add_key(config, "TITLE", "'a'", "", &err), 0);
    assert_int_equal(calx__config_add_key(config, "SUBTITLE", "None", "", &err), 0);
    assert_int_equal(calx__config_add_key(config, "COUNT", "-5", "", &err), 0);
    assert_int_equal(calx__config_add_key(config, "PAUSE", "0.5", "", &err), 0);
    for (size_t i = 0; i < ROWS(mistakes); i++) {
        calx_error refused = {0};
        int status =
            calx__config_add_key(config, mistakes[i].key, mistakes[i].standard, "", &refused);
        assert_refused(status, &refused, "setting ", mistakes[i].what);
    }
    assert_null(calx__config_text(config, "SUBTITLE"));
    assert_int_equal(calx__config_integer(config, "COUNT", 0), -5);
    assert_int_equal(calx__config_milliseconds(config, "PAUSE"), 500);
    assert_int_equal(read_text(config, "TITLE = ''\nSUBTITLE = 'b'\nCOUNT = 5\n", &err), 0);
    assert_string_equal(calx__config_text(config, "TITLE"), "");
    assert_string_equal(calx__config_text(config, "SUBTITLE"), "b");
    calx__config_destroy(config);
}

static void config_has_room_for_so_many_keys(void **state)
{
    static char names[64][8];
    calx_config *config = create();
    calx_error err = {0};
    int status = 0;
    int added = 0;
    (void)state;
    for (; status == 0 && added < 64; added++) {
        snprintf(names[added], sizeof(names[added]), "KEY_%d", added);
        status = calx__config_add_key(config, names[added], "1", "", &err);
    }
    assert_refused(status, &err, "setting KEY_32: ", "more than 32");
    calx__config_destroy(config);
}

static void config_reads_engine_options(void **state)
{
    static const char text[] =
        "SQLALCHEMY_ENGINE_OPTIONS = {'pool_size': 7, 'pool_timeout': 2.5, 'busy_timeout': 3,\n"
        "    'pool_pre_ping': False, 'statement_timeout': 0.0004}";
    calx_config *config = create();
    calx_engine_options standard;
    calx_engine_options options;
    calx_error err = {0};
    (void)state;
    calx_engine_options_init(&standard);
    assert_int_equal(calx__config_engine_options(config, &options, &err), 0);
    assert_memory_equal(&options, &standard, sizeof(options));
    assert_int_equal(read_text(config, text, &err), 0);
    assert_int_equal(calx__config_engine_options(config, &options, &err), 0);
    assert_int_equal(options.pool_size, 7);
    assert_int_equal(options.pool_timeout_ms, 2500);
    assert_int_equal(options.busy_timeout_ms, 3000);
    assert_int_equal(options.pool_pre_ping, 0);
    assert_int_equal(options.statement_timeout_ms, 1);
    assert_int_equal(options.max_overflow, standard.max_overflow);
    calx__config_destroy(config);
}

static void config_shows_no_secret(void **state)
{
    static const struct {
        const char *key;
        const char *value;
        const char *literal;
    } rows[] = {
        {"SQLALCHEMY_DATABASE_URI", "pg://u:" SECRET "@h/n", "'pg://u:***@h/n'"},
        {"SQLALCHEMY_DATABASE_URI", "pg://u@h/n?sslpassword=" SECRET,
         "'pg://u@h/n?sslpassword=***'"},
        {"OTHER_URI", "amqp://u:" SECRET "@h/n", "'amqp://u:***@h/n'"},
        {"OTHER_URI", "x y://u:" SECRET "@h", "'***'"},
        {"API_TOKEN", SECRET, "'***'"},
        {"MAP", "{'password': '" SECRET "', 'a': ['x', 'pg://u:" SECRET "@h']}",
         "{'password': '***', 'a': ['x', 'pg://u:***@h']}"},
    };
    calx_config *config = create();
    calx_error err = {0};
    (void)state;
    assert_int_equal(calx__config_add_key(config, "OTHER_URI", "''", "", &err), 0);
    assert_int_equal(calx__config_add_key(config, "API_TOKEN", "''", "", &err), 0);
    assert_int_equal(calx__config_add_key(config, "MAP", "{}", "", &err), 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        assert_int_equal(calx__config_set_text(config, rows[i].key, rows[i].value, "--here", &err),
                         0);
        assert_shown(config, rows[i].key, rows[i].literal, "--here");
    }
    calx__config_destroy(config);
}

static void config_blames_source_and_key(void **state)
{
    calx_config *config = create();
    calx_error err = {0};
    (void)state;
    assert_int_equal(read_text(config, "\nPORT = 1", &err), 0);
    calx_error_set(&err, CALX_ERROR_CONFIG, "taken");
    calx__config_blame(config, "PORT", &err);
    assert_string_equal(err.message, "a.conf:2: PORT: taken");
    calx__config_destroy(config);
}

static void config_blame_names_the_key_once(void **state)
{
    calx_config *config = create();
    calx_error err = {0};
    (void)state;
    assert_int_equal(calx__config_set(config, "PORT=1", &err), 0);
    calx_error_set(&err, CALX_ERROR_CONFIG, "taken");
    calx__config_blame(config, "PORT", &err);
    assert_string_equal(err.message, "--set PORT: taken");
    calx__config_destroy(config);
}

static void config_documents_every_key(void **state)
{
    calx_config *config = create();
    calx_buffer text = {0};
    calx_error err = {0};
    (void)state;
    assert_int_equal(calx__config_add_key(config, "MINE", "5", "of mine", &err), 0);
    calx__config_document(config, &text);
    calx_buffer_append(&text, "", 1);
    assert_false(text.failed);
#define DOCUMENTED(key, kind, standard, least, most, documentation)                                \
    assert_non_null(strstr(text.data, "| `" #key "` | `" standard "` |"));                         \
    assert_non_null(strstr(text.data, documentation));
    CALX_CONFIG_KEYS(DOCUMENTED)
#undef DOCUMENTED
    assert_non_null(strstr(text.data, "| `MINE` | `5` | integer | of mine |"));
    assert_non_null(strstr(text.data, "| `pool_timeout` | `5` | seconds, 0 to 3600 |"));
    calx_buffer_finish(&text);
    calx__config_destroy(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_takes_literals_and_plain_text),
        cmocka_unit_test(config_refuses_assignments),
        cmocka_unit_test(config_asks_the_environment_for_known_keys),
        cmocka_unit_test(config_prefix_is_a_name),
        cmocka_unit_test(config_lets_later_layers_win),
        cmocka_unit_test(config_takes_keys_of_the_application),
        cmocka_unit_test(config_has_room_for_so_many_keys),
        cmocka_unit_test(config_reads_engine_options),
        cmocka_unit_test(config_shows_no_secret),
        cmocka_unit_test(config_blames_source_and_key),
        cmocka_unit_test(config_blame_names_the_key_once),
        cmocka_unit_test(config_documents_every_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
