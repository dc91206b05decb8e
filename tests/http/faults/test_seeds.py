"""The server over a database that fails as a seed says: what was answered is what is stored. Every other request has an
Idempotency-Key and is sent until it is answered."""
import collections
import json
import os

from harness.server import Server

# tests/run --all asks for more.
SEEDS = int(os.environ.get("CALX_FAULT_SEEDS", "2"))
REQUESTS = 24
TRIES = 300  # every sixth call fails, and a request has many
FAULT_EVERY = 6
ORDERS = os.environ["CALX_ORDERS"]
PLUGINS = os.path.join(os.path.dirname(os.environ["CALX_TODO"]), "calx-diagnostics")
SETTINGS = {"IDEMPOTENCY_KEYS": True, "FIBERS": 4}


def fault_uri(database, seed):
    """sqlite+sqlite3:///x becomes sqlite+fault:///x with the rest in its query."""
    scheme, rest = database.uri().split(":", 1)
    dialect, _, driver = scheme.partition("+")
    query = "fault_driver=%s&seed=%d&fault_every=%d" % (driver or "dbi", seed, FAULT_EVERY)
    return "%s+fault:%s%s%s" % (dialect, rest, "&" if "?" in rest else "?", query)


class Client:
    """What it was told, by title."""

    def __init__(self):
        self.acknowledged, self.refused, self.unknown = [], [], []
        self.sums = collections.Counter()

    def send(self, server, path, title, key):
        headers = [("Content-Type", "application/json")] + ([("Idempotency-Key", '"%s"' % key)] if key else [])
        answer = server.api.request("POST", path, json.dumps({"item": title}).encode(), headers)
        self.sums["requests"] += 1
        assert answer.status in (200, 500, 503), answer
        if answer.status == 200:
            return "done"
        known = "outcome" not in answer.json()
        self.sums["unknown"] += not known
        self.sums["refused"] += known
        return "refused" if known else "unknown"

    def send_once(self, server, title):
        told = self.send(server, "/orders/", title, None)
        {"done": self.acknowledged, "refused": self.refused, "unknown": self.unknown}[told].append(title)

    def send_until_done(self, server, path, title):
        for tries in range(TRIES):
            self.sums["sent again"] += tries > 0
            if self.send(server, path, title, title) == "done":
                self.acknowledged.append(title)
                return
        raise AssertionError("%s was never answered" % title)


def run_seed(client, database, seed):
    with Server(fault_uri(database, seed), SETTINGS, program=ORDERS, environment={"CALX_DRIVER_PATH": PLUGINS}) as server:
        for number in range(REQUESTS):
            title = "seed %d, %d" % (seed, number)
            if number % 2 == 0:
                client.send_once(server, title)
            else:
                client.send_until_done(server, "/twice/" if number % 4 == 1 else "/repeatable/", title)
        assert any(line.startswith("fault: seed %d," % seed) for line in server.lines), server.log()
        assert any(server.api.send_json("PATCH", "/orders/0", {}).status == 404 for _ in range(TRIES)), "the server is stuck\n" + server.log()


def test_answers_are_true(database, capsys):
    client = Client()
    with Server(database.uri(), SETTINGS, program=ORDERS) as server:  # makes the tables
        assert server.api.get("/orders/").json() == []
    for seed in range(1, SEEDS + 1):
        run_seed(client, database, seed)
    stored = collections.Counter(title for title, in database.execute("SELECT item FROM orders"))
    pairs = stored.pop("another")  # the second row of each request to /twice/
    sums = client.sums
    sums["acknowledged"] = len(client.acknowledged)
    sums["lost"] = len(set(client.acknowledged) - set(stored))
    sums["twice"] = sum(stored.values()) - len(stored) + len(set(client.refused) & set(stored))
    sums["half"] = abs(pairs - SEEDS * REQUESTS // 4)
    with capsys.disabled():
        print("\n%d seeds: requests %d, acknowledged %d, refused %d, unknown %d, sent again %d; lost %d, twice %d, half written %d" % (
            (SEEDS,) + tuple(sums[name] for name in ("requests", "acknowledged", "refused", "unknown", "sent again", "lost", "twice",
                                                     "half"))))
    assert sums["lost"] == sums["twice"] == sums["half"] == 0
    assert set(stored) <= set(client.acknowledged) | set(client.unknown)
