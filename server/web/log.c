/*
 * log.c: whole lines in each write, so that threads and processes do not mix theirs. A loop's lines
 * are gathered until its turn ends. A log that cannot be written, or that nobody reads, stops
 * nobody: its lines are lost.
 */
#include "server/web/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <calx/json.h>

#define LINE_MAX_BYTES PIPE_BUF /* a pipe takes so many at once or none (write(2)) */
#define FILE_MODE 0640

static _Atomic int log_fd = STDERR_FILENO;
static _Atomic bool log_is_json;

/* A thread's lines that wait for the end of its turn. */
static _Thread_local struct {
    bool gathers;
    size_t length;
    char bytes[LINE_MAX_BYTES];
} gathered;

/* ---- Where to ---- */

int calx__log_open(const char *file, bool json, calx_error *err)
{
    int fd = STDERR_FILENO;
    int old = log_fd;
    if (file != NULL) {
        fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, FILE_MODE);
        if (fd < 0)
            return calx_error_set(err, CALX_ERROR_CONFIG, "%s: %s", file, strerror(errno));
    }
    log_is_json = json;
    if (file != NULL && old != STDERR_FILENO) {
        /* Whoever is writing just now has the old number. */
        dup3(fd, old, O_CLOEXEC);
        close(fd);
    } else {
        log_fd = fd; /* a file that was left stays open: somebody may be writing to it */
    }
    return 0;
}

bool calx__log_is_json(void)
{
    return log_is_json;
}

static void write_out(const char *bytes, size_t length)
{
    struct pollfd stream = {.fd = log_fd, .events = POLLOUT};
    ssize_t written = poll(&stream, 1, 0) == 1 ? write(stream.fd, bytes, length) : 0;
    (void)written;
}

static void write_gathered(void)
{
    if (gathered.length > 0)
        write_out(gathered.bytes, gathered.length);
    gathered.length = 0;
}

void calx__log_turn(void *context)
{
    (void)context;
    gathered.gathers = true;
    write_gathered();
}

static void write_line(const char *line, size_t length)
{
    if (!gathered.gathers) {
        write_out(line, length);
        return;
    }
    if (length > sizeof gathered.bytes - gathered.length)
        write_gathered();
    memcpy(gathered.bytes + gathered.length, line, length);
    gathered.length += length;
}

/* ---- Text ---- */

/* The local time, made once a second. */
static calx_text time_text(void)
{
    static _Thread_local struct {
        time_t second;
        char text[32];
        size_t length;
    } last;
    struct timespec now;
    struct tm local;
    clock_gettime(CLOCK_REALTIME, &now);
    if (last.length == 0 || now.tv_sec != last.second) {
        localtime_r(&now.tv_sec, &local);
        last.length = strftime(last.text, sizeof last.text, "%Y-%m-%d %H:%M:%S ", &local);
        last.second = now.tv_sec;
    }
    return (calx_text){last.text, last.length};
}

void calx__log_text_line(calx_text text)
{
    char line[LINE_MAX_BYTES];
    calx_text time = time_text();
    size_t room = sizeof line - time.length - 1;
    size_t length = text.length < room ? text.length : room;
    char *end = mempcpy(line, time.data, time.length);
    end = mempcpy(end, text.data, length);
    *end++ = '\n';
    write_line(line, (size_t)(end - line));
}

/* ---- JSON ---- */

/* Fields come whole or not at all, so that the line is an object however long they are. */
static void put_field(calx_buffer *line, const calx__log_field *field)
{
    size_t before = line->length;
    calx_buffer_append_format(line, ",\"%s\":", field->name);
    if (field->number)
        calx_buffer_append(line, field->text.data, field->text.length);
    else
        calx_json_write_string(line, field->text);
    if (line->failed) {
        line->length = before;
        line->failed = false;
    }
}

void calx__log_json_line(const calx__log_field *fields, size_t count)
{
    static _Thread_local char bytes[LINE_MAX_BYTES];
    struct timespec now;
    struct tm utc;
    char time[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", &utc);
    calx_buffer line = {.data = bytes, .capacity = sizeof bytes, .length_max = sizeof bytes - 2};
    calx_buffer_append_format(&line, "{\"time\":\"%s.%03ldZ\"", time, now.tv_nsec / 1000000);
    for (size_t i = 0; i < count; i++)
        if (fields[i].text.data != NULL)
            put_field(&line, &fields[i]);
    memcpy(bytes + line.length, "}\n", 2);
    write_line(bytes, line.length + 2);
}

/* ---- Messages ---- */

/* Control characters would let a client write lines of its own. */
static void clean(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

static void log_message(calx_http_exchange *exchange, const char *format, va_list arguments)
{
    char message[LINE_MAX_BYTES / 2];
    int length = vsnprintf(message, sizeof message, format, arguments);
    calx_text id = exchange ? calx__request_id(exchange) : (calx_text){0};
    if (log_is_json) {
        const calx__log_field fields[] = {
            {.name = "message", .text = calx_text_of(message)},
            {.name = "request_id", .text = id},
            {.name = "trace_id",
             .text = exchange ? calx__request_trace(exchange) : (calx_text){0}}};
        calx__log_json_line(fields, sizeof fields / sizeof *fields);
        return;
    }
    if (id.data != NULL && length >= 0 && (size_t)length < sizeof message)
        snprintf(message + length, sizeof message - (size_t)length, " id=%.*s", (int)id.length,
                 id.data);
    clean(message);
    calx__log_text_line(calx_text_of(message));
}

void calx__log(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_message(NULL, format, arguments);
    va_end(arguments);
}

void calx__log_request(calx_http_exchange *exchange, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_message(exchange, format, arguments);
    va_end(arguments);
}
