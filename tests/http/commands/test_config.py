"""Configuration files, their layers, and what is said about mistakes in them."""
import os
import re
import socket

import pytest
from harness.server import Server
from program import SECRET, assert_fails, assert_works, run

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")

LITERALS = {
    "HOST = '127.0.0.2'": ("HOST", "127.0.0.2"), 'HOST = "127.0.0.2"': ("HOST", "127.0.0.2"),
    "HOST='127.0.0.2'  # why": ("HOST", "127.0.0.2"), "  \nHOST = '127.0.0.2'\r\n": ("HOST", "127.0.0.2"),
    "HOST = '127.\\x30.0.2'": ("HOST", "127.0.0.2"), "PORT = 8001": ("PORT", "8001"), "PORT = 0x1f41": ("PORT", "8001"),
    "DEBUG = True": ("DEBUG", "True"), "DEBUG = False": ("DEBUG", "False"), "THREADS = None": ("THREADS", "None"),
    "MAX_CONTENT_LENGTH = 1_000_000": ("MAX_CONTENT_LENGTH", "1000000"),
    "SQLALCHEMY_DATABASE_URI = 'sqlite:///a#b.db' # one": ("SQLALCHEMY_DATABASE_URI", "sqlite:///a#b.db"),
}
# A file's line -> the key that the message has to name besides file and line.
MISTAKES = {
    "NONSENSE = 1": "NONSENSE", "sqlalchemy_database_uri = 'sqlite://'": "sqlalchemy_database_uri", "PORT = '8000'": "PORT",
    "PORT = 65536": "PORT", "PORT = -1": "PORT", "PORT = 8000.5": "PORT", "PORT = True": "PORT",
    "PORT = 99999999999999999999999": "PORT", "PORT =": "PORT", "PORT 8000": "", "PORT = 8000 8001": "PORT", "= 8000": "",
    "DEBUG = true": "DEBUG", "DEBUG = 1": "DEBUG", "DEBUG = 'yes'": "DEBUG", "HOST = 127.0.0.1": "HOST", "HOST = None": "HOST",
    "HOST = 'open": "HOST", "THREADS = -1": "THREADS", "MAX_CONTENT_LENGTH = 'x'": "MAX_CONTENT_LENGTH",
    "import os": "", "HOST = os.environ['HOST']": "HOST", "SQLALCHEMY_DATABASE_URI = 5": "SQLALCHEMY_DATABASE_URI",
    "SQLALCHEMY_DATABASE_URI = 'postgresql://u:%s@h:port/n'" % SECRET: "SQLALCHEMY_DATABASE_URI",
    "SQLALCHEMY_DATABASE_URI = 'todos.db'": "SQLALCHEMY_DATABASE_URI",
    "SQLALCHEMY_DATABASE_URI = ''": "SQLALCHEMY_DATABASE_URI",
    "SQLALCHEMY_DATABASE_URI = 'oracle://u:%s@h/n'" % SECRET: "oracle",
    "SQLALCHEMY_DATABASE_URI = 'postgresql+none://u:%s@h/n'" % SECRET: "none",
    "SQLALCHEMY_DATABASE_URI = 'sqlite+libpq:///a.db'": "libpq",
    "SQLALCHEMY_DATABASE_URI = 'sqlite://host/a.db'": "sqlite:///",
    "SQLALCHEMY_DATABASE_URI = 'postgresql://u:%s@h/n?nonsense=1'" % SECRET: "nonsense",
    "SQLALCHEMY_DATABASE_URI = 'mysql+mariadb://u:%s@h/n?nonsense=1'" % SECRET: "nonsense",
    "SQLALCHEMY_DATABASE_URI = 'sqlite:///a.db?mode=ro'": "mode",
    "SQLALCHEMY_ENGINE_OPTIONS = {'nonsense': 1}": "nonsense",
    "SQLALCHEMY_ENGINE_OPTIONS = {'pool_size': 'x'}": "pool_size",
    "SQLALCHEMY_ENGINE_OPTIONS = [": "SQLALCHEMY_ENGINE_OPTIONS",
}


def value_of(key, *arguments, folder, environment=None):
    text = assert_works(run("config", *arguments, folder=folder, environment=environment))
    (line,) = [line for line in text.splitlines() if re.match(re.escape(key) + r"\b", line)]
    return line


def write(folder, text, name="a.conf"):
    with open(folder / name, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return name


@pytest.mark.parametrize("text", LITERALS)
def test_values_are_python_literals(tmp_path, text):
    key, shown = LITERALS[text]
    assert shown in value_of(key, "--config", write(tmp_path, text), folder=tmp_path)


@pytest.mark.parametrize("text", ["SQLALCHEMY_DATABASE_URI = 'sqlite:///todos.db'\nDEBUG = True\n",
                                  "SQLALCHEMY_DATABASE_URI = 'sqlite:///test.db'\nTESTING = True\n"])
def test_the_tutorials_files_are_read(tmp_path, text):
    assert_works(run("config", "--config", write(tmp_path, text, "default.py"), folder=tmp_path))


@pytest.mark.parametrize("name", ["default.conf", "testing.conf", "production.conf.example"])
def test_the_files_of_the_tree_are_read(tmp_path, name):
    assert_works(run("config", "--config", os.path.join(ROOT, "config", name), folder=tmp_path))


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_named_with_file_line_and_key(tmp_path, line):
    write(tmp_path, "# a comment\nDEBUG = True\n" + line + "\n")
    done = run("serve", "--config", "a.conf", "--set", "HOST=127.0.0.1", "--set", "PORT=0", folder=tmp_path)
    assert_fails(done, "a.conf", MISTAKES[line])
    assert re.search(r"\b3\b", done.stderr), done.stderr


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n"])
def test_an_empty_file_is_refused(tmp_path, text):
    assert_fails(run("serve", "--config", write(tmp_path, text), "--port", 0, folder=tmp_path), "a.conf")


@pytest.mark.parametrize("name", ["none.conf", "none/a.conf", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name):
    assert_fails(run("serve", "--config", name, "--port", 0, folder=tmp_path), name)
    assert_fails(run("serve", "--config", write(tmp_path, "DEBUG = True\n"), "--port", 0, folder=tmp_path,
                     environment={"TODO_SETTINGS": name}), name)


def test_a_binary_file_is_refused(tmp_path):
    (tmp_path / "a.conf").write_bytes(b"DEBUG = True\n\x00\xff\xfe\n")
    assert_fails(run("serve", "--config", "a.conf", "--port", 0, folder=tmp_path), "a.conf")


@pytest.mark.parametrize("setting, key", [("NONSENSE=1", "NONSENSE"), ("PORT=x", "PORT"), ("PORT", "PORT"), ("=1", ""),
                                          ("DEBUG=perhaps", "DEBUG"), ("SQLALCHEMY_DATABASE_URI=x", "SQLALCHEMY_DATABASE_URI"),
                                          ("SQLALCHEMY_DATABASE_URI=mysql://u:%s@h:x/n" % SECRET, "SQLALCHEMY_DATABASE_URI")])
def test_a_mistake_on_the_command_line_is_named(tmp_path, setting, key):
    write(tmp_path, "DEBUG = True\n")
    assert_fails(run("serve", "--config", "a.conf", "--set", setting, folder=tmp_path), "--set", key)


def test_a_mistake_in_the_environment_is_named(tmp_path):
    write(tmp_path, "DEBUG = True\n")
    done = run("serve", "--config", "a.conf", folder=tmp_path, environment={"TODO_PORT": "x"})
    assert_fails(done, "TODO_PORT")


def test_variables_of_others_are_no_mistakes(tmp_path):
    write(tmp_path, "PORT = 8001\n")
    line = value_of("PORT", "--config", "a.conf", folder=tmp_path,
                    environment={"TODO_NONSENSE": "1", "TODO_": "", "TODO_LIST": "x", "PORT": "9000", "DEBUG": "x"})
    assert "8001" in line


def test_a_key_that_begins_with_the_prefix_is_its_own_variable(tmp_path):
    write(tmp_path, "DEBUG = True\n")
    assert "True" in value_of("TODO_BACKEND", "--config", "a.conf", folder=tmp_path, environment={"TODO_BACKEND": "True"})


def test_later_layers_win(tmp_path):
    write(tmp_path, "PORT = 8001\n")
    write(tmp_path, "PORT = 8002\n", "b.conf")
    layers = [({}, [], "8001"), ({"TODO_SETTINGS": "b.conf"}, [], "8002"),
              ({"TODO_SETTINGS": "b.conf", "TODO_PORT": "8003"}, [], "8003"),
              ({"TODO_SETTINGS": "b.conf", "TODO_PORT": "8003"}, ["--set", "PORT=8004"], "8004")]
    for environment, arguments, shown in layers:
        line = value_of("PORT", "--config", "a.conf", *arguments, folder=tmp_path, environment=environment)
        assert re.search(r"\b%s\b" % shown, line), line


def test_plain_text_is_enough_outside_of_files(tmp_path):
    write(tmp_path, "DEBUG = True\n")
    for value in ("sqlite:///plain.db", "'sqlite:///plain.db'"):
        for arguments, environment in ((["--set", "SQLALCHEMY_DATABASE_URI=" + value], {}),
                                       ([], {"TODO_SQLALCHEMY_DATABASE_URI": value})):
            line = value_of("SQLALCHEMY_DATABASE_URI", "--config", "a.conf", *arguments, folder=tmp_path, environment=environment)
            assert "sqlite:///plain.db" in line and "''" not in line


def test_a_port_in_use_is_named(tmp_path):
    write(tmp_path, "SQLALCHEMY_DATABASE_URI = 'sqlite:///a.db'\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert_fails(run("serve", "--config", "a.conf", "--port", port, folder=tmp_path), port)


def test_an_address_of_somebody_else_is_named(tmp_path):
    write(tmp_path, "SQLALCHEMY_DATABASE_URI = 'sqlite:///a.db'\n")
    assert_fails(run("serve", "--config", "a.conf", "--host", "192.0.2.1", "--port", 0, folder=tmp_path), "192.0.2.1")


def test_the_database_file_belongs_to_the_working_directory(tmp_path):
    with Server("sqlite:///here.db", folder=str(tmp_path)) as running:
        running.api.create(title="x")
        assert (tmp_path / "here.db").exists()


def test_testing_alone_removes_nothing(tmp_path):
    with Server("sqlite:///test.db", {"TESTING": True}, folder=str(tmp_path)) as running:
        running.api.create(title="kept")
        running.stop()
        assert (tmp_path / "test.db").exists()
        running.start()
        assert [todo["title"] for todo in running.api.todos()] == ["kept"]


def test_a_throwaway_database_leaves_nothing_and_touches_nothing(tmp_path):
    with Server("sqlite:///test.db", folder=str(tmp_path)) as running:
        running.api.create(title="kept")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    before = sorted(os.listdir(tmp_path))
    with Server("sqlite:///test.db", {"TESTING": True, "THROWAWAY": True}, folder=str(tmp_path),
                environment={"TMPDIR": str(scratch)}) as running:
        assert running.api.todos() == []
        running.api.create(title="thrown away")
    assert sorted(os.listdir(tmp_path)) == before
    assert os.listdir(scratch) == []
    with Server("sqlite:///test.db", folder=str(tmp_path)) as running:
        assert [todo["title"] for todo in running.api.todos()] == ["kept"]
