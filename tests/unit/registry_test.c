/* registry_test.c: real plug-in files, made by the C compiler in a folder of our own: a good one,
 * and one for each way in which a file can be unusable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <calx/registry.h>

static char folder[PATH_MAX / 4]; /* …/first and …/second are the driver path, …/include has calx */

static void run(const char *format, ...) CALX_PRINTF(1, 2);

static void run(const char *format, ...)
{
    char command[2 * PATH_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    if (system(command) != 0)
        fail_msg("%s", command);
}

/* This file's folder in the source tree. */
static const char *source_folder(void)
{
    static char source[PATH_MAX];
    char path[] = __FILE__;
    char *slash = strrchr(path, '/');
    *slash = '\0';
    if (!realpath(path, source))
        fail_msg("%s", path);
    return source;
}

static void build(const char *subfolder, const char *name, const char *options)
{
    run("cc -std=c11 -fPIC -shared -I%s/include -DNAME=%s %s -o %s/%s/calx-%s.so "
        "%s/registry_plugin.c",
        folder, name, options, folder, subfolder, name, source_folder());
}

static int set_up(void **state)
{
    (void)state;
    char path[PATH_MAX];
    strcpy(folder, "/tmp/calx-registry-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    run("mkdir %s/first %s/second %s/include", folder, folder, folder);
    run("ln -s %s/../../drivers %s/include/calx", source_folder(), folder);
    build("first", "good", "-DCAPABILITIES=CALX_CAPABILITY_SAVEPOINT");
    build("second", "engine", "");
    build("second", "opener", "-DOPENER_ONLY -DENGINE=engine");
    snprintf(path, sizeof(path), "/nowhere::%s/first:%s/second", folder, folder);
    return setenv("CALX_DRIVER_PATH", path, 1);
}

static int tear_down(void **state)
{
    (void)state;
    run("rm -r %s", folder);
    return 0;
}

static void assert_message(const calx_error *err, const char *part)
{
    if (!strstr(err->message, part))
        fail_msg("\"%s\" is not in: %s", part, err->message);
}

static void assert_not_found(const char *dialect, const char *name, calx_error *err)
{
    calx_driver_choice choice = {0};
    *err = (calx_error){0};
    assert_int_equal(calx_registry_find(dialect, name, &choice, err), CALX_ERROR_DRIVER);
    assert_int_equal(err->code, CALX_ERROR_DRIVER);
    assert_null(choice.driver);
    assert_null(choice.opener);
}

/* ---- Finding ---- */

static void registry_finds_a_driver_with_its_own_opener(void **state)
{
    (void)state;
    calx_driver_choice choice = {0};
    calx_error err = {0};
    assert_int_equal(calx_registry_find("testdb", "good", &choice, &err), 0);
    assert_string_equal(choice.driver->name, "good");
    assert_ptr_equal(choice.opener, choice.driver->opener);
}

static void registry_finds_the_same_driver_twice(void **state)
{
    (void)state;
    calx_driver_choice a = {0};
    calx_driver_choice b = {0};
    assert_int_equal(calx_registry_find("testdb", "good", &a, NULL), 0);
    assert_int_equal(calx_registry_find("testdb", "good", &b, NULL), 0);
    assert_ptr_equal(a.driver, b.driver);
}

static void registry_finds_an_opener_and_loads_its_engine(void **state)
{
    (void)state;
    calx_driver_choice choice = {0};
    calx_error err = {0};
    assert_int_equal(calx_registry_find("testdb", "opener", &choice, &err), 0);
    assert_string_equal(choice.opener->name, "opener");
    assert_string_equal(choice.driver->name, "engine");
}

static void *find_opener(void *argument)
{
    (void)argument;
    calx_driver_choice choice = {0};
    for (int i = 0; i < 1000 && calx_registry_find("testdb", "opener", &choice, NULL) == 0; i++)
        continue;
    return (void *)(uintptr_t)choice.driver;
}

static void registry_is_used_by_several_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    calx_driver_choice choice = {0};
    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, find_opener, NULL);
    assert_int_equal(calx_registry_find("testdb", "engine", &choice, NULL), 0);
    for (size_t i = 0; i < 4; i++) {
        void *found = NULL;
        pthread_join(threads[i], &found);
        assert_ptr_equal(found, choice.driver);
    }
}

/* ---- Not finding ---- */

static void registry_names_what_it_looked_for_and_where(void **state)
{
    (void)state;
    char second[PATH_MAX];
    calx_error err;
    assert_not_found("testdb", "absent", &err);
    assert_message(&err, "testdb+absent://");
    assert_message(&err, "no calx-absent.so in /nowhere, ");
    snprintf(second, sizeof(second), "%s/second, ", folder);
    assert_message(&err, second);
    assert_message(&err, "/calx-drivers");
}

static void registry_looks_for_dbi_without_a_name(void **state)
{
    (void)state;
    calx_error err;
    assert_not_found("sqlite", NULL, &err);
    assert_message(&err, "sqlite://");
    assert_message(&err, "calx-dbi.so");
}

static void registry_names_the_dialects_a_plugin_has(void **state)
{
    (void)state;
    calx_error err;
    assert_not_found("oracle", "good", &err);
    assert_message(&err, "oracle+good://");
    assert_message(&err, "it knows: testdb");
}

static void registry_makes_no_file_name_of_a_bad_name(void **state)
{
    (void)state;
    static const char *const names[] = {"",    "../good", "a/b",      "a.b",
                                        "a+b", "a-b",     "\xC3\xA4", "a b"};
    calx_error err;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_not_found("testdb", names[i], &err);
        assert_message(&err, "letters, digits and _");
    }
}

/* ---- Unusable files ---- */

static void registry_refuses_unusable_plugins_in_one_line(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"abi", "-DPLUGIN_ABI=99", "calx-abi.so: built for driver ABI 99, this calx has 4"},
        {"driver_abi", "-DDRIVER_ABI=7", "calx-driver_abi.so: built for driver ABI 7"},
        {"fetch", "-DWITHOUT_FETCH", "calx-fetch.so: driver \"fetch\" has no statement_fetch"},
        {"close", "-DWITHOUT_CLOSE", "calx-close.so: opener \"close\" has no close"},
        {"key", "-DCAPABILITIES=CALX_CAPABILITY_GENERATED_KEY", "no statement_generated_key"},
        {"unit", "-DCAPABILITIES=CALX_CAPABILITY_UNIT", "has no unit_run"},
        {"engines", "-DENGINE=another", "has an opener for another engine"},
        {"renamed", "-DEXPORTED_NAME=another", "exports the name \"another\""},
        {"entry", "-DWITHOUT_ENTRY", "calx-entry.so: no symbol calx_plugin_entry"},
        {"unresolved", "-DUNRESOLVED", "calx_no_such_function"},
        {"alone", "-DOPENER_ONLY -DENGINE=absent", "no calx-absent.so in "},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        calx_error err;
        build("first", cases[i][0], cases[i][1]);
        assert_not_found("testdb", cases[i][0], &err);
        assert_message(&err, "no driver for testdb+");
        assert_message(&err, cases[i][2]);
        run("rm %s/first/calx-%s.so", folder, cases[i][0]);
    }
}

static void registry_refuses_a_file_that_is_no_library(void **state)
{
    (void)state;
    calx_error err;
    run("echo text > %s/first/calx-text.so", folder);
    assert_not_found("testdb", "text", &err);
    assert_message(&err, "calx-text.so: ");
    run("rm %s/first/calx-text.so", folder);
}

static void registry_finds_a_plugin_that_was_repaired(void **state)
{
    (void)state;
    calx_driver_choice choice = {0};
    calx_error err;
    assert_not_found("testdb", "late", &err);
    build("second", "late", "");
    assert_int_equal(calx_registry_find("testdb", "late", &choice, NULL), 0);
}

/* ---- Linked into the program ---- */

static const calx_driver *const no_drivers[] = {NULL};
static const calx_plugin linked = {.abi = CALX_DRIVER_ABI, .name = "linked", .drivers = no_drivers};

static void registry_add_checks_and_keeps(void **state)
{
    (void)state;
    calx_driver_choice good = {0};
    calx_error err = {0};
    assert_int_equal(calx_registry_find("testdb", "good", &good, NULL), 0);
    static calx_driver copy;
    copy = *good.driver;
    copy.dialect = "mysql";
    copy.name = "added";
    static calx_opener opener;
    opener = *good.opener;
    opener.dialect = "mysql";
    opener.engine = "added";
    copy.opener = &opener;
    static const calx_driver *const drivers[] = {&copy, NULL};
    static const calx_plugin plugin = {.abi = CALX_DRIVER_ABI, .name = "added", .drivers = drivers};
    assert_int_equal(calx_registry_add(&plugin, &err), 0);
    assert_int_equal(calx_registry_add(&plugin, &err), 0);
    calx_driver_choice choice = {0};
    assert_int_equal(calx_registry_find("mysql", "added", &choice, &err), 0);
    assert_ptr_equal(choice.driver, &copy);
    choice = (calx_driver_choice){0};
    assert_int_equal(calx_registry_find("mariadb", "added", &choice, &err), 0);
    assert_ptr_equal(choice.driver, &copy);
}

static void registry_add_refuses(void **state)
{
    (void)state;
    calx_plugin wrong = linked;
    calx_error err = {0};
    assert_int_equal(calx_registry_add(&linked, &err), 0);
    assert_int_equal(calx_registry_add(&wrong, &err), CALX_ERROR_DRIVER);
    assert_message(&err, "another of this name");
    calx_error_clear(&err);
    wrong.abi = 0;
    assert_int_equal(calx_registry_add(&wrong, &err), CALX_ERROR_DRIVER);
    assert_message(&err, "ABI 0");
    calx_error_clear(&err);
    wrong = (calx_plugin){.abi = CALX_DRIVER_ABI, .name = "bad-name"};
    assert_int_equal(calx_registry_add(&wrong, &err), CALX_ERROR_DRIVER);
}

/* ---- The list ---- */

typedef struct visits {
    char last[64];
    char usable[512];   /* drivernames, each followed by a blank */
    char problems[512]; /* the same */
} visits;

static void visit(void *context, const char *drivername, const calx_driver_choice *choice,
                  const char *file, const char *problem)
{
    visits *v = context;
    assert_true(strcmp(v->last, drivername) <= 0);
    snprintf(v->last, sizeof(v->last), "%s", drivername);
    char *list = choice ? v->usable : v->problems;
    assert_true((choice == NULL) == (problem != NULL));
    strcat(strcat(list, drivername), " ");
    if (problem)
        assert_non_null(file);
}

static void registry_each_lists_everything_sorted(void **state)
{
    (void)state;
    visits v = {0};
    build("first", "broken", "-DWITHOUT_FETCH");
    build("second", "broken", "");
    build("second", "orphan", "-DOPENER_ONLY -DENGINE=absent");
    build("second", "fresh", "");
    run("touch %s/first/calx-.so %s/first/calx-a-b.so %s/first/other.so", folder, folder, folder);
    calx_registry_each(visit, &v);
    /* What an earlier folder holds hides what a later one has, as it does for a URL. */
    assert_memory_equal(v.problems, "broken ", strlen("broken "));
    assert_non_null(strstr(v.problems, " testdb+orphan "));
    assert_non_null(strstr(v.usable, "testdb+engine testdb+fresh testdb+good "));
    assert_non_null(strstr(v.usable, "testdb+opener "));
    run("rm %s/*/calx-broken.so", folder);
}

/* ---- Capabilities ---- */

static void choice_can_what_its_driver_or_its_opener_can(void **state)
{
    (void)state;
    calx_driver_choice choice = {0};
    assert_int_equal(calx_registry_find("testdb", "good", &choice, NULL), 0);
    assert_true(calx_driver_choice_can(&choice, CALX_CAPABILITY_SAVEPOINT));
    assert_true(calx_driver_choice_can(&choice, CALX_CAPABILITY_TLS));
    assert_false(calx_driver_choice_can(&choice, CALX_CAPABILITY_UNIT));
    assert_string_equal(calx_capability_name(CALX_CAPABILITY_TLS), "tls");
    assert_string_equal(calx_capability_name(CALX_CAPABILITY_GENERATED_KEY), "generated-key");
    assert_string_equal(calx_capability_name((calx_capability)0), "unknown capability");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry_is_used_by_several_threads),
        cmocka_unit_test(registry_finds_a_driver_with_its_own_opener),
        cmocka_unit_test(registry_finds_the_same_driver_twice),
        cmocka_unit_test(registry_finds_an_opener_and_loads_its_engine),
        cmocka_unit_test(registry_names_what_it_looked_for_and_where),
        cmocka_unit_test(registry_looks_for_dbi_without_a_name),
        cmocka_unit_test(registry_names_the_dialects_a_plugin_has),
        cmocka_unit_test(registry_makes_no_file_name_of_a_bad_name),
        cmocka_unit_test(registry_refuses_unusable_plugins_in_one_line),
        cmocka_unit_test(registry_refuses_a_file_that_is_no_library),
        cmocka_unit_test(registry_finds_a_plugin_that_was_repaired),
        cmocka_unit_test(registry_add_checks_and_keeps),
        cmocka_unit_test(registry_add_refuses),
        cmocka_unit_test(registry_each_lists_everything_sorted),
        cmocka_unit_test(choice_can_what_its_driver_or_its_opener_can),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
