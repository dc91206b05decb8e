"""What the faults happen to: the Todo application, its database, and what stands between them."""
import contextlib
import os
import signal
import sqlite3
import subprocess
import tempfile

from chaos.clusters import Galera, Pair, PgBouncer, Quorum
from chaos.processes import MariaDB, PostgreSQL, free_port
from harness import backends
from harness.client import eventually
from harness.proxy import Proxy
from harness.server import Server

OPTIONS = {"connect_timeout": 2, "pool_timeout": 2, "busy_timeout": 2}
SETTINGS = {"ANSWER_TIMEOUT": 4, "SHUTDOWN_TIMEOUT": 8, "METRICS": False, "THREADS": 2}
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


class Shared:
    """The databases' servers of all faults of a run; each is started when it is first needed."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="calx-chaos.")
        os.chmod(self.folder.name, 0o711)
        self.programs = {}

    def get(self, kind):
        if kind not in self.programs:
            program = {"postgresql": PostgreSQL, "mysql": MariaDB, "quorum": Quorum, "pair": Pair, "galera": Galera}[kind](
                os.path.join(self.folder.name, kind), free_port())
            self.programs[kind] = program
            program.start()
            program.prepare()
        return self.programs[kind]

    def forget(self, kind):
        """What a fault has changed for good is made anew for the next one."""
        program = self.programs.pop(kind, None)
        if program:
            program.stop()
            subprocess.run(["rm", "-rf", program.folder], check=True)

    def close(self):
        for kind in list(self.programs):
            self.forget(kind)
        self.folder.cleanup()


class System:
    """One Todo application with a fresh database."""

    def __init__(self, kind, shared, settings=None, environment=None, small_disk=False):
        self.kind = kind
        self.closing = contextlib.ExitStack()
        self.program = None
        dialect = {"pgbouncer": "postgresql", "quorum": "postgresql", "pair": "postgresql", "galera": "mysql"}.get(kind, kind)
        if kind != "sqlite":
            self.program = shared.get({"pgbouncer": "postgresql"}.get(kind, kind))
            variable = "CALX_TEST_%s_URI" % ("MYSQL" if dialect == "mysql" else "POSTGRESQL")
            os.environ[variable] = self.program.uri()
        self.database = backends.create(dialect)
        self.closing.callback(self.database.close)
        if small_disk:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "calx", self.database.folder.name], check=True)
            self.closing.callback(subprocess.run, ["umount", self.database.folder.name], check=True)
        self.between = None
        self.moved = None  # where a fault has put a database of SQLite
        uri = self._uri()
        self.folder = self.closing.enter_context(tempfile.TemporaryDirectory(prefix="calx-chaos."))
        self.clock = os.path.join(self.folder, "clock")
        self.move_clock("+0")
        options = dict(SETTINGS, SQLALCHEMY_ENGINE_OPTIONS=OPTIONS, **(settings or {}))
        self.server = Server(uri, options, port=free_port(), folder=self.folder,
                             environment={name: value.format(system=self) for name, value in (environment or {}).items()})
        self.port = self.server.port

    def _uri(self):
        """Straight, or through what stands between."""
        if self.kind == "sqlite":
            return self.database.uri()
        if self.kind == "pgbouncer":
            port = free_port()
            self.between = PgBouncer(os.path.join(self.database_folder(), "pgbouncer%d" % port), port, self.program.port)
            self.between.start()
            self.closing.callback(self.between.end)
            return self.database.uri("prepared_statements=off", port=self.between.port)
        if self.kind in ("quorum", "pair", "galera"):
            return self.program.uri_of_all(self.database.name)
        self.between = Proxy("127.0.0.1", self.program.port)
        self.between.open()
        self.closing.callback(self.between.close)
        return self.database.uri(port=self.between.port)

    def database_folder(self):
        return self.database.folder.name if self.kind == "sqlite" else self.program.folder

    def move_clock(self, text):
        """As libfaketime reads it, for servers that were started with it."""
        with open(self.clock, "w", encoding="ascii") as file:
            file.write(text + "\n")

    def titles(self):
        if self.kind == "galera":
            eventually(self.program.is_whole, 60)
        rows = self.database.execute(*self.program.AS_OF_NOW if self.kind == "galera" else (), "SELECT title FROM todos")
        if self.moved:
            with contextlib.closing(sqlite3.connect(self.moved)) as connection:
                rows += connection.execute("SELECT title FROM todos").fetchall()
        return [title for title, in rows]

    def close(self):
        with self.closing:
            if not self.server.process.stdout.closed:
                self.server.process.send_signal(signal.SIGCONT)
                self.server.stop()
