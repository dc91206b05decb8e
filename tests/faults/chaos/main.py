"""Faults under load: each happens to a real server and its database, and then what clients were told is compared with what is stored."""
import argparse
import contextlib
import os
import re
import statistics
import subprocess
import sys
import time

from chaos.faults import ALL, last
from chaos.load import Load, NotRecovered, Result
from chaos.systems import Shared, System
from chaos.table import FAULTS, QUICK

BEFORE = 20  # acknowledged requests before a fault, and after it
SETTLED_SECONDS = 0.5  # after which answers that were on their way are there
RESTARTS = 11
ALONE = "CALX_FAULTS_ALONE"  # set when network and mounts are our own
DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../docs/reliability.md")
MARKS = ("<!-- tests/faults/run --write -->\n", "<!-- end -->\n")
HEAD = ("fault", "on", "requests", "acknowledged", "lost", "duplicated", "refused and stored", "unknown", "longest gap")


def happen(fault, system):
    """The fault, under load, until the system works again."""
    with Load(system.port) as load:
        load.acknowledge(BEFORE)
        with contextlib.contextmanager(fault.inject)(system):
            seen = len(load.statuses)
            last(SETTLED_SECONDS if fault.stops else 0)
            acknowledged = len(load.acknowledged_at)
            last(fault.seconds)
            assert not fault.stops or len(load.acknowledged_at) == acknowledged, "acknowledged while nothing could be stored safely"
            for status in fault.answers:
                load.answered(status, seen)
        load.acknowledge(BEFORE)
    return Result(load, system.titles())


def run(fault, kind, shared):
    """Its row, and what is wrong, if anything is."""
    system = System(kind, shared, fault.settings, fault.environment, small_disk=fault.alone and kind == "sqlite")
    wrong = None
    try:
        result = happen(fault, system)
    except (NotRecovered, AssertionError, OSError, subprocess.SubprocessError) as complaint:
        wrong = "%s\n%s" % (complaint, system.server.log())
    try:
        system.close()
    except AssertionError as complaint:
        wrong = wrong or str(complaint)
    if wrong:
        return [fault.title, kind], wrong
    if not result.is_good():
        wrong = "lost %s, duplicated %s, refused and stored %s" % (result.lost[:5], result.duplicated[:5], result.untrue[:5])
    return [fault.title, kind, result.requests, result.acknowledged, len(result.lost), len(result.duplicated), len(result.untrue),
            result.unknown, "%.1f s" % result.longest_gap], wrong


def write(rows):
    """Into the document's table; rows that were not run stay as they are."""
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    begin, end = text.index(MARKS[0]) + len(MARKS[0]), text.index(MARKS[1])
    cells = [line.strip("| ").split(" | ") for line in text[begin:end].splitlines()[2:]]
    known = {(row[0], row[1]): row for row in cells + [list(map(str, row)) for row in rows]}
    order = [(fault.title, kind) for fault in FAULTS for kind in fault.kinds if (fault.title, kind) in known]
    table = [HEAD, ["---"] * len(HEAD)] + [known[place] for place in order]
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(text[:begin] + "".join("| %s |\n" % " | ".join(row) for row in table) + text[end:])


def chosen(arguments):
    for fault in FAULTS:
        for kind in fault.kinds:
            if arguments.quick and (fault.title, kind) not in QUICK:
                continue
            if re.search(arguments.pattern, "%s, %s" % (fault.title, kind)):
                yield fault, kind


def restart(shared):
    """Seconds from the start of a server that was killed to its first rows."""
    for kind in ALL:
        with contextlib.closing(System(kind, shared)) as system:
            took = []
            for _ in range(RESTARTS):
                system.server.api.create(title="before")
                system.server.kill()
                begun = time.monotonic()
                system.server.start()
                assert system.server.api.todos()
                took.append(time.monotonic() - begun)
            print("%-11s %.2f s (%.2f-%.2f)" % (kind, statistics.median(took), min(took), max(took)), flush=True)


def main():
    parser = argparse.ArgumentParser(prog="tests/faults/run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few, which need no rights")
    parser.add_argument("--write", action="store_true", help="write the table into docs/reliability.md")
    parser.add_argument("--restarts", action="store_true", help="only how soon a server that was killed answers again: median and spread")
    parser.add_argument("pattern", nargs="?", default="", help="of the titles, with what it happens to: 'frozen, mysql'")
    arguments = parser.parse_args()
    rows, failed = [], 0
    with contextlib.closing(Shared()) as shared:
        if arguments.restarts:
            restart(shared)
            return 0
        for fault, kind in chosen(arguments):
            if fault.alone and not os.environ.get(ALONE):
                print("%s, %s: left out, this machine gives no network and no mounts of its own" % (fault.title, kind))
                continue
            row, wrong = run(fault, kind, shared)
            print(("%-38s %-11s" + " %8s" * (len(row) - 2)) % tuple(row), flush=True)
            rows.append(row)
            if wrong:
                failed += 1
                print("  WRONG: " + wrong, flush=True)
            if wrong or fault.renews:
                shared.forget({"pgbouncer": "postgresql"}.get(kind, kind))
    if arguments.write and not failed:
        write(rows)
    print("%d%% tests passed, %d tests failed out of %d" % ((len(rows) - failed) * 100 // max(len(rows), 1), failed, len(rows)))
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
