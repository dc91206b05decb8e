/* version.c: the version of a row over HTTP: its entity tag, and what a client asks of it
 * (RFC 9110, sections 8.8.3 and 13.1.1). */
#include "server/web/request.h"

#include <string.h>

/* The version of an object as it was loaded or written; false if its model has none. */
static bool version_of(const void *object, int64_t *out)
{
    const calx_model *model = calx_object_model(object);
    const calx_column *column = calx_model_version(model);
    calx_value value;
    if (column == NULL ||
        column->type->encode(column, (const char *)object + column->offset, NULL, &value, NULL) < 0)
        return false;
    *out = value.as.integer;
    return true;
}

static const char *tag_of(calx_request *request, const void *object)
{
    int64_t version = 0;
    if (!version_of(object, &version))
        return NULL;
    return calx_arena_format(request->exchange->arena, "\"%lld\"", (long long)version);
}

void calx__request_answer_version(calx_request *request, const void *object)
{
    const char *tag = tag_of(request, object);
    if (tag != NULL)
        calx__http_answer_header(request->exchange, "etag", tag);
}

bool calx__request_has_condition(const calx_request *request)
{
    return calx__http_header(request->exchange, "if-match").data != NULL;
}

static calx_text without_blanks(calx_text text)
{
    while (text.length > 0 && (*text.data == ' ' || *text.data == '\t'))
        text = (calx_text){text.data + 1, text.length - 1};
    while (text.length > 0 &&
           (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t'))
        text.length--;
    return text;
}

/* "*", or the tag among others; a weak one (W/"1") never matches. Our own tags have no comma. */
static bool matches(calx_text condition, const char *tag)
{
    bool found = false;
    if (calx_text_equal(without_blanks(condition), calx_text_of("*")))
        return true;
    while (!found && condition.length > 0) {
        const char *comma = memchr(condition.data, ',', condition.length);
        size_t length = comma ? (size_t)(comma - condition.data) : condition.length;
        size_t next = comma ? length + 1 : length;
        found =
            calx_text_equal(without_blanks((calx_text){condition.data, length}), calx_text_of(tag));
        condition = (calx_text){condition.data + next, condition.length - next};
    }
    return found;
}

void calx__request_check_version(calx_request *request, const void *object)
{
    calx_text condition = calx__http_header(request->exchange, "if-match");
    const char *tag = condition.data ? tag_of(request, object) : NULL;
    if (tag != NULL && !matches(condition, tag))
        calx_request_fail(request, 412, "the row was changed by somebody else");
}
