/* template_test.c: rendering Mustache, after mustache/spec where it is supported. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "server/web/template.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- A source of values out of JSON ---- */

typedef struct frame {
    json_t *value;
    json_t *item; /* of a list: what next has moved to */
    size_t moved;
} frame;

typedef struct values {
    frame frames[CALX_TEMPLATE_DEPTH_MAX + 1];
    size_t depth;
} values;

static json_t *find(const values *from, calx_text name)
{
    if (name.length == 1 && name.data[0] == '.')
        return from->frames[from->depth - 1].item;
    for (size_t i = from->depth; i > 0; i--) {
        json_t *found = json_object_getn(from->frames[i - 1].item, name.data, name.length);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static int write_value(void *context, calx_text name, calx_buffer *out, calx_error *err)
{
    json_t *value = find(context, name);
    if (json_is_string(value))
        calx_buffer_append(out, json_string_value(value), json_string_length(value));
    if (json_is_integer(value))
        calx_buffer_append_format(out, "%lld", (long long)json_integer_value(value));
    if (json_is_real(value))
        return calx_error_set(err, CALX_ERROR_MISFIT, "a value that cannot be written");
    return 0;
}

static bool open_section(void *context, calx_text name)
{
    values *from = context;
    json_t *value = find(from, name);
    if (value == NULL || json_is_null(value) || json_is_false(value) ||
        (json_is_array(value) && json_array_size(value) == 0))
        return false;
    assert_true(from->depth <= CALX_TEMPLATE_DEPTH_MAX);
    from->frames[from->depth++] = (frame){.value = value};
    return true;
}

static bool next_item(void *context, calx_text name)
{
    values *from = context;
    frame *top = &from->frames[from->depth - 1];
    (void)name;
    if (json_is_array(top->value))
        top->item = json_array_get(top->value, top->moved++);
    else
        top->item = top->moved++ == 0 ? top->value : NULL;
    return top->item != NULL;
}

static void close_section(void *context, calx_text name)
{
    values *from = context;
    (void)name;
    assert_true(from->depth > 1);
    from->depth--;
}

static int render(const char *text, size_t length, const char *data, calx_buffer *out,
                  calx_error *err)
{
    json_t *json = json_loads(data, JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    values from = {.frames = {{.value = json, .item = json}}, .depth = 1};
    calx_template_source source = {.context = &from,
                                   .write = write_value,
                                   .open = open_section,
                                   .next = next_item,
                                   .close = close_section};
    calx_template *template = NULL;
    int code = calx__template_parse("page.html", text, length, &template, err);
    if (code == 0)
        code = calx__template_render(template, &source, out, err);
    assert_int_equal(from.depth, 1); /* every section that was opened is closed */
    calx__template_destroy(template);
    json_decref(json);
    return code;
}

typedef struct example {
    const char *text;
    const char *data;
    const char *expected;
} example;

static void check(const example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        calx_buffer out = {0};
        calx_error err = {0};
        int code = render(examples[i].text, strlen(examples[i].text), examples[i].data, &out, &err);
        calx_buffer_append(&out, "", 1);
        if (code < 0)
            fail_msg("%s: %s", examples[i].text, err.message);
        print_message("%s\n", examples[i].text);
        assert_string_equal(out.data, examples[i].expected);
        calx_buffer_finish(&out);
    }
}

/* ---- Rendering ---- */

static void template_text_is_left_alone(void **state)
{
    (void)state;
    static const example examples[] = {
        {"", "{}", ""},
        {"plain\n\ttext\r\n", "{}", "plain\n\ttext\r\n"},
        {"{ one } brace }} { { two", "{}", "{ one } brace }} { { two"},
        {"<b class=\"x\">&amp;</b>", "{}", "<b class=\"x\">&amp;</b>"},
    };
    check(examples, COUNT(examples));
}

static void template_values_are_escaped_for_html(void **state)
{
    (void)state;
    static const example examples[] = {
        {"Hello {{who}}!", "{\"who\": \"sea\"}", "Hello sea!"},
        {"{{ who }}{{who }}{{\twho\n}}", "{\"who\": \"a\"}", "aaa"},
        {"{{v}}", "{\"v\": \"<a href='x' id=\\\"y\\\">&</a>\"}",
         "&lt;a href=&#39;x&#39; id=&quot;y&quot;&gt;&amp;&lt;/a&gt;"},
        {"{{v}}", "{\"v\": \"&lt;\"}", "&amp;lt;"},
        {"{{v}}", "{\"v\": \"\\u00e9\\u2028\"}", "\xc3\xa9\xe2\x80\xa8"},
        {"{{v}}", "{\"v\": 12}", "12"},
        {"{{v}}", "{\"v\": \"{{w}}\", \"w\": 1}", "{{w}}"},
        {"({{none}})({{{none}}})({{&none}})", "{}", "()()()"},
        {"({{null}})", "{\"null\": null}", "()"},
        {"  {{v}}  \n", "{\"v\": 1}", "  1  \n"},
        {"{{a-b_C9}}", "{\"a-b_C9\": 1}", "1"},
    };
    check(examples, COUNT(examples));
}

static void template_raw_values_are_not_escaped(void **state)
{
    (void)state;
    static const example examples[] = {
        {"{{{v}}}", "{\"v\": \"<&>\\\"'\"}", "<&>\"'"},
        {"{{&v}}", "{\"v\": \"<&>\\\"'\"}", "<&>\"'"},
        {"{{{ v }}}{{& v }}{{ & v}}", "{\"v\": \"<\"}", "<<<"},
        {"{{{v}}}}", "{\"v\": \"<\"}", "<}"},
        {" {{{v}}} \n", "{\"v\": \"<\"}", " < \n"},
    };
    check(examples, COUNT(examples));
}

static void template_sections_repeat(void **state)
{
    (void)state;
    static const example examples[] = {
        {"<{{#on}}yes{{/on}}>", "{\"on\": true}", "<yes>"},
        {"<{{#on}}yes{{/on}}>", "{\"on\": false}", "<>"},
        {"<{{#on}}yes{{/on}}>", "{\"on\": null}", "<>"},
        {"<{{#on}}yes{{/on}}>", "{}", "<>"},
        {"<{{#list}}yes{{/list}}>", "{\"list\": []}", "<>"},
        {"{{#list}}{{n}},{{/list}}", "{\"list\": [{\"n\": 1}, {\"n\": 2}]}", "1,2,"},
        {"{{#list}}{{.}},{{/list}}", "{\"list\": [1, \"<\", 3]}", "1,&lt;,3,"},
        {"{{#list}}({{#.}}{{.}}{{/.}}){{/list}}", "{\"list\": [[1, 2], [3]]}", "(12)(3)"},
        {"{{#.}}{{n}}{{/.}}", "[{\"n\": 1}, {\"n\": 2}]", "12"},
        {"{{# o }}{{n}} {{m}}{{/ o }}", "{\"o\": {\"n\": 1}, \"m\": 2, \"n\": 3}", "1 2"},
        {"{{#a}}{{#b}}{{n}}{{m}}{{/b}}{{/a}}",
         "{\"a\": [{\"n\": 1}, {\"n\": 2}], \"b\": [{\"m\": 8}, {\"m\": 9}]}", "18192829"},
        {"{{#a}}x{{#a}}y{{/a}}z{{/a}}", "{\"a\": true}", "xyz"},
        {"{{#a}}x{{/a}}{{#a}}y{{/a}}", "{\"a\": true}", "xy"},
        {"{{#a}}{{/a}}", "{\"a\": true}", ""},
    };
    check(examples, COUNT(examples));
}

static void template_inverted_sections_show_what_is_missing(void **state)
{
    (void)state;
    static const example examples[] = {
        {"<{{^on}}no{{/on}}>", "{\"on\": true}", "<>"},
        {"<{{^on}}no{{/on}}>", "{\"on\": false}", "<no>"},
        {"<{{^on}}no{{/on}}>", "{\"on\": null}", "<no>"},
        {"<{{^on}}no{{/on}}>", "{}", "<no>"},
        {"<{{^list}}none{{/list}}>", "{\"list\": []}", "<none>"},
        {"<{{^list}}none{{/list}}>", "{\"list\": [1]}", "<>"},
        {"{{#a}}1{{/a}}{{^a}}2{{/a}}", "{\"a\": [0]}", "1"},
        {"{{^a}}{{^a}}{{n}}{{/a}}{{#a}}x{{/a}}{{/a}}", "{\"n\": 5}", "5"},
    };
    check(examples, COUNT(examples));
}

static void template_comments_are_dropped(void **state)
{
    (void)state;
    static const example examples[] = {
        {"a{{! no }}b", "{}", "ab"},
        {"a {{!\n several\n lines }} b", "{}", "a  b"},
        {"{{!}}", "{}", ""},
        {"{{! {{a}} }}", "{\"a\": 1}", " }}"},
        {"{{! > = # / anything goes }}x", "{}", "x"},
    };
    check(examples, COUNT(examples));
}

static void template_tags_alone_on_a_line_take_it_with_them(void **state)
{
    (void)state;
    static const example examples[] = {
        {"a\n{{! c }}\nb\n", "{}", "a\nb\n"},
        {"a\n  {{! c }}\t\nb\n", "{}", "a\nb\n"},
        {"a\r\n{{! c }}\r\nb", "{}", "a\r\nb"},
        {"{{! c }}\nb", "{}", "b"},
        {"a\n  {{! c }}", "{}", "a\n"},
        {"a\n{{!\nc\n}}\nb", "{}", "a\nb"},
        {"a {{! c }}\nb", "{}", "a \nb"},
        {"a\n {{! c }} b", "{}", "a\n  b"},
        {"a\n{{! c }}{{! d }}\nb", "{}", "a\n\nb"},
        {"a\n{{#on}}\n  b\n{{/on}}\nc", "{\"on\": true}", "a\n  b\nc"},
        {"a\n\t{{#on}}\n  b\n {{/on}}  \nc", "{\"on\": true}", "a\n  b\nc"},
        {"a\n{{^on}}\nb\n{{/on}}\nc", "{}", "a\nb\nc"},
        {"a\r\n{{#on}}\r\n{{/on}}\r\nb", "{\"on\": true}", "a\r\nb"},
        {" {{#on}}x{{/on}} \n", "{\"on\": true}", " x \n"},
        {"{{#on}} x\n {{/on}} \n", "{\"on\": true}", " x\n"},
        {"  {{on}}\n", "{\"on\": 1}", "  1\n"},
    };
    check(examples, COUNT(examples));
}

static void template_render_keeps_nul_bytes(void **state)
{
    (void)state;
    static const char text[] = "a\0b\0{{#on}}\0{{/on}}";
    calx_buffer out = {0};
    calx_error err = {0};
    assert_int_equal(render(text, sizeof text - 1, "{\"on\": true}", &out, &err), 0);
    assert_int_equal(out.length, 5);
    assert_memory_equal(out.data, "a\0b\0\0", 5);
    calx_buffer_finish(&out);
}

static void template_render_ends_with_the_error_of_the_source(void **state)
{
    (void)state;
    static const char *const texts[] = {"a{{v}}b", "a{{{v}}}b",
                                        "a{{#on}}{{#on}}{{v}}b{{/on}}{{/on}}c"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        calx_buffer out = {0};
        calx_error err = {0};
        assert_int_equal(
            render(texts[i], strlen(texts[i]), "{\"v\": 0.5, \"on\": true}", &out, &err),
            CALX_ERROR_MISFIT);
        assert_string_equal(err.message, "a value that cannot be written");
        assert_int_equal(out.length, 1);
        calx_buffer_finish(&out);
    }
}

static void template_render_says_when_the_page_has_no_room(void **state)
{
    (void)state;
    calx_buffer out = {.length_max = 10};
    calx_error err = {0};
    assert_int_equal(render("12345{{{v}}}", 12, "{\"v\": \"1234567\"}", &out, &err),
                     CALX_ERROR_LIMIT);
    calx_buffer_finish(&out);
}

/* ---- Limits ---- */

/* Sections to that depth, one within the other. */
static void nest(calx_buffer *out, int depth)
{
    for (int i = 0; i < depth; i++)
        calx_buffer_append_string(out, "{{#a}}");
    for (int i = 0; i < depth; i++)
        calx_buffer_append_string(out, "{{/a}}");
}

static void template_sections_have_a_limit_of_depth(void **state)
{
    (void)state;
    calx_buffer deepest = {0};
    calx_buffer deeper = {0};
    calx_buffer out = {0};
    calx_error err = {0};
    nest(&deepest, CALX_TEMPLATE_DEPTH_MAX);
    nest(&deeper, CALX_TEMPLATE_DEPTH_MAX + 1);
    assert_int_equal(render(deepest.data, deepest.length, "{\"a\": 1}", &out, &err), 0);
    assert_int_equal(render(deeper.data, deeper.length, "{\"a\": 1}", &out, &err),
                     CALX_ERROR_CONFIG);
    assert_string_equal(err.message, "page.html:1: too many sections within sections: \"a\"");
    calx_buffer_finish(&deepest);
    calx_buffer_finish(&deeper);
    calx_buffer_finish(&out);
}

static void template_parse_has_a_limit_of_length(void **state)
{
    (void)state;
    size_t length = CALX_TEMPLATE_BYTES_MAX + 1;
    char *text = malloc(length);
    calx_buffer out = {0};
    calx_error err = {0};
    memset(text, 'x', length);
    assert_int_equal(render(text, length - 1, "{}", &out, &err), 0);
    assert_int_equal(out.length, length - 1);
    assert_int_equal(render(text, length, "{}", &out, &err), CALX_ERROR_LIMIT);
    calx_buffer_finish(&out);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(template_text_is_left_alone),
        cmocka_unit_test(template_values_are_escaped_for_html),
        cmocka_unit_test(template_raw_values_are_not_escaped),
        cmocka_unit_test(template_sections_repeat),
        cmocka_unit_test(template_inverted_sections_show_what_is_missing),
        cmocka_unit_test(template_comments_are_dropped),
        cmocka_unit_test(template_tags_alone_on_a_line_take_it_with_them),
        cmocka_unit_test(template_render_keeps_nul_bytes),
        cmocka_unit_test(template_render_ends_with_the_error_of_the_source),
        cmocka_unit_test(template_render_says_when_the_page_has_no_room),
        cmocka_unit_test(template_sections_have_a_limit_of_depth),
        cmocka_unit_test(template_parse_has_a_limit_of_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
