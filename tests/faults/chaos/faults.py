"""The faults, as a table. What does one is a generator: it does harm, yields while that lasts, and heals."""
import contextlib
import glob
import os
import signal
import subprocess
import threading
import time
from collections import namedtuple

from chaos.systems import FAKETIME
from harness.client import Connection, eventually

ALL = ("sqlite", "postgresql", "mysql")
NETWORK = ("postgresql", "mysql")

# seconds: how long it lasts. answers: statuses of which the clients must have got each while it lasted. stops: nothing may be
# acknowledged in that time. alone: it needs network and mounts of its own. renews: the servers cannot be used again. settings,
# environment: the server's.
Fault = namedtuple("Fault", "title kinds inject seconds answers stops alone renews settings environment",
                   defaults=[1, (), False, False, False, None, None])


@contextlib.contextmanager
def repeated(step, pause=0.2):
    """Does it over and over, beside the clients; what it complains of ends the fault."""
    ended = threading.Event()
    complaints = []

    def run():
        while not ended.wait(pause):
            try:
                step()
            except (OSError, EOFError, subprocess.SubprocessError) as complaint:
                complaints.append(complaint)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield complaints
    ended.set()
    thread.join()


# ---- The server's process ----

def server_killed(system):
    system.server.kill()
    yield
    system.server.start()


def server_ended(system):
    """Begun requests are answered first."""
    system.server.terminate()
    assert system.server.wait() == 0, system.server.log()
    yield
    system.server.start()


def server_frozen(system):
    system.server.process.send_signal(signal.SIGSTOP)
    yield
    system.server.process.send_signal(signal.SIGCONT)


def configuration_reloaded(system):
    with repeated(lambda: system.server.process.send_signal(signal.SIGHUP), 0.05):
        yield


def limit(name, bound):
    """A resource limit of the running server; bound says how much of what it has in use now."""
    def inject(system):
        pid = str(system.server.process.pid)
        before = subprocess.run(["prlimit", "--pid", pid, "--noheadings", "--output", "SOFT,HARD", "--" + name], stdout=subprocess.PIPE,
                                check=True, text=True).stdout.split()
        subprocess.run(["prlimit", "--pid", pid, "--%s=%d:" % (name, bound(pid))], check=True)
        yield
        subprocess.run(["prlimit", "--pid", pid, "--%s=%s:" % (name, before[0])], check=True)
    return inject


def descriptors(pid):
    return len(os.listdir("/proc/%s/fd" % pid))


def memory(pid):
    with open("/proc/%s/statm" % pid, encoding="ascii") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def flooded(open_one):
    """More connections than the server takes, beside the clients."""
    def inject(system):
        with contextlib.ExitStack() as opened:
            def step():
                opened.callback(open_one(system).close)
            with repeated(step, 0.01):
                yield
    return inject


def slow_head(system):
    connection = Connection(system.port, 5)
    connection.send(b"POST /todos/ HTTP/1.1\r\nHost: t")
    return connection


def slow_reader(system):
    connection = Connection(system.port, 5)
    connection.send(b"GET /todos/ HTTP/1.1\r\nHost: t\r\n\r\n" * 50)
    return connection


def clock_moved(text):
    def inject(system):
        system.move_clock(text)
        yield
        system.move_clock("+0")
    return inject


CLOCK = {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": "{system.clock}", "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def from_the_start(_):
    """What the server's settings do."""
    yield


# ---- System calls that fail ----

def calls(names, how, pids=lambda system: [system.server.process.pid]):
    """strace lets these system calls fail, or wait, as its -e inject says."""
    def inject(system):
        targets = [word for pid in pids(system) for word in ("-p", str(pid))]
        with subprocess.Popen(["strace", "-f", "-o", "/dev/null", "-e", "trace=" + names, "-e", "inject=%s:%s" % (names, how)] + targets,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as tracer:
            assert "attached" in (said := tracer.stderr.readline()), said
            drain = threading.Thread(target=tracer.stderr.read, daemon=True)
            drain.start()
            yield
            tracer.send_signal(signal.SIGINT)
            drain.join()
    return inject


def database_calls(names, how):
    """Its disk fails: the server gives up, and is started again."""
    def inject(system):
        with contextlib.contextmanager(calls(names, how, lambda system: system.program.family()))(system):
            yield
        system.program.restart(signal.SIGKILL)
    return inject


# ---- Files ----

def full_disk(system):
    path = os.path.join(system.database_folder(), "filler")
    with contextlib.suppress(OSError), open(path, "wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    yield
    os.unlink(path)


def move_files(path, folder):
    os.makedirs(folder, exist_ok=True)
    for name in sorted(glob.glob(path + "*")):
        os.rename(name, os.path.join(folder, os.path.basename(name)))


def files_moved(system):
    """Somebody takes the database's files away: the server notices, and goes on with new ones."""
    away = os.path.join(system.database_folder(), "away")
    move_files(system.database.path, away)
    yield
    system.moved = os.path.join(away, os.path.basename(system.database.path))


def file_corrupt_at_start(system):
    """The server refuses a file that is no database, on a slow disk too; the true one is put back."""
    system.server.kill()
    path, folder = system.database.path, system.database_folder()
    away = os.path.join(folder, "away")
    move_files(path, away)
    with open(path, "wb") as file:
        file.write(b"SQLite format 3\0" + os.urandom(8192))
    slowly = ["strace", "-f", "-o", "/dev/null", "-e", "trace=pread64", "-e", "inject=pread64:delay_exit=700000"]
    refused = subprocess.run(["timeout", "20"] + slowly + system.server.command, cwd=system.server.folder,
                             env=system.server.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert refused.returncode == 1, refused
    yield
    move_files(os.path.join(away, os.path.basename(path)), folder)
    system.server.start()


def locked(system):
    with system.database.locked():
        yield


def other_writer(system):
    with repeated(lambda: system.database.execute("UPDATE todos SET completed = NOT completed"), 0.01) as complaints:
        yield
    assert len(complaints) == 0 or system.kind != "sqlite", complaints


def definition_changed(system):
    def step():
        system.database.execute("ALTER TABLE todos ADD COLUMN more INTEGER")
        system.database.execute("ALTER TABLE todos DROP COLUMN more")
    with repeated(step):
        yield


# ---- The database's server ----

def database_ended(system):
    """As its administrator would: sessions are ended, nothing has to be recovered."""
    system.program.end(system.program.ended_by)
    yield
    system.program.start()


def database_killed(system):
    system.program.end()
    yield
    system.program.start()


def database_frozen(system):
    system.program.send(signal.SIGSTOP)
    yield
    system.program.send(signal.SIGCONT)


def backend_killed(system):
    """PostgreSQL ends all other sessions then, and recovers."""
    pid = system.database.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")[0][0]
    os.kill(int(pid), signal.SIGKILL)
    yield
    eventually(system.program.answers)


END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'calx'"


def end_sessions(system):
    if system.kind == "mysql":
        for line in system.program.execute("SELECT id FROM information_schema.processlist WHERE user = 'calx'").split():
            with contextlib.suppress(subprocess.SubprocessError):
                system.program.execute("KILL " + line)
    else:
        system.program.execute(END_SESSIONS)


def sessions_ended(system):
    with repeated(lambda: end_sessions(system)):
        yield


def set_on_server(postgresql, mysql):
    """Statements of the superuser before and after; the application's sessions begin anew each time."""
    def inject(system):
        before, after = postgresql if system.kind == "postgresql" else mysql
        system.program.execute(before)
        end_sessions(system)
        yield
        system.program.execute(after)
        end_sessions(system)
    return inject


# ---- The network between, in a namespace of its own ----

def packets(*rules):
    """iptables' rules; PORT is the database's."""
    def inject(system):
        words = [[word.replace("PORT", str(system.program.port)) for word in rule.split()] for rule in rules]
        for rule in words:
            subprocess.run(["iptables", "-A", "INPUT", "-p", "tcp"] + rule, check=True)
        yield
        for rule in words:
            subprocess.run(["iptables", "-D", "INPUT", "-p", "tcp"] + rule, check=True)
    return inject


def trickle(_):
    """All that passes the machine's loopback together gets so little."""
    subprocess.run("tc qdisc add dev lo root tbf rate 200kbit burst 16kb latency 400ms".split(), check=True)
    yield
    subprocess.run("tc qdisc del dev lo root".split(), check=True)


def connections_cut(system):
    with repeated(system.between.cut, 0.1):
        yield


def between_refuses(system):
    system.between.refuse()
    yield
    system.between.open()


def between_frozen(system):
    with system.between.freeze():
        yield


# ---- Clusters ----

def pooler_restarted(system):
    system.between.end()
    yield
    system.between.start()


def pooler_frozen(system):
    system.between.send(signal.SIGSTOP)
    yield
    system.between.send(signal.SIGCONT)


def pooler_paused(system):
    system.between.execute("PAUSE")
    yield
    system.between.execute("RESUME")


def pooler_reconnects(system):
    with repeated(lambda: system.between.execute("RECONNECT")):
        yield


def nodes_frozen(*numbers):
    def inject(system):
        for number in numbers:
            system.program.nodes[number].send(signal.SIGSTOP)
        yield
        for number in numbers:
            system.program.nodes[number].send(signal.SIGCONT)
    return inject


def node_killed(number):
    def inject(system):
        system.program.nodes[number].end()
        yield
        system.program.nodes[number].start()
    return inject


def primary_killed(system):
    """The standby that has most takes over; the application finds it among the hosts of its URL."""
    system.program.primary.end()
    promote(system)
    yield


def primary_frozen(system):
    system.program.primary.send(signal.SIGSTOP)
    old = promote(system)
    yield
    old.send(signal.SIGCONT)
    old.end()


def old_primary_back(system):
    """It does not know that it was replaced, and acknowledges alone; then the sessions at its successor are ended."""
    system.program.primary.end()
    old = promote(system)
    old.settings += ("synchronous_standby_names=",)
    old.start()
    system.program.primary.execute(END_SESSIONS)
    yield
    old.end()


def promote(system):
    old = system.program.promote()
    system.database.port = system.program.port
    return old


def first_node(harm, heal):
    """Done to the node that the application uses; what is stored is asked of another one."""
    def inject(system):
        node = system.program.nodes[0]
        system.database.port = system.program.nodes[1].port
        harm(node)
        yield
        heal(node)
    return inject


def last(seconds):
    time.sleep(seconds)  # how long a fault lasts is part of it
