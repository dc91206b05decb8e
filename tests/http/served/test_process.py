"""The server as a process: what survives its death, and how it ends."""
import concurrent.futures
import signal

import pytest
from harness.client import Api, Connection, encode_request, eventually
from harness.server import Server

JSON = [("Content-Type", "application/json")]


def refuses(port):
    try:
        Connection(port).close()
        return False
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # it stood in the listener's queue when that was closed
        return False


def waits(running, database):
    """Whether a statement of the server waits for the lock, as far as it can be seen; SQLite does not show it."""
    return not database.network or database.waiting()


def test_what_was_acknowledged_survives_kill_9(fresh_database):
    with Server(fresh_database.uri()) as running:
        created = []
        for number in range(5):
            created.append(running.api.create(title="todo %d" % number))
            running.api.patch(created[-1]["id"], {"completed": True})
            running.kill()
            running.start()
        assert running.api.todos() == [dict(todo, completed=True) for todo in created]


def test_what_many_clients_were_told_survives_kill_9(fresh_database):
    with Server(fresh_database.uri()) as running:
        def client(number):
            acknowledged = []
            own = Api(running.port)
            try:
                for count in range(1000):
                    acknowledged.append(own.create(title="%d/%d" % (number, count)))
                    if count == 5 and number == 0:
                        running.process.kill()
            except (OSError, EOFError):
                return acknowledged
            raise AssertionError("the server is not dead")

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            acknowledged = [todo for todos in pool.map(client, range(4)) for todo in todos]
        running.wait()
        running.start()
        stored = {todo["id"]: todo for todo in running.api.todos()}
    assert acknowledged
    assert [todo for todo in acknowledged if stored.get(todo["id"]) != todo] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_idle_connections_do_not_hold_up_the_end(database, number):
    with Server(database.uri()) as running:
        idle = [Connection(running.port) for _ in range(5)]
        for connection in idle[:3]:
            assert connection.request("GET", "/todos/").status == 200
        running.terminate(number)
        assert running.wait() == 0, running.log()
        for connection in idle:
            assert connection.wait_closed() == b""
            connection.close()


def test_a_begun_request_is_finished_before_the_end(fresh_database):
    with Server(fresh_database.uri()) as running:
        running.api.todos()
        with Connection(running.port) as idle, Connection(running.port) as connection:
            assert idle.request("GET", "/todos/").status == 200
            with fresh_database.locked():
                body = b'{"title":"begun"}'
                headers = JSON + [("Content-Length", str(len(body))), ("Expect", "100-continue")]
                connection.send(encode_request("POST", "/todos/", headers=headers))
                assert connection.answer().status == 100
                connection.send(body)
                eventually(lambda: waits(running, fresh_database))
                running.terminate()
                eventually(lambda: refuses(running.port))
                assert running.process.poll() is None
            answer = connection.answer()
            assert answer.status == 200 and answer.json()["title"] == "begun"
        assert running.wait() == 0, running.log()
        running.start()
        assert [todo["title"] for todo in running.api.todos()] == ["begun"]


def test_a_request_whose_body_is_on_its_way_does_not_keep_the_server_for_ever(database):
    with Server(database.uri(), {"REQUEST_TIMEOUT": 2}) as running:
        with Connection(running.port) as connection:
            connection.send(encode_request("POST", "/todos/", headers=JSON + [("Content-Length", "100")]) + b'{"title":')
            running.api.todos()
            running.terminate()
            assert running.wait() == 0, running.log()


def test_a_log_line_per_request(database):
    with Server(database.uri()) as running:
        running.api.get("/todos/?x=1")
        running.api.get("/nothing")
        running.terminate()
        assert running.wait() == 0
        lines = list(running.lines)
    assert any("/todos/" in line and "200" in line and "GET" in line for line in lines), lines
    assert any("/nothing" in line and "404" in line for line in lines), lines


def test_the_start_tells_the_address_and_the_database_without_its_password(database):
    with Server(database.uri(), {"SQLALCHEMY_ECHO": True}) as running:
        running.api.create(title="x")
        running.terminate()
        assert running.wait() == 0
        text = "".join(running.lines)
    assert "http://127.0.0.1:%d/" % running.port in text
    assert database.form in text
    if database.network:
        assert "***" in text
        assert database.password not in text
        assert database.uri().split("@")[0].split(":")[-1] not in text


def test_a_line_break_in_a_path_cannot_write_a_log_line(database):
    with Server(database.uri()) as running:
        running.api.get("/todos/%0a127.0.0.1%20forged%1b[31m")
        running.terminate()
        assert running.wait() == 0
    assert not any(line.startswith("127.0.0.1 forged") or "\x1b[31m" in line for line in running.lines)
