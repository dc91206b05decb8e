/*
 * log.c: lines to stderr, whole ones in each write, so that threads and processes do not mix
 * theirs. A loop's lines are gathered until its turn ends. A log that cannot be written, or that
 * nobody reads, stops nobody: its lines are lost.
 */
#include "server/web/app.h"

#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES PIPE_BUF /* a pipe takes so many at once or none (write(2)) */

/* A thread's lines that wait for the end of its turn. */
static _Thread_local struct {
    bool gathers;
    size_t length;
    char bytes[LINE_MAX_BYTES];
} gathered;

static void write_out(const char *bytes, size_t length)
{
    struct pollfd stream = {.fd = STDERR_FILENO, .events = POLLOUT};
    ssize_t written = poll(&stream, 1, 0) == 1 ? write(STDERR_FILENO, bytes, length) : 0;
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

/* Control characters would let a client write lines of its own. */
static void clean(char *line, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
}

void calx__log(const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    struct timespec now;
    struct tm local;
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    size_t length = strftime(line, sizeof line, "%Y-%m-%d %H:%M:%S ", &local);
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(line + length, sizeof line - length - 1, format, arguments);
    va_end(arguments);
    if (more > 0)
        length += (size_t)more < sizeof line - length - 1 ? (size_t)more : sizeof line - length - 2;
    clean(line, length);
    line[length++] = '\n';
    if (!gathered.gathers) {
        write_out(line, length);
        return;
    }
    if (length > sizeof gathered.bytes - gathered.length)
        write_gathered();
    memcpy(gathered.bytes + gathered.length, line, length);
    gathered.length += length;
}
