"""The API's routes, their exact answers, and which columns a body changes."""
import pytest
from harness.client import assert_error

NOT_AN_ID = ["abc", "1.5", "-1", "+1", "%201", "1%20", "1%00", "0x1", "1e0", "1_0", "%D9%A1", "%EF%BC%91", "1%2f", "1;",
             "99999999999999999999999999", "9223372036854775808", "18446744073709551617"]


def test_create_answers_the_stored_todo(api):
    answer = api.post({"title": "Pick up kids", "order": 1, "completed": False})
    todo = answer.json()
    assert answer.status == 200
    assert isinstance(todo["id"], int)
    assert todo == {"id": todo["id"], "title": "Pick up kids", "order": 1, "completed": False}
    assert list(todo) == ["id", "title", "order", "completed"]
    assert api.todo(todo["id"]) == todo


def test_create_without_keys_stores_null(api):
    todo = api.create()
    assert todo == {"id": todo["id"], "title": None, "order": None, "completed": None}
    assert api.todo(todo["id"]) == todo


def test_create_with_explicit_null_stores_null(api):
    todo = api.create(title=None, order=None, completed=None)
    assert todo == {"id": todo["id"], "title": None, "order": None, "completed": None}


def test_null_false_zero_and_empty_are_different(api):
    todo = api.create(title="", order=0, completed=False)
    assert api.todo(todo["id"]) == {"id": todo["id"], "title": "", "order": 0, "completed": False}


def test_create_ignores_the_id_and_unknown_keys(api):
    todo = api.create(id=777777, title="mine", nonsense={"a": [1, None]}, url="http://example.org/")
    assert todo == {"id": todo["id"], "title": "mine", "order": None, "completed": None}
    assert todo["id"] != 777777


def test_ids_are_not_used_twice_at_the_same_time(api):
    created = [api.create(order=number)["id"] for number in range(5)]
    assert len(set(created)) == 5


def test_list_is_an_array_in_the_order_of_ids(api):
    assert api.todos() == []
    created = [api.create(title="todo %d" % number) for number in range(12)]
    api.patch(created[3]["id"], {"completed": True})
    listed = api.todos()
    assert [todo["id"] for todo in listed] == sorted(todo["id"] for todo in created)
    assert listed[4] == created[4]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_update_changes_only_the_columns_in_the_body(api, method):
    todo = api.create(title="before", order=3, completed=False)
    answer = api.send_json(method, "/todos/%d" % todo["id"], {"title": "after"})
    assert answer.status == 200
    assert answer.json() == dict(todo, title="after") == api.todo(todo["id"])
    assert api.send_json(method, "/todos/%d" % todo["id"], {"completed": True, "order": 4}).status == 200
    assert api.todo(todo["id"]) == {"id": todo["id"], "title": "after", "order": 4, "completed": True}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_update_with_explicit_null_sets_null(api, method):
    todo = api.create(title="before", order=3, completed=True)
    assert api.send_json(method, "/todos/%d" % todo["id"], {"title": None, "completed": None}).status == 200
    assert api.todo(todo["id"]) == {"id": todo["id"], "title": None, "order": 3, "completed": None}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_update_ignores_the_id_and_unknown_keys(api, method):
    todo, other = api.create(title="one"), api.create(title="two")
    answer = api.send_json(method, "/todos/%d" % todo["id"], {"id": other["id"], "title": "three", "more": 1})
    assert answer.json() == dict(todo, title="three")
    assert api.todo(other["id"]) == other


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_update_with_what_is_there_or_with_nothing_changes_nothing(api, method):
    todo = api.create(title="same", order=1, completed=True)
    for document in (todo, {}):
        answer = api.send_json(method, "/todos/%d" % todo["id"], document)
        assert answer.status == 200 and answer.json() == todo


def test_delete_answers_an_empty_object_also_for_an_unknown_id(api):
    todo, other = api.create(title="gone"), api.create(title="stays")
    for _ in range(2):
        answer = api.delete("/todos/%d" % todo["id"])
        assert answer.status == 200 and answer.json() == {}
    assert_error(api.get("/todos/%d" % todo["id"]), 404)
    assert api.todos() == [other]


def test_an_unknown_id_is_not_found(api):
    number = api.create()["id"] + 1000
    assert_error(api.get("/todos/%d" % number), 404)
    assert_error(api.put(number, {"title": "x"}), 404)
    assert_error(api.patch(number, {"title": "x"}), 404)
    assert len(api.todos()) == 1


@pytest.mark.parametrize("text", NOT_AN_ID)
def test_an_id_is_ascii_digits_that_fit(api, text):
    todo = api.create(title="untouched")
    for number in (text, text.replace("1", str(todo["id"]), 1)):
        assert_error(api.get("/todos/" + number), 404)
        assert_error(api.put(number, {"title": "x"}), 404)
        assert_error(api.patch(number, {"title": "x"}), 404)
        assert api.delete("/todos/" + number).status in (404, 405)
    assert api.todos() == [todo]


@pytest.mark.parametrize("number", [0, 2147483648, 4294967297, 9223372036854775807])
def test_an_id_beyond_the_column_matches_nothing(api, number):
    todo = api.create(title="untouched")
    assert_error(api.get("/todos/%d" % number), 404)
    assert_error(api.put(number, {"title": "x"}), 404)
    answer = api.delete("/todos/%d" % number)
    assert answer.status == 200 and answer.json() == {}
    assert api.todos() == [todo]


def test_head_announces_what_get_answers(api):
    todo = api.create(title="one")
    for path in ("/", "/todos/", "/todos/%d" % todo["id"]):
        got, head = api.get(path), api.request("HEAD", path)
        assert head.status == got.status == 200
        assert head.body == b""
        assert head.header("Content-Length") == str(len(got.body))
        assert head.header("Content-Type") == got.header("Content-Type")
    assert api.request("HEAD", "/todos/%d" % (todo["id"] + 1000)).status == 404


@pytest.mark.parametrize("path, methods", [("/", {"GET", "HEAD", "OPTIONS"}),
                                           ("/todos/", {"GET", "HEAD", "POST", "OPTIONS"}),
                                           ("/todos/1", {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"})])
def test_options_and_405_tell_the_methods(api, path, methods):
    options = api.request("OPTIONS", path)
    assert options.status in (200, 204) and options.methods() == methods
    for method in ({"GET", "POST", "PUT", "PATCH", "DELETE"} - methods) | {"BREW"}:
        answer = api.send_json(method, path, {"title": "x"})
        assert_error(answer, 405)
        assert answer.methods() == methods
    assert api.todos() == []


@pytest.mark.parametrize("path", ["/nothing", "/todos/1/more", "/todosx/", "/Todos/", "/%00", "/todos/%FF", "/favicon.txt"])
def test_an_unknown_path_is_not_found(api, path):
    assert_error(api.get(path), 404)


def test_a_query_in_the_address_changes_nothing(api):
    todo = api.create(title="one")
    assert api.get("/todos/?id=5&x=%00").json() == [todo]
    assert api.get("/todos/%d?a=b" % todo["id"]).json() == todo


def test_answers_say_what_they_are(api):
    answer = api.get("/todos/")
    assert answer.header("Content-Type").split(";")[0] == "application/json"
    assert answer.header("Content-Length") == str(len(answer.body))
