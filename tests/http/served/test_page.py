"""The page and the files beside it."""
import html.parser
import urllib.parse

import pytest
from harness.client import Connection, encode_request, parse_json
from test_bodies import TITLES

TYPES = {".js": ("text/javascript", "application/javascript"), ".css": ("text/css",), ".html": ("text/html",),
         ".svg": ("image/svg+xml",), ".png": ("image/png",), ".ico": ("image/x-icon", "image/vnd.microsoft.icon")}
OUTSIDE = [
    "/static/../CMakeLists.txt", "/static/../../../../../../../etc/passwd", "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/static/..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd", "/static/%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/static/....//....//etc/passwd", "/static//etc/passwd", "/static/%2fetc/passwd", "/static/..%5c..%5cetc%5cpasswd",
    "/static/%252e%252e/%252e%252e/etc/passwd", "/static/.", "/static/.git/config", "/static/", "/static",
    "//etc/passwd", "/../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/static/none.js", "/static/%ff%fe",
    "/templates/index.html", "/todos.db", "/server.conf",
]


class Page(html.parser.HTMLParser):
    """The scripts, files, styles and event attributes of a page."""

    def __init__(self, text):
        super().__init__()
        self.scripts = []
        self.files = []
        self.inline = []
        self.inside = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "script":
            self.inside = (found, [])
            self.scripts.append(self.inside)
        if tag == "style" or "style" in found:
            self.inline.append(tag)
        self.inline += [name for name in found if name.startswith("on")]
        self.files += [found[name] for name in ("src", "href") if name in found]

    def handle_endtag(self, tag):
        if tag == "script":
            self.inside = None

    def handle_data(self, data):
        if self.inside:
            self.inside[1].append(data)


def load(api):
    answer = api.get("/")
    assert answer.status == 200, answer
    assert answer.header("Content-Type").lower().replace(" ", "") == "text/html;charset=utf-8"
    return Page(answer.body.decode("utf-8"))


def embedded(page):
    found = ["".join(data) for attributes, data in page.scripts if attributes.get("type") == "application/json"]
    assert len(found) == 1
    return found[0]


def static_files(api):
    return [name for name in load(api).files if name.startswith("/") and name not in ("/", "/todos/")]


def test_the_page_holds_all_todos(api):
    assert parse_json(embedded(load(api))) == []
    for number in range(11):
        api.create(title="todo %d" % number, order=number, completed=number % 2 == 0)
    api.create()
    assert parse_json(embedded(load(api))) == api.todos()


def test_every_title_is_safe_in_the_page(api):
    for title in TITLES:
        api.create(title=title)
    text = embedded(load(api))
    assert [todo["title"] for todo in parse_json(text)] == TITLES
    assert "<" not in text and "\u2028" not in text


def test_the_list_is_not_escaped_as_the_page_is(api):
    """Where the rows of one are kept, the other asks for the same."""
    api.create(title="<b> & </b>")
    texts = [[embedded(load(api)), api.get("/todos/").body.decode("utf-8")] for _ in range(3)]
    assert "\\u003cb\\u003e" in texts[0][0] and "<b> & </b>" in texts[0][1]
    assert texts == texts[:1] * 3


def test_the_page_has_no_inline_script_or_style(api):
    page = load(api)
    assert page.inline == []
    for attributes, data in page.scripts:
        assert attributes.get("type") == "application/json" or ("src" in attributes and not "".join(data).strip())
    assert any("src" in attributes for attributes, _ in page.scripts)


def test_the_page_is_not_kept_by_caches(api):
    assert "max-age" not in (api.get("/").header("Cache-Control") or "")
    assert "max-age" not in (api.get("/todos/").header("Cache-Control") or "")


def test_every_file_of_the_page_is_served(api):
    files = static_files(api)
    assert len(files) >= 4, "the libraries, the script and the stylesheet"
    for name in files:
        answer = api.get(name)
        assert answer.status == 200 and answer.body, name
        ending = "." + urllib.parse.urlsplit(name).path.rsplit(".", 1)[-1]
        assert answer.header("Content-Type").split(";")[0] in TYPES[ending], name
        assert answer.header("X-Content-Type-Options") == "nosniff", name
        assert answer.header("Cache-Control"), name
        assert answer.header("ETag"), name


@pytest.mark.parametrize("method, path", [("GET", "/"), ("GET", "/todos/"), ("POST", "/todos/"), ("GET", "/nothing"), ("PUT", "/todos/"),
                                          ("GET", "/static/app.js"), ("GET", "/static/none.js"), ("GET", "/todos"), ("GET", "/health/live")])
def test_no_answer_is_guessed_at_framed_or_full_of_strange_scripts(api, method, path):
    answer = api.request(method, path)
    policy = {part.split()[0]: part.split()[1:] for part in answer.header("Content-Security-Policy").split(";")}
    assert policy["default-src"] == ["'self'"] and policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert not any("unsafe" in source for sources in policy.values() for source in sources)
    assert answer.header("X-Content-Type-Options") == "nosniff"


def test_a_file_that_did_not_change_is_not_sent_again(api):
    for name in static_files(api):
        first = api.get(name)
        again = api.request("GET", name, headers=[("If-None-Match", first.header("ETag"))])
        assert again.status == 304 and again.body == b"", name
        other = api.request("GET", name, headers=[("If-None-Match", '"another"')])
        assert other.status == 200 and other.body == first.body, name


def test_head_of_a_file(api):
    for name in static_files(api):
        got, head = api.get(name), api.request("HEAD", name)
        assert head.status == 200 and head.body == b""
        assert head.header("Content-Length") == str(len(got.body))


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_outside_is_served(api, path):
    with Connection(api.port) as connection:
        connection.send(encode_request("GET", path, headers=[("Connection", "close")]))
        answer = connection.answer()
    assert 300 <= answer.status < 500, answer
    assert b"root:" not in answer.body and b"cmake" not in answer.body and b"Index of" not in answer.body


def test_a_nul_in_a_file_name_is_refused(api):
    for name in static_files(api):
        for path in (name + "%00", name + "%00.txt", name.replace("/", "/%00", 1)):
            assert 400 <= api.get(path).status < 500, path


def test_files_are_only_read(api):
    for name in static_files(api)[:1]:
        for method in ("PUT", "POST", "DELETE", "PATCH"):
            assert api.request(method, name, b"x").status in (404, 405), method


def test_the_script_needs_no_eval(api):
    for name in static_files(api):
        if name.endswith(".js") and not any(library in name for library in ("jquery", "underscore", "backbone")):
            text = api.get(name).body.decode()
            assert "eval(" not in text and "new Function" not in text, name
