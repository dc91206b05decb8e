"""`db backup`: a file that is a whole database, made while others write."""
import os
import sqlite3
import subprocess
import threading

import pytest
from harness.server import TODO, Server, clean_environment


def backup(uri, file, folder):
    config = os.path.join(folder, "backup.conf")
    with open(config, "w", encoding="utf-8") as out:
        out.write("SQLALCHEMY_DATABASE_URI = %r\n" % uri)
    return subprocess.run([TODO, "db", "backup", "--config", config, file], cwd=folder, env=clean_environment(),
                          stderr=subprocess.PIPE, text=True, timeout=30)


def numbers_of(file):
    connection = sqlite3.connect(file)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [int(title) for title, in connection.execute("SELECT title FROM todos ORDER BY id")]
    finally:
        connection.close()


@pytest.mark.only("sqlite")
def test_a_backup_is_one_moment_of_a_database_that_is_written_to(fresh_database, tmp_path):
    with Server(fresh_database.uri()) as running:
        stop = threading.Event()
        acknowledged = []

        def write():
            while not stop.is_set():
                running.api.create(title=str(len(acknowledged)))
                acknowledged.append(None)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            file = str(tmp_path / "copy.db")
            for _ in range(3):
                before = len(acknowledged)
                done = backup(fresh_database.uri(), file, str(tmp_path))
                assert done.returncode == 0, done.stderr
                numbers = numbers_of(file)
                assert numbers == list(range(len(numbers))) and len(numbers) >= before
        finally:
            stop.set()
            writer.join()
        assert sorted(os.listdir(tmp_path)) == ["backup.conf", "copy.db"]
        refused = backup(fresh_database.uri(), "/nowhere/copy.db", str(tmp_path))
        assert refused.returncode == 1 and "/nowhere/copy.db: No such file" in refused.stderr


@pytest.mark.only("postgresql", "mysql")
def test_others_have_programs_of_their_own(fresh_database, tmp_path):
    done = backup(fresh_database.uri(), "copy", str(tmp_path))
    assert done.returncode == 1 and "a program of its own" in done.stderr and len(os.listdir(tmp_path)) == 1
