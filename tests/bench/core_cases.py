"""Sessions against the client library: runs bench_core on the three databases."""
import os
import subprocess
import sys

from harness import backends
from harness.server import clean_environment

FORMS = ("sqlite+sqlite3", "postgresql+libpq", "mysql+mariadb")

# One way of a case in a round; the server's cases get ten times as long, because their noise is larger.
SHARE_OF_SECONDS = 0.1


class Case:
    """Nanoseconds of one operation, per round: what the floor and what calx took."""

    def __init__(self, form, name):
        self.form = form
        self.name = name
        self.floor = []
        self.calx = []

    def ratios(self):
        return [calx / floor for calx, floor in zip(self.calx, self.floor)]


def measure_form(build, form, seconds, rounds):
    backend = backends.create(form)
    try:
        done = subprocess.run([os.path.join(build, "tests", "bench_core"), str(seconds * SHARE_OF_SECONDS), str(rounds)],
                              stdout=subprocess.PIPE, text=True, check=True, env=clean_environment(CALX_TEST_URI=backend.uri()))
    finally:
        backend.close()
    cases = {}
    memory, *lines = done.stdout.splitlines()
    for line in lines:
        name, _, who, nanoseconds = line.split("\t")
        case = cases.setdefault(name, Case(form, name))
        {"floor": case.floor, "calx": case.calx}[who].append(float(nanoseconds))
    assert cases and all(len(case.floor) == len(case.calx) == rounds for case in cases.values()), done.stdout
    return list(cases.values()), memory.split("\t")[1]


def measure(build, seconds, rounds):
    """The cases, and facts for the table of the machine."""
    cases = []
    for form in FORMS:
        print("sessions on " + form, file=sys.stderr)
        measured, memory = measure_form(build, form, seconds, rounds)
        cases += measured
    return cases, [("a loaded object", "%s bytes beyond its values: four columns, one of 1,000 in a session" % memory)]
