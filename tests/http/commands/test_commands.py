"""The command line: what each command prints and how it ends."""
import re
import sqlite3

import pytest
from harness.client import parse_json
from program import SECRET, SECRET_PLAIN, assert_fails, assert_works, run

COMMANDS = ["serve", "routes", "config", "db create", "db drop", "db url", "drivers"]

URLS = {
    "sqlite:///todos.db": {"drivername": "sqlite", "database": "todos.db"},
    "sqlite:////var/lib/todos.db": {"drivername": "sqlite", "database": "/var/lib/todos.db"},
    "sqlite+sqlite3:///todos.db?mode=ro": {"drivername": "sqlite+sqlite3", "database": "todos.db", "query": {"mode": "ro"}},
    "sqlite:///:memory:": {"drivername": "sqlite", "database": ":memory:"},
    "postgresql://u:p%40w@db.example.org:5433/todos": {
        "drivername": "postgresql", "username": "u", "password": "p@w", "host": "db.example.org", "port": 5433, "database": "todos",
        "masked": "postgresql://u:***@db.example.org:5433/todos"},
    "postgresql+libpq://u:@[::1]/todos": {"drivername": "postgresql+libpq", "username": "u", "password": "", "host": "::1",
                                          "database": "todos", "masked": "postgresql+libpq://u:***@[::1]/todos"},
    "mysql://u@h": {"drivername": "mysql", "username": "u", "host": "h"},
    "mysql://u@h/": {"drivername": "mysql", "username": "u", "host": "h", "database": ""},
    "mariadb://u:a/b:c?d+e@h/n": {"drivername": "mariadb", "username": "u", "password": "a/b:c?d+e", "host": "h", "database": "n",
                                  "masked": "mariadb://u:***@h/n"},
    "postgresql:///todos?host=/run/pg&a=1&a=2&empty=&none": {
        "drivername": "postgresql", "database": "todos", "query": {"host": "/run/pg", "a": ["1", "2"]}},
    "mysql://h/n?x=a+b%2Bc": {"drivername": "mysql", "host": "h", "database": "n", "query": {"x": "a b+c"}},
}
BAD_URLS = ["", "todos.db", "://x", "sqlite:todos.db", "post-gres://h/n", "postgresql://u:%s@h:port/n" % SECRET,
            "postgresql://u:%s@h:99999/n" % SECRET, "postgresql://u:%s@h:/n" % SECRET, "mysql://u:%s@h:-1/n" % SECRET,
            "postgresql://u:%00@h/n", "postgresql://u:%ff@h/n", "postgresql://u:x@[::1/n"]


@pytest.mark.parametrize("url", URLS)
def test_db_url_prints_the_parse(tmp_path, url):
    parsed = parse_json(assert_works(run("db", "url", url, folder=tmp_path)))
    expected = dict.fromkeys(["username", "password", "host", "port", "database"], None)
    expected.update(query={}, masked=parsed["masked"])
    expected.update(URLS[url])
    assert parsed == expected
    assert not parsed["password"] or parsed["password"] not in parsed["masked"]


@pytest.mark.parametrize("url", BAD_URLS)
def test_db_url_refuses_a_bad_url(tmp_path, url):
    done = run("db", "url", url, folder=tmp_path)
    assert_fails(done, status=2)
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_help_tells_the_commands(tmp_path):
    text = assert_works(run("--help", folder=tmp_path))
    for command in COMMANDS + ["--config", "--host", "--port", "--set", "--version"]:
        assert command in text


def test_version(tmp_path):
    assert re.search(r"\b\d+\.\d+\.\d+\b", assert_works(run("--version", folder=tmp_path)))


@pytest.mark.parametrize("arguments", [["nonsense"], ["db"], ["db", "nonsense"], ["db", "url"], ["--nonsense"], ["serve", "--nonsense"],
                                       ["serve", "--port"], ["serve", "--config"], ["serve", "--set"], ["serve", "surplus"]])
def test_a_wrong_command_line_is_refused(tmp_path, arguments):
    assert_fails(run(*arguments, folder=tmp_path))


def test_routes_lists_methods_and_paths(tmp_path):
    text = assert_works(run("routes", folder=tmp_path))
    lines = {line for line in text.splitlines()}
    for path, methods in (("/todos/<int:id>", ("GET", "PUT", "PATCH", "DELETE")), ("/todos/", ("GET", "POST"))):
        found = " ".join(line for line in lines if re.search(re.escape(path) + r"(\s|$)", line))
        assert all(re.search(r"\b%s\b" % method, found) for method in methods), text


def test_drivers_lists_what_is_installed(tmp_path):
    text = assert_works(run("drivers", folder=tmp_path))
    for name in ("dbi", "sqlite3", "libpq", "mariadb"):
        assert re.search(r"\b%s\b" % name, text), text


def test_db_create_and_drop(tmp_path):
    (tmp_path / "a.conf").write_text("SQLALCHEMY_DATABASE_URI = 'sqlite:///made.db'\n")
    for _ in range(2):
        assert_works(run("db", "create", "--config", "a.conf", folder=tmp_path))
    connection = sqlite3.connect(tmp_path / "made.db")
    (made,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'todos'").fetchone()
    assert [row[1:] for row in connection.execute("PRAGMA table_info(todos)")] == [
        ("id", "INTEGER", 1, None, 1), ("title", "VARCHAR", 0, None, 0), ("order", "INTEGER", 0, None, 0),
        ("completed", "BOOLEAN", 0, None, 0)]
    assert " ".join(made.split()).replace("( ", "(").replace(" )", ")") == (
        'CREATE TABLE todos (id INTEGER NOT NULL, title VARCHAR, "order" INTEGER, completed BOOLEAN, PRIMARY KEY (id))')
    connection.execute("INSERT INTO todos (title) VALUES ('kept')")
    connection.commit()
    assert_works(run("db", "create", "--config", "a.conf", folder=tmp_path))
    assert connection.execute("SELECT title FROM todos").fetchall() == [("kept",)]
    for _ in range(2):
        assert_works(run("db", "drop", "--config", "a.conf", folder=tmp_path))
    assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'todos'").fetchall() == []
    connection.close()


def test_db_create_that_cannot_reach_the_database_fails(tmp_path):
    uri = "postgresql://u:%s@127.0.0.1:1/n" % SECRET
    (tmp_path / "a.conf").write_text("SQLALCHEMY_DATABASE_URI = '%s'\n" % uri)
    assert_fails(run("db", "create", "--config", "a.conf", folder=tmp_path))
    (tmp_path / "b.conf").write_text("SQLALCHEMY_DATABASE_URI = 'sqlite:///none/todos.db'\n")
    assert_fails(run("db", "create", "--config", "b.conf", folder=tmp_path), "none/todos.db")


def test_config_tells_each_value_and_where_it_comes_from(tmp_path):
    (tmp_path / "a.conf").write_text("SQLALCHEMY_DATABASE_URI = 'postgresql://u:%s@h/n'\nDEBUG = True\n" % SECRET)
    text = assert_works(run("config", "--config", "a.conf", "--set", "MAX_CONTENT_LENGTH=4096", folder=tmp_path,
                            environment={"TODO_PORT": "8123"}))
    lines = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert "postgresql://u:***@h/n" in lines["SQLALCHEMY_DATABASE_URI"] and "a.conf" in lines["SQLALCHEMY_DATABASE_URI"]
    assert "True" in lines["DEBUG"] and "a.conf" in lines["DEBUG"]
    assert "8123" in lines["PORT"] and "TODO_PORT" in lines["PORT"]
    assert "4096" in lines["MAX_CONTENT_LENGTH"] and "--set" in lines["MAX_CONTENT_LENGTH"]
    assert "built-in" in lines["TESTING"]
    assert SECRET not in text and SECRET_PLAIN not in text
