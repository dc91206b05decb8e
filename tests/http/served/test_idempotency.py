"""Idempotency-Key: what is sent again is not done again, whatever happens in between, and gets the answer that it got."""
import concurrent.futures
import itertools
import json
import os

import pytest
from harness.client import assert_error, eventually
from harness.server import Server

ORDERS = os.environ["CALX_ORDERS"]
PLUGINS = os.path.join(os.path.dirname(os.environ["CALX_TODO"]), "calx-diagnostics")
COUNTER = itertools.count(1)
COMPARED = ("content-type", "cache-control", "location", "etag")


def serve(uri, **settings):
    environment = settings.pop("environment", None)
    return Server(uri, dict({"IDEMPOTENCY_KEYS": True}, **settings), program=ORDERS, environment=environment)


@pytest.fixture(scope="module")
def orders(database):
    with serve(database.uri()) as running:
        yield running


@pytest.fixture
def key():
    return "key-%d" % next(COUNTER)


def send(server, key, item="milk", path="/orders/", method="POST"):
    headers = [("Content-Type", "application/json")]
    if key is not None:
        headers.append(("Idempotency-Key", key))
    return server.api.request(method, path, json.dumps({"item": item}).encode(), headers)


def told(answer):
    return answer.status, [answer.header(name) for name in COMPARED], answer.body


def items(server, item):
    return [order["item"] for order in server.api.get("/orders/").json()].count(item)


def test_a_request_that_is_sent_again_is_done_once(orders, key):
    first = send(orders, key, key)
    assert first.status == 200 and first.json()["item"] == key
    for _ in range(3):
        assert told(send(orders, key, key)) == told(first)
    assert items(orders, key) == 1


def test_another_key_is_another_request(orders, key):
    ids = {send(orders, sent, key).json()["id"] for sent in (key, key + "-", key.upper(), None, None)}
    assert len(ids) == 5 and items(orders, key) == 5


def test_quotes_are_not_part_of_the_key(orders, key):
    first = send(orders, '"%s"' % key, key)
    assert told(send(orders, key, key)) == told(first)
    assert send(orders, '"\\"%s\\" \\\\ %s"' % (key, key), key).status == 200
    assert items(orders, key) == 2


def test_the_same_key_for_another_request_is_refused(orders, key):
    first = send(orders, key, key)
    assert_error(send(orders, key, "else"), 422)
    assert_error(send(orders, key, key, "/orders/?x=1"), 422)
    assert told(send(orders, key, key)) == told(first)
    assert send(orders, key, key, "/repeatable/").status == 200, "a key counts for its route"
    assert items(orders, key) == 2


@pytest.mark.parametrize("bad", ["", '""', '"open', 'a"b', "two words", '"a" "b"', "a, b", "a;b=c", '"a\\b"', "x" * 256, "\xe9",
                                 '"%s"' % ("x" * 256), '"a";b=c'])
def test_what_is_no_key_is_refused(orders, bad):
    before = items(orders, "bad")
    assert_error(send(orders, bad, "bad"), 400)
    assert items(orders, "bad") == before


def test_two_keys_are_refused(orders):
    answer = orders.api.request("POST", "/orders/", b'{"item":"two"}',
                                [("Content-Type", "application/json"), ("Idempotency-Key", "a"), ("Idempotency-Key", "a")])
    assert_error(answer, 400)


def test_the_longest_key(orders, key):
    assert told(send(orders, key.ljust(255, "x"))) == told(send(orders, key.ljust(255, "x")))


def test_a_patch_has_keys_and_a_put_has_not(orders, database, key):
    path = "/orders/%d" % send(orders, None, key).json()["id"]
    first = send(orders, key, "patched", path, "PATCH")
    database.execute("UPDATE orders SET item = 'theirs' WHERE item = 'patched'")
    assert told(send(orders, key, "patched", path, "PATCH")) == told(first)
    assert orders.api.get("/orders/").json()[-1]["item"] == "theirs"
    assert send(orders, key, "put", path, "PUT").json()["item"] == "put"
    assert send(orders, key, "put again", path, "PUT").json()["item"] == "put again"


def test_a_refusal_is_an_answer_too(orders, database, key):
    path = "/orders/2000000000"
    first = send(orders, key, key, path, "PATCH")
    assert_error(first, 404)
    database.execute("INSERT INTO orders (id, item) VALUES (2000000000, 'by now')")
    assert told(send(orders, key, key, path, "PATCH")) == told(first)
    assert send(orders, key + "-", key, path, "PATCH").status == 200
    database.execute("DELETE FROM orders WHERE id = 2000000000")


def test_a_body_that_is_refused_stays_refused(orders, key):
    wrong = [("Content-Type", "application/json"), ("Idempotency-Key", key)]
    first = orders.api.request("POST", "/orders/", b'{"item": 5}', wrong)
    assert_error(first, 400)
    assert told(orders.api.request("POST", "/orders/", b'{"item": 5}', wrong)) == told(first)


@pytest.mark.parametrize("status, kept", [(402, True), (409, True), (408, False), (425, False), (429, False), (500, False), (503, False)])
def test_which_failures_are_kept(orders, database, key, status, kept):
    path = "/failing/%d" % status
    for _ in range(2):
        assert_error(send(orders, key, key, path), status)
    rows = database.execute("SELECT count(*) FROM idempotency_keys WHERE %s = '%s'" %
                            ("`key`" if "m" in database.form[:1] else '"key"', key))
    assert int(rows[0][0]) == int(kept)
    assert items(orders, key) == 0


def test_all_commits_of_a_handler_are_one(orders, key):
    first = send(orders, key, key, "/twice/")
    assert first.status == 200 and first.json()["item"] == "another"
    assert told(send(orders, key, key, "/twice/")) == told(first)
    assert items(orders, key) == 1 and items(orders, "another") == 1 and items(orders, "never stored") == 0


def test_what_a_handler_does_not_commit_is_not_stored(orders, key):
    first = send(orders, key, key, "/forgotten/")
    assert first.status == 200
    assert told(send(orders, key, key, "/forgotten/")) == told(first)
    assert items(orders, key) == 0


def test_what_a_handler_writes_behind_its_commit_is_an_error(orders, key):
    for _ in range(2):
        assert_error(send(orders, key, key, "/behind/"), 500)
    eventually(lambda: "behind the last commit" in orders.log())
    assert items(orders, key) == 0 and items(orders, "behind") == 0


def test_a_handler_may_roll_back_and_begin_again(orders, key):
    first = send(orders, key, key, "/rolled-back/")
    assert first.status == 200
    assert told(send(orders, key, key, "/rolled-back/")) == told(first)
    assert items(orders, key) == 0 and items(orders, "instead") == 1


def test_another_isolation_level(orders, key):
    first = send(orders, key, key, "/serializable/")
    assert first.status == 200
    assert told(send(orders, key, key, "/serializable/")) == told(first)
    assert items(orders, key) == 1


def test_a_session_of_its_own_is_refused(orders, key):
    for _ in range(2):
        assert_error(send(orders, key, key, "/elsewhere/"), 500)
    assert items(orders, "elsewhere") == 0
    assert send(orders, None, key, "/elsewhere/").status == 200


def test_an_answer_that_is_too_large_to_be_kept_is_an_error(fresh_database, key):
    with serve(fresh_database.uri()) as running:
        assert_error(send(running, key, key, "/large/"), 500)
        eventually(lambda: "too large to be kept" in running.log())
        assert running.api.get("/orders/").json() == []


def all_at_once(server, *arguments):
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = [sent.result() for sent in [pool.submit(send, server, *arguments) for _ in range(20)]]
    assert len({answer.status for answer in answers}) == 1, [answer.status for answer in answers]
    assert len({answer.body for answer in answers}) == 1
    return answers[0]


def test_many_at_once_are_one(orders, key):
    assert all_at_once(orders, key, key).status == 200
    assert items(orders, key) == 1


def test_many_refusals_at_once_are_one(orders, key):
    assert_error(all_at_once(orders, key, key, "/orders/2000000001", "PATCH"), 404)


@pytest.mark.only("postgresql")
def test_commits_that_are_joined(fresh_database, key):
    with serve(fresh_database.uri("joined_commits=on")) as running:
        for number in range(5):
            assert all_at_once(running, "%s-%d" % (key, number), key).status == 200
            assert_error(all_at_once(running, "%s-%d" % (key, number), key, "/orders/2000000001", "PATCH"), 404)
        assert items(running, key) == 5 and count_keys(fresh_database) == 10


def test_two_servers_of_one_database(orders, database, key):
    with serve(database.uri()) as other, concurrent.futures.ThreadPoolExecutor(16) as pool:
        for number in range(5):
            item = "%s-%d" % (key, number)
            sent = [pool.submit(send, server, item, item) for server in (orders, other) * 8]
            answers = [one.result() for one in sent]
            assert {answer.status for answer in answers} == {200}, [answer.status for answer in answers]
            assert len({answer.body for answer in answers}) == 1
            assert items(orders, item) == 1


def test_a_server_that_dies_before_its_answer(fresh_database, key):
    with serve(fresh_database.uri()) as running:
        with pytest.raises((OSError, EOFError)):
            send(running, key, key, "/fatal/")
        assert running.wait() == -9
        running.start()
        answer = send(running, key, key, "/fatal/")
        assert answer.status == 200 and answer.json()["item"] == key
        assert told(send(running, key, key, "/fatal/")) == told(answer)
        assert [order["item"] for order in running.api.get("/orders/").json()] == [key]


def faulty(database, kind):
    scheme, rest = database.uri().split(":", 1)
    dialect, _, driver = scheme.partition("+")
    return "%s+fault:%s%sfault_driver=%s&seed=1&fault_every=3&fault_kind=%s" % (
        dialect, rest, "&" if "?" in rest else "?", driver or "dbi", kind)


@pytest.mark.parametrize("kind", ["cut_inside", "cut_after"])
def test_a_connection_that_is_lost_while_committing(fresh_database, kind):
    """The outcome is open then, and asking again settles it."""
    unknown = 0
    with serve(fresh_database.uri()) as running:
        assert running.api.get("/orders/").json() == []
    with serve(faulty(fresh_database, kind), environment={"CALX_DRIVER_PATH": PLUGINS}) as running:
        for number in range(15):
            item = "%s-%d" % (kind, number)
            answer = send(running, item, item)
            while answer.status != 200:
                assert answer.status == 503 and answer.header("Retry-After"), answer
                unknown += answer.json().get("outcome") == "unknown"
                answer = send(running, item, item)
            assert answer.json()["item"] == item
    assert unknown > 0
    stored = [item for item, in fresh_database.execute("SELECT item FROM orders ORDER BY id")]
    assert stored == ["%s-%d" % (kind, number) for number in range(15)]


AGES_AGO = "2001-01-01 00:00:00.000000"


def count_keys(database):
    return int(database.execute("SELECT count(*) FROM idempotency_keys")[0][0])


def test_what_has_expired_is_done_again(orders, database, key):
    first = send(orders, key, key).json()
    assert send(orders, key, key).json() == first
    database.execute("UPDATE idempotency_keys SET expires = '%s'" % AGES_AGO)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        again = [sent.result() for sent in [pool.submit(send, orders, key, key) for _ in range(8)]]
    assert {answer.status for answer in again} == {200}
    assert len({answer.body for answer in again}) == 1 and again[0].json() != first
    assert items(orders, key) == 2


def test_what_has_expired_is_removed_a_little_at_a_time(orders, database, key):
    database.execute("DELETE FROM idempotency_keys")
    database.execute("INSERT INTO idempotency_keys VALUES " + ", ".join(
        "('POST /orders/', 'old %d', '', '%s', 200, '', '')" % (number, AGES_AGO.replace("00:00", "%02d:%02d" % divmod(number, 60), 1))
        for number in range(300)))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda sent: send(orders, "%s-%d" % (key, sent), key), range(64)))  # one of which cleans up
    assert count_keys(database) == 300 + 64 - 256


def test_without_the_configuration_the_header_is_nothing(fresh_database, key):
    with Server(fresh_database.uri(), program=ORDERS) as running:
        assert send(running, key, key).json()["id"] != send(running, key, key).json()["id"]
        assert send(running, "no key", key).status == 200
    with serve(fresh_database.uri()) as running:  # the tables of before, and one more
        assert told(send(running, key, key)) == told(send(running, key, key))
        assert items(running, key) == 4


def test_a_key_of_the_client_is_the_other_way(orders, database, key):
    path = "/payments/%d/7" % (1 << 40 | next(COUNTER))
    headers = [("Content-Type", "application/json")]
    assert orders.api.request("PUT", path, b'{"amount": 5}', headers).status == 200
    for _ in range(2):
        assert_error(orders.api.request("PUT", path, b'{"amount": 5}', headers), 409)
    assert int(database.execute("SELECT count(*) FROM payments")[0][0]) == 1
