"""Bodies: what is refused, with which status, and that a refused body changes nothing."""
import json

import pytest
from harness.client import Connection, assert_error

MAX_CONTENT_LENGTH = 1 << 20

NOT_ONE_OBJECT = [
    b"", b" ", b"{", b"}", b"[]", b"[{}]", b"null", b"true", b"1", b'"x"', b'{"title":"a"', b'{"title":"a"}x',
    b'{"title":"a"} {"title":"b"}', b"{'title':'a'}", b'{title:"a"}', b'{"title":"a",}', b'{"title" "a"}', b'{"title":a}',
    b'{"title":"a"}\x00', b'\xef\xbb\xbf{"title":"a"}', b'{"title":"a\nb"}', b'{"title":"\\x41"}', b'{"title":"a"}//',
    b'{"order":01}', b'{"order":+1}', b'{"order":0x1}', b'{"order":.5}', b'{"order":-}', b'{"completed":True}',
]
NOT_NUMBERS = [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e400", b"9223372036854775808", b"1" + b"0" * 4000]
BAD_TEXT = {
    "invalid UTF-8": b'{"title":"\xff"}',
    "overlong": b'{"title":"\xc0\xaf"}',
    "cut short": b'{"title":"\xf0\x9f\x98"}',
    "encoded surrogate": b'{"title":"\xed\xa0\x80"}',
    "beyond Unicode": b'{"title":"\xf4\x90\x80\x80"}',
    "invalid UTF-8 in a key": b'{"\xff":1}',
    "lone high surrogate": b'{"title":"\\ud83d"}',
    "lone low surrogate": b'{"title":"\\ude00"}',
    "surrogates in the wrong order": b'{"title":"\\ude00\\ud83d"}',
    "NUL": b'{"title":"a\\u0000b"}',
}
DUPLICATES = [b'{"title":"a","title":"b"}', b'{"x":1,"x":2}', b'{"title":"a","\\u0074itle":"b"}', b'{"x":{"y":1,"y":1}}']
WRONG_TYPES = {
    "order": [b'"1"', b"1.0", b"1.5", b"1e3", b"true", b"false", b"[]", b"{}", b'""', b"2147483648", b"-2147483649",
              b"4294967297", b"9223372036854775807"],
    "completed": [b"0", b"1", b'"true"', b'""', b"1.0", b"[]", b"{}"],
    "title": [b"1", b"0.5", b"true", b"[]", b'["a"]', b"{}"],
}
TITLES = [
    "", " ", "  both ends  ", "tab\tnewline\ncarriage\rreturn", "quote ' double \" back \\ slash / tick `", "\\u0041 \\n \\0",
    "'; DROP TABLE todos; --", "%s%n%d %00 ${x} $1 ? :a @b {0}", "</script><script>alert(1)</script>", "<!--<script>", "]]>",
    "&lt;&amp;&#39;", "{{title}} {{{title}}}", "".join(map(chr, range(1, 32))) + "\x7f", "\u0080\u009f\u00a0\u00ad\ufeff",
    "\u2028\u2029", "na\u0131\u0307ve \u00c9 e\u0301", "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u202eabc",
    "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea", "\ufffd\uffff\U0010ffff", "NULL", "null", "0",
    "2026-11-22", "\u65e5\u672c\u8a9e",
]


def expect_refused(api, body, status=400, column=None):
    """Refused on every way in, and nothing is stored or changed."""
    api.clear()
    todo = api.create(title="untouched", order=7, completed=False)
    for method, path in (("POST", "/todos/"), ("PUT", "/todos/%d" % todo["id"]), ("PATCH", "/todos/%d" % todo["id"])):
        document = assert_error(api.send_json(method, path, body), status)
        assert column is None or column in document["message"]
    assert api.todos() == [todo]


@pytest.mark.parametrize("body", NOT_ONE_OBJECT)
def test_a_body_is_one_json_object(api, body):
    expect_refused(api, body)


@pytest.mark.parametrize("number", NOT_NUMBERS)
def test_numbers_are_finite_and_fit_64_bits(api, number):
    expect_refused(api, b'{"order":' + number + b"}")
    expect_refused(api, b'{"unknown":' + number + b"}")


@pytest.mark.parametrize("what", BAD_TEXT)
def test_text_is_unicode_without_nul(api, what):
    expect_refused(api, BAD_TEXT[what])


@pytest.mark.parametrize("body", DUPLICATES)
def test_a_key_comes_once(api, body):
    expect_refused(api, body)


@pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"a":', b"}")])
@pytest.mark.parametrize("depth", [200, 100000])
def test_nesting_has_a_limit(api, opening, closing, depth):
    expect_refused(api, b'{"unknown":' + opening * depth + b"1" + closing * depth + b"}")
    expect_refused(api, b'{"unknown":' + opening * depth)


@pytest.mark.parametrize("column, value", [(column, value) for column in WRONG_TYPES for value in WRONG_TYPES[column]])
def test_a_wrong_type_is_refused_and_names_the_column(api, column, value):
    expect_refused(api, b'{"%s":%s}' % (column.encode(), value), column=column)


def test_one_wrong_column_refuses_the_whole_body(api):
    expect_refused(api, b'{"title":"changed","order":"1","completed":true}', column="order")


@pytest.mark.parametrize("order", [0, 1, -1, 2147483647, -2147483648])
def test_order_holds_32_bits(api, order):
    todo = api.create(order=order)
    assert todo["order"] == order
    assert api.todo(todo["id"])["order"] == order


@pytest.mark.parametrize("title", TITLES)
def test_every_title_comes_back_as_it_was(api, title):
    todo = api.create(title=title)
    assert todo["title"] == title
    assert api.todo(todo["id"])["title"] == title
    assert api.todos()[0]["title"] == title
    assert api.patch(todo["id"], {"title": title + "!"}).json()["title"] == title + "!"


def test_escapes_mean_the_same_as_the_characters(api):
    answer = api.post(b'{"title":"\\u0041\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\"\\\\"}')
    assert answer.json()["title"] == 'A\U0001f600/\b\f\n\r\t"\\'


@pytest.mark.parametrize("character", ["x", "\u20ac", "\U0001f600"])
def test_long_titles_are_kept_whole(api, character):
    title = character * 60000
    answer = api.post(json.dumps({"title": title}, ensure_ascii=False).encode())
    assert answer.status == 200, answer
    assert api.todo(answer.json()["id"])["title"] == title
    assert api.todos()[0]["title"] == title


def body_of(size):
    frame = b'{"title":""}'
    return frame[:-2] + b"a" * (size - len(frame)) + frame[-2:]


def test_a_body_may_be_as_long_as_the_limit(api):
    answer = api.post(body_of(MAX_CONTENT_LENGTH))
    assert answer.status == 200, answer
    assert len(api.todo(answer.json()["id"])["title"]) == MAX_CONTENT_LENGTH - len(b'{"title":""}')


def test_a_longer_body_is_too_large(api):
    expect_refused(api, body_of(MAX_CONTENT_LENGTH + 1), 413)


def test_a_longer_body_in_chunks_is_too_large(api):
    with Connection(api.port) as connection:
        connection.send(b"POST /todos/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        b"Transfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(MAX_CONTENT_LENGTH // 65536 + 2):
                connection.send(b"10000\r\n" + b" " * 65536 + b"\r\n")
            connection.send(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before all of it was sent
        assert_error(connection.answer(), 413)
    assert api.todos() == []


def test_an_announced_length_is_refused_before_it_is_sent(api):
    with Connection(api.port) as connection:
        connection.send(b"POST /todos/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        b"Content-Length: 99999999999\r\n\r\n{")
        assert_error(connection.answer(), 413)


@pytest.mark.parametrize("length", ["-1", "abc", "1x", "99999999999999999999999999"])
def test_a_broken_length_is_refused(api, length):
    with Connection(api.port) as connection:
        connection.send(b"POST /todos/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                        + length.encode() + b"\r\n\r\n{}")
        assert connection.answer().status in (400, 413)
    assert api.todos() == []


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                                          "application/jsonx", "application", "text/json/application/json", "*/*"])
def test_other_content_types_are_not_supported(api, content_type):
    todo = api.create(title="untouched")
    headers = [] if content_type is None else [("Content-Type", content_type)]
    for method, path in (("POST", "/todos/"), ("PUT", "/todos/%d" % todo["id"]), ("PATCH", "/todos/%d" % todo["id"])):
        assert_error(api.request(method, path, b'{"title":"changed"}', headers), 415)
    assert api.todos() == [todo]


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON", "application/json; charset=utf-8",
                                          "application/json;charset=UTF-8"])
def test_json_content_types_are_read(api, content_type):
    answer = api.request("POST", "/todos/", b'{"title":"x"}', [("content-type", content_type)])
    assert answer.status == 200 and answer.json()["title"] == "x"


def test_white_space_around_the_object_is_json(api):
    assert api.post(b' \t\r\n{ "title" :\n"x" } \n').json()["title"] == "x"


def test_a_body_where_none_is_wanted_changes_nothing(api):
    todo = api.create(title="one")
    assert api.request("GET", "/todos/", b'{"title":"two"}', [("Content-Type", "application/json")]).status in (200, 400)
    assert api.todos() == [todo]
    answer = api.request("DELETE", "/todos/%d" % todo["id"], b"{}", [("Content-Type", "application/json")])
    assert answer.status == 200 and answer.json() == {}
