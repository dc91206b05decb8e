"""What the ratios are meant to reach: by table, database and case. Where there is none, none was set."""

# Requests a second, h2o alone = 1.
SERVER = {
    ("pinned", "SQLite", "GET /todos/1"): "at least 0.65, CPU at most 1.5",
    ("pinned", "SQLite", "GET / with 1,000 todos"): "at least 0.25",
    ("pinned", "SQLite", "POST /todos/"): "at least 0.45",
    ("unpinned", "PostgreSQL", "GET /todos/1"): "at least 0.50",
}

# Time, the client library alone = 1.
SESSIONS = {
    ("SQLite", "get by key, in a transaction"): "at most 2.0",
    ("SQLite", "load 1,000, in a transaction"): "at most 1.5",
    ("SQLite", "insert 1,000, in a transaction"): "at most 2.0",
    ("SQLite", "update 100 of 1,000, in a transaction"): "at most 2.0",
}

# 99 of 100 answers come within so many times of what half of them take.
SPREAD = {"GET": "under 10", "POST": "under 5"}

# Of the most requests a second, how much may be lost from the smallest to the largest?
FALL = {"rows": "under 15 %", "connections": "under 25 %"}

IDLE_MB = "under 12"
CONNECTED_MB = "under 30"


def of(targets, *where):
    return targets.get(where, "")
