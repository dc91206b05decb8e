/* request_support.h: for the tests of server/web: a request with a session, without a server or a
 * database. */
#ifndef CALX_TESTS_REQUEST_SUPPORT_H
#define CALX_TESTS_REQUEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/web/request.h"

typedef struct fixture {
    calx_app app;
    calx_arena arena;
    calx_http_exchange exchange;
    calx_request request;
} fixture;

/* A request whose session never runs anything: it needs no engine. */
static int setup(void **state)
{
    static fixture one;
    one = (fixture){.app = {.name = "todo", .config = calx__config_create("todo")}};
    one.exchange =
        (calx_http_exchange){.arena = &one.arena, .status = 200, .body = calx_text_of("")};
    one.request = (calx_request){
        .app = &one.app, .exchange = &one.exchange, .session = calx_session_create(NULL)};
    *state = &one;
    return one.app.config != NULL && one.request.session != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    fixture *one = *state;
    calx_session_destroy(one->request.session);
    calx__config_destroy(one->app.config);
    calx_buffer_finish(&one->exchange.answer);
    calx_arena_finish(&one->arena);
    return 0;
}

#endif
