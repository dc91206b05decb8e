#!/usr/bin/python3
"""No request may cost memory: the server under valgrind, twice, once with more of every request than the other time.

    CALX_TODO=build/todo tests/leaks/leaks.py FORM…        FORM: sqlite+sqlite3, postgresql+libpq, mysql+mariadb …

Memory that is lost once may be a library's; memory that is lost with every request is ours. Invalid accesses count at once.
"""
import os
import sys
import tempfile
import xml.etree.ElementTree

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(FOLDER), "http"))
from harness import backends, server  # noqa: E402
from requests import ROUNDS  # noqa: E402

FEW = 20
MANY = 120
LOST = ("Leak_DefinitelyLost", "Leak_IndirectlyLost")
HARMLESS = ("Leak_PossiblyLost", "Leak_StillReachable")
SETTINGS = {"TODO_BACKEND": True, "THREADS": 1}
server.START_SECONDS = server.STOP_SECONDS = 120


def valgrind(report):
    return ["valgrind", "--quiet", "--trace-children=no", "--leak-check=full", "--keep-debuginfo=yes", "--fair-sched=try",
            "--max-stackframe=32768",  # what is more is a change of stacks: libmariadb has its own beside the threads'
            "--num-callers=30", "--xml=yes", "--xml-file=" + report]


def place(error):
    """The innermost functions of an error, one line."""
    frames = [frame.findtext("fn") or frame.findtext("obj") or "?" for frame in error.findall("stack[1]/frame")]
    return " < ".join(frames[:12])


class Report:
    """What valgrind has found: memory lost by the place that allocated it, and accesses that are wrong."""

    def __init__(self, path):
        self.lost = {}
        self.invalid = []
        for error in xml.etree.ElementTree.parse(path).iter("error"):
            kind = error.findtext("kind")
            if kind in LOST:
                bytes_before, blocks_before = self.lost.get(place(error), (0, 0))
                self.lost[place(error)] = (bytes_before + int(error.findtext("xwhat/leakedbytes")),
                                           blocks_before + int(error.findtext("xwhat/leakedblocks")))
            elif kind not in HARMLESS:
                self.invalid.append("%s: %s" % (kind, place(error)))

    def sum(self):
        """Bytes and blocks."""
        return tuple(sum(column) for column in zip((0, 0), *self.lost.values()))


def serve(form, rounds):
    """Serves so many of every request, ends the server with SIGTERM and returns valgrind's report."""
    database = backends.create(form)
    try:
        with tempfile.TemporaryDirectory(prefix="calx-leaks.") as folder:
            report = os.path.join(folder, "report.xml")
            with server.Server(database.uri(), SETTINGS, prefix=valgrind(report)) as running:
                for _ in range(rounds):
                    for request in ROUNDS:
                        request(running.api)
            return Report(report)
    finally:
        database.close()


def complaints(few, many):
    yield from sorted(set(few.invalid + many.invalid))
    if any(more > less for less, more in zip(few.sum(), many.sum())):
        yield "%d bytes in %d blocks are lost after %d rounds," % (*few.sum(), FEW)
        yield "%d bytes in %d blocks after %d:" % (*many.sum(), MANY)
        for where, lost in many.lost.items():
            if lost > few.lost.get(where, (0, 0)):
                yield "%d bytes in %d blocks: %s" % (*lost, where)


def main():
    failed = 0
    forms = sys.argv[1:]
    for form in forms:
        found = list(complaints(serve(form, FEW), serve(form, MANY)))
        print("leaks/%-54s %s" % (form, "FAILED" if found else "passed"), flush=True)
        for line in found:
            print("    " + line)
        failed += bool(found)
    print("%d%% tests passed, %d tests failed out of %d" % ((len(forms) - failed) * 100 // max(len(forms), 1), failed, len(forms)))
    return 1 if failed or not forms else 0


if __name__ == "__main__":
    sys.exit(main())
