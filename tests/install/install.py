"""Installs a build into an empty prefix, serves the Todo application from there, and builds notes.c against it."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).parent


def serving(program, *arguments, **options):
    """Starts a server on a free port; gives the process and its address."""
    server = subprocess.Popen([program, "serve", "--port", "0", *arguments], stdout=subprocess.PIPE, text=True, **options)
    for line in server.stdout:
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        if found:
            return server, found.group(0)
    raise AssertionError("%s: no address was printed, status %d" % (program, server.wait()))


def fetch(url, body=None):
    request = urllib.request.Request(url, body and json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read()


def stop(server):
    server.send_signal(signal.SIGTERM)
    assert server.wait(20) == 0, "the server ended with status %d" % server.returncode


def todo_serves_from_the_prefix(prefix, work):
    config = work / "todo.conf"
    config.write_text("SQLALCHEMY_DATABASE_URI = 'sqlite:///todos.db'\n")
    server, address = serving(prefix / "bin/todo", "--config", config, cwd=work)
    try:
        assert b"<title>todos</title>" in fetch(address)
        assert b"#todoapp" in fetch(address + "static/todo.css")
        assert json.loads(fetch(address + "todos/", {"title": "x"}))["title"] == "x"
    finally:
        stop(server)
    assert (work / "todos.db").exists()


def strangers_build(prefix, work, libraries, compiler, sanitize):
    flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror"] + (["-fsanitize=" + sanitize.replace(";", ",")] if sanitize else [])
    subprocess.run([compiler, *flags, "-I", prefix / "include", HERE / "notes.c", "-o", work / "notes",
                    "-L", libraries, "-lcalx-server", "-lcalx", "-Wl,-rpath," + str(libraries)], check=True)
    server, address = serving(work / "notes", "--set", "SQLALCHEMY_DATABASE_URI=sqlite:///notes.db", "--config",
                              work / "todo.conf", cwd=work)
    try:
        fetch(address + "notes/", {"body": "later", "due": "2026-12-24T18:00:00"})
        fetch(address + "notes/", {"body": "no hurry", "due": None})
        bodies = [note["body"] for note in json.loads(fetch(address + "notes/"))]
        assert bodies == ["no hurry", "later"], bodies
    finally:
        stop(server)


def readme_shows_notes():
    """The application of README.md is the one that is built here, but for blanks."""
    readme = (HERE / "../../README.md").read_text()
    shown = readme.split("```c\n", 1)[1].split("```", 1)[0]
    built = (HERE / "notes.c").read_text().split("*/", 1)[1]
    assert re.sub(r"[\\\s]", "", shown) == re.sub(r"[\\\s]", "", built), "README.md and notes.c differ"


def main(build, compiler, sanitize=""):
    readme_shows_notes()
    with tempfile.TemporaryDirectory() as folder:
        prefix, work = pathlib.Path(folder) / "prefix", pathlib.Path(folder) / "work"
        work.mkdir()
        subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
        libraries = next(prefix.glob("lib/**/libcalx.so")).parent
        drivers = subprocess.run([prefix / "bin/todo", "drivers"], check=True, stdout=subprocess.PIPE, text=True).stdout
        assert len(drivers.splitlines()) == 6, drivers
        todo_serves_from_the_prefix(prefix, work)
        strangers_build(prefix, work, libraries, compiler, sanitize)


main(*sys.argv[1:])
