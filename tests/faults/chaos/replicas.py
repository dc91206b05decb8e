"""Reading on a replica: a primary and one standby, and a server whose route for one note may read there. Prints nothing but what is wrong."""
import contextlib
import json
import os
import signal
import tempfile
import time

from chaos.clusters import Pair
from chaos.processes import free_port
from harness import backends
from harness.client import Connection, eventually
from harness.server import Server

OPTIONS = {"connect_timeout": 2, "pool_timeout": 2}
JSON = (("Content-Type", "application/json"),)


class Client:
    """Keeps the cookie that tells how far the database was when it wrote, but no connection: the server closes idle ones."""

    def __init__(self, port):
        self.port = port
        self.cookie = None

    def ask(self, method, path, note=None):
        headers = (JSON if note else ()) + ((("Cookie", self.cookie),) if self.cookie else ())
        with Connection(self.port) as connection:
            answer = connection.request(method, path, json.dumps(note).encode() if note else None, headers)
        if answer.header("Set-Cookie"):
            self.cookie = answer.header("Set-Cookie").split(";")[0]
        return answer

    def body(self, path):
        answer = self.ask("GET", path)
        return answer.json()["body"] if answer.status == 200 else answer.status


def replay(standby, paused):
    standby.execute("SELECT pg_wal_replay_%s()" % ("pause" if paused else "resume"))
    wanted = "paused" if paused else "not paused"
    eventually(lambda: standby.execute("SELECT pg_get_wal_replay_pause_state()") == wanted + "\n")


def caught_up(primary, standby):
    position = primary.execute("SELECT pg_current_wal_lsn()").strip()
    eventually(lambda: standby.execute("SELECT pg_last_wal_replay_lsn() >= '%s'" % position) == "t\n")


def connected(standby):
    return standby.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'calx'") != "0\n"


def written(client, stranger, primary, standby):
    """A note that the replica has, read there by the server's open connection, and then a change of it that it has not."""
    answer = client.ask("POST", "/notes/", {"body": "old"})
    assert answer.status == 200 and client.cookie, answer
    path = "/notes/%d" % answer.json()["id"]
    caught_up(primary, standby)
    eventually(lambda: stranger.body(path) == "old" and connected(standby))
    replay(standby, True)
    assert client.ask("PATCH", path, {"body": "new"}).status == 200
    return path


def lagging_replica(server, primary, standby):
    client, stranger = Client(server.port), Client(server.port)
    path = written(client, stranger, primary, standby)
    eventually(lambda: stranger.body(path) == "old")  # the primary is asked while the replica does not answer in time
    assert client.body(path) == "new", "a client has not seen what it wrote"
    stranger.cookie = "calx_position=none"
    assert stranger.body(path) == "new", "a cookie that is no position leads to the primary"
    replay(standby, False)
    stranger.cookie = None
    eventually(lambda: stranger.body(path) == "new")
    assert client.body(path) == "new"
    return client, path


def caught_up_replica_is_read(primary, standby, client, path, database):
    """What is changed behind the client's back shows where it reads."""
    caught_up(primary, standby)
    replay(standby, True)
    primary.run("psql", "-XqAt", "-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres", "-d", database, "-c",
                "UPDATE notes SET body = 'newer'")
    eventually(lambda: client.body(path) == "new")
    replay(standby, False)
    eventually(lambda: client.body(path) == "newer")


def frozen_replica(standby, client, path):
    standby.send(signal.SIGSTOP)
    time.sleep(1.1)  # what was asked longer ago than a second is asked again
    begun = time.monotonic()
    assert client.body(path) == "newer"
    assert time.monotonic() - begun < 5, "a frozen replica has held up a request"
    standby.send(signal.SIGCONT)


def replica_away(standby, client, path):
    standby.end()
    for _ in range(50):
        assert client.body(path) == "newer", "a replica that is away has failed a request"


def main():
    with contextlib.ExitStack() as closing:
        folder = closing.enter_context(tempfile.TemporaryDirectory(prefix="calx-replicas."))
        os.chmod(folder, 0o711)
        pair = Pair(os.path.join(folder, "pair"), free_port())
        pair.start()
        closing.callback(pair.stop)
        primary, standby = pair.nodes
        primary.prepare()
        os.environ["CALX_TEST_POSTGRESQL_URI"] = primary.uri()
        database = backends.create("postgresql")
        settings = {"SQLALCHEMY_REPLICA_URI": database.uri(port=standby.port), "SQLALCHEMY_ENGINE_OPTIONS": OPTIONS, "ANSWER_TIMEOUT": 4}
        server = Server(database.uri(), settings, program=os.environ["CALX_NOTES"])
        closing.callback(server.stop)
        client, path = lagging_replica(server, primary, standby)
        caught_up_replica_is_read(primary, standby, client, path, database.name)
        frozen_replica(standby, client, path)
        replica_away(standby, client, path)


if __name__ == "__main__":
    main()
