/* http_mount_test.c: files below a folder, and single files. */
#include "http_support.h"

#include <fcntl.h>
#include <sys/stat.h>

static char folder[] = "/tmp/calx-http-XXXXXX";
static char single_file[64];
static char public_folder[64];
static calx_http_mount mounts[2];

static void write_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void make_folder(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static int setup(void **state)
{
    assert_non_null(mkdtemp(folder));
    make_folder("public");
    make_folder("public/sub");
    make_folder("public/.git");
    write_file("secret.txt", "secret");
    write_file("public/.git/config", "secret");
    write_file("public/.hidden", "secret");
    write_file("public/app.js", "alert(1)");
    write_file("public/empty.css", "");
    write_file("public/sub/page.html", "<p>");
    snprintf(single_file, sizeof single_file, "%s/secret.txt", folder);
    snprintf(public_folder, sizeof public_folder, "%s/public", folder);
    mounts[0] = (calx_http_mount){"/static/lib/one.txt", single_file};
    mounts[1] = (calx_http_mount){"/static/", public_folder};

    static fixture shared;
    calx_http_options options = default_options();
    options.mounts = mounts;
    options.mount_count = 2;
    options.mount_cache_control = "no-cache";
    fixture_start(&shared, &options);
    *state = &shared;
    return 0;
}

static int teardown(void **state)
{
    fixture_stop(*state);
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

/* ---- What is served ---- */

static void files_have_type_etag_and_headers(void **state)
{
    http_reply reply;
    client_ask(*state, "GET /static/app.js?v=1 HTTP/1.1\r\n\r\n", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "alert(1)");
    assert_non_null(strstr(reply.head, "content-type: text/javascript; charset=utf-8\r\n"));
    assert_non_null(strstr(reply.head, "x-content-type-options: nosniff\r\n"));
    assert_non_null(strstr(reply.head, "cache-control: no-cache\r\n"));
    assert_non_null(strstr(reply.head, "x-common: yes\r\n"));
    assert_non_null(strstr(reply.head, "etag: \""));
    client_ask(*state, "GET /static/sub/page.html HTTP/1.1\r\n\r\n", &reply);
    assert_string_equal(reply.body, "<p>");
    client_ask(*state, "GET /static/empty.css HTTP/1.1\r\n\r\n", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.length, 0);
}

static void a_known_etag_gives_304(void **state)
{
    http_reply reply;
    client_ask(*state, "GET /static/app.js HTTP/1.1\r\n\r\n", &reply);
    char *etag = strstr(reply.head, "etag: ") + strlen("etag: ");
    *strchr(etag, '\r') = '\0';
    char request[256];
    snprintf(request, sizeof request, "GET /static/app.js HTTP/1.1\r\nIf-None-Match: %s\r\n\r\n",
             etag);
    client_ask(*state, request, &reply);
    assert_int_equal(reply.status, 304);
    assert_int_equal(reply.length, 0);
    assert_non_null(strstr(reply.head, "etag: \""));
    assert_non_null(strstr(reply.head, "cache-control: no-cache\r\n"));
}

static void head_has_no_body(void **state)
{
    int fd = client_connect(*state);
    client_send(fd,
                "HEAD /static/app.js HTTP/1.1\r\n\r\nHEAD /static/none HTTP/1.1\r\n\r\n"
                "GET /hello HTTP/1.1\r\n\r\n");
    http_reply reply;
    client_read_head(fd, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.length, strlen("alert(1)"));
    client_read_head(fd, &reply);
    assert_int_equal(reply.status, 404);
    assert_int_equal(reply.length, strlen("{\"error\": 404}"));
    client_read(fd, &reply);
    assert_string_equal(reply.body, "hello");
    close(fd);
}

static void one_range_is_served_others_are_ignored(void **state)
{
    http_reply reply;
    client_ask(*state, "GET /static/app.js HTTP/1.1\r\nRange: bytes=1-3\r\n\r\n", &reply);
    assert_int_equal(reply.status, 206);
    assert_string_equal(reply.body, "ler");
    client_ask(*state, "GET /static/app.js HTTP/1.1\r\nRange: bytes=0-0,1-1\r\n\r\n", &reply);
    assert_int_equal(reply.status, 200);
    client_ask(*state,
               "GET /static/app.js HTTP/1.1\r\nRange: bytes=0-0\r\nIf-Range: \"old\"\r\n\r\n",
               &reply);
    assert_int_equal(reply.status, 200);
    client_ask(*state, "GET /static/app.js HTTP/1.1\r\nRange: bytes=99-\r\n\r\n", &reply);
    assert_int_equal(reply.status, 416);
    assert_string_equal(reply.body, "{\"error\": 416}");
    assert_non_null(strstr(reply.head, "content-range: bytes */8\r\n"));
}

static void a_file_can_be_mounted_alone(void **state)
{
    http_reply reply;
    client_ask(*state, "GET /static/lib/one.txt HTTP/1.1\r\n\r\n", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "secret");
    assert_non_null(strstr(reply.head, "content-type: text/plain; charset=utf-8\r\n"));
    client_ask(*state, "GET /static/lib/one.txt/x HTTP/1.1\r\n\r\n", &reply);
    assert_int_equal(reply.status, 404);
}

/* ---- What is not ---- */

static void everything_else_is_404_in_json(void **state)
{
    const char *paths[] = {
        "/static/none.js",
        "/static/app.js%00.txt",
        "/static/../secret.txt",
        "/static/%2e%2e/secret.txt",
        "/static/..%2fsecret.txt",
        "/static/sub/..%2f..%2f..%2fsecret.txt",
        "/static/.hidden",
        "/static/.git/config",
        "/static/%2egit/config",
        "/static/sub/.%2e/.hidden",
        "/static/sub",
        "/static/sub/",
        "/static/",
        "/static/app.js/",
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char request[128];
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n\r\n", paths[i]);
        http_reply reply;
        client_ask(*state, request, &reply);
        if (reply.status != 404) /* it led out of the mount: the framework has got that path */
            assert_string_equal(reply.body, "GET||/secret.txt||127.0.0.1|");
        else
            assert_string_equal(reply.body, "{\"error\": 404}");
    }
}

static void other_methods_are_405_with_allow(void **state)
{
    http_reply reply;
    client_ask(*state, "POST /static/app.js HTTP/1.1\r\nContent-Length: 0\r\n\r\n", &reply);
    assert_int_equal(reply.status, 405);
    assert_string_equal(reply.body, "{\"error\": 405}");
    assert_non_null(strstr(reply.head, "allow: GET, HEAD, OPTIONS\r\n"));
    client_ask(*state, "OPTIONS /static/app.js HTTP/1.1\r\n\r\n", &reply);
    assert_int_equal(reply.status, 204);
    assert_non_null(strstr(reply.head, "allow: GET, HEAD, OPTIONS\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_have_type_etag_and_headers),
        cmocka_unit_test(a_known_etag_gives_304),
        cmocka_unit_test(head_has_no_body),
        cmocka_unit_test(one_range_is_served_others_are_ignored),
        cmocka_unit_test(a_file_can_be_mounted_alone),
        cmocka_unit_test(everything_else_is_404_in_json),
        cmocka_unit_test(other_methods_are_405_with_allow),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
