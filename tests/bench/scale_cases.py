"""The Todo application alone: how late answers come, what more rows and more connections cost, and its memory."""
import contextlib
import os
import resource
import socket
import sys
from collections import namedtuple

import hand_cases
import instructions
import server_cases
from harness import backends
from server_cases import Request

Late = namedtuple("Late", "form name method connections sample")
Step = namedtuple("Step", "what size per_second")

LATE_CONNECTIONS = (64, 256)
LATE_REQUESTS = (Request("GET /todos/1", "/todos/1"), Request("POST /todos/", "/todos/", "POST"))
CONNECTIONS = (16, 64, 256, 1024)
ROWS = (1, 1000, 1000000)
QUICK_ROWS = (1, 1000, 10000)
IDLE = 10000
QUICK_IDLE = 100
FILES_BESIDES = 64
# More than 1,000 connections are let in, and may be idle for as long as this takes.
SETTINGS = {"TODO_MAX_CONNECTIONS": str(2 * IDLE), "TODO_MAX_WAITING_REQUESTS": str(IDLE), "TODO_REQUEST_TIMEOUT": "600"}


@contextlib.contextmanager
def served(build, form, pinning):
    backend = backends.create(form)
    with contextlib.ExitStack() as stack:
        stack.callback(backend.close)
        server = server_cases.Server(pinning, server_cases.todo_command(build), ["--port"],
                                     server_cases.todo_environment(backend, **SETTINGS))
        stack.callback(server.stop)
        yield backend, server


def take(server, request, pinning, seconds, connections, quick):
    if quick:
        return hand_cases.ask(server, request)
    return server_cases.sample(server, request, pinning, seconds, connections)


def late(build, pinning, seconds, quick):
    """A first second is not counted: the pool opens its connections in it, while all wait."""
    for form in server_cases.FORMS:
        with served(build, form, pinning) as (backend, server):
            server_cases.fill(backend)
            for request in LATE_REQUESTS:
                for connections in LATE_CONNECTIONS:
                    if not quick:
                        server_cases.sample(server, request, pinning, 1, connections)
                    yield Late(form, request.name, request.method, connections,
                               take(server, request, pinning, seconds, connections, quick))


def best(server, request, pinning, seconds, connections, quick):
    """Of three: what disturbs makes it slower."""
    return max(take(server, request, pinning, seconds, connections, quick).per_second for _ in range(1 if quick else 3))


def steps(build, pinning, seconds, quick):
    """GET on SQLite, of the row in the middle."""
    with served(build, server_cases.FORMS[0], pinning) as (backend, server):
        there = 0
        for rows in QUICK_ROWS if quick else ROWS:
            backend.execute("WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
                            "INSERT INTO todos (id, title, \"order\", completed) SELECT i, '%s', 1, false FROM n"
                            % (there + 1, rows, server_cases.TITLE))
            there = rows
            request = Request("GET", "/todos/%d" % ((rows + 1) // 2))
            yield Step("rows", rows, best(server, request, pinning, seconds, server_cases.CONNECTIONS, quick))
        for connections in CONNECTIONS:
            yield Step("connections", connections,
                       best(server, Request("GET", "/todos/1"), pinning, seconds, connections, quick))


def resident_mb(server):
    with open("/proc/%d/statm" % server.process.pid, encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def memory(build, pinning, quick):
    """The process when it has started, and with idle connections of which each has asked once."""
    wanted = QUICK_IDLE if quick else IDLE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted + FILES_BESIDES:
        wanted = hard - FILES_BESIDES
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted + FILES_BESIDES), hard))
    sent = instructions.encode(Request("GET", "/todos/1"), "")
    with served(build, server_cases.FORMS[0], pinning) as (backend, server), contextlib.ExitStack() as stack:
        server_cases.fill(backend)
        yield "idle", resident_mb(server)
        for _ in range(wanted):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), server_cases.START_TIMEOUT))
            client.sendall(sent)
            instructions.receive(client)
        yield "with {:,} idle connections".format(wanted), resident_mb(server)


def measure(build, seconds, quick):
    print("how it scales", file=sys.stderr)
    pinning = list(server_cases.pinnings())[0]
    return (list(late(build, pinning, seconds, quick)), list(steps(build, pinning, seconds, quick)),
            list(memory(build, pinning, quick)))
