"""The measurements as rows of text: medians, and the spread of the ratios from round to round."""
from statistics import median

SERVER_HEAD = ("database", "case", "h2o alone /s", "calx /s", "ratio", "min-max", "CPU us", "CPU ratio", "p50 ms", "p99 ms")
CORE_HEAD = ("database", "case", "library", "session", "times", "min-max")
COUNT_HEAD = ("database", "case", "h2o alone", "calx", "times")
COUNT_NOTE = "instructions of the server's process for one request, by callgrind; the kernel's are not counted"
SERVER_NOTE = "calx / h2o alone: requests a second, more is better; CPU time of the server's process a request, less is better"
CORE_NOTE = "session / client library: time, less is better"
DATABASES = {"sqlite+sqlite3": "SQLite", "postgresql+libpq": "PostgreSQL", "mysql+mariadb": "MariaDB"}


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
            number(middle(case.calx, "p50_ms")), number(middle(case.calx, "p99_ms")))


def core_row(case):
    return (DATABASES[case.form], case.name, duration(median(case.floor)), duration(median(case.calx)),
            ratio(median(case.ratios())), spread(case.ratios()))


def count_row(case):
    return (DATABASES[case.form], case.name, number(case.floor), number(case.calx), ratio(case.calx / case.floor))


def sections(server, core, counted):
    """Title, note, head and rows of each table."""
    for pinning in dict.fromkeys(case.pinning for case in server):
        yield ("Server, " + pinning, SERVER_NOTE, SERVER_HEAD, [server_row(case) for case in server if case.pinning == pinning])
    yield ("Server, instructions", COUNT_NOTE, COUNT_HEAD, [count_row(case) for case in counted])
    yield ("Sessions", CORE_NOTE, CORE_HEAD, [core_row(case) for case in core])


def aligned(rows):
    """Numbers to the right; the first two columns are names."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [cell.ljust(width) if i < 2 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))]
        yield "  ".join(cells).rstrip()


def plain(facts, server, core, counted):
    lines = ["%s: %s" % fact for fact in facts]
    for title, note, head, rows in sections(server, core, counted):
        lines += ["", "== %s (%s)" % (title, note), *aligned([head] + rows)]
    return "\n".join(lines)
