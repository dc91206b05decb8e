"""The server over a database that fails as a seed says: what was answered is what is stored."""
import os

import pytest
from harness.server import TODO, Server

# tests/faults/seeds asks for more.
SEEDS = int(os.environ.get("CALX_FAULT_SEEDS", "2"))
REQUESTS = 25
TRIES_AT_THE_END = 50
PLUGINS = os.path.join(os.path.dirname(TODO), "calx-diagnostics")


def fault_uri(database, seed):
    """sqlite+sqlite3:///x becomes sqlite+fault:///x with the rest in its query."""
    scheme, rest = database.uri().split(":", 1)
    dialect, _, driver = scheme.partition("+")
    query = "fault_driver=%s&seed=%d&fault_every=6" % (driver or "dbi", seed)
    return "%s+fault:%s%s%s" % (dialect, rest, "&" if "?" in rest else "?", query)


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_answers_are_true(fresh_database, seed):
    with Server(fresh_database.uri()) as server:  # makes the tables
        assert server.api.get("/todos/").status == 200
    acknowledged, refused, unknown = [], [], []
    with Server(fault_uri(fresh_database, seed), environment={"CALX_DRIVER_PATH": PLUGINS}) as server:
        for number in range(REQUESTS):
            title = "seed %d, %d" % (seed, number)
            answer = server.api.post({"title": title})
            if answer.status == 200:
                acknowledged.append(title)
            elif answer.status == 503 and "not known" in answer.json()["message"]:
                unknown.append(title)
            else:
                assert answer.status in (500, 503), answer.status
                refused.append(title)
        log = server.log()
        assert any(line.startswith("fault: seed %d," % seed) for line in server.lines), log
        assert any(server.api.delete("/todos/0").status == 200 for _ in range(TRIES_AT_THE_END)), log
    stored = sorted(title for title, in fresh_database.execute("SELECT title FROM todos"))
    assert len(set(stored)) == len(stored), "stored twice"
    assert set(acknowledged) <= set(stored), "acknowledged and lost"
    assert not set(refused) & set(stored), "refused and stored"
    assert set(stored) <= set(acknowledged) | set(unknown)
