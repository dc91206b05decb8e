"""TODO_BACKEND = True: the public Todo-Backend behaviour, which is off by default."""
import urllib.parse

import pytest
from harness.client import assert_error
from harness.server import Server

ORIGIN = [("Origin", "https://www.todobackend.com")]


@pytest.fixture(scope="module")
def public(database):
    with Server(database.uri(), {"TODO_BACKEND": True}) as running:
        yield running


@pytest.fixture
def backend(public):
    assert public.api.delete("/todos/").status in (200, 204)
    return public.api


def path_of(api, todo):
    split = urllib.parse.urlsplit(todo["url"])
    assert split.scheme == "http" and split.netloc == "127.0.0.1:%d" % api.port
    return split.path


def test_every_answer_may_be_read_by_every_site(backend):
    todo = backend.create(title="x")
    answers = [backend.request("GET", "/todos/", headers=ORIGIN), backend.request("GET", path_of(backend, todo), headers=ORIGIN),
               backend.request("POST", "/todos/", b"{}", ORIGIN + [("Content-Type", "application/json")]),
               backend.request("GET", "/todos/999999", headers=ORIGIN), backend.request("GET", "/nothing", headers=ORIGIN),
               backend.request("POST", "/todos/", b"{", ORIGIN + [("Content-Type", "application/json")]),
               backend.request("POST", "/todos/", b"{}", ORIGIN), backend.request("PUT", "/todos/", b"{}", ORIGIN),
               backend.request("DELETE", path_of(backend, todo), headers=ORIGIN)]
    assert [answer.status for answer in answers] == [200, 200, 200, 404, 404, 400, 415, 405, 200]
    for answer in answers:
        assert answer.header("Access-Control-Allow-Origin") == "*", answer


@pytest.mark.parametrize("path, method", [("/todos/", "POST"), ("/todos/", "DELETE"), ("/todos/1", "PATCH"), ("/todos/1", "DELETE")])
def test_a_browser_may_ask_first(backend, path, method):
    answer = backend.request("OPTIONS", path, headers=ORIGIN + [("Access-Control-Request-Method", method),
                                                               ("Access-Control-Request-Headers", "content-type")])
    assert answer.status in (200, 204)
    assert answer.header("Access-Control-Allow-Origin") == "*"
    assert method in answer.header("Access-Control-Allow-Methods")
    assert "content-type" in answer.header("Access-Control-Allow-Headers").lower()


def test_each_todo_has_an_address_that_answers_it(backend):
    todo = backend.create(title="my todo")
    assert path_of(backend, todo) == "/todos/%d" % todo["id"]
    assert backend.get(path_of(backend, todo)).json() == todo
    assert backend.todos() == [todo]


def test_a_new_todo_is_not_completed(backend):
    todo = backend.create(title="blah")
    assert todo["completed"] is False
    assert backend.todos()[0]["completed"] is False
    assert backend.create(title="done", completed=True)["completed"] is True


def test_the_list_can_be_deleted(backend):
    for number in range(3):
        backend.create(order=number)
    answer = backend.delete("/todos/")
    assert answer.status in (200, 204)
    assert backend.todos() == []


def test_order_is_tracked(backend):
    todo = backend.create(title="blah", order=10)
    assert backend.patch(todo["id"], {"order": 95}).json() == dict(todo, order=95)
    assert backend.todo(todo["id"])["order"] == 95


def test_a_strange_host_does_not_break_the_json(backend):
    todo = backend.create(title="x")
    answer = backend.request("GET", "/todos/%d" % todo["id"])
    assert answer.json()["url"].endswith("/todos/%d" % todo["id"])
    for host in ('a"b', "a\\b", "<x>", "\xff"):
        answer = backend.request("GET", "/todos/%d" % todo["id"], headers=[("X-Forwarded-Host", host)])
        assert answer.json() == todo


def test_all_of_this_is_off_by_default(api):
    todo = api.create(title="x")
    assert "url" not in todo and todo["completed"] is None
    answer = api.request("GET", "/todos/", headers=ORIGIN)
    assert not any(name.startswith("access-control-") for name, _ in answer.headers)
    assert_error(api.delete("/todos/"), 405)
    assert api.todos() == [todo]
