/* config_test.c: configuration files, and what is said about mistakes in them. */
#include "tests/unit/config_support.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void config_begins_with_the_defaults(void **state)
{
    calx_config *config = create();
    (void)state;
    assert_string_equal(calx__config_text(config, "SQLALCHEMY_DATABASE_URI"), "sqlite://");
    assert_string_equal(calx__config_text(config, "HOST"), "127.0.0.1");
    assert_int_equal(calx__config_integer(config, "PORT", -1), 8000);
    assert_int_equal(calx__config_integer(config, "THREADS", 7), 7);
    assert_false(calx__config_boolean(config, "DEBUG"));
    assert_int_equal(calx__config_milliseconds(config, "REQUEST_TIMEOUT"), 10000);
    assert_shown(config, "PORT", "8000", "built-in default");
    assert_shown(config, "THREADS", "None", "built-in default");
    calx__config_destroy(config);
}

static void config_reads_the_tutorials_files(void **state)
{
    calx_config *config = create();
    calx_error err = {0};
    (void)state;
    assert_int_equal(
        read_text(config, "SQLALCHEMY_DATABASE_URI = 'sqlite:///todos.db'\nDEBUG = True\n", &err),
        0);
    assert_true(calx__config_boolean(config, "DEBUG"));
    assert_int_equal(
        read_text(config, "SQLALCHEMY_DATABASE_URI = 'sqlite:///test.db'\nTESTING = True\n", &err),
        0);
    assert_string_equal(calx__config_text(config, "SQLALCHEMY_DATABASE_URI"), "sqlite:///test.db");
    assert_shown(config, "DEBUG", "True", "a.conf:2");
    assert_true(calx__config_boolean(config, "TESTING"));
    calx__config_destroy(config);
}

static void config_reads_every_form_of_a_file(void **state)
{
    static const struct {
        const char *text;
        const char *source;
    } files[] = {
        {"PORT = 8001", "a.conf:1"},
        {"PORT=8001\n", "a.conf:1"},
        {"PORT\t=\t8001\t# why\n", "a.conf:1"},
        {"\xEF\xBB\xBFPORT = 8001\n", "a.conf:1"},
        {"# first\r\n\r\nPORT = 8001\r\n", "a.conf:3"},
        {"# first\r\rPORT = 8001\r", "a.conf:3"},
        {"  \n\t# a comment\n\nPORT = 8001\n   ", "a.conf:4"},
        {"PORT = 9\nDEBUG = True\nPORT = 8001", "a.conf:3"},
        {"PORT = \\\n 8001\nDEBUG = True", "a.conf:1"},
        {"PORT = (\n8001\n)\n", "a.conf:1"},
        {"HOST = '''a\nb'''\nPORT = 8001", "a.conf:3"},
        {"SQLALCHEMY_ENGINE_OPTIONS = {\n  'pool_size': 1, # one\n\n}\nPORT = 8001", "a.conf:5"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(files); i++) {
        calx_config *config = create();
        calx_error err = {0};
        if (read_text(config, files[i].text, &err) != 0)
            fail_msg("%s: %s", files[i].text, err.message);
        assert_shown(config, "PORT", "8001", files[i].source);
        calx__config_destroy(config);
    }
}

/* The third line of a file. */
static const struct {
    const char *line;
    const char *key;
    const char *what;
} mistakes[] = {
    {"NONSENSE = 1", "NONSENSE: ", "no such key"},
    {"POTR = 1", "POTR: ", "did you mean PORT?"},
    {"port = 1", "port: ", "did you mean PORT?"},
    {"SQLALCHEMY_DATABASE_URL = 'pg://u:" SECRET "@h'",
     "SQLALCHEMY_DATABASE_URL: ", "did you mean SQLALCHEMY_DATABASE_URI?"},
    {"PORT = '8000'", "PORT: ", "expected an integer, got text"},
    {"PORT = ''", "PORT: ", "expected an integer, got empty text"},
    {"PORT = True", "PORT: ", "expected an integer, got a boolean"},
    {"PORT = 1.5", "PORT: ", "expected an integer, got a real number"},
    {"PORT = None", "PORT: ", "expected an integer, got None"},
    {"PORT = [1]", "PORT: ", "expected an integer, got a list"},
    {"PORT = {}", "PORT: ", "expected an integer, got a dict"},
    {"PORT = 65536", "PORT: ", "65536 is not between 0 and 65535"},
    {"PORT = -1", "PORT: ", "-1 is not between"},
    {"THREADS = 0", "THREADS: ", "0 is not between 1 and 1024"},
    {"PORT =", "PORT: ", "expected text in quotes"},
    {"PORT = # 8000", "PORT: ", "expected text in quotes"},
    {"PORT = 8000 8001", "PORT: ", "follows the value"},
    {"PORT = 8000; DEBUG = True", "PORT: ", "follows the value"},
    {"PORT = 4000 * 2", "PORT: ", "follows the value"},
    {"DEBUG = true", "DEBUG: ", "capital"},
    {"DEBUG = 1", "DEBUG: ", "expected True or False, got an integer"},
    {"HOST = 127.0.0.1", "HOST: ", "text stands in quotes"},
    {"HOST = None", "HOST: ", "expected text in quotes, got None"},
    {"HOST = ''", "HOST: ", "empty text"},
    {"HOST = 'open", "HOST: ", "not closed"},
    {"REQUEST_TIMEOUT = 'x'", "REQUEST_TIMEOUT: ", "expected a number of seconds"},
    {"REQUEST_TIMEOUT = 0.5", "REQUEST_TIMEOUT: ", "0.5 is not between 1 and 3600"},
    {"SQLALCHEMY_DATABASE_URI = postgresql://u:" SECRET "@h/n",
     "SQLALCHEMY_DATABASE_URI: ", "expected text in quotes"},
    {"SQLALCHEMY_DATABASE_URI = 'postgresql://u:" SECRET "@h:port/n'",
     "SQLALCHEMY_DATABASE_URI: ", "port"},
    {"SQLALCHEMY_DATABASE_URI = 'postgresql://u:" SECRET "@h/n",
     "SQLALCHEMY_DATABASE_URI: ", "not closed"},
    {"SQLALCHEMY_DATABASE_URI = 'u:" SECRET "@h/n'", "SQLALCHEMY_DATABASE_URI: ", "URL"},
    {"SQLALCHEMY_ENGINE_OPTIONS = []",
     "SQLALCHEMY_ENGINE_OPTIONS: ", "expected a dict, got a list"},
    {"SQLALCHEMY_ENGINE_OPTIONS = {", "SQLALCHEMY_ENGINE_OPTIONS: ", "not closed"},
    {"SQLALCHEMY_ENGINE_OPTIONS = {'pool_sise': 1}", "SQLALCHEMY_ENGINE_OPTIONS: ",
     "option pool_sise: there is no such option, did you mean pool_size?"},
    {"SQLALCHEMY_ENGINE_OPTIONS = {'pool_size': 'x'}",
     "SQLALCHEMY_ENGINE_OPTIONS: ", "option pool_size: expected an integer"},
    {"SQLALCHEMY_ENGINE_OPTIONS = {'pool_size': 0}",
     "SQLALCHEMY_ENGINE_OPTIONS: ", "option pool_size: 0 is not between 1 and 10000"},
    {"SQLALCHEMY_ENGINE_OPTIONS = {'pool_timeout': -0.1}",
     "SQLALCHEMY_ENGINE_OPTIONS: ", "option pool_timeout: -0.1 is not between 0 and 3600"},
    {"SQLALCHEMY_ENGINE_OPTIONS = {'pool_pre_ping': 1}",
     "SQLALCHEMY_ENGINE_OPTIONS: ", "option pool_pre_ping: expected True or False"},
    {"import os", "", "expected KEY = value"},
    {"PORT", "", "expected KEY = value"},
    {"PORT 8000", "", "expected KEY = value"},
    {"PORT == 8000", "", "expected KEY = value"},
    {"PORT: int = 8000", "", "expected KEY = value"},
    {"= 8000", "", "expected KEY = value"},
    {"postgresql://u:" SECRET "@h/n", "", "expected KEY = value"},
    {" PORT = 8000", "", "unexpected blanks"},
};

static void config_names_line_and_key_of_a_mistake(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(mistakes); i++) {
        calx_config *config = create();
        calx_error err = {0};
        char text[512];
        char where[512];
        snprintf(text, sizeof(text), "# one\nDEBUG = True\n%s\n", mistakes[i].line);
        snprintf(where, sizeof(where), "a.conf:3: %s", mistakes[i].key);
        assert_refused(read_text(config, text, &err), &err, where, mistakes[i].what);
        assert_shown(config, "DEBUG", "False", "built-in default");
        calx__config_destroy(config);
    }
}

static void config_refuses_what_is_no_text_file(void **state)
{
    static const struct {
        const char *text;
        size_t length;
        const char *what;
    } files[] = {
        {"", 0, "no key is set"},
        {"\n", 1, "no key is set"},
        {"# PORT = 1\n", 11, "no key is set"},
        {"\xEF\xBB\xBF", 3, "no key is set"},
        {"PORT = 1\n\0", 10, "NUL"},
        {"PORT = 1 # \xFF\n", 13, "not UTF-8"},
    };
    calx_config *config = create();
    (void)state;
    for (size_t i = 0; i < ROWS(files); i++) {
        calx_error err = {0};
        int status = calx__config_read_text(config, "a.conf", files[i].text, files[i].length, &err);
        assert_refused(status, &err, "a.conf: ", files[i].what);
    }
    assert_shown(config, "PORT", "8000", "built-in default");
    calx__config_destroy(config);
}

/* A file of so many bytes: one key, and blanks. */
static int read_file_of(const char *path, size_t length, calx_config *config, calx_error *err)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%-*s", (int)length, "PORT = 1");
    assert_int_equal(fclose(file), 0);
    return calx__config_read_file(config, path, err);
}

static void config_reads_files_up_to_the_limit(void **state)
{
    char folder[] = "/tmp/config_test-XXXXXX";
    char path[64];
    calx_config *config = create();
    calx_error err = {0};
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/a.conf", folder);
    assert_int_equal(read_file_of(path, CALX_CONFIG_FILE_MAX, config, &err), 0);
    int status = read_file_of(path, CALX_CONFIG_FILE_MAX + 1, config, &err);
    assert_refused(status, &err, path, "more than 1048576 bytes");
    unlink(path);
    rmdir(folder);
    calx__config_destroy(config);
}

static void config_refuses_what_is_no_file(void **state)
{
    char folder[] = "/tmp/config_test-XXXXXX";
    char pipe_path[64];
    calx_config *config = create();
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(pipe_path, sizeof(pipe_path), "%s/pipe", folder);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    calx_error is_folder = {0};
    assert_refused(calx__config_read_file(config, folder, &is_folder), &is_folder, folder,
                   "folder");
    calx_error is_pipe = {0};
    assert_refused(calx__config_read_file(config, pipe_path, &is_pipe), &is_pipe, pipe_path,
                   "not a regular file");
    unlink(pipe_path);
    calx_error is_missing = {0};
    assert_refused(calx__config_read_file(config, pipe_path, &is_missing), &is_missing, pipe_path,
                   "No such file");
    rmdir(folder);
    calx__config_destroy(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_begins_with_the_defaults),
        cmocka_unit_test(config_reads_the_tutorials_files),
        cmocka_unit_test(config_reads_every_form_of_a_file),
        cmocka_unit_test(config_names_line_and_key_of_a_mistake),
        cmocka_unit_test(config_refuses_what_is_no_text_file),
        cmocka_unit_test(config_reads_files_up_to_the_limit),
        cmocka_unit_test(config_refuses_what_is_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
