"""db copy, dump and load: every pair of databases, every type; all or nothing."""
import hashlib
import json
import os
import pty
import signal
import sqlite3
import subprocess

import pytest

ROWS = 250
COUNTS = {"customers": ROWS, "every_type": 3, "order_lines": ROWS, "orders": ROWS, "settings": 8}


def sums_of(output):
    """What the lines of a result say: table -> (rows, sum)."""
    lines = [line.split() for line in output.splitlines()[:-1]]
    return {table: (int(rows), total) for table, rows, total in lines}


def sum_of(lines):
    """As transfer.h says how it is made."""
    lanes = [0] * 4
    for line in lines:
        digest = hashlib.sha256(line.replace("-0.0", "0.0").rstrip("\n").encode()).digest()
        for i in range(4):
            lanes[i] = (lanes[i] + int.from_bytes(digest[8 * i:8 * i + 8], "little")) % 2**64
    return b"".join(lane.to_bytes(8, "little") for lane in lanes).hex()


def rows_of(dump):
    """table -> the lines of its rows."""
    tables, current = {}, None
    for line in dump:
        if line.startswith("["):
            current.append(line)
        elif "columns" in json.loads(line):
            current = tables.setdefault(json.loads(line)["table"], [])
    return tables


def expected_sums(dump):
    return {table: (len(lines), sum_of(lines)) for table, lines in rows_of(dump).items()}


def load(shop, target, lines, status=0):
    return shop("db", "load", uri=target.uri(), input="".join(lines), status=status)


# ---- What is copied ----

def test_copy_keeps_everything(shop, source, target, dump):
    done = shop("db", "copy", source.uri(), target.uri())
    assert sums_of(done.stdout) == expected_sums(dump)
    assert {table: rows for table, (rows, _) in sums_of(done.stdout).items()} == COUNTS
    assert done.stderr.count("\n") == 2 * len(COUNTS)  # plain lines: copied, compared
    again = shop("db", "dump", uri=target.uri()).stdout
    assert again.replace("-0.0", "0.0") == "".join(dump).replace("-0.0", "0.0")


def test_a_terminal_gets_a_bar(shop, sources, databases):
    master, slave = pty.openpty()
    done = shop("db", "copy", sources["sqlite"].uri(), databases("sqlite").uri(), stderr=slave)
    os.close(slave)
    with open(master, "rb", buffering=0) as terminal:
        shown = terminal.read(65536).decode()
    assert "\n" not in shown and shown.endswith("\r\033[K")
    assert "\rcopy 1/5 customers                [%s] %d\033[K" % (30 * "#", ROWS) in shown, repr(shown)
    assert "copied 5 tables" in done.stdout


def test_keys_go_on_behind_those_that_were_copied(shop, sources, target):
    shop("db", "copy", sources["sqlite"].uri(), target.uri())
    target.execute("INSERT INTO customers (mail) VALUES ('new@example.org')")
    (row,) = target.execute("SELECT id FROM customers WHERE mail = 'new@example.org'")
    assert int(row[0]) == ROWS + 1


def test_a_key_of_zero_stays_zero(shop, databases, target):
    source = databases("sqlite")
    shop("db", "create", uri=source.uri())
    source.execute("INSERT INTO customers (id, mail) VALUES (0, 'zero'), (-5, 'below')")
    shop("db", "copy", source.uri(), target.uri())
    assert sorted(int(row[0]) for row in target.execute("SELECT id FROM customers")) == [-5, 0]


def test_load_brings_back_what_was_dumped(shop, target, dump):
    done = load(shop, target, dump)
    assert sums_of(done.stdout) == expected_sums(dump)
    assert shop("db", "dump", uri=target.uri()).stdout.replace("-0.0", "0.0") == "".join(dump).replace("-0.0", "0.0")


def test_the_document_null_is_not_null(shop, target, dump):
    load(shop, target, dump)
    assert target.execute("SELECT id FROM every_type WHERE document IS NULL") in ([("3",)], [(3,)])


def test_documents_as_deep_as_json_may_be_are_loaded(shop, databases, dump):
    deepest = 63 * "[" + 63 * "]"  # one level less than JSON from outside may have
    source = databases("sqlite")
    load(shop, source, dump)
    source.execute("UPDATE every_type SET document = '%s' WHERE id = 3" % deepest)
    deep = shop("db", "dump", uri=source.uri()).stdout
    assert ",[%s]," % deepest in deep
    load(shop, databases("sqlite"), deep)


def test_a_dump_is_complete_or_not_there(shop, sources, dump, tmp_path):
    file = tmp_path / "shop.jsonl"
    done = shop("db", "dump", str(file), uri=sources["sqlite"].uri())
    assert file.read_text() == "".join(dump)
    assert "dumped 5 tables" in done.stdout
    shop("db", "dump", str(file), uri="sqlite:///%s" % (tmp_path / "empty.db"), status=1)
    assert file.read_text() == "".join(dump)
    assert sorted(os.listdir(tmp_path)) == ["empty.db", "shop.jsonl"]


def test_empty_tables_that_are_there_are_used(shop, sources, target):
    shop("db", "create", uri=target.uri())
    shop("db", "copy", sources["mysql"].uri(), target.uri())
    assert len(target.execute("SELECT id FROM orders")) == ROWS


def test_memory_does_not_grow_with_the_rows(shop, databases):
    peaks = []
    for rows in (1000, 30000):
        source, target = databases("sqlite"), databases("sqlite")
        shop("db", "create", uri=source.uri())
        with sqlite3.connect(source.path) as connection:
            connection.executemany("INSERT INTO settings VALUES (?, ?)", (("%07d" % i, "x" * 1000) for i in range(rows)))
        process = subprocess.Popen([shop.path, "db", "copy", source.uri(), target.uri()], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "")
                                                                       + ":quarantine_size_mb=1"))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        assert status == 0
        peaks.append(usage.ru_maxrss)
    assert peaks[1] - peaks[0] < 15000, "kilobytes: %s" % peaks


# ---- Nothing is left half done ----

def test_a_target_with_rows_is_refused(shop, sources, target):
    shop("db", "create", uri=target.uri())
    target.execute("INSERT INTO settings (name) VALUES ('mine')")
    done = shop("db", "copy", sources["sqlite"].uri(), target.uri(), status=1)
    assert done.stderr.endswith(': table "settings" is not empty\n') and done.stderr.count("\n") == 1
    assert target.execute("SELECT name FROM settings") == [("mine",)]
    assert target.execute("SELECT id FROM customers") == []


def test_a_source_without_the_tables_leaves_the_target_alone(shop, databases, target):
    done = shop("db", "copy", databases("sqlite").uri(), target.uri(), status=1)
    assert "customers" in done.stderr
    assert shop.tables(target) == []


def test_a_row_that_fits_nowhere_is_named_and_nothing_is_copied(shop, databases, target):
    source = databases("sqlite")
    shop("fill", source.uri(), "5")
    source.execute("UPDATE customers SET mail = '%s' WHERE id = 4" % (81 * "x"))  # SQLite takes what it gets
    done = shop("db", "copy", source.uri(), target.uri(), status=1)
    assert done.stderr.splitlines()[-1].endswith(
        'table "customers", row 4, column "mail": more than 80 characters'), done.stderr
    assert shop.tables(target) == []


def test_what_is_read_back_must_be_what_was_written(shop, sources, databases):
    target = databases("sqlite")
    shop("db", "create", uri=target.uri())
    target.execute("CREATE TRIGGER cheat AFTER INSERT ON settings WHEN new.name = 'Z' BEGIN "
                   "UPDATE settings SET words = 'other' WHERE name = 'Z'; END")
    done = shop("db", "copy", sources["sqlite"].uri(), target.uri(), status=1)
    assert 'table "settings": what is read back is not what was written' in done.stderr
    assert target.execute("SELECT count(*) FROM customers") == [(0,)]


def begun_load(shop, target, dump):
    """It has written rows, and waits for the next line."""
    process = shop.start("db", "load", uri=target.uri())
    process.stdin.writelines(dump[:-3])
    process.stdin.flush()
    for line in process.stderr:
        if line.startswith("load orders"):
            break
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing_behind(shop, target, dump, number):
    process = begun_load(shop, target, dump)
    process.send_signal(number)
    rest = process.communicate(timeout=30)[1]
    assert process.returncode == -number
    assert rest.endswith("shop db load: cancelled, nothing was done\n")
    assert shop.tables(target) == []


def test_what_was_killed_can_be_done_again(shop, target, dump):
    process = begun_load(shop, target, dump)
    process.kill()
    process.communicate(timeout=30)
    assert {table: rows for table, (rows, _) in sums_of(load(shop, target, dump).stdout).items()} == COUNTS


def test_passwords_are_masked(shop, sources):
    for form in ("postgresql", "mysql"):
        wrong = sources[form].uri().replace(str(sources[form].port), "1")
        for urls in ((wrong, sources["sqlite"].uri()), (sources["sqlite"].uri(), wrong)):
            done = shop("db", "copy", *urls, status=1)
            assert ":***@127.0.0.1:1/" in done.stderr
            assert sources[form].password not in done.stderr and done.stderr.count("\n") <= 3
    done = shop("db", "copy", "nonsense:secret", "sqlite://", status=1)
    assert done.stderr.startswith("shop db copy: SOURCE: ") and "secret" not in done.stderr


# ---- Dumps that are wrong ----

def changed(dump, start, old, new):
    """The first line that begins so, with one thing changed."""
    at = next(i for i, line in enumerate(dump) if line.startswith(start))
    assert old in dump[at]
    return dump[:at] + [dump[at].replace(old, new, 1)] + dump[at + 1:], at + 1


BAD = [
    ('{"calx_dump"', '"calx_dump":2', '"calx_dump":3', "a dump of version 3, not 2"),
    ('{"calx_dump"', '"calx_dump":2', '"other":1', 'this is no dump: "calx_dump" is missing'),
    ('{"calx_dump"', ',"order_lines"]', ']', 'table 5: expected "order_lines", there is none'),
    ('{"calx_dump"', '"settings"', '"things"', 'table 3: expected "settings", got "things"'),
    ('{"calx_dump"', ']', ',"more"]', 'the application has no table "more"'),
    ('{"table":"every_type"', '"every_type"', '"orders"', 'expected table "every_type", got "orders"'),
    ('{"table":"every_type"', '["small","SmallInteger"],', '', 'table "every_type": expected 21 columns, got 20'),
    ('{"table":"every_type"', '"small"', '"little"', 'table "every_type": expected column "small", got "little"'),
    ('{"table":"every_type"', '"SmallInteger"', '"Integer"',
     'table "every_type": column "small": expected type SmallInteger, got Integer'),
    ("[7,", '"c7@example.org"', "7", 'column "mail": expected string, got integer'),
    ("[7,", '"c7@example.org"', "null", 'column "mail": NULL in a column that is not nullable'),
    ("[7,", "[7", '["7"', 'column "id": expected integer, got string'),
    ("[7,", "[7", "[7,7", "expected 4 values, got 5"),
    ("[7,", "[7,", "[7,,", "JSON"),
    ("[7,", "[7", "7,[7", "JSON"),
    ("[7,", '"c7@', '"c' + 80 * "7" + '@', "more than 80 characters"),
    ("[2,32767", "32767", "32768", 'column "small": 32768 is out of range'),
    ("[2,32767", '"closed"', '"shut"', 'column "status"'),
    ("[2,32767", "[-1,2,3]", '[-1,"2"]', 'column "numbers"'),
    ("[1,-32768", "[null]", "[]", 'column "document": expected a document in brackets'),
    ("[2,32767", '"9999-12-31"', '"9999-12-32"', 'column "day"'),
    ('{"end":"orders"', '"rows":%d' % ROWS, '"rows":%d' % (ROWS + 1), 'table "orders" has 251 rows, 250 of them are here'),
    ('{"end":"orders"', '"sum":"', '"sum":"0', 'table "orders": the rows are not those of the sum'),
    ('{"end":"orders"', '"end"', '"start"', 'expected a row or the end of table "orders"'),
    ('{"complete"', "true", "1", "expected a table with its columns"),
    ('{"complete"', "\n", "\n[]\n", None),
]


@pytest.mark.parametrize("start, old, new, words", BAD)
def test_bad_lines_are_named_and_nothing_is_loaded(shop, databases, dump, start, old, new, words, tmp_path):
    lines, number = changed(dump, start, old, new)
    path = tmp_path / "target.db"
    done = shop("db", "load", uri="sqlite:///%s" % path, input="".join(lines), status=1)
    if words is None:
        number, words = number + 1, "a line behind the end of the dump"
    message = done.stderr.splitlines()[-1]
    assert message.startswith("shop db load: line %d: " % number) and words in message
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_a_cut_dump_is_refused(shop, target, dump):
    for lines in (dump[:-1], dump[:ROWS], []):
        done = load(shop, target, lines, status=1)
        assert done.stderr.endswith("line %d: the dump ends here, it is not complete\n" % (len(lines) + 1))
    assert "line %d: JSON" % len(dump) in load(shop, target, dump[:-1] + [dump[-1][:5]], status=1).stderr
    assert shop.tables(target) == []
