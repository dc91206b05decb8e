"""HTTP/1.1 on the wire: connections, framing, slow and rude clients, many clients."""
import concurrent.futures
import socket
import struct
import time

import pytest
from harness.client import Api, Connection, assert_error, encode_request, eventually
from harness.server import Server

JSON = [("Content-Type", "application/json")]


@pytest.fixture(scope="module")
def hasty(database):
    """A server that waits for nobody longer than a second."""
    with Server(database.uri(), {"REQUEST_TIMEOUT": 1, "WRITE_TIMEOUT": 1}) as running:
        yield running


def test_a_connection_is_kept(api):
    with Connection(api.port) as connection:
        for number in range(3):
            answer = connection.request("POST", "/todos/", b'{"order":%d}' % number, JSON)
            assert answer.status == 200 and answer.json()["order"] == number
        assert connection.request("GET", "/nothing").status == 404
        assert connection.request("POST", "/todos/", b"{", JSON).status == 400
        assert connection.request("HEAD", "/todos/").status == 200
        assert len(connection.request("GET", "/todos/").json()) == 3


def test_a_connection_ends_when_the_client_says_so(api):
    with Connection(api.port) as connection:
        assert connection.request("GET", "/todos/", headers=[("Connection", "close")]).status == 200
        assert connection.wait_closed() == b""


def test_http_1_0_ends_the_connection(api):
    with Connection(api.port) as connection:
        connection.send(b"GET /todos/ HTTP/1.0\r\n\r\n")
        answer = connection.answer()
        assert answer.status == 200 and answer.json() == []
        assert connection.wait_closed() == b""


def test_pipelined_requests_are_answered_in_order(api):
    created = [api.create(order=number) for number in range(5)]
    requests = [encode_request("GET", "/todos/%d" % todo["id"]) for todo in created]
    requests.insert(2, encode_request("POST", "/todos/", b'{"order":100}', JSON))
    requests.insert(4, encode_request("GET", "/nothing"))
    with Connection(api.port) as connection:
        connection.send(b"".join(requests))
        answers = [connection.answer() for _ in requests]
    assert [answer.status for answer in answers] == [200, 200, 200, 200, 404, 200, 200]
    assert [answer.json().get("order") for answer in answers] == [0, 1, 100, 2, None, 3, 4]


def test_a_request_may_arrive_byte_by_byte(api):
    with Connection(api.port) as connection:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in encode_request("POST", "/todos/", b'{"title":"slow"}', JSON):
            connection.send(bytes([byte]))
        assert connection.answer().json()["title"] == "slow"


def test_a_body_may_come_in_chunks(api):
    with Connection(api.port) as connection:
        connection.send(encode_request("POST", "/todos/", headers=JSON + [("Transfer-Encoding", "chunked")]))
        for part in (b'{"ti', b'tle"', b':"in pieces"}'):
            connection.send(b"%x\r\n%s\r\n" % (len(part), part))
        connection.send(b"0\r\n\r\n")
        assert connection.answer().json()["title"] == "in pieces"
        assert connection.request("GET", "/todos/").status == 200


def test_a_client_may_ask_before_it_sends_the_body(api):
    body = b'{"title":"expected"}'
    with Connection(api.port) as connection:
        connection.send(encode_request("POST", "/todos/", headers=JSON + [("Content-Length", str(len(body))),
                                                                          ("Expect", "100-continue")]))
        assert connection.answer().status == 100
        connection.send(body)
        assert connection.answer().json()["title"] == "expected"


@pytest.mark.parametrize("garbage", [b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"\x00" * 100,
                                     b"GET / HTTP/9.9\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"A" * 70000,
                                     b"GET /todos/ HTTP/1.1\r\nX: " + b"y" * 600000 + b"\r\n\r\n",
                                     b"GET /todos/ HTTP/1.1\r\n" + b"a: b\r\n" * 2000 + b"\r\n"])
def test_garbage_ends_a_connection_and_nothing_else(api, garbage):
    with Connection(api.port) as connection:
        try:
            connection.send(garbage)
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        connection.wait_closed()
    assert api.todos() == []


def test_a_client_that_leaves_is_forgotten(api):
    for request in (encode_request("POST", "/todos/", b'{"title":"left"}', JSON), b"POST /todos/ HTTP/1.1\r\nContent-Le",
                    encode_request("POST", "/todos/", headers=JSON + [("Content-Length", "100")]) + b'{"title":"half"'):
        for _ in range(5):
            connection = Connection(api.port)
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not an end
            connection.send(request)
            connection.close()
    assert {todo["title"] for todo in api.todos()} <= {"left"}


def test_slow_requests_are_ended(hasty):
    post = b"POST /todos/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    beginnings = [b"", b"G", b"GET /todos/ HTTP/1.1\r\nHost: x\r\nX-Slow: ", post + b"Content-Length: 50\r\n\r\n{",
                  post + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"]
    connections = [Connection(hasty.port, timeout=20) for _ in beginnings]
    for connection, beginning in zip(connections, beginnings):
        connection.send(beginning)
    for connection in connections:
        with connection:
            rest = connection.wait_closed()
        assert rest == b"" or rest.startswith(b"HTTP/1.1 408 ") or rest.startswith(b"HTTP/1.1 400 ")


def test_a_request_that_trickles_is_ended(hasty):
    with Connection(hasty.port) as connection:
        connection.send(b"GET /todos/ HTTP/1.1\r\nHost: x\r\n")

        def ended():
            try:
                connection.send(b"X: y\r\n")
                time.sleep(0.2)  # the pace of the slow client
                return False
            except OSError:
                return True
        eventually(ended, 20)


def test_an_idle_connection_is_ended(hasty):
    with Connection(hasty.port, timeout=20) as connection:
        assert connection.request("GET", "/todos/").status == 200
        assert connection.wait_closed() == b""


def connections_of(running):
    """How many established connections the server has, from the kernel."""
    port = "%04X" % running.port
    with open("/proc/net/tcp", encoding="ascii") as file:
        rows = [line.split() for line in file.readlines()[1:]]
    return sum(1 for row in rows if row[1].endswith(":" + port) and row[3] == "01")


@pytest.mark.only("sqlite")
def test_a_client_that_does_not_read_is_cut(hasty, api):
    for _ in range(14):
        assert api.post(b'{"title": "%s"}' % (b"x" * 1000000)).status == 200
    size = len(api.get("/todos/").body)  # from the patient server on the same database
    assert size > 12 << 20  # more than the kernel takes off the server's hands
    with Connection(hasty.port, timeout=20) as connection:
        connection.send(encode_request("GET", "/todos/"))
        eventually(lambda: connections_of(hasty) == 0)
        assert len(connection.wait_closed()) < size
    api.clear()


def test_idle_connections_do_not_keep_others_out(api):
    idle = [Connection(api.port) for _ in range(200)]
    try:
        for connection in idle[:20]:
            assert connection.request("GET", "/todos/").status == 200
        assert api.create(title="served")["title"] == "served"
        assert idle[199].request("GET", "/todos/").status == 200
    finally:
        for connection in idle:
            connection.close()


def test_no_write_of_many_clients_is_lost(server, api):
    def client(number):
        own = Api(server.port)
        return [own.create(title="client %d, todo %d" % (number, count)) for count in range(12)]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        created = [todo for todos in pool.map(client, range(8)) for todo in todos]
    assert len({todo["id"] for todo in created}) == 96
    assert api.todos() == sorted(created, key=lambda todo: todo["id"])


def test_columns_changed_by_different_clients_all_stay(server, api):
    todo = api.create(title="start", order=0, completed=False)

    def client(column, values):
        own = Api(server.port)
        for value in values:
            assert own.patch(todo["id"], {column: value}).status == 200

    changes = [("title", ["title %d" % number for number in range(15)]), ("order", list(range(1, 16))),
               ("completed", [True, False] * 7 + [True])]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(client, *change) for change in changes]:
            done.result()
    assert api.todo(todo["id"]) == {"id": todo["id"], "title": "title 14", "order": 15, "completed": True}


def test_clients_that_delete_and_change_the_same_todo_get_clear_answers(server, api):
    for _ in range(5):
        todo = api.create(title="contested")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            own = Api(server.port)
            changed = [pool.submit(own.patch, todo["id"], {"order": number}) for number in range(3)]
            deleted = pool.submit(own.delete, "/todos/%d" % todo["id"])
            assert deleted.result().status == 200
            for answer in (future.result() for future in changed):
                if answer.status != 200:
                    assert_error(answer, 404, 409)
        assert api.get("/todos/%d" % todo["id"]).status == 404
