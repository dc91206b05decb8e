"""The three databases from the outside, through their own clients: a fresh database each time, SQL by hand, locks."""
import contextlib
import itertools
import os
import re
import sqlite3
import subprocess
import tempfile
from urllib.parse import quote, unquote

COUNTER = itertools.count(1)
URI = re.compile(r"(?P<dialect>\w+)://(?P<user>[^:/]*)(:(?P<password>[^@]*))?@(?P<host>[^:/?]+):(?P<port>\d+)/(?P<name>[^?]*)")


class Held:
    """A client process that has executed statements and keeps its transaction until `end`."""

    def __init__(self, command, environment, statements, end):
        self.end = end
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.process.stdin.write(statements + "SELECT 'it is held';\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if "it is held" in line:
                return
        raise AssertionError("the lock could not be taken")

    def release(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.communicate(self.end, timeout=20)


class SQLite:
    network = False

    def __init__(self, form):
        self.form = form
        self.folder = tempfile.TemporaryDirectory(prefix="calx-http.")
        self.path = os.path.join(self.folder.name, "todos.db")

    def uri(self, query="", path=None):
        return "%s:///%s%s" % (self.form, quote(path or self.path), "?" + query if query else "")

    def execute(self, *statements):
        connection = sqlite3.connect(self.path, timeout=20, isolation_level=None)
        try:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
            return [tuple(row) for row in rows]
        finally:
            connection.close()

    @contextlib.contextmanager
    def _within(self, begin, end):
        connection = sqlite3.connect(self.path, timeout=20, isolation_level=None)
        try:
            for statement in begin:
                connection.execute(statement)
            yield
            connection.execute(end)
        finally:
            connection.close()

    def locked(self):
        return self._within(["BEGIN IMMEDIATE"], "ROLLBACK")

    def transaction(self, statement):
        """Executes it, and commits at the end."""
        return self._within(["BEGIN IMMEDIATE", statement], "COMMIT")

    def close(self):
        self.folder.cleanup()


class Networked:
    """What PostgreSQL and MySQL share: the user may create databases."""
    network = True

    def __init__(self, form, variable):
        self.form = form
        given = os.environ.get(variable)
        assert given, variable + " is not set: tests/run does that"
        found = URI.match(given)
        assert found, variable + " is no URI with user, host and port"
        self.user = unquote(found["user"])
        self.password = unquote(found["password"] or "")
        self.host = found["host"]
        self.port = int(found["port"])
        self.given_name = found["name"]
        self.name = "calx_http_%d_%d" % (os.getpid(), next(COUNTER))
        created = self._run(self.given_name, self.CREATE % self.name)
        assert created.returncode == 0, created.stderr

    def _run(self, database, text):
        return subprocess.run(self._command(database), env=self._environment(), input=text, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=30)

    def execute(self, *statements):
        done = self._run(self.name, ";\n".join(statements) + ";\n")
        assert done.returncode == 0, done.stderr
        return [tuple(line.split("\t")) for line in done.stdout.splitlines()]

    def uri(self, query="", port=None, host=None):
        return "%s://%s:%s@%s:%d/%s%s" % (self.form, quote(self.user, safe=""), quote(self.password, safe=""),
                                          host or self.host, port or self.port, self.name, "?" + query if query else "")

    @contextlib.contextmanager
    def _within(self, begin, end):
        held = Held(self._command(self.name), self._environment(), begin, end)
        try:
            yield
        finally:
            held.release()

    def locked(self):
        return self._within(self.LOCK, self.UNLOCK)

    def transaction(self, statement):
        """Executes it, and commits at the end."""
        return self._within("BEGIN; %s;\n" % statement, "COMMIT;\n")

    def waiting(self):
        """The numbers of the connections to this database that wait for a lock."""
        return [row[0] for row in self.execute(self.WAITING)]

    def close(self):
        self._run(self.given_name, self.DROP % self.name)


class PostgreSQL(Networked):
    CREATE = "CREATE DATABASE %s;"
    DROP = "DROP DATABASE IF EXISTS %s WITH (FORCE);"
    LOCK = "BEGIN; LOCK TABLE todos IN ACCESS EXCLUSIVE MODE;\n"
    WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    UNLOCK = "ROLLBACK;\n"

    def __init__(self, form):
        super().__init__(form, "CALX_TEST_POSTGRESQL_URI")

    def kill_waiting(self):
        return self.execute("SELECT pg_terminate_backend(pid) FROM (%s) AS waiting" % self.WAITING)

    def _command(self, database):
        return ["psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", self.host, "-p", str(self.port), "-U", self.user,
                "-d", database]

    def _environment(self):
        return dict(os.environ, PGPASSWORD=self.password, PGCLIENTENCODING="UTF8")


class MySQL(Networked):
    CREATE = "CREATE DATABASE %s CHARACTER SET utf8mb4;"
    DROP = "DROP DATABASE IF EXISTS %s;"
    LOCK = "LOCK TABLES todos WRITE;\n"
    WAITING = "SELECT id FROM information_schema.processlist WHERE state LIKE '%Waiting%' AND db = DATABASE()"
    UNLOCK = "UNLOCK TABLES;\n"

    def __init__(self, form):
        super().__init__(form, "CALX_TEST_MYSQL_URI")

    def kill_waiting(self):
        waiting = self.waiting()
        if waiting:
            self.execute(*("KILL %s" % number for number in waiting))
        return waiting

    def _command(self, database):
        return ["mariadb", "--no-defaults", "--unbuffered", "--batch", "--skip-column-names", "--default-character-set=utf8mb4",
                "-h", self.host, "-P", str(self.port), "-u", self.user, database]

    def _environment(self):
        return dict(os.environ, MYSQL_PWD=self.password)


def create(form):
    """A fresh, empty database for a URL that begins with this form."""
    dialect = form.split("+")[0]
    return {"sqlite": SQLite, "postgresql": PostgreSQL, "mysql": MySQL, "mariadb": MySQL}[dialect](form)
