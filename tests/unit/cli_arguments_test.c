/* cli_arguments_test.c: the command line taken apart; what is refused is never quoted where it may
 * hold a password. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/cli/arguments.h"

#define WORDS_MAX 16
#define SECRET "hush7hush"
#define URL "pg://u:" SECRET "@h/n"

/* A command line as a person types it, in a copy that may be changed. */
typedef struct line {
    char text[256];
    char *words[WORDS_MAX];
    int count;
} line;

static void split(line *l, const char *text)
{
    l->count = 0;
    snprintf(l->text, sizeof(l->text), "%s", text);
    for (char *word = strtok(l->text, " "); word; word = strtok(NULL, " ")) {
        assert_true(l->count < WORDS_MAX - 1);
        l->words[l->count++] = word;
    }
    l->words[l->count] = NULL;
}

static void read_line(line *l, const char *text, calx__cli_arguments *out)
{
    split(l, text);
    if (!calx__cli_arguments_read("todo", l->count, l->words, out))
        fail_msg("%s: it is refused", text);
}

/* What goes to stderr meanwhile comes into complaint. */
static bool read_line_quietly(const char *text, char complaint[1024])
{
    line l;
    calx__cli_arguments arguments;
    FILE *file = tmpfile();
    assert_non_null(file);
    fflush(stderr);
    int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    split(&l, text);
    bool complete = calx__cli_arguments_read("todo", l.count, l.words, &arguments);
    calx__cli_arguments_finish(&arguments);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(file);
    complaint[fread(complaint, 1, 1023, file)] = '\0';
    fclose(file);
    return complete;
}

static void arguments_find_every_command(void **state)
{
    static const char *const names[] = {"serve",   "routes",  "config",     "db create",
                                        "db drop", "db url",  "db inspect", "db copy",
                                        "db dump", "db load", "db backup",  "drivers"};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        line l;
        calx__cli_arguments arguments;
        char text[64];
        bool is_url = strcmp(names[i], "db url") == 0;
        bool is_copy = strcmp(names[i], "db copy") == 0;
        bool has_one = is_url || is_copy || strcmp(names[i], "db backup") == 0;
        snprintf(text, sizeof(text), "todo %s%s%s", names[i], has_one ? " sqlite://" : "",
                 is_copy ? " other" : "");
        read_line(&l, text, &arguments);
        assert_string_equal(arguments.entry->name, names[i]);
        assert_int_equal(arguments.operands[0] != NULL, has_one);
        assert_int_equal(arguments.operands[1] != NULL, is_copy);
        calx__cli_arguments_finish(&arguments);
    }
}

static void arguments_keep_overrides_in_order(void **state)
{
    line l;
    calx__cli_arguments arguments;
    (void)state;
    read_line(&l, "todo db create --set A=1 --port=2 --config f --host h --set B=x=y", &arguments);
    assert_string_equal(arguments.config_file, "f");
    assert_int_equal(arguments.override_count, 4);
    assert_null(arguments.overrides[0].key);
    assert_string_equal(arguments.overrides[0].value, "A=1");
    assert_string_equal(arguments.overrides[1].key, "PORT");
    assert_string_equal(arguments.overrides[1].value, "2");
    assert_string_equal(arguments.overrides[1].source, "--port");
    assert_string_equal(arguments.overrides[2].key, "HOST");
    assert_string_equal(arguments.overrides[3].value, "B=x=y");
    calx__cli_arguments_finish(&arguments);
}

static void arguments_know_help_and_version(void **state)
{
    static const struct {
        const char *text;
        bool help;
        const char *name;
    } lines[] = {
        {"todo --help", true, NULL},
        {"todo -h", true, NULL},
        {"todo --version", false, NULL},
        {"todo db --help", true, NULL},
        {"todo serve --help", true, "serve"},
        {"todo db url --help", true, "db url"},
        {"todo serve --port 1 -h surplus", true, "serve"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        line l;
        calx__cli_arguments arguments;
        read_line(&l, lines[i].text, &arguments);
        assert_int_equal(arguments.help, lines[i].help);
        assert_int_equal(arguments.version, !lines[i].help);
        assert_int_equal(arguments.entry != NULL, lines[i].name != NULL);
        if (lines[i].name)
            assert_string_equal(arguments.entry->name, lines[i].name);
        calx__cli_arguments_finish(&arguments);
    }
}

static void arguments_are_refused_in_one_line_without_secrets(void **state)
{
    static const struct {
        const char *text;
        const char *complaint;
    } lines[] = {
        {"todo", "todo: a command is missing; see todo --help\n"},
        {"todo serv", "there is no command \"serv\""},
        {"todo " URL, "there is no such command"},
        {"todo --serve", "there is no option \"--serve\""},
        {"todo --set=X=" URL, "there is no option \"--set\""},
        {"todo db", "todo: db needs another word; see todo --help"},
        {"todo db " URL, "todo: db needs another word; see todo --help"},
        {"todo db url", "todo db url: URL is missing; see todo db url --help\n"},
        {"todo db url " URL " " URL, "todo db url: too many arguments"},
        {"todo db url --" URL, "there is no such option"},
        {"todo serve " URL, "todo serve: too many arguments"},
        {"todo serve --port", "--port needs a value"},
        {"todo serve --nonsense=" URL, "there is no option --nonsense;"},
        {"todo serve --help=" URL, "--help takes no value"},
        {"todo serve -x" URL, "there is no option -x;"},
        {"todo config --document -xy", "there is no option -x;"},
        {"todo serve --document", "it takes no --document"},
        {"todo db url --config f " URL, "it takes no --config"},
        {"todo db copy " URL, "todo db copy: TARGET is missing; see todo db copy --help\n"},
        {"todo db copy " URL " " URL " " URL, "todo db copy: too many arguments"},
        {"todo db dump " URL " " URL, "todo db dump: too many arguments"},
        {"todo db create --model", "it takes no --model"},
        {"todo drivers --set A=" URL, "it takes no --set"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char complaint[1024];
        assert_false(read_line_quietly(lines[i].text, complaint));
        if (!strstr(complaint, lines[i].complaint))
            fail_msg("%s: %s", lines[i].text, complaint);
        assert_null(strstr(complaint, SECRET));
        assert_ptr_equal(strchr(complaint, '\n'), complaint + strlen(complaint) - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_find_every_command),
        cmocka_unit_test(arguments_keep_overrides_in_order),
        cmocka_unit_test(arguments_know_help_and_version),
        cmocka_unit_test(arguments_are_refused_in_one_line_without_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
