"""Versions of rows over HTTP: ETag, If-Match, 412, and 409 for who does not ask (RFC 9110, sections 8.8.3 and 13.1.1)."""
import concurrent.futures
import os

import pytest
from harness.client import assert_error, eventually
from harness.server import Server

NEWER = "UPDATE notes SET body = 'theirs', version = version + 1"


@pytest.fixture(scope="module")
def notes(database):
    """With every statement in its log, so that a test knows when a row was read."""
    with Server(database.uri(), {"SQLALCHEMY_ECHO": True}, program=os.environ["CALX_NOTES"]) as running:
        yield running


class Note:
    """A note of a test's own."""

    def __init__(self, server):
        self.api = server.api
        made = self.api.send_json("POST", "/notes/", {"body": "first"})
        self.tag, self.path = made.header("ETag"), "/notes/%d" % made.json()["id"]

    def get(self):
        return self.api.get(self.path)

    def patch(self, body, *tags):
        return self.api.request("PATCH", self.path, b'{"body": "%s"}' % body.encode(),
                                [("Content-Type", "application/json")] + [("If-Match", tag) for tag in tags])

    def delete(self, tag):
        return self.api.request("DELETE", self.path, headers=[("If-Match", tag)])


@pytest.fixture
def note(notes):
    return Note(notes)


def test_a_missing_value_is_named(notes):
    """As a null is: by the column, before anything is sent."""
    for body in {}, {"body": None}:
        answer = notes.api.send_json("POST", "/notes/", body)
        assert assert_error(answer, 400)["message"] == 'column "body": NULL in a column that is not nullable'


def test_the_tag_is_the_version(note):
    assert note.tag == '"1"'
    assert note.get().header("ETag") == note.tag
    assert note.patch("second").header("ETag") == '"2"'
    assert note.get().header("ETag") == '"2"'


def test_what_changes_nothing_keeps_the_tag(note):
    assert note.patch("first", note.tag).header("ETag") == note.tag


def test_the_version_that_is_there_is_changed(note):
    for body, tag in (("a", '"1"'), ("b", '"7", "2"'), ("c", "*")):
        answer = note.patch(body, tag)
        assert (answer.status, answer.json()["body"]) == (200, body)
    assert note.delete('"4"').status == 200
    assert note.get().status == 404


@pytest.mark.parametrize("tag", ['"2"', "1", 'W/"1"', '""', '"1'])
def test_another_version_is_412_and_nothing_changes(note, tag):
    for answer in (note.patch("mine", tag), note.delete(tag)):
        assert_error(answer, 412)
    assert note.get().json()["body"] == "first"
    assert note.get().header("ETag") == note.tag


def test_the_second_of_two_clients_is_412(note):
    assert note.patch("theirs", note.tag).status == 200
    assert_error(note.patch("mine", note.tag), 412)
    assert note.get().json()["body"] == "theirs"


@pytest.mark.parametrize("tags, status", [((), 409), (('"1"',), 412)])
def test_a_row_that_changes_between_reading_and_writing(notes, database, note, tags, status):
    """Somebody has written it, and commits after the request has read the row as it was."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with database.transaction("%s WHERE id = %s" % (NEWER, note.path.split("/")[-1])):
            notes.lines.clear()
            request = pool.submit(note.patch, "mine", *tags)
            eventually(lambda: any("SELECT" in line and "notes" in line for line in list(notes.lines)))
        assert_error(request.result(), status)
    assert note.get().json()["body"] == "theirs"
    assert note.get().header("ETag") == '"2"'
