"""What the tests of an installed copy share: building notes.c against it, and talking to what serves."""
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import urllib.request

HERE = pathlib.Path(__file__).parent
CONFIG = "SQLALCHEMY_DATABASE_URI = 'sqlite:///todos.db'\n"


@contextlib.contextmanager
def serving(program, work, *arguments, environment=None):
    """Serves in the folder work on a free port; gives the address, and expects an orderly end."""
    server = subprocess.Popen([program, "serve", "--port", "0", *arguments], cwd=work, stdout=subprocess.PIPE, text=True,
                              env=dict(os.environ, **environment or {}))
    try:
        yield next(found.group(0) for found in map(re.compile(r"http://127\.0\.0\.1:(\d+)/").search, server.stdout) if found)
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0, "%s ended with status %d" % (program, server.returncode)
    finally:
        server.kill()
        server.wait()


def fetch(url, body=None):
    request = urllib.request.Request(url, body and json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read()


def todo_serves(program, work, environment=None):
    """The Todo application with its pages and files, and a database in the folder work."""
    (work / "todo.conf").write_text(CONFIG)
    with serving(program, work, "--config", "todo.conf", environment=environment) as address:
        assert b"<title>todos</title>" in fetch(address)
        assert b"#todoapp" in fetch(address + "static/todo.css")
        assert json.loads(fetch(address + "todos/", {"title": "x"}))["title"] == "x"
    assert (work / "todos.db").exists()


def notes_serve(program, work, environment=None):
    """The application of README.md."""
    database = "--set=SQLALCHEMY_DATABASE_URI=sqlite:///%s.db" % program.parent.name
    with serving(program, work, database, "--config", "todo.conf", environment=environment) as address:
        fetch(address + "notes/", {"body": "later", "due": "2026-12-24T18:00:00"})
        fetch(address + "notes/", {"body": "no hurry", "due": None})
        bodies = [note["body"] for note in json.loads(fetch(address + "notes/"))]
        assert bodies == ["no hurry", "later"], bodies


def build_by_pkg_config(folder, libraries, compiler, flags=(), environment=None):
    """Builds notes.c as people without a build system do; gives the program."""
    folder.mkdir()
    environment = dict(os.environ, PKG_CONFIG_PATH=str(libraries / "pkgconfig"), **environment or {})
    told = subprocess.run(["pkg-config", "--cflags", "--libs", "calx-server"], check=True, stdout=subprocess.PIPE, text=True,
                          env=environment).stdout
    subprocess.run([compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", *flags, HERE / "notes.c", "-o", folder / "notes",
                    *told.split()], check=True)
    return folder / "notes"
