"""Fixtures: a fresh database and a running server for each test file, an empty list for each test that asks for one."""
import os

import pytest
from harness import backends
from harness.server import TODO, Server

FORM = os.environ.get("CALX_BACKEND", "sqlite")


def pytest_configure(config):
    assert os.access(TODO, os.X_OK), "CALX_TODO does not name the program: run this through ctest or tests/run"


@pytest.fixture(scope="session")
def form():
    return FORM


@pytest.fixture(scope="module")
def database():
    created = backends.create(FORM)
    yield created
    created.close()


@pytest.fixture
def fresh_database():
    """For tests that do something to the database which others should not see."""
    created = backends.create(FORM)
    yield created
    created.close()


@pytest.fixture(scope="module")
def server(database):
    with Server(database.uri()) as running:
        yield running


@pytest.fixture
def api(server):
    server.api.clear()
    return server.api


def pytest_collection_modifyitems(items):
    """`@pytest.mark.only("sqlite")` is for what only makes sense there; the others are left out, not skipped."""
    items[:] = [item for item in items
                if all(FORM.split("+")[0] in mark.args for mark in item.iter_markers("only"))]
