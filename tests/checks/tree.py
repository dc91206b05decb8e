"""What the checks share: the files of the tree, and the way they report."""
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ("core", "drivers", "server", "config", "static", "tests", "docs")


def paths(*endings, folders=FOLDERS):
    """The files below these folders with one of the endings, relative to the root, sorted; corpora are data."""
    found = []
    for folder in folders:
        for where, below, names in os.walk(os.path.join(ROOT, folder)):
            below[:] = [name for name in below if name not in ("corpus", "__pycache__", ".pytest_cache")]
            found += [os.path.relpath(os.path.join(where, name), ROOT) for name in names if name.endswith(endings)]
    return sorted(path for path in found if os.path.isfile(os.path.join(ROOT, path)))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def report(complaints, checked):
    """Ends the check: nothing to look at is a failure too."""
    for complaint in complaints:
        print(complaint)
    print("%d checked, %d complaints" % (checked, len(complaints)))
    sys.exit(1 if complaints or not checked else 0)
