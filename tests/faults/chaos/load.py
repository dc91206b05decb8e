"""Clients that write todos with titles of their own, and remember what they were told about each."""
import contextlib
import http.client
import json
import threading
import time

CLIENTS = 4
ANSWER_SECONDS = 30  # after which a client gives up
PAUSE_SECONDS = 0.02  # after an answer that is not 200
RECOVERY_SECONDS = 60

ACKNOWLEDGED = "acknowledged"
REFUSED = "refused"
UNKNOWN = "unknown"


class NotRecovered(Exception):
    pass


class Load:
    def __init__(self, port):
        self.port = port
        self.outcomes = {}  # of each title
        self.statuses = []
        self.acknowledged_at = []
        self.longest_gap = 0.0
        self.changed = threading.Condition()
        self.ended = False
        self.clients = [threading.Thread(target=self._write, args=(number,), daemon=True) for number in range(CLIENTS)]

    def __enter__(self):
        self.acknowledged_at.append(time.monotonic())
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        for client in self.clients:
            client.join()

    def _write(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        count = 0
        while not self.ended:
            count += 1
            title = "%d/%d" % (number, count)
            outcome, status = self._post(connection, title)
            self._note(title, outcome, status)
            if outcome != ACKNOWLEDGED:
                time.sleep(PAUSE_SECONDS)
        connection.close()

    def _post(self, connection, title):
        """Outcome and status; what was never sent has been refused, what got no whole answer is unknown."""
        try:
            if connection.sock is None:
                connection.connect()
        except OSError:
            return REFUSED, None
        try:
            connection.request("POST", "/todos/", json.dumps({"title": title}), {"Content-Type": "application/json"})
            with contextlib.closing(connection.getresponse()) as answer:
                body = answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            return UNKNOWN, None
        if answer.status == 200:
            return ACKNOWLEDGED, 200
        is_unknown = answer.status == 503 and b"outcome" in body and json.loads(body)["outcome"] == "unknown"
        return UNKNOWN if is_unknown else REFUSED, answer.status

    def _note(self, title, outcome, status):
        with self.changed:
            self.outcomes[title] = outcome
            self.statuses.append(status)
            if outcome == ACKNOWLEDGED:
                now = time.monotonic()
                self.longest_gap = max(self.longest_gap, now - self.acknowledged_at[-1])
                self.acknowledged_at.append(now)
            self.changed.notify_all()

    def acknowledge(self, count):
        """Waits until so many more were acknowledged."""
        with self.changed:
            wanted = len(self.acknowledged_at) + count
            if not self.changed.wait_for(lambda: len(self.acknowledged_at) >= wanted, RECOVERY_SECONDS):
                raise NotRecovered("no %d requests were acknowledged within %d s" % (count, RECOVERY_SECONDS))

    def answered(self, status, since):
        """Waits for an answer with this status, of those that came after the first `since` ones."""
        with self.changed:
            if not self.changed.wait_for(lambda: status in self.statuses[since:], RECOVERY_SECONDS):
                raise NotRecovered("no request was answered with %s: %s" % (status, sorted(map(str, set(self.statuses[since:])))))

    def titles(self, outcome):
        return {title for title, was in self.outcomes.items() if was == outcome}


class Result:
    """What the clients were told beside what the database has."""

    def __init__(self, load, stored):
        acknowledged = load.titles(ACKNOWLEDGED)
        self.requests = len(load.outcomes)
        self.acknowledged = len(acknowledged)
        self.lost = sorted(acknowledged - set(stored))
        self.duplicated = sorted({title for title in stored if stored.count(title) > 1}) if len(set(stored)) < len(stored) else []
        self.untrue = sorted(set(stored) & load.titles(REFUSED))
        self.unknown = len(load.titles(UNKNOWN))
        self.longest_gap = load.longest_gap

    def is_good(self):
        return self.acknowledged > 0 and not self.lost and not self.duplicated and not self.untrue
