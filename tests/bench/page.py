"""docs/performance.md and its chart, docs/performance.svg, from the measurements."""
import os
from statistics import median

import table

INTRODUCTION = """# Performance

<!-- Written by `tests/bench/run --write`: measure again instead of editing. -->

calx beside what is below it: the Todo application beside h2o alone, sessions beside the client library alone. What counts are
the ratios. A case and its floor ran in turn, in the same minutes on the same machine; the ratio is the median of the rounds,
and the spread from the smallest to the largest says how much to trust it. Other machines have other times, and similar ratios.

![The ratios as bars](performance.svg)
"""

EXPLANATION = """
## What was measured

**Server.** The floor is [hello.c](../tests/bench/hello.c): h2o with one loop, which answers every request with the same 83 bytes,
what `GET /todos/1` answers. The Todo application runs with one loop, too, and goes through router, session and database for each
request, except for static files; its log goes to /dev/null. The client is wrk, two threads, {connections} keep-alive connections; a
request that fails ends the benchmark. *Pinned*: the server has one core and the client another. *Unpinned*: all share all
cores. The database servers are never pinned, and their CPU time is not counted. `POST /todos/` is durable: an answer
means that SQLite has synced its file (`synchronous=FULL`), or that PostgreSQL (`fsync`) or MariaDB has synced its log.
The instructions are those of the process in user mode, all threads and libraries, while 16 clients ask at a time.
A first second of calx is not counted, in which its pool opens connections. Pinned, wrk can do no more than some 20,000 pages a
second: reading one costs its core twice what sending it costs the server's.

**By hand.** [todos.c](../tests/bench/todos.c) is h2o with the client library alone, on the application's own table: statements
prepared once, JSON and page put together by hand. On SQLite its loop asks the database itself and each POST commits alone; on
PostgreSQL and MariaDB eight threads block, each with a connection. "None kept": the page is made of the rows each time, as it is
when they have changed since the last time (both read them through a view, of which calx keeps nothing). The columns "target" say what was aimed at, where something was.

**Sessions.** [core.c](../tests/bench/core.c) does each piece of work through a session and then with prepared
statements of sqlite3, libpq (binary) or MariaDB's library, in one process on one table of 1,000 rows with four columns, with the same
durability and isolation. A session also keeps an identity map, copies values and compares them at flush: the ratio is the
price of that. "In a transaction" is the price of the work alone, without BEGIN and COMMIT; in the other cases these, and the
database's own time for them, are in both.

To measure it yourself: `tests/bench/run`.
"""


def markdown_table(head, rows):
    yield "| %s |" % " | ".join(head)
    yield "|%s|" % "|".join(["---"] * 2 + ["---:"] * (len(head) - 2))
    for row in rows:
        yield "| %s |" % " | ".join(row)


def markdown(facts, measured, connections):
    lines = [INTRODUCTION]
    for title, note, head, rows in table.sections(measured):
        lines += ["## %s" % title, "", "%s." % note, "", *markdown_table(head, rows), ""]
    lines += ["## The machine", "", *markdown_table(("", ""), facts)]
    return "\n".join(lines) + "\n" + EXPLANATION.format(connections=connections)


# ---- The chart: one bar for each ratio, a thin line for its spread ----

WIDTH = 860
LABEL_WIDTH = 330
BAR_WIDTH = 420
ROW = 20
LONGEST_SERVER = 1.2
LONGEST_HAND = 4.0
LONGEST_SESSION = 5.0
COLOURS = {"SQLite": "#2b6cb0", "PostgreSQL": "#2f855a", "MariaDB": "#b7791f", "none": "#718096"}


def bar(y, label, colour, ratios, scale):
    low, middle, high = (min(value * scale, BAR_WIDTH) for value in (min(ratios), median(ratios), max(ratios)))
    yield '<text x="%d" y="%d" text-anchor="end">%s</text>' % (LABEL_WIDTH - 8, y + 13, label)
    yield '<rect x="%d" y="%d" width="%.1f" height="12" fill="%s"/>' % (LABEL_WIDTH, y + 3, middle, colour)
    yield '<path d="M%.1f %dH%.1f" stroke="#1a202c"/>' % (LABEL_WIDTH + low, y + 9, LABEL_WIDTH + high)
    yield '<text x="%.1f" y="%d">%s</text>' % (LABEL_WIDTH + max(middle, high) + 6, y + 13, table.ratio(median(ratios)))


def panel(y, title, bars, longest):
    """bars: label, database, ratios, cut where they are longer. A dashed line marks 1, where calx is as fast as its floor."""
    largest = max(max(ratios) for _, _, ratios in bars)
    scale = BAR_WIDTH / min(max(largest, 1.0), longest)
    bottom = y + 26 + ROW * len(bars)
    yield '<text x="12" y="%d" font-weight="bold">%s</text>' % (y + 16, title)
    for i, (label, database, ratios) in enumerate(bars):
        yield from bar(y + 26 + ROW * i, "%s, %s" % (label, database) if database != "none" else label, COLOURS[database],
                       ratios, scale)
    yield '<path d="M%.1f %dV%d" stroke="#e53e3e" stroke-dasharray="3 3"/>' % (LABEL_WIDTH + scale, y + 24, bottom)


def chart(measured):
    server, core = measured.server, measured.core
    shown = server[0].pinning
    panels = [("Server, %s: requests a second, h2o alone = 1, longer is better" % shown,
               [(case.name, table.server_row(case)[0], case.ratios()) for case in server if case.pinning == shown], LONGEST_SERVER),
              ("Server: requests a second, by hand with h2o and the client library = 1, longer is better",
               [(case.name, table.DATABASES[case.form], case.ratios()) for case in measured.hands], LONGEST_HAND),
              ("Sessions: time, client library alone = 1, shorter is better",
               [(case.name, table.DATABASES[case.form], case.ratios()) for case in core], LONGEST_SESSION)]
    y = 8
    parts = []
    for title, bars, longest in panels:
        parts += panel(y, title, bars, longest)
        y += 26 + ROW * len(bars) + 18
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">'
                      % (WIDTH, y), '<rect width="%d" height="%d" fill="#fff"/>' % (WIDTH, y), *parts, "</svg>"]) + "\n"


def write(folder, facts, measured, connections):
    for name, text in (("performance.md", markdown(facts, measured, connections)), ("performance.svg", chart(measured))):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
