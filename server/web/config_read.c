/* config_read.c: the layers: files, the environment, and the command line. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <calx/value.h>

#include "server/web/config_private.h"
#include "server/web/literal.h"

#define KEY_LENGTH_MAX 64 /* of a name that messages quote */
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

/* ---- Statements: KEY = literal ---- */

typedef struct file_reader {
    const calx_config *config;
    calx__config_layer *layer;
    const char *name;
    calx_literal_reader literal;
    size_t statements;
} file_reader;

static bool is_name_start(char c)
{
    return isalpha((unsigned char)c) || c == '_';
}

/* The length of the name at the beginning of a text, 0 if there is none. */
static size_t name_length(const char *at)
{
    size_t length = 0;
    if (is_name_start(*at))
        while (is_name_start(at[length]) || isdigit((unsigned char)at[length]))
            length++;
    return length;
}

static int refuse_line(const file_reader *file, int line, const char *problem, calx_error *err)
{
    return calx_error_set(err, CALX_ERROR_CONFIG, "%s:%d: %s", file->name, line, problem);
}

static int refuse_value(const file_reader *file, int line, const char *key, const char *problem,
                        calx_error *err)
{
    return calx_error_set(err, CALX_ERROR_CONFIG, "%s:%d: %s: %s", file->name, line, key, problem);
}

static int set_value(file_reader *file, int line, const char *key, json_t *value, calx_error *err)
{
    calx_error problem = {0};
    char *source = NULL;
    int index = calx__config_find(file->config, key);
    if (asprintf(&source, "%s:%d", file->name, line) < 0)
        source = NULL;
    int status = calx__config_layer_set(file->config, file->layer, index, value, source, &problem);
    return status < 0 ? refuse_value(file, line, key, problem.message, err) : 0;
}

/* Behind the =. */
static int read_value(file_reader *file, int line, const char *key, calx_error *err)
{
    calx_literal_reader *literal = &file->literal;
    calx__literal_skip_blanks(literal);
    json_t *value = calx__literal_read(literal);
    if (!value)
        return refuse_value(file, line, key, literal->problem, err);
    calx__literal_skip_blanks(literal);
    calx__literal_skip_comment(literal);
    if (*literal->at == '\0' || *literal->at == '\n')
        return set_value(file, line, key, value, err);
    json_decref(value);
    return refuse_value(file, line, key,
                        "something follows the value; text stands in quotes, comments begin with #",
                        err);
}

static int read_statement(file_reader *file, calx_error *err)
{
    calx_literal_reader *literal = &file->literal;
    char key[KEY_LENGTH_MAX + 1];
    calx_error problem = {0};
    int line = literal->line;
    size_t length = name_length(literal->at);
    const char *name = literal->at;
    literal->at += length;
    calx__literal_skip_blanks(literal);
    if (length == 0 || *literal->at != '=' || literal->at[1] == '=')
        return refuse_line(file, line, "expected KEY = value", err);
    literal->at++;
    file->statements++;
    if (length > KEY_LENGTH_MAX)
        return refuse_line(file, line, "there is no key of such a length", err);
    snprintf(key, sizeof(key), "%.*s", (int)length, name);
    if (calx__config_find(file->config, key) >= 0)
        return read_value(file, line, key, err);
    calx__config_refuse_unknown(file->config, key, &problem);
    return refuse_value(file, line, key, problem.message, err);
}

/* As in Python a line with blanks in front belongs to something above it, and nothing can. */
static int read_lines(file_reader *file, calx_error *err)
{
    calx_literal_reader *literal = &file->literal;
    int status = 0;
    while (status == 0 && *literal->at != '\0') {
        const char *start = literal->at;
        calx__literal_skip_blanks(literal);
        calx__literal_skip_comment(literal);
        if (*literal->at == '\n') {
            literal->at++;
            literal->line++;
        } else if (*literal->at != '\0' && literal->at > start) {
            status = refuse_line(file, literal->line, "unexpected blanks before the key", err);
        } else if (*literal->at != '\0') {
            status = read_statement(file, err);
        }
    }
    if (status == 0 && file->statements == 0)
        status = calx_error_set(err, CALX_ERROR_CONFIG, "%s: no key is set in it", file->name);
    return status;
}

/* ---- Files ---- */

/* A NUL-ended copy with "\n" for every kind of line end, without a byte order mark. */
static char *copy_lines(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    char *to = copy;
    size_t mark = strlen(BYTE_ORDER_MARK);
    size_t at = length >= mark && memcmp(text, BYTE_ORDER_MARK, mark) == 0 ? mark : 0;
    if (!copy)
        return NULL;
    for (; at < length; at++) {
        bool is_first_of_two = text[at] == '\r' && at + 1 < length && text[at + 1] == '\n';
        if (!is_first_of_two)
            *to++ = text[at] == '\r' ? '\n' : text[at];
    }
    *to = '\0';
    return copy;
}

int calx__config_read_text(calx_config *config, const char *name, const char *text, size_t length,
                           calx_error *err)
{
    if (length > CALX_CONFIG_FILE_MAX)
        return calx_error_set(err, CALX_ERROR_CONFIG, "%s: more than %d bytes", name,
                              CALX_CONFIG_FILE_MAX);
    if (length > 0 && memchr(text, '\0', length))
        return calx_error_set(err, CALX_ERROR_CONFIG, "%s: a NUL byte is in it", name);
    if (!calx_utf8_valid(text, length))
        return calx_error_set(err, CALX_ERROR_CONFIG, "%s: it is not UTF-8", name);
    char *copy = copy_lines(text, length);
    if (!copy)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "%s: out of memory", name);
    calx__config_layer layer = {0};
    file_reader file = {
        .config = config, .layer = &layer, .name = name, .literal = {.at = copy, .line = 1}};
    int status = calx__config_layer_end(config, &layer, read_lines(&file, err));
    free(copy);
    return status;
}

/* Also opens what is no file, but never waits for the other end of a pipe. */
static int open_file(const char *path, calx_error *err)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return calx_error_set(err, CALX_ERROR_CONFIG, "%s: %s", path, strerror(errno));
    const char *problem = NULL;
    if (fstat(file, &status) < 0)
        problem = strerror(errno);
    else if (S_ISDIR(status.st_mode))
        problem = "it is a folder";
    else if (!S_ISREG(status.st_mode))
        problem = "it is not a regular file";
    if (!problem)
        return file;
    close(file);
    return calx_error_set(err, CALX_ERROR_CONFIG, "%s: %s", path, problem);
}

/* One byte more than is allowed, so that what is too long shows. */
static int read_all(int file, const char *path, calx_buffer *out, calx_error *err)
{
    const size_t most = CALX_CONFIG_FILE_MAX + 1;
    char *bytes = calx_buffer_reserve(out, most);
    if (!bytes)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "%s: out of memory", path);
    for (;;) {
        ssize_t count = read(file, bytes + out->length, most - out->length);
        if (count < 0 && errno != EINTR)
            return calx_error_set(err, CALX_ERROR_CONFIG, "%s: %s", path, strerror(errno));
        if (count == 0)
            return 0;
        if (count > 0)
            out->length += (size_t)count;
    }
}

int calx__config_read_file(calx_config *config, const char *path, calx_error *err)
{
    calx_buffer text = {0};
    int file = open_file(path, err);
    if (file < 0)
        return file;
    int status = read_all(file, path, &text, err);
    close(file);
    if (status == 0)
        status = calx__config_read_text(config, path, text.data, text.length, err);
    calx_buffer_finish(&text);
    return status;
}

/* ---- Values that need no quotes ---- */

/* A literal if it is wholly one. Text takes quotes away, and is else what was written. */
static json_t *value_of(const calx_config_key *key, const char *text)
{
    json_t *literal = calx__literal_read_whole(text);
    bool is_none = literal && json_is_null(literal) && strcmp(key->standard, "None") == 0;
    if (literal && (key->kind != CALX_CONFIG_TEXT || json_is_string(literal) || is_none))
        return literal;
    json_decref(literal);
    return json_string(text);
}

/* The source stands in front of messages as well. */
static int set_text(const calx_config *config, calx__config_layer *layer, int index,
                    const char *text, const char *source, calx_error *err)
{
    const calx_config_key *key = &config->keys[index];
    calx_error problem = {0};
    if (!calx_utf8_valid(text, strlen(text)))
        return calx_error_set(err, CALX_ERROR_CONFIG, "%s: it is not UTF-8", source);
    int status =
        calx__config_layer_set(config, layer, index, value_of(key, text), strdup(source), &problem);
    if (status < 0)
        return calx_error_set(err, problem.code, "%s: %s", source, problem.message);
    return 0;
}

/* ---- The environment ---- */

/* A key that has the prefix itself is its own variable. */
static void variable_of(const calx_config *config, const char *key, char *out, size_t size)
{
    size_t length = strlen(config->prefix);
    bool has_prefix = strncmp(key, config->prefix, length) == 0;
    snprintf(out, size, "%s%s", has_prefix ? "" : config->prefix, key);
}

int calx__config_read_environment(calx_config *config, calx_error *err)
{
    static const char source_form[] = "environment ";
    calx__config_layer layer = {0};
    int status = 0;
    for (size_t i = 0; status == 0 && i < config->count; i++) {
        char source[256];
        snprintf(source, sizeof(source), "%s", source_form);
        char *variable = source + strlen(source_form);
        variable_of(config, config->keys[i].name, variable, sizeof(source) - strlen(source_form));
        const char *text = getenv(variable);
        if (text)
            status = set_text(config, &layer, (int)i, text, source, err);
    }
    return calx__config_layer_end(config, &layer, status);
}

/* ---- The command line ---- */

int calx__config_set_text(calx_config *config, const char *key, const char *value,
                          const char *source, calx_error *err)
{
    calx__config_layer layer = {0};
    calx_error problem = {0};
    int index = calx__config_find(config, key);
    if (index < 0) {
        calx__config_refuse_unknown(config, key, &problem);
        return calx_error_set(err, problem.code, "%s: %s", source, problem.message);
    }
    int status = set_text(config, &layer, index, value, source, err);
    return calx__config_layer_end(config, &layer, status);
}

/* What is no name is not quoted: it may be a URL whose = stands in its query. */
int calx__config_set(calx_config *config, const char *assignment, calx_error *err)
{
    char source[KEY_LENGTH_MAX + 8];
    size_t length = name_length(assignment);
    bool is_name = length > 0 && length <= KEY_LENGTH_MAX &&
                   (assignment[length] == '=' || assignment[length] == '\0');
    if (!is_name)
        return calx_error_set(err, CALX_ERROR_CONFIG, "--set: expected KEY=VALUE");
    snprintf(source, sizeof(source), "--set %.*s", (int)length, assignment);
    if (assignment[length] == '\0')
        return calx_error_set(err, CALX_ERROR_CONFIG, "%s: expected KEY=VALUE", source);
    return calx__config_set_text(config, source + strlen("--set "), assignment + length + 1, source,
                                 err);
}
