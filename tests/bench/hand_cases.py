"""The Todo application beside the same by hand, with h2o and the client library (todos.c), on the same table."""
import contextlib
import http.client
import os
import sys
import time
from collections import namedtuple

import server_cases
from harness import backends
from harness.server import clean_environment
from server_cases import Request, Sample

WORKERS = 8
ASKED_QUICKLY = 5

PAGE = Request("GET / with 1,000 todos", "/")
GET = Request("GET /todos/1", "/todos/1")
POST = Request("POST /todos/", "/todos/", "POST")

# How somebody would do it by hand, and what is asked of calx; query is the URL's.
Hand = namedtuple("Hand", "form hand request connections query in_view target", defaults=(64, "", False, ""))

IN_LOOP = "in the loop, one commit each"
POOL = "%d blocking workers" % WORKERS

# The page is asked for before the table grows.
HANDS = (
    Hand("sqlite+sqlite3", IN_LOOP, PAGE._replace(name=PAGE.name + ", none kept"), in_view=True, target="at least 0.9"),
    Hand("sqlite+sqlite3", IN_LOOP, GET),
    Hand("sqlite+sqlite3", IN_LOOP, POST, target="at least 8"),
    Hand("sqlite+sqlite3", IN_LOOP, POST._replace(name=POST.name + ", 1 connection"), 1, target="at least 0.95"),
    Hand("postgresql+libpq", POOL, PAGE, target="at least 0.8"),
    Hand("postgresql+libpq", POOL, GET),
    Hand("postgresql+libpq", POOL, POST, target="at least 1.0"),
    Hand("postgresql+libpq", POOL, POST._replace(name=POST.name + ", joined_commits=on"), query="joined_commits=on",
         target="at least 2.2"),
    Hand("mysql+mariadb", POOL, PAGE),
    Hand("mysql+mariadb", POOL, GET, target="at least 1.0"),
    Hand("mysql+mariadb", POOL, POST, target="at least 1.0"),
)


@contextlib.contextmanager
def seen_through_a_view(backend):
    """SQLite's table. What is behind a view may change unseen: no answer is kept. The rows are read as those of the table."""
    backend.execute("ALTER TABLE todos RENAME TO kept_todos", "CREATE VIEW todos AS SELECT * FROM kept_todos")
    yield
    backend.execute("DROP VIEW todos", "ALTER TABLE kept_todos RENAME TO todos")


def ask(server, request):
    """Some requests on one connection: does it answer? Their time means nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=server_cases.START_TIMEOUT)
    body = server_cases.BODY if request.method == "POST" else None
    began = time.monotonic()
    with contextlib.closing(connection):
        for _ in range(ASKED_QUICKLY):
            connection.request(request.method, request.path, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            if answer.status not in (200, 201) or not answer.read():
                sys.exit("tests/bench/run: %s was answered with %d" % (request.name, answer.status))
    each = (time.monotonic() - began) / ASKED_QUICKLY
    return Sample(1 / each, each * 1e6, each * 1e3, each * 1e3)


class Case(server_cases.Case):
    """Its floor is what was written by hand."""

    def __init__(self, hand, pinning):
        super().__init__(hand.form, hand.request.name, pinning)
        self.hand = hand.hand
        self.target = hand.target


def measure_hand(hand, by_hand, todo, pinning, seconds, rounds, quick):
    case = Case(hand, pinning.name)
    for number in range(rounds):
        for turn in ((by_hand, todo), (todo, by_hand))[number % 2]:
            samples = case.calx if turn is todo else case.floor
            samples.append(ask(turn, hand.request) if quick
                           else server_cases.sample(turn, hand.request, pinning, seconds, hand.connections))
    return case


def measure_form(build, form, pinning, seconds, rounds, quick):
    backend = backends.create(form)
    hands = [hand for hand in HANDS if hand.form == form]
    with contextlib.ExitStack() as stack:
        stack.callback(backend.close)

        def start(command, port_option, environment):
            server = server_cases.Server(pinning, command, port_option, environment)
            stack.callback(server.stop)
            return server

        todos = {query: start(server_cases.todo_command(build), ["--port"], server_cases.todo_environment(backend, query))
                 for query in {hand.query for hand in hands}}
        by_hand = start([os.path.join(build, "tests", "bench_todos"), "0" if hands[0].hand is IN_LOOP else str(WORKERS)], [],
                        clean_environment(CALX_TEST_URI=backend.uri()))
        server_cases.fill(backend)
        for hand in hands:
            with seen_through_a_view(backend) if hand.in_view else contextlib.nullcontext():
                yield measure_hand(hand, by_hand, todos[hand.query], pinning, seconds, rounds, quick)


def measure(build, seconds, rounds, quick):
    """All share all processors: workers are threads."""
    pinning = list(server_cases.pinnings())[-1]
    cases = []
    for form in server_cases.FORMS:
        print("by hand on " + form, file=sys.stderr)
        cases += measure_form(build, form, pinning, seconds, rounds, quick)
    return cases
