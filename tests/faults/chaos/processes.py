"""Programs that are started, killed, frozen and started again; databases' servers that belong to a run of faults."""
import contextlib
import glob
import os
import pwd
import random
import signal
import socket
import subprocess

from harness.client import eventually
from harness.server import clean_environment

START_SECONDS = 180  # a node of a cluster copies the whole database first


def free_port():
    """Below those that the kernel gives to clients, so that it is still free for a program that is started again."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def children(pid):
    """The processes that this one has started."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError), open(path, encoding="ascii", errors="replace") as file:
            number, rest = file.read().split(" (", 1)
            if int(rest.rsplit(") ", 1)[1].split()[1]) == pid:
                found.append(int(number))
    return found


def as_user(user):
    """Words before a command: it runs as this user, if root can choose, and ends with this program."""
    identity = []
    if os.geteuid() == 0 and user:
        identity = ["--reuid=" + user, "--regid=%d" % pwd.getpwnam(user).pw_gid, "--init-groups"]
    return ["setpriv"] + identity + ["--pdeathsig", "KILL", "--"]


class Program:
    """A program in a folder of its own. A subclass says its command, and how to see that it answers."""
    user = None

    def __init__(self, folder, port):
        self.folder = folder
        self.port = port
        self.process = None
        os.mkdir(folder, 0o700)
        self.own(folder)
        self.log = os.path.join(folder, "log")

    def own(self, path):
        if os.geteuid() == 0:
            entry = pwd.getpwnam(self.user)
            os.chown(path, entry.pw_uid, entry.pw_gid)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.own(path)
        return path

    def run(self, *command, **options):
        """A command as the same user; its output."""
        with open(self.log, "a", encoding="utf-8") as log:
            return subprocess.run(as_user(self.user) + list(command), stdout=subprocess.PIPE, stderr=log, check=True, text=True,
                                  cwd="/", env=clean_environment(), **options).stdout

    def begin(self, *more):
        with open(self.log, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(as_user(self.user) + self.command() + list(more), stdout=log, stderr=log, cwd="/",
                                            stdin=subprocess.DEVNULL, env=clean_environment())

    def start(self, *more):
        self.begin(*more)
        eventually(self.is_ready, START_SECONDS)

    def is_ready(self):
        assert self.process.poll() is None, "%s ended, see %s" % (type(self).__name__, self.log)
        return self.answers()

    def family(self):
        return [self.process.pid] + children(self.process.pid)

    def send(self, number):
        """To the program and to all that it has started."""
        for pid in self.family():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def end(self, number=signal.SIGKILL):
        """Only the program itself gets the signal; waits until what it has started has ended too."""
        if self.process is None or self.process.poll() is not None:
            return
        family = self.family()
        self.process.send_signal(number)
        self.process.wait(START_SECONDS)
        eventually(lambda: not any(os.path.exists("/proc/%d" % pid) for pid in family[1:]), START_SECONDS)

    def restart(self, number):
        self.end(number)
        self.start()


class PostgreSQL(Program):
    user = "postgres"
    ended_by = signal.SIGINT
    settings = ("listen_addresses=127.0.0.1", "shared_buffers=16MB", "max_connections=60", "logging_collector=off")

    def __init__(self, folder, port, copy_of=None, **settings):
        super().__init__(folder, port)
        self.data = os.path.join(folder, "data")
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.settings += tuple("%s=%s" % pair for pair in settings.items())
        if copy_of:
            self.run(self.program("pg_basebackup"), "-h", "127.0.0.1", "-p", str(copy_of.port), "-U", "postgres", "-D", self.data, "-R",
                     "-c", "fast", "-d", "application_name=standby%d" % port)
        else:
            self.run(self.program("initdb"), "-D", self.data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust",
                     "--no-sync", "--no-instructions")

    def program(self, name):
        return os.path.join(self.bin, name)

    def command(self):
        options = [word for setting in self.settings for word in ("-c", setting)]
        return [self.program("postgres"), "-D", self.data, "-p", str(self.port), "-k", self.folder] + options

    def execute(self, *statements):
        return self.run("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres",
                        "-d", "postgres", *[word for statement in statements for word in ("-c", statement)], timeout=20)

    def answers(self):
        with contextlib.suppress(subprocess.SubprocessError):
            return self.execute("SELECT 1") == "1\n"
        return False

    def prepare(self):
        self.execute("CREATE ROLE calx LOGIN CREATEDB PASSWORD 'calx'", "CREATE DATABASE calx_test OWNER calx")

    def stop(self):
        self.end(signal.SIGQUIT)

    def uri(self, port=None):
        return "postgresql://calx:calx@127.0.0.1:%d/calx_test" % (port or self.port)


class MariaDB(Program):
    user = "mysql"
    ended_by = signal.SIGTERM

    def __init__(self, folder, port, *options):
        super().__init__(folder, port)
        self.data = os.path.join(folder, "data")
        self.options = list(options)
        self.init = self.write("init.sql", "CREATE DATABASE IF NOT EXISTS calx_test CHARACTER SET utf8mb4;\n"
                               "CREATE USER IF NOT EXISTS calx IDENTIFIED BY 'calx';\nGRANT ALL ON `calx\\_%`.* TO calx;\n")
        self.run("mariadb-install-db", "--no-defaults", "--datadir=" + self.data, "--skip-test-db",
                 "--auth-root-authentication-method=socket", "--innodb-log-file-size=16M")

    def command(self):
        return ["mariadbd", "--no-defaults", "--datadir=" + self.data, "--socket=" + os.path.join(self.folder, "socket"),
                "--pid-file=" + os.path.join(self.folder, "pid"), "--port=%d" % self.port, "--bind-address=127.0.0.1",
                "--skip-name-resolve", "--tmpdir=" + self.folder, "--innodb-use-native-aio=0", "--innodb-buffer-pool-size=16M",
                "--innodb-log-file-size=16M", "--performance-schema=OFF", "--init-file=" + self.init] + self.options

    def execute(self, *statements):
        """As root, through the socket."""
        return subprocess.run(["mariadb", "--no-defaults", "-N", "-B", "-u", "root", "-S", os.path.join(self.folder, "socket")],
                              input=";\n".join(statements) + ";\n", stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True, text=True,
                              timeout=20).stdout

    def answers(self):
        with contextlib.suppress(subprocess.SubprocessError):
            return "calx_test" in self.execute("SHOW DATABASES")
        return False

    def prepare(self):
        pass  # the init file has done it

    def stop(self):
        self.end(signal.SIGKILL)

    def uri(self, port=None):
        return "mysql://calx:calx@127.0.0.1:%d/calx_test" % (port or self.port)
