"""The real server as a process, in a folder of its own and on a port that it chooses."""
import collections
import os
import re
import signal
import subprocess
import tempfile
import threading

from .client import Api

TODO = os.environ.get("CALX_TODO", "")
ADDRESS = re.compile(r"https?://127\.0\.0\.1:(\d+)/")
START_SECONDS = 20
STOP_SECONDS = 20


def clean_environment(**more):
    """Without what the person who runs the tests has set for servers of their own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("TODO_", "CALX_TEST_", "PG", "MYSQL"))}
    kept.update(more)
    return kept


class Server:
    def __init__(self, uri, settings=None, arguments=(), folder=None, environment=None, port=0, prefix=(),
                 program=TODO):
        self.own_folder = None if folder else tempfile.TemporaryDirectory(prefix="calx-http.")
        self.folder = folder or self.own_folder.name
        config = os.path.join(self.folder, "server.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write("SQLALCHEMY_DATABASE_URI = %r\n" % uri)
            for key, value in (settings or {}).items():
                file.write("%s = %r\n" % (key, value))
        self.command = list(prefix) + [program, "serve", "--config", config, "--port", str(port)] + list(arguments)
        self.environment = clean_environment(**(environment or {}))
        self.start()

    def start(self):
        self.lines = collections.deque(maxlen=2000)
        self.port = None
        self.known = threading.Event()
        self.process = subprocess.Popen(self.command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        self.reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self.reader.start()
        assert self.known.wait(START_SECONDS) and self.port, "the server did not start:\n" + self.log()
        self.api = Api(self.port)

    def _read(self, process):
        for line in process.stdout:
            self.lines.append(line)
            found = ADDRESS.search(line)
            if found and self.port is None:
                self.port = int(found[1])
                self.known.set()
        self.known.set()

    def log(self):
        return "".join(list(self.lines)[-60:])

    def terminate(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait(self):
        """Waits for the end, and returns the status."""
        status = self.process.wait(STOP_SECONDS)
        self.reader.join()
        self.process.stdout.close()
        return status

    def stop(self):
        """Ends the server as a person would; a sanitizer's complaint or a crash shows in the status."""
        try:
            if self.process.poll() is None:
                self.terminate()
            status = self.wait()
            assert status == 0, "the server ended with status %d:\n%s" % (status, self.log())
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the server did not end in time:\n" + self.log()) from None
        finally:
            if self.own_folder:
                self.own_folder.cleanup()

    def kill(self):
        self.process.kill()
        self.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.process.stdout.closed:
            self.stop()
