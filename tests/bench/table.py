"""The measurements as rows of text: medians, and the spread of the ratios from round to round."""
from collections import namedtuple
from statistics import median

import targets

SERVER_HEAD = ("database", "case", "h2o alone /s", "calx /s", "ratio", "min-max", "CPU us", "CPU ratio", "p50 ms", "p99 ms",
               "target")
HAND_HEAD = ("database", "case", "by hand", "by hand /s", "calx /s", "ratio", "min-max", "CPU ratio", "target")
LATE_HEAD = ("database", "case", "connections", "calx /s", "p50 ms", "p99 ms", "p99 / p50", "target")
STEP_HEAD = ("growing", "size", "calx /s", "of the most", "fall", "target")
MEMORY_HEAD = ("process", "", "MB", "target")
CORE_HEAD = ("database", "case", "library", "session", "times", "min-max", "target")
COUNT_HEAD = ("database", "case", "h2o alone", "calx", "times")
COUNT_NOTE = "instructions of the server's process for one request, by callgrind; the kernel's are not counted"
SERVER_NOTE = "calx / h2o alone: requests a second, more is better; CPU time of the server's process a request, less is better"
HAND_NOTE = "calx / the same by hand, with h2o and the client library, unpinned: requests a second, more is better"
LATE_NOTE = "how late answers come: within p50 half of them, within p99 ninety-nine of a hundred"
STEP_NOTE = "GET of one todo on SQLite, the best of three: requests a second"
MEMORY_NOTE = "resident memory of the server's process on SQLite, code and libraries included"
CORE_NOTE = "session / client library: time, less is better"
DATABASES = {"sqlite+sqlite3": "SQLite", "postgresql+libpq": "PostgreSQL", "mysql+mariadb": "MariaDB"}


Measured = namedtuple("Measured", "server hands scale counted core")


def number(value):
    """Three digits that mean something."""
    if value >= 100:
        return "{:,.0f}".format(value)
    return "%.1f" % value if value >= 10 else "%.2f" % value


def duration(nanoseconds):
    for unit, size in (("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= size:
            return "%s %s" % (number(nanoseconds / size), unit)
    return number(nanoseconds) + " ns"


def ratio(value):
    return "%.3f" % value if value < 0.1 else "%.2f" % value


def spread(ratios):
    return "%s-%s" % (ratio(min(ratios)), ratio(max(ratios)))


def middle(samples, field):
    return median(getattr(one, field) for one in samples)


def server_row(case):
    return (DATABASES[case.form] if "static" not in case.name else "none", case.name,
            number(middle(case.floor, "per_second")), number(middle(case.calx, "per_second")), ratio(median(case.ratios())),
            spread(case.ratios()), number(middle(case.calx, "cpu_us")), ratio(median(case.cpu_ratios())),
            number(middle(case.calx, "p50_ms")), number(middle(case.calx, "p99_ms")),
            targets.of(targets.SERVER, case.pinning, DATABASES[case.form], case.name))


def hand_row(case):
    return (DATABASES[case.form], case.name, case.hand, number(middle(case.floor, "per_second")),
            number(middle(case.calx, "per_second")), ratio(median(case.ratios())), spread(case.ratios()),
            ratio(median(case.cpu_ratios())), case.target)


def late_row(case):
    sample = case.sample
    return (DATABASES[case.form], case.name, str(case.connections), number(sample.per_second), number(sample.p50_ms),
            number(sample.p99_ms), number(sample.p99_ms / sample.p50_ms), targets.SPREAD[case.method])


def step_rows(steps):
    for step in steps:
        alike = [other.per_second for other in steps if other.what == step.what]
        last = step == [other for other in steps if other.what == step.what][-1]
        yield (step.what, "{:,}".format(step.size), number(step.per_second), ratio(step.per_second / max(alike)),
               "%.0f %%" % (100 - 100 * step.per_second / max(alike)) if last else "", targets.FALL[step.what] if last else "")


def memory_rows(measured):
    for (name, megabytes), target in zip(measured, (targets.IDLE_MB, targets.CONNECTED_MB)):
        yield ("todo", name, number(megabytes), target)


def core_row(case):
    return (DATABASES[case.form], case.name, duration(median(case.floor)), duration(median(case.calx)),
            ratio(median(case.ratios())), spread(case.ratios()), targets.of(targets.SESSIONS, DATABASES[case.form], case.name))


def count_row(case):
    return (DATABASES[case.form], case.name, number(case.floor), number(case.calx), ratio(case.calx / case.floor))


def sections(measured):
    """Title, note, head and rows of each table."""
    late, steps, memory = measured.scale
    for pinning in dict.fromkeys(case.pinning for case in measured.server):
        yield ("Server, " + pinning, SERVER_NOTE, SERVER_HEAD,
               [server_row(case) for case in measured.server if case.pinning == pinning])
    yield ("Server, beside the same by hand", HAND_NOTE, HAND_HEAD, [hand_row(case) for case in measured.hands])
    yield ("Server, latency", LATE_NOTE, LATE_HEAD, [late_row(case) for case in late])
    yield ("Server, growing", STEP_NOTE, STEP_HEAD, list(step_rows(steps)))
    yield ("Server, memory", MEMORY_NOTE, MEMORY_HEAD, list(memory_rows(memory)))
    yield ("Server, instructions", COUNT_NOTE, COUNT_HEAD, [count_row(case) for case in measured.counted])
    yield ("Sessions", CORE_NOTE, CORE_HEAD, [core_row(case) for case in measured.core])


def aligned(rows):
    """Numbers to the right; the first two columns are names."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [cell.ljust(width) if i < 2 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))]
        yield "  ".join(cells).rstrip()


def plain(facts, measured):
    lines = ["%s: %s" % fact for fact in facts]
    for title, note, head, rows in sections(measured):
        lines += ["", "== %s (%s)" % (title, note), *aligned([head] + rows)]
    return "\n".join(lines)
