/* connection_fuzz.c: what a client sends, byte for byte, to the server's socket: h2o, server/http,
 * and all that is behind them. Whatever comes, the first answer is one, with the headers that every
 * answer has, and the connection ends with its client. */
#include "tests/fuzz/served.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S 60 /* nothing takes so long, but a server that hangs */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* From another address of the loopback each time: the ports of one would be used again while the
 * system still remembers their last connection. */
static struct in_addr another_address(void)
{
    static uint32_t count;
    return (struct in_addr){htonl(INADDR_LOOPBACK + 1 + count++ % 0xfffff)};
}

static int connect_to(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    const struct linger at_once = {.l_onoff = 1}; /* leaves nothing in TIME_WAIT */
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    const struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = another_address()};
    assert(bind(fd, (const struct sockaddr *)&own, sizeof own) == 0);
    assert(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

/* Until the server has closed: a reset is an end too. */
static void read_answers(int fd, calx_buffer *out)
{
    char bytes[16384];
    ssize_t length;
    while ((length = recv(fd, bytes, sizeof bytes, 0)) > 0)
        calx_buffer_append(out, bytes, (size_t)length);
    assert(length == 0 || errno == ECONNRESET);
    assert(!out->failed);
}

static bool has(const char *head, size_t length, const char *text)
{
    return memmem(head, length, text, strlen(text)) != NULL;
}

/* What h2o says by itself to bytes that are no request at all. */
static bool is_no_request(const char *bytes, size_t length)
{
    static const char refusal[] =
        "HTTP/1.1 400 Bad Request\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Connection: close\r\n"
        "Content-Length: 11\r\n\r\n"
        "Bad Request";
    return length == sizeof refusal - 1 && memcmp(bytes, refusal, length) == 0;
}

/* The first that is not a 100. */
static void check_answer(const char *bytes, size_t length)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    while (length >= sizeof go_on - 1 && memcmp(bytes, go_on, sizeof go_on - 1) == 0) {
        bytes += sizeof go_on - 1;
        length -= sizeof go_on - 1;
    }
    if (length == 0 || is_no_request(bytes, length))
        return;
    const char *end = memmem(bytes, length, "\r\n\r\n", 4);
    assert(length > 12 && memcmp(bytes, "HTTP/1.1 ", 9) == 0 && end != NULL);
    size_t head = (size_t)(end - bytes) + 2;
    int status = atoi(bytes + 9);
    assert(status >= 200 && status < 500);
    assert(has(bytes, head, "\r\nx-content-type-options: nosniff\r\n"));
    assert(has(bytes, head, "\r\ncontent-security-policy: default-src 'self';"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    calx_app *app = served_app();
    calx_buffer answers = {0};
    served_reset(app);
    int fd = connect_to(served.port);
    ssize_t sent = send(fd, data, size, MSG_NOSIGNAL); /* or the server has closed before its end */
    assert(sent >= 0 || errno == EPIPE || errno == ECONNRESET);
    shutdown(fd, SHUT_WR);
    read_answers(fd, &answers);
    close(fd);
    check_answer(answers.data, answers.length);
    calx_buffer_finish(&answers);
    return 0;
}
