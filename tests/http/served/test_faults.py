"""Trouble with the database: locked, not there, frozen, cut off, full; what is answered meanwhile, and how it ends."""
import concurrent.futures
import contextlib
import os
import shutil
import socket
import subprocess
import time

import pytest
from harness import proxy
from harness.client import Api, assert_error, eventually
from harness.server import Server

RECOVERY_SECONDS = 20
STATIC = "/static/todo.css"


def assert_unavailable(answer):
    assert_error(answer, 503)
    assert int(answer.header("Retry-After")) > 0, answer


def assert_static_is_quick(api, seconds=1):
    """The one promise with a clock in it: within a second, whatever the database does."""
    began = time.monotonic()
    assert api.get(STATIC).status == 200
    assert time.monotonic() - began < seconds


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def between(fresh_database):
    """The database behind a proxy, which refuses at first."""
    if not fresh_database.network:
        pytest.skip("a file has no network")
    running = proxy.Proxy(fresh_database.host, fresh_database.port)
    yield running
    running.close()


def recovered(api):
    return eventually(lambda: api.get("/todos/").status == 200, RECOVERY_SECONDS)


def test_a_locked_database_is_unavailable_and_blocks_nobody_else(fresh_database):
    with Server(fresh_database.uri(), {"ANSWER_TIMEOUT": 3}) as running:
        api = running.api
        todo = api.create(title="before")
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            with fresh_database.locked():
                writes = [pool.submit(api.post, {"title": "while locked"}) for _ in range(40)]
                writes.append(pool.submit(api.patch, todo["id"], {"title": "changed"}))
                while not all(write.done() for write in writes):
                    assert_static_is_quick(api)
                for write in writes:
                    assert_unavailable(write.result())
            eventually(lambda: api.post({"title": "after"}).status == 200, RECOVERY_SECONDS)
        assert {todo["title"] for todo in api.todos()} == {"before", "after"}


def test_a_server_without_its_database_starts_and_waits_for_it(fresh_database, between):
    with Server(fresh_database.uri(port=between.port), {"ANSWER_TIMEOUT": 3}) as running:
        assert_unavailable(running.api.get("/todos/"))
        assert_unavailable(running.api.post({"title": "too early"}))
        assert running.api.get("/").status == 503
        assert_static_is_quick(running.api)
        between.open()
        recovered(running.api)
        assert running.api.create(title="there")["title"] == "there"
        assert [todo["title"] for todo in running.api.todos()] == ["there"]


def test_a_frozen_database_is_unavailable_and_recovers(fresh_database, between):
    between.open()
    with Server(fresh_database.uri(port=between.port), {"ANSWER_TIMEOUT": 3}) as running:
        api = running.api
        api.create(title="before")
        with between.freeze(), concurrent.futures.ThreadPoolExecutor(8) as pool:
            reads = [pool.submit(api.get, "/todos/") for _ in range(8)]
            while not all(read.done() for read in reads):
                assert_static_is_quick(api)
            for read in reads:
                assert_unavailable(read.result())
        recovered(api)
        assert [todo["title"] for todo in api.todos()] == ["before"]


def test_a_server_starts_while_its_database_is_frozen(fresh_database, between):
    between.open()
    port = free_port()

    def first_client():
        eventually(lambda: listens(port))
        assert_static_is_quick(Api(port), 1.5)  # half a second of it is the server's first try of the database

    with contextlib.ExitStack() as frozen, concurrent.futures.ThreadPoolExecutor(1) as pool:
        frozen.enter_context(between.freeze())
        first = pool.submit(first_client)
        with Server(fresh_database.uri(port=between.port), {"ANSWER_TIMEOUT": 3}, port=port) as running:
            first.result()
            assert_unavailable(running.api.get("/todos/"))
            assert_static_is_quick(running.api)
            frozen.close()
            recovered(running.api)
            assert running.api.create(title="thawed")["title"] == "thawed"
            assert [todo["title"] for todo in running.api.todos()] == ["thawed"]


def test_connections_that_were_cut_are_replaced(fresh_database, between):
    between.open()
    with Server(fresh_database.uri(port=between.port)) as running:
        created = [running.api.create(order=number) for number in range(3)]
        for _ in range(3):
            between.cut()
            assert running.api.todos() == created
        between.cut()
        assert running.api.create(order=3)["order"] == 3
        between.refuse()
        assert_unavailable(running.api.get("/todos/"))
        assert_unavailable(running.api.post({"title": "lost"}))
        between.open()
        recovered(running.api)
        assert len(running.api.todos()) == 4


@pytest.mark.only("postgresql", "mysql")
def test_a_request_whose_connection_dies_before_its_commit_is_run_again(fresh_database):
    with Server(fresh_database.uri()) as running, concurrent.futures.ThreadPoolExecutor(3) as pool:
        todo = running.api.create(title="before")
        with fresh_database.locked():
            requests = [pool.submit(running.api.get, "/todos/%d" % todo["id"]),
                        pool.submit(running.api.patch, todo["id"], {"title": "after"}),
                        pool.submit(running.api.post, {"title": "new"})]
            for _ in range(3):
                eventually(fresh_database.kill_waiting)
        answers = [request.result() for request in requests]
        unknown = [answer for answer in answers if answer.status != 200]
        for answer in unknown:  # a commit was on its way with the statement that waited
            assert answer.status == 503 and answer.json()["outcome"] == "unknown", answer
            assert answer.header("retry-after") is None
        assert answers[0].status == 200 and "once more" in running.log()
        eventually(lambda: running.api.get("/todos/").status == 200)
        titles = [todo["title"] for todo in running.api.todos()]
        assert titles.count("new") == 1 or answers[2] in unknown


def test_a_server_ends_while_its_database_is_frozen(fresh_database, between):
    between.open()
    with Server(fresh_database.uri(port=between.port), {"SHUTDOWN_TIMEOUT": 2}) as running:
        running.api.create(title="before")
        with between.freeze(), concurrent.futures.ThreadPoolExecutor(1) as pool:
            read = pool.submit(running.api.get, "/todos/")
            eventually(lambda: between.holds)
            running.terminate()
            assert running.wait() == 0, running.log()
            assert read.exception() or read.result().status in (200, 503)


def test_a_table_that_is_gone_is_an_error_and_comes_back(fresh_database):
    with Server(fresh_database.uri()) as running:
        running.api.create(title="x")
        fresh_database.execute("DROP TABLE todos")
        assert_error(running.api.get("/todos/"), 500, 503)
        eventually(lambda: running.api.post({"title": "y"}).status == 200)
        assert [todo["title"] for todo in running.api.todos()] == ["y"]


@pytest.mark.only("sqlite")
def test_a_folder_that_is_not_there_yet(fresh_database):
    folder = os.path.join(fresh_database.folder.name, "later")
    with Server(fresh_database.uri(path=os.path.join(folder, "todos.db"))) as running:
        assert_unavailable(running.api.get("/todos/"))
        os.mkdir(folder)
        recovered(running.api)
        assert running.api.create(title="there")["title"] == "there"


@pytest.mark.only("sqlite")
def test_a_full_disk_refuses_writes_and_reads_go_on(fresh_database):
    folder = fresh_database.folder.name
    alone = ["unshare", "--mount", "--map-root-user", "sh", "-c",
             'mount -t tmpfs -o size=1m calx "$0" && exec "$@"', folder]
    if not shutil.which("unshare") or subprocess.run(alone + ["true"], stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("this machine gives no mount namespace, so there is no small disk")
    with Server(fresh_database.uri(), prefix=alone) as running:
        kept = []
        for _ in range(60):
            answer = running.api.post({"title": "x" * 30000})
            if answer.status != 200:
                break
            kept.append(answer.json()["id"])
        assert_error(answer, 507)
        assert kept and [todo["id"] for todo in running.api.todos()] == kept
        assert_error(running.api.post({"title": "x" * 30000}), 507)
