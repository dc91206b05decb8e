"""Health, metrics, and their own address."""
import re

import pytest
from harness.client import Api, eventually
from harness.server import Server

OPERATIONS = re.compile(r"health and metrics are at port (\d+)")


def value(text, name):
    """Of one line of the metrics."""
    return float(re.search("^" + re.escape(name) + r" (\S+)$", text, re.MULTILINE)[1])


def metrics(api):
    answer = api.get("/metrics")
    assert answer.status == 200 and answer.header("content-type").startswith("text/plain; version=0.0.4")
    return answer.body.decode()


def test_health(api):
    assert api.get("/health/live").json() == {"status": "alive"}
    assert api.get("/health/ready").json() == {"status": "ready"}
    assert api.request("HEAD", "/health/ready").status == 200
    assert api.request("POST", "/health/ready", b"").status == 404


@pytest.mark.only("postgresql", "mysql")
def test_not_ready_while_the_database_does_not_answer(fresh_database):
    with Server(fresh_database.uri(), {"SQLALCHEMY_ENGINE_OPTIONS": {"pool_timeout": 1, "connect_timeout": 1}}) as running:
        running.api.todos()
        with fresh_database.locked():
            answer = running.api.get("/health/ready")
            assert answer.status == 503, answer
            assert running.api.get("/health/live").status == 200
        eventually(lambda: running.api.get("/health/ready").status == 200)


def test_metrics_count_requests_by_route_and_status(fresh_database):
    with Server(fresh_database.uri()) as running:
        for _ in range(3):
            running.api.create(title="x")
        running.api.get("/todos/7777")
        running.api.get("/nothing")
        text = metrics(running.api)
        assert value(text, 'calx_http_requests_total{route="/todos/",method="POST",status="200"}') == 3
        assert value(text, 'calx_http_requests_total{route="/todos/<int:id>",method="GET",status="404"}') == 1
        assert value(text, 'calx_http_requests_total{route="",method="",status="404"}') == 1
        durations = 'calx_http_request_duration_seconds_%s{route="/todos/",method="POST"'
        assert value(text, durations % "count" + "}") == 3
        assert value(text, durations % "bucket" + ',le="+Inf"}') == 3
        assert 0 < value(text, durations % "sum" + "}") < 60
        assert value(text, 'calx_database_events_total{event="connect",result="done"}') >= 1
        assert value(text, "calx_statement_duration_seconds_count") >= 4
        shared = fresh_database.uri().startswith("sqlite")
        assert [value(text, "calx_commit_units_" + name) for name in ("count", "sum", 'bucket{le="1"}')] == [3 * shared] * 3
        assert value(text, "calx_http_connections") == 1
        assert value(text, "calx_pool_connections_held") == 0 < value(text, "calx_pool_connections_idle")
        assert value(text, "process_resident_memory_bytes") > 1e6 and value(text, "process_open_fds") > 3


@pytest.mark.only("sqlite")
def test_the_operations_address_is_apart(database):
    with Server(database.uri(), {"OPERATIONS_PORT": 0}) as running:
        operations = Api(int(OPERATIONS.search(running.log())[1]))
        assert [operations.get(path).status for path in ("/health/live", "/health/ready", "/metrics")] == [200] * 3
        assert [running.api.get(path).status for path in ("/health/live", "/health/ready", "/metrics")] == [404] * 3
        assert operations.get("/todos/").status == 404 and running.api.get("/todos/").status == 200
        assert "/metrics" not in [line for line in running.log().split() if "200" in line]


@pytest.mark.only("sqlite")
def test_without_metrics(database):
    with Server(database.uri(), {"METRICS": False}) as running:
        assert running.api.get("/metrics").status == 404
        assert running.api.get("/health/live").status == 200
