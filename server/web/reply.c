/* reply.c: answers: an object, rows, a page. The last one counts. */
#include "server/web/request.h"

#include <string.h>

#include "server/web/script.h"
#include "server/web/template.h"

/* What an earlier call of the handler has answered is dropped. */
static void begin(calx_request *request)
{
    calx__http_answer_clear(request->exchange);
    request->exchange->answer_header_count = 0;
    request->replied = false;
}

static void end(calx_request *request, const char *content_type)
{
    if (request->exchange->answer.failed)
        calx_error_set(&request->error, CALX_ERROR_LIMIT, "the answer is too large");
    if (calx__request_failed(request))
        return;
    request->exchange->status = 200;
    request->replied = true;
    calx__http_answer_header(request->exchange, "content-type", content_type);
    calx__http_answer_header(request->exchange, "cache-control", "no-store");
}

static calx_json_member_writer *writer_of(const calx_app *app, const calx_model *model)
{
    for (size_t i = 0; i < app->json_count; i++)
        if (app->json[i].model == model)
            return app->json[i].writer;
    return NULL;
}

void calx_reply(calx_request *request, const void *object)
{
    if (calx__request_failed(request))
        return;
    calx_buffer *out = &request->exchange->answer;
    const calx_model *model = calx_object_model(object);
    calx_json_member_writer *writer = writer_of(request->app, model);
    begin(request);
    calx_json_write(object, out);
    if (writer != NULL && out->length > 0) {
        out->length--; /* its closing brace comes after the application's members */
        writer(request, model, object, out);
        calx_buffer_append(out, "}", 1);
    }
    end(request, "application/json");
    if (request->replied)
        calx__request_answer_version(request, object);
}

void calx_reply_empty(calx_request *request)
{
    if (calx__request_failed(request))
        return;
    begin(request);
    calx_buffer_append(&request->exchange->answer, "{}", 2);
    end(request, "application/json");
}

/* Rows that are used again are lent to the answer, unless it is to be kept for its client. */
static int write_rows(calx_request *request, calx_query *query, calx_buffer *out,
                      calx__json_finisher *finish)
{
    calx_http_exchange *exchange = request->exchange;
    calx_json_member_writer *writer = writer_of(request->app, calx__query_model(query));
    bool may_lend = out == &exchange->answer && calx__http_is_read(exchange);
    return calx__json_write_all(query, out, writer, request, finish,
                                may_lend ? &exchange->lent : NULL);
}

void calx__reply_all(calx_request *request, calx_query *query)
{
    if (calx__request_failed(request))
        return;
    begin(request);
    write_rows(request, query, &request->exchange->answer, NULL);
    end(request, "application/json");
}

/* ---- Pages ---- */

typedef struct page {
    calx_request *request;
    const char *name;
    calx_query *query;
} page;

static int write_page_value(void *context, calx_text name, calx_buffer *out, calx_error *err)
{
    page *of = context;
    if (!calx_text_equal(name, calx_text_of(of->name)))
        return 0;
    int code = write_rows(of->request, of->query, out, calx__script_make_safe);
    return code < 0 ? calx_error_set(err, code, "rows of \"%s\"", of->name) : 0;
}

static bool page_open(void *context, calx_text name)
{
    (void)context;
    (void)name;
    return false;
}

void calx__render(calx_request *request, const char *template_name, const char *name,
                  calx_query *query)
{
    if (calx__request_failed(request))
        return;
    const calx_template *template = calx__templates_find(request->app->templates, template_name);
    if (template == NULL) {
        calx_error_set(&request->error, CALX_ERROR_CONFIG, "there is no template \"%s\"",
                       template_name);
        return;
    }
    page of = {.request = request, .name = name, .query = query};
    calx_template_source source = {.context = &of, .write = write_page_value, .open = page_open};
    calx_error err = {0};
    begin(request);
    if (calx__template_render(template, &source, &request->exchange->answer, &err) < 0 &&
        !calx__request_failed(request))
        request->error = err;
    end(request, "text/html; charset=utf-8");
}
