"""The Todo application against h2o alone, both under wrk: requests per second, CPU time of the server, latency."""
import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections import namedtuple

from harness import backends
from harness.server import clean_environment

FOLDER = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(FOLDER))
FORMS = ("sqlite+sqlite3", "postgresql+libpq", "mysql+mariadb")
TITLE = "write a benchmark that proves it all"
BODY = json.dumps({"title": TITLE, "order": 1, "completed": False})
TODOS = 1000
CONNECTIONS = 64
TICKS = os.sysconf("SC_CLK_TCK")
START_TIMEOUT = 30

Request = namedtuple("Request", "name path method", defaults=["GET"])
HELLO = Request("hello", "/")
STATIC = Request("GET /static/app.js", "/static/app.js")
# The list is asked for before it grows.
REQUESTS = (Request("GET /todos/1", "/todos/1"), Request("GET / with 1,000 todos", "/"), Request("POST /todos/", "/todos/", "POST"))

# Which processors the server and the client may use.
Pinning = namedtuple("Pinning", "name server client")
Sample = namedtuple("Sample", "per_second cpu_us p50_ms p99_ms")


def pinnings():
    """The databases' servers are not pinned."""
    available = sorted(os.sched_getaffinity(0))
    everything = ",".join(map(str, available))
    if len(available) > 1:
        yield Pinning("pinned", str(available[0]), str(available[1]))
    yield Pinning("unpinned", everything, everything)


class Case:
    """Samples per round: of h2o alone and of calx."""

    def __init__(self, form, name, pinning):
        self.form = form
        self.name = name
        self.pinning = pinning
        self.floor = []
        self.calx = []

    def ratios(self):
        return [calx.per_second / floor.per_second for calx, floor in zip(self.calx, self.floor)]

    def cpu_ratios(self):
        return [calx.cpu_us / floor.cpu_us for calx, floor in zip(self.calx, self.floor)]


class Server:
    """A server on a port of its own; it ends with this program, even when that is killed."""

    def __init__(self, pinning, command, port_option, environment=None):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", "taskset", "-c", pinning.server] + command +
                                        port_option + [str(self.port)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env=environment)
        self._wait(command)

    def _wait(self, command):
        """Until it answers: it may listen earlier."""
        deadline = time.monotonic() + START_TIMEOUT
        while self.process.poll() is None and time.monotonic() < deadline:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_TIMEOUT)
            with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
                connection.request("GET", "/")
                if connection.getresponse().status == 200:
                    return
            time.sleep(0.01)
        self.process.kill()
        sys.exit("tests/bench/run: %s does not answer" % os.path.basename(command[0]))

    def cpu_seconds(self):
        """Of all its threads: proc(5), utime and stime."""
        with open("/proc/%d/stat" % self.process.pid, encoding="ascii", errors="replace") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(START_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def hello_command(build):
    return [os.path.join(build, "tests", "bench_hello")]


def todo_command(build):
    return [os.path.join(build, "todo"), "serve", "--config", os.path.join(ROOT, "config", "default.conf")]


def todo_environment(backend, query="", **settings):
    return clean_environment(TODO_SQLALCHEMY_DATABASE_URI=backend.uri(query), TODO_DEBUG="False", TODO_THREADS="1", **settings)


def sample(server, request, pinning, seconds, connections=CONNECTIONS):
    command = ["taskset", "-c", pinning.client, "wrk", "-t%d" % min(2, connections), "-c%d" % connections, "-d%ds" % seconds,
               "--timeout", "10s", "-s", os.path.join(FOLDER, "wrk.lua"),
               "http://127.0.0.1:%d%s" % (server.port, request.path), "--", request.method]
    if request.method == "POST":
        command.append(BODY)
    before = server.cpu_seconds()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    cpu = server.cpu_seconds() - before
    result = json.loads(done.stdout.splitlines()[-1])
    failed = ["%s: %d" % (kind, result[kind]) for kind in ("status", "socket", "timeout") if result[kind]]
    if failed or not result["requests"]:
        sys.exit("tests/bench/run: %s: of %d requests failed by %s" % (request.name, result["requests"], ", ".join(failed)))
    return Sample(result["requests"] / result["seconds"], cpu * 1e6 / result["requests"], result["p50_ms"], result["p99_ms"])


def measure_case(case, hello, todo, request, pinning, seconds, rounds):
    """Hello and calx in turn; who begins changes from round to round. A first second of calx is not counted."""
    if rounds > 1:
        sample(todo, request, pinning, 1)
    for number in range(rounds):
        for turn in ((hello, todo), (todo, hello))[number % 2]:
            samples = case.calx if turn is todo else case.floor
            samples.append(sample(turn, request if turn is todo else HELLO, pinning, seconds))


def fill(backend):
    """The server has made the table."""
    order = '"order"' if backend.form.split("+")[0] != "mysql" else "`order`"
    row = "('%s', 1, false)" % TITLE
    backend.execute("INSERT INTO todos (title, %s, completed) VALUES %s" % (order, ", ".join([row] * TODOS)))


def measure_form(build, form, pinning, seconds, rounds):
    backend = backends.create(form)
    with contextlib.ExitStack() as stack:
        stack.callback(backend.close)
        hello = Server(pinning, hello_command(build), [])
        stack.callback(hello.stop)
        todo = Server(pinning, todo_command(build), ["--port"], todo_environment(backend))
        stack.callback(todo.stop)
        fill(backend)
        requests = REQUESTS + ((STATIC,) if form == FORMS[0] else ())
        for request in requests:
            case = Case(form, request.name, pinning.name)
            measure_case(case, hello, todo, request, pinning, seconds, rounds)
            yield case


def measure(build, seconds, rounds):
    cases = []
    for pinning in pinnings():
        for form in FORMS:
            print("the server on %s, %s" % (form, pinning.name), file=sys.stderr)
            cases += measure_form(build, form, pinning, seconds, rounds)
    return cases
