/* log.c: lines to stderr, each in one write, so that threads and processes do not mix theirs. A log
 * that cannot be written stops nobody. */
#include "server/web/app.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 8192

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
    for (size_t done = 0; done < length;) {
        ssize_t written = write(STDERR_FILENO, line + done, length - done);
        if (written <= 0)
            return;
        done += (size_t)written;
    }
}
