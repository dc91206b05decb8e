"""What requests that read ask the system for: nothing by code of calx, once a few have been answered."""
import os
import struct

import pytest
from harness.client import Connection
from harness.server import Server

COUNTER = os.environ.get("CALX_ALLOCATION_COUNTER", "")
WARM = 40
COUNTED = 100


class Counts:
    """By calx, and by the libraries below it."""

    def __init__(self, path):
        self.path = path

    def read(self):
        with open(self.path, "rb") as file:
            return struct.unpack("@QQ", file.read(16))


@pytest.fixture(scope="module")
def counting(database, tmp_path_factory):
    if not COUNTER:
        pytest.skip("a sanitizer has malloc for itself")
    path = str(tmp_path_factory.mktemp("allocations") / "counts")
    with Server(database.uri(), {"THREADS": 1}, environment={"LD_PRELOAD": COUNTER, "CALX_ALLOCATIONS": path}) as running:
        running.api.post({"title": "a title", "order": 1, "completed": False})
        yield running.api, Counts(path)


def test_the_counter_counts(counting):
    api, counts = counting
    before = counts.read()
    api.post({"title": "jansson asks for memory"})
    assert before[0] > 0 and counts.read()[1] > before[1]


@pytest.mark.parametrize("path", ["/todos/1", "/todos/", "/", "/todos/99"])
def test_reading_allocates_nothing(counting, path):
    api, counts = counting
    with Connection(api.port) as connection:
        for _ in range(WARM):
            connection.request("GET", path)
        before = counts.read()
        for _ in range(COUNTED):
            connection.request("GET", path)
        own, others = (after - since for after, since in zip(counts.read(), before))
    print("%s: %d by calx, %.1f by libraries for each request" % (path, own, others / COUNTED))
    assert own == 0
