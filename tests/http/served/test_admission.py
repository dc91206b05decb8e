"""More than the server takes: who is beyond a limit is told so at once, and the others go on."""
import concurrent.futures
import contextlib
import os
import subprocess
import time

import pytest
from harness.client import Connection, assert_error, encode_request, eventually
from harness.server import Server

LONG = 25  # seconds that nobody here waits: each answer comes by itself, or from a limit


def assert_busy(answer):
    assert_error(answer, 503)
    assert int(answer.header("Retry-After")) > 0, answer


def finished(posts, count):
    """As soon as so many have an answer: they, and the others."""
    eventually(lambda: sum(post.done() for post in posts) >= count)
    return [post for post in posts if post.done()], [post for post in posts if not post.done()]


@pytest.mark.only("postgresql", "mysql")
def test_requests_beyond_the_queue_are_refused_at_once(fresh_database):
    settings = {"THREADS": 1, "FIBERS": 2, "MAX_WAITING_REQUESTS": 3, "ANSWER_TIMEOUT": LONG}
    with Server(fresh_database.uri(), settings) as running, concurrent.futures.ThreadPoolExecutor(12) as pool:
        running.api.create(title="before")
        with fresh_database.locked():
            posts = [pool.submit(running.api.post, {"title": "while locked"}) for _ in range(12)]
            done, waiting = finished(posts, 12 - 2 - 3)
            for post in done:
                assert_busy(post.result())
            assert len(waiting) == 2 + 3
            assert running.api.get("/static/todo.css").status == 200
        for post in waiting:
            assert post.result().status == 200
        assert len(running.api.todos()) == 1 + len(waiting)


@pytest.mark.only("postgresql", "mysql")
def test_requests_without_a_connection_are_refused_when_the_pool_says_so(fresh_database):
    options = {"pool_size": 1, "max_overflow": 1, "pool_timeout": 0}
    settings = {"THREADS": 1, "SQLALCHEMY_ENGINE_OPTIONS": options, "ANSWER_TIMEOUT": LONG}
    with Server(fresh_database.uri(), settings) as running, concurrent.futures.ThreadPoolExecutor(8) as pool:
        running.api.create(title="before")
        with fresh_database.locked():
            posts = [pool.submit(running.api.post, {"title": "while locked"}) for _ in range(8)]
            done, waiting = finished(posts, 8 - 2)
            for post in done:
                assert_busy(post.result())
            assert len(waiting) == 2
        for post in waiting:
            assert post.result().status == 200
        assert len(running.api.todos()) == 3


def processor_seconds(process):
    with open("/proc/%d/stat" % process, encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors(process):
    return len(os.listdir("/proc/%d/fd" % process))


@pytest.mark.only("sqlite")
def test_without_descriptors_it_waits_for_some_and_does_not_spin(fresh_database):
    with Server(fresh_database.uri(), {"THREADS": 1, "REQUEST_TIMEOUT": LONG}) as running:
        running.api.create(title="before")
        assert len(running.api.todos()) == 1
        process = running.process.pid
        most = descriptors(process) + 20
        subprocess.run(["prlimit", "--pid", str(process), "--nofile=%d:%d" % (most, most)], check=True)
        with contextlib.ExitStack() as held:
            connections = [held.enter_context(Connection(running.port, LONG)) for _ in range(40)]
            eventually(lambda: descriptors(process) >= most)
            before, began = processor_seconds(process), time.monotonic()
            connections[0].send(encode_request("GET", "/todos/"))  # one of those that are in
            assert connections[0].answer().status == 200
            while time.monotonic() - began < 1:
                time.sleep(0.1)
            assert processor_seconds(process) - before < 0.5, "it spins"
            connections[-1].send(encode_request("GET", "/health/live"))  # one that waits outside
            for connection in connections[:-1]:
                connection.close()
            assert connections[-1].answer().status == 200
        assert running.api.post({"title": "after"}).status == 200
