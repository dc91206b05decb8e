"""HTTP/2: off unless it is asked for, spoken to real clients, and no way to more handlers than a connection may have."""
import contextlib
import json
import os
import re
import ssl
import struct
import subprocess
import time

import pytest
from harness.client import Api, eventually
from harness.http2 import JSON, Connection, Ended
from harness.server import Server
from served.test_tls import certify, connect

once = pytest.mark.only("sqlite")  # what it is about does not depend on the database
HANDLERS = 4


def serve(database, folder, **settings):
    certificate, key = certify(folder, "localhost")
    return Server(database.uri(), dict({"TLS_CERTIFICATE": certificate, "TLS_KEY": key, "HTTP2": True, "HTTP2_HANDLERS": HANDLERS,
                                        "OPERATIONS_PORT": 0}, **settings), folder=str(folder))


@pytest.fixture
def secure(database, tmp_path):
    with serve(database, tmp_path) as running:
        yield running


def post(connection, title):
    return connection.begin("POST", "/todos/", json.dumps({"title": title}).encode(), JSON)


def curl(port, *arguments):
    told = subprocess.run(["curl", "--silent", "--insecure", "--max-time", "20", "--write-out", "\n%{http_version} %{http_code}",
                           "https://127.0.0.1:%d/todos/" % port, *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout
    return told.rsplit("\n", 1)


@once
def test_it_is_off_unless_it_is_asked_for(database, tmp_path):
    with serve(database, tmp_path, HTTP2=False) as running:
        assert curl(running.port, "--http2")[1] == "1.1 200"


@once
def test_curl_speaks_it(secure):
    body, version = curl(secure.port, "--http2", "--json", '{"title": "by curl"}')
    assert version == "2 200" and json.loads(body)["title"] == "by curl"
    assert curl(secure.port, "--http1.1")[1] == "1.1 200"


@once
def test_http_1_is_still_spoken(secure):
    connection = connect(secure.port)
    connection.request("GET", "/todos/")
    assert connection.getresponse().status == 200
    connection.close()


@once
def test_it_needs_a_certificate(database, tmp_path):
    config = tmp_path / "server.conf"
    config.write_text("SQLALCHEMY_DATABASE_URI = %r\nHTTP2 = True\n" % database.uri())
    ended = subprocess.run([os.environ["CALX_TODO"], "serve", "--port", "0", "--config", str(config)], cwd=tmp_path, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, text=True, timeout=20)
    assert ended.returncode == 1 and "TLS_CERTIFICATE" in ended.stderr and ended.stderr.count("\n") == 1, ended.stderr


@once
def test_many_streams_of_one_connection(secure):
    with Connection(secure.port) as connection:
        streams = [post(connection, "stream %d" % number) for number in range(90)]
        for number, stream in enumerate(streams):
            status, body = connection.answer(stream)
            assert status == 200 and json.loads(body)["title"] == "stream %d" % number
        assert connection.request("GET", "/static/todo.css")[0] == 200
        assert connection.request("GET", "/nothing")[0] == 404
        assert connection.request("POST", "/todos/", b"{", JSON)[0] == 400


@once
def test_load(secure):
    told = subprocess.run(["h2load", "-n", "2000", "-c", "8", "-m", "20", "https://127.0.0.1:%d/todos/" % secure.port],
                          stdout=subprocess.PIPE, text=True, check=True).stdout
    assert "2000 succeeded, 0 failed, 0 errored" in told and "2000 2xx" in told, told


# ---- Attacks: the database is locked, so handlers wait for it ----

def handlers(server):
    """Handlers that run, as the operations' port tells while the others are under attack."""
    port = int(re.search(r"health and metrics are at port (\d+)", "".join(server.lines))[1])
    text = Api(port).get("/metrics").body.decode()
    return int(re.search(r"^calx_http_requests_running (\d+)$", text, re.MULTILINE)[1])


def attack(connection, server, step):
    """Opens streams and has them reset until the server has had enough; the most handlers that were seen."""
    most = 0
    with pytest.raises(Ended):
        for number in range(2000):
            step(connection, post(connection, "attack %d" % number))
            if number % 50 == 0:
                most = max(most, handlers(server))
                connection.socket.setblocking(False)
                with contextlib.suppress(ssl.SSLWantReadError):
                    connection.read()
                connection.socket.setblocking(True)
        raise AssertionError("the server lets it go on")
    return most


def rapid_reset(connection, stream):
    connection.reset_stream(stream)
    connection.flush()


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def window_of_nothing(connection, stream):
    """The server resets the stream for a WINDOW_UPDATE of 0."""
    connection.raw(frame(8, 0, stream, struct.pack(">I", 0)))
    connection.forget(stream)


def window_too_large(connection, stream):
    connection.raw(frame(8, 0, stream, struct.pack(">I", 0x7fffffff)))
    connection.forget(stream)


def data_behind_the_end(connection, stream):
    connection.raw(frame(0, 0, stream, b"x"))
    connection.forget(stream)


@once
@pytest.mark.parametrize("step", [rapid_reset, window_of_nothing, window_too_large, data_behind_the_end])
def test_resets_give_no_more_handlers(fresh_database, tmp_path, step):
    with serve(fresh_database, tmp_path, ANSWER_TIMEOUT=3) as running:
        assert running_todos(running) == 0
        with fresh_database.locked(), Connection(running.port) as connection:
            assert attack(connection, running, step) <= HANDLERS
        eventually(lambda: handlers(running) == 0)
        with Connection(running.port) as connection:
            assert connection.answer(post(connection, "after"))[0] == 200


def running_todos(server):
    with Connection(server.port) as connection:
        return len(json.loads(connection.request("GET", "/todos/")[1]))


@pytest.mark.only("postgresql", "mysql")
def test_a_reset_cancels_its_handler(fresh_database, tmp_path):
    with serve(fresh_database, tmp_path) as running:
        with Connection(running.port) as connection:
            assert connection.answer(post(connection, "before"))[0] == 200
        with fresh_database.locked(), Connection(running.port) as connection:
            # They read first: what may already be committing is not broken off.
            streams = [connection.begin("PATCH", "/todos/1", b'{"title": "after"}', JSON) for _ in range(HANDLERS)]
            connection.flush()
            eventually(lambda: handlers(running) == HANDLERS)
            for stream in streams[1:]:
                connection.reset_stream(stream)
            connection.flush()
            eventually(lambda: handlers(running) == 1, 3)
        eventually(lambda: handlers(running) == 0)


@once
def test_a_client_that_resets_now_and_then_is_no_attacker(secure):
    with Connection(secure.port) as connection:
        for number in range(100):
            stream = post(connection, "kept %d" % number)
            other = connection.begin("GET", "/todos/")
            connection.reset_stream(other)
            assert connection.answer(stream)[0] == 200


@once
def test_a_client_that_takes_no_more_is_cut(fresh_database, tmp_path):
    with serve(fresh_database, tmp_path, WRITE_TIMEOUT=1) as running:
        with Connection(running.port) as connection:
            for _ in range(6):
                connection.answer(post(connection, "x" * 10000))
        with Connection(running.port, window=1000) as connection:
            connection.begin("GET", "/todos/")
            connection.wait_ended()
        with Connection(running.port, window=20000) as connection:  # one that takes it slowly
            stream = connection.begin("GET", "/todos/")
            connection.flush()
            for _ in range(8):
                time.sleep(0.4)
                connection.h2.increment_flow_control_window(6000, stream)
                connection.flush()
            connection.h2.increment_flow_control_window(60000, stream)
            assert connection.answer(stream)[0] == 200


@once
def test_a_page_that_waits_for_its_client_stays_as_it_was(fresh_database, tmp_path):
    """Rows that are used again are lent to the answer; others change them before it is taken."""
    with serve(fresh_database, tmp_path, THREADS=1) as running, Connection(running.port) as others:
        for _ in range(6):
            others.answer(post(others, "x" * 10000))
        before = [others.request("GET", "/") for _ in range(2)][-1]
        with Connection(running.port, window=1000) as slow:
            stream = slow.begin("GET", "/")
            slow.flush()
            while stream not in slow.answers:
                slow.read()
            others.answer(post(others, "changed meanwhile"))
            after = [others.request("GET", "/") for _ in range(2)]
            assert stream not in slow.ended
            slow.h2.increment_flow_control_window(len(before[1]), stream)
            slow.h2.increment_flow_control_window(len(before[1]))
            assert slow.answer(stream) == before
        assert after[0] == after[1] != before and b"changed meanwhile" in after[0][1]


def upload(connection, size):
    """Begins a body of this size, all but its end."""
    stream = connection.begin("POST", "/todos/", headers=JSON, end=False)
    while size > 0:
        part = min(size, connection.h2.max_outbound_frame_size, connection.h2.local_flow_control_window(stream))
        if part == 0:
            connection.read()
        else:
            connection.h2.send_data(stream, b" " * part)
            connection.flush()
        size -= part
    return stream


@once
def test_bodies_beyond_eight_full_ones_are_cut(database, tmp_path):
    size = 500000
    with serve(database, tmp_path, MAX_CONTENT_LENGTH=size, REQUEST_TIMEOUT=60) as running:
        with Connection(running.port) as connection:
            streams = [upload(connection, size - 20) for _ in range(7)]
            for stream in streams:
                connection.h2.send_data(stream, b'{"title": "whole"}', end_stream=True)
                assert connection.answer(stream)[0] == 200
        with Connection(running.port) as connection, pytest.raises(Ended):
            for _ in range(10):
                upload(connection, size - 20)
            connection.wait_ended(5)
            raise Ended()


@once
def test_a_body_in_small_pieces_is_cut(database, tmp_path):
    with serve(database, tmp_path, REQUEST_TIMEOUT=1) as running, Connection(running.port) as connection:
        stream = connection.begin("POST", "/todos/", headers=JSON, end=False)
        with pytest.raises(Ended):
            for _ in range(100):
                connection.h2.send_data(stream, b" ")
                connection.flush()
                time.sleep(0.1)


@once
def test_the_end_of_the_server_ends_connections(secure):
    with Connection(secure.port) as connection:
        assert connection.request("GET", "/todos/")[0] == 200
        secure.terminate()
        assert secure.wait() == 0, secure.log()
