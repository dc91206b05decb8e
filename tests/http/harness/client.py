"""A client for tests: whole answers, strict JSON, and raw sockets where http.client is too polite."""
import json
import re
import socket
import time

TIMEOUT = 30

# What an error may not tell: SQL, files, libraries.
INTERNALS = re.compile(r"\b(select|insert into|update todos|delete from|sqlstate|sqlite|libpq|libdbi|mariadb|mysql|psql|"
                       r"errno)\b|/tmp/|/usr/|\.[ch]:\d", re.IGNORECASE)


def parse_json(text):
    """JSON as RFC 8259 has it: no NaN, and no key twice."""
    def no_constant(name):
        raise ValueError(name + " is not JSON")

    def no_duplicates(pairs):
        assert len(dict(pairs)) == len(pairs), "a key twice in %r" % (pairs,)
        return dict(pairs)

    if isinstance(text, bytes):
        text = text.decode("utf-8")
    return json.loads(text, parse_constant=no_constant, object_pairs_hook=no_duplicates)


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers  # pairs, names in lower case
        self.body = body

    def __repr__(self):
        return "<%d %r %r>" % (self.status, self.headers, self.body[:300])

    def all(self, name):
        return [value for key, value in self.headers if key == name.lower()]

    def header(self, name):
        values = self.all(name)
        assert len(values) <= 1, "%s came %d times" % (name, len(values))
        return values[0] if values else None

    def json(self):
        assert (self.header("Content-Type") or "").split(";")[0] == "application/json", self
        return parse_json(self.body)

    def methods(self):
        """The methods of the Allow header."""
        return {name.strip() for name in (self.header("Allow") or "").split(",")}


class Connection:
    """One TCP connection, with HTTP/1.1 read by hand."""

    def __init__(self, port, timeout=TIMEOUT):
        self.socket = socket.socket()
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", port))
        self.buffer = bytearray()  # grows in place: large answers come in many pieces

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def request(self, method, path, body=None, headers=()):
        self.send(encode_request(method, path, body, headers))
        return self.answer(method)

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError("the server closed the connection")
        self.buffer += data

    def _line(self):
        while b"\r\n" not in self.buffer:
            self._more()
        line = self._taken(self.buffer.index(b"\r\n") + 2)
        return line[:-2].decode("latin-1")

    def _taken(self, count):
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def _exactly(self, count):
        while len(self.buffer) < count:
            self._more()
        return self._taken(count)

    def _chunks(self):
        data = b""
        while True:
            size = int(self._line().split(";")[0], 16)
            data += self._exactly(size)
            self._line()
            if size == 0:
                return data

    def _until_closed(self):
        try:
            while True:
                self._more()
        except EOFError:
            return self._taken(len(self.buffer))

    def answer(self, method="GET"):
        """The next answer. EOFError when the connection ends before it is whole."""
        status = int(self._line().split(" ")[1])
        headers = []
        while True:
            line = self._line()
            if not line:
                break
            name, value = line.split(":", 1)
            headers.append((name.strip().lower(), value.strip()))
        found = dict(headers)
        if method == "HEAD" or status < 200 or status in (204, 304):
            body = b""
        elif "content-length" in found:
            body = self._exactly(int(found["content-length"]))
        elif found.get("transfer-encoding") == "chunked":
            body = self._chunks()
        else:
            body = self._until_closed()
        return Answer(status, headers, body)

    def wait_closed(self):
        """Waits until the server closes; what it sent before, if anything, is returned."""
        try:
            return self._until_closed()
        except ConnectionResetError:
            return bytes(self.buffer)


def encode_request(method, path, body=None, headers=()):
    lines = ["%s %s HTTP/1.1" % (method, path)]
    names = {name.lower() for name, _ in headers}
    if "host" not in names:
        lines.append("Host: test")
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        lines.append("Content-Length: %d" % len(body))
    lines += ["%s: %s" % pair for pair in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")


class Api:
    """The server as its clients use it: one connection a request."""

    def __init__(self, port):
        self.port = port

    def request(self, method, path, body=None, headers=(), timeout=TIMEOUT):
        headers = [("Host", "127.0.0.1:%d" % self.port)] + list(headers)
        with Connection(self.port, timeout) as connection:
            return connection.request(method, path, body, headers + [("Connection", "close")])

    def send_json(self, method, path, document, timeout=TIMEOUT):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return self.request(method, path, body, [("Content-Type", "application/json")], timeout)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def delete(self, path):
        return self.request("DELETE", path)

    def post(self, document, **options):
        return self.send_json("POST", "/todos/", document, **options)

    def put(self, number, document):
        return self.send_json("PUT", "/todos/%s" % number, document)

    def patch(self, number, document, **options):
        return self.send_json("PATCH", "/todos/%s" % number, document, **options)

    def create(self, **columns):
        """A new todo, which has to work."""
        answer = self.post(columns)
        assert answer.status == 200, answer
        return answer.json()

    def todo(self, number):
        answer = self.get("/todos/%d" % number)
        assert answer.status == 200, answer
        return answer.json()

    def todos(self):
        answer = self.get("/todos/")
        assert answer.status == 200, answer
        return answer.json()

    def clear(self):
        for todo in self.todos():
            assert self.delete("/todos/%d" % todo["id"]).status == 200


def assert_error(answer, *statuses):
    """An error of the API: JSON with `error` and `message`, and nothing about the inside."""
    assert answer.status in statuses, answer
    document = answer.json()
    assert isinstance(document["error"], (str, int)) and document["error"], answer
    assert isinstance(document["message"], str) and document["message"], answer
    assert not INTERNALS.search(answer.body.decode()), answer
    return document


def eventually(condition, seconds=20):
    """Waits until the condition holds and returns its value; the limit is the promise that is being tested."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, "not within %d s: %s" % (seconds, condition)
        time.sleep(0.05)
