"""A database that the tutorial's Flask application has made is served as it is."""
import pytest
from harness.server import Server

TABLES = {
    "sqlite": ['CREATE TABLE todos (id INTEGER NOT NULL, title VARCHAR, "order" INTEGER, completed BOOLEAN, '
               'PRIMARY KEY (id), CHECK (completed IN (0, 1)))'],
    "postgresql": ['CREATE TABLE todos (id SERIAL NOT NULL, title VARCHAR, "order" INTEGER, completed BOOLEAN, '
                   'PRIMARY KEY (id))'],
    "mysql": ['CREATE TABLE todos (id INTEGER NOT NULL AUTO_INCREMENT, title VARCHAR(255), `order` INTEGER, completed BOOL, '
              'PRIMARY KEY (id), CHECK (completed IN (0, 1)))'],
}
ROWS = ["INSERT INTO todos (title, {order}, completed) VALUES ('Pick up kids', 1, {false})",
        "INSERT INTO todos (title, {order}, completed) VALUES ('Buy gr\u00f6ceries \U0001f600', 2, {true})",
        "INSERT INTO todos (title, {order}, completed) VALUES (NULL, NULL, NULL)"]
STORED = [{"id": 1, "title": "Pick up kids", "order": 1, "completed": False},
          {"id": 2, "title": "Buy gr\u00f6ceries \U0001f600", "order": 2, "completed": True},
          {"id": 3, "title": None, "order": None, "completed": None}]


@pytest.fixture
def flask_api(form, fresh_database):
    dialect = form.split("+")[0]
    words = {"order": "`order`" if dialect == "mysql" else '"order"', "true": "true", "false": "false"}
    if dialect == "sqlite":
        words.update(true="1", false="0")
    fresh_database.execute(*TABLES[dialect])
    fresh_database.execute(*[row.format(**words) for row in ROWS])
    with Server(fresh_database.uri()) as running:
        yield running.api


def test_its_rows_are_served(flask_api):
    assert flask_api.todos() == STORED
    assert flask_api.todo(2) == STORED[1]


def test_its_rows_are_changed_and_deleted(flask_api):
    assert flask_api.patch(1, {"completed": True}).json() == dict(STORED[0], completed=True)
    assert flask_api.put(3, {"title": "now", "order": 9, "completed": False}).status == 200
    assert flask_api.delete("/todos/2").json() == {}
    assert flask_api.todos() == [dict(STORED[0], completed=True),
                                 {"id": 3, "title": "now", "order": 9, "completed": False}]


def test_its_keys_go_on(flask_api):
    todo = flask_api.create(title="new")
    assert todo["id"] == 4
    assert len(flask_api.todos()) == 4


@pytest.mark.only("mysql")
def test_a_title_that_does_not_fit_is_never_cut(flask_api):
    assert 400 <= flask_api.post({"title": "x" * 256}).status < 600
    assert flask_api.todos() == STORED
    assert flask_api.create(title="\U0001f600" * 255)["title"] == "\U0001f600" * 255


@pytest.mark.only("sqlite")
def test_a_value_of_another_type_is_an_error_and_stays(fresh_database, flask_api):
    fresh_database.execute("UPDATE todos SET \"order\" = 'many' WHERE id = 1")
    assert flask_api.get("/todos/1").status == 500
    assert flask_api.todo(2) == STORED[1]
    assert fresh_database.execute('SELECT "order" FROM todos WHERE id = 1') == [("many",)]
