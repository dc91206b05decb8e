"""The log: text or JSON lines, whose request it is, slow statements, and what SIGHUP does."""
import json
import os
import signal

import pytest
from harness.client import eventually
from harness.server import Server

pytestmark = pytest.mark.only("sqlite")

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "00-%s-b7ad6b7169203331-01" % TRACE
LONG = "x" * 1500


def lines_of(running, name="server.log"):
    if not os.path.exists(os.path.join(running.folder, name)):
        return []
    with open(os.path.join(running.folder, name), encoding="utf-8") as file:
        return file.read().splitlines()


def access(running, path):
    """The log's objects of requests for a path."""
    return [line for line in map(json.loads, lines_of(running)) if line.get("path") == path]


def test_json_lines_have_the_ids_that_the_client_sent(database):
    with Server(database.uri(), {"LOG_FILE": "server.log", "LOG_FORMAT": "json"}) as running:
        answer = running.api.get("/todos/?a=%22b", headers=[("X-Request-Id", "client-1"), ("traceparent", PARENT)])
        assert answer.header("x-request-id") == "client-1"
        assert running.api.get("/todos/", headers=[("X-Request-Id", 'no "id"')]).header("x-request-id") != 'no "id"'
        assert running.api.get("/" + LONG + "?" + LONG).status == 404
        eventually(lambda: len(lines_of(running)) == 3)
        first = access(running, "/todos/")[0]
        assert (first["request_id"], first["trace_id"]) == ("client-1", TRACE)
        assert (first["method"], first["status"], first["bytes"], first["query"]) == ("GET", 200, 2, "a=%22b")
        assert first["duration_ms"] > 0 and first["time"].endswith("Z") and first["remote"] == "127.0.0.1"
        assert all(json.loads(line) for line in lines_of(running))


def test_slow_statements_are_logged_without_their_values(database):
    with Server(database.uri(), {"SLOW_STATEMENT": 0}) as running:
        running.api.create(title="a secret of the user")
        eventually(lambda: any("slow statement" in line and "INSERT" in line for line in list(running.lines)))
        assert "a secret" not in "".join(running.lines)
    with Server(database.uri()) as running:
        running.api.create(title="x")
        assert "slow statement" not in running.log()


def test_sighup_reads_the_configuration_and_opens_the_log_anew(database):
    with Server(database.uri(), {"LOG_FILE": "server.log"}) as running:
        running.api.get("/todos/")
        eventually(lambda: len(lines_of(running)) == 1)
        os.rename(os.path.join(running.folder, "server.log"), os.path.join(running.folder, "old.log"))
        with open(os.path.join(running.folder, "server.conf"), "a", encoding="utf-8") as file:
            file.write("LOG_FORMAT = 'json'\nTHREADS = 7\n")
        running.terminate(signal.SIGHUP)
        eventually(lambda: len(lines_of(running)) == 2)
        running.api.get("/todos/")
        eventually(lambda: access(running, "/todos/"))
        assert any("THREADS has changed" in json.loads(line).get("message", "") for line in lines_of(running))
        assert len(lines_of(running, "old.log")) == 1


def test_a_wrong_configuration_at_sighup_changes_nothing(database):
    with Server(database.uri(), {"LOG_FILE": "server.log"}) as running:
        with open(os.path.join(running.folder, "server.conf"), "a", encoding="utf-8") as file:
            file.write("LOG_FORMAT = 'json'\nPORT = 'x'\n")
        running.terminate(signal.SIGHUP)
        eventually(lambda: lines_of(running))
        assert "stays as it was" in lines_of(running)[0] and "PORT" in lines_of(running)[0]
        assert running.api.get("/todos/").status == 200
