"""One of every request, good and bad. Each function leaves the list as it was."""
import json
import os
import socket
import struct

from harness.client import Connection, encode_request

JSON = [("Content-Type", "application/json")]
ORIGIN = [("Origin", "https://example.org")]
STATIC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "static")
FILES = ["/static/" + name for name in sorted(os.listdir(STATIC))] + ["/static/lib/jquery.js"]
BAD_BODIES = {b"": 400, b"{": 400, b"[]": 400, b"null": 400, b"\xff": 400, b'{"order": "1"}': 400, b'{"order": 2147483648}': 400,
              b'{"title": "a", "title": "b"}': 400, b'{"title": "\\u0000"}': 400, b"[" * 5000: 400, b"x" * (1 << 20 | 1): 413}


def expect(answer, *statuses):
    assert answer.status in statuses, answer
    return answer


def todo(api):
    created = expect(api.post({"title": "a title that is longer than a small buffer" * 3, "order": 7, "completed": False}), 200)
    path = "/todos/%d" % created.json()["id"]
    expect(api.get(path), 200)
    expect(api.get("/todos/"), 200)
    expect(api.get("/"), 200)
    expect(api.send_json("PUT", path, {"title": "other", "order": None, "completed": True}), 200)
    expect(api.send_json("PATCH", path, {"completed": False}), 200)
    expect(api.send_json("PATCH", path, {}), 200)
    expect(api.send_json("PATCH", path, {"order": 1.5}), 400)
    expect(api.delete(path), 200)
    expect(api.delete(path), 200)
    for method in ("PUT", "PATCH"):
        expect(api.send_json(method, path, {"title": "x"}), 404)
    expect(api.get(path), 404)


def whole_list(api):
    expect(api.post({}), 200)
    expect(api.delete("/todos/"), 200, 204)


def bad_bodies(api):
    for body, status in BAD_BODIES.items():
        expect(api.post(body), status)
    expect(api.request("POST", "/todos/", b"{}"), 415)


def nothing_there(api):
    for path in ("/nothing", "/todos/abc", "/todos/99999999999999999999", "/static/", "/static/../x", "/static/a%00b"):
        expect(api.get(path), 400, 403, 404)


def other_methods(api):
    for path in ("/", "/todos/", "/todos/1", FILES[0]):
        expect(api.request("HEAD", path), 200, 404)
        expect(api.request("OPTIONS", path, headers=ORIGIN + [("Access-Control-Request-Method", "POST")]), 200, 204)
        expect(api.request("TRACE", path), 405, 501)


def static_files(api):
    for path in FILES:
        tag = expect(api.get(path), 200).header("ETag")
        expect(api.request("GET", path, headers=[("If-None-Match", tag)]), 304)
        expect(api.request("GET", path, headers=[("Range", "bytes=0-9")]), 200, 206)


def kept_connection(api):
    """Pipelined, with a body in pieces."""
    with Connection(api.port) as connection:
        connection.send(encode_request("GET", "/todos/") * 3)
        for _ in range(3):
            expect(connection.answer(), 200)
        connection.send(encode_request("POST", "/todos/", headers=JSON + [("Transfer-Encoding", "chunked")]))
        body = json.dumps({"title": "in pieces"}).encode()
        for part in (body[:5], body[5:], b""):
            connection.send(b"%x\r\n%s\r\n" % (len(part), part))
        expect(connection.answer(), 200)
        expect(connection.request("DELETE", "/todos/"), 200, 204)


def rude_clients(api):
    """Reset before, during and after a request; garbage."""
    post = encode_request("POST", "/todos/", b'{"title":"left"}', JSON)
    for beginning in (b"", post[:30], post[:-5], encode_request("GET", "/todos/")):
        connection = Connection(api.port)
        connection.send(beginning)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    with Connection(api.port) as connection:
        connection.send(b"\x16\x03\x01\r\n\r\n")
        connection.socket.shutdown(socket.SHUT_WR)
        connection.wait_closed()


ROUNDS = (todo, whole_list, bad_bodies, nothing_there, other_methods, static_files, kept_connection, rude_clients)
