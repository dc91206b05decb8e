"""Instructions of a server's process for each request, counted by callgrind: nearly the same however busy the machine is."""
import contextlib
import glob
import os
import re
import socket
import subprocess
import sys
import tempfile

import server_cases
from harness import backends

CONNECTIONS = 16
ROUNDS = 20
WARM_ROUNDS = 10


class Case:
    """What h2o alone and calx need for one request."""

    def __init__(self, form, name, floor, calx):
        self.form = form
        self.name = name
        self.floor = floor
        self.calx = calx


class Counted:
    """The command of a server under callgrind, which counts nothing until it is told to."""

    def __init__(self, command):
        self.folder = tempfile.TemporaryDirectory()
        self.command = ["valgrind", "--tool=callgrind", "--quiet", "--callgrind-out-file=" + os.path.join(self.folder.name, "counts"),
                        "--vgdb-prefix=" + os.path.join(self.folder.name, "vgdb")] + command

    def control(self, server, what):
        subprocess.run(["callgrind_control", "--vgdb-prefix=" + os.path.join(self.folder.name, "vgdb"), what,
                        str(server.process.pid)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)

    def counted(self):
        """Of all dumps; the first one is complete when callgrind_control has returned."""
        total = 0
        for name in glob.glob(os.path.join(self.folder.name, "counts.*")):
            with open(name, encoding="ascii", errors="replace") as dump:
                total += int(re.search(r"^(?:summary|totals): (\d+)", dump.read(), re.MULTILINE)[1])
        return total


def receive(client):
    """One answer, whole."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += client.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    left = int(re.search(rb"(?i)content-length: (\d+)", head)[1]) - len(body)
    while left > 0:
        left -= len(client.recv(left))


def ask(clients, request, rounds):
    """Every client at once, so many times."""
    for _ in range(rounds):
        for client in clients:
            client.sendall(request)
        for client in clients:
            receive(client)


def encode(request, body):
    head = "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n" % (request.method, request.path)
    if request.method == "POST":
        head += "Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
        return (head + "\r\n" + body).encode()
    return (head + "\r\n").encode()


def count(counted, server, request):
    """Instructions for one request, the loop's turns among them."""
    sent = encode(request, server_cases.BODY)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port), server_cases.START_TIMEOUT))
                   for _ in range(CONNECTIONS)]
        ask(clients, sent, WARM_ROUNDS)
        counted.control(server, "--zero")
        ask(clients, sent, ROUNDS)
        before = counted.counted()
        counted.control(server, "--dump")
        return (counted.counted() - before) / (CONNECTIONS * ROUNDS)


def measure_floor(build, pinning):
    counted = Counted(server_cases.hello_command(build))
    server = server_cases.Server(pinning, counted.command, [])
    try:
        return count(counted, server, server_cases.HELLO)
    finally:
        server.stop()


def measure_form(build, form, pinning, floor):
    backend = backends.create(form)
    with contextlib.ExitStack() as stack:
        stack.callback(backend.close)
        counted = Counted(server_cases.todo_command(build))
        server = server_cases.Server(pinning, counted.command, ["--port"], server_cases.todo_environment(backend))
        stack.callback(server.stop)
        server_cases.fill(backend)
        for request in server_cases.REQUESTS:
            yield Case(form, request.name, floor, count(counted, server, request))


def measure(build):
    """The client and the server share all processors: nothing is timed."""
    pinning = list(server_cases.pinnings())[-1]
    floor = measure_floor(build, pinning)
    cases = []
    for form in server_cases.FORMS:
        print("instructions on " + form, file=sys.stderr)
        cases += measure_form(build, form, pinning, floor)
    return cases
