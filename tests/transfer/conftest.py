"""Two databases of each kind, and the shop's program."""
import io
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "http" / "harness"))

import backends  # noqa: E402

FORMS = ("sqlite", "postgresql", "mysql")
ROWS = 250  # of the tables that have many: more than a first page


class Shop:
    """The program, run to its end."""
    path = os.environ["CALX_SHOP"]

    def __call__(self, *arguments, uri=None, status=0, **options):
        words = [self.path, *arguments]
        if uri:
            words += ["--set", "SQLALCHEMY_DATABASE_URI=" + uri]
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        done = subprocess.run(words, encoding="utf-8", timeout=60, **options)
        assert done.returncode == status, "%s: %d: %s" % (arguments, done.returncode, done.stderr)
        return done

    def tables(self, database):
        """The tables that are there."""
        shown = self("db", "inspect", uri=database.uri()).stdout
        return [line for line in shown.splitlines() if line and not line.startswith(" ")]

    def start(self, *arguments, uri):
        return subprocess.Popen([self.path, *arguments, "--set", "SQLALCHEMY_DATABASE_URI=" + uri], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


@pytest.fixture(scope="session")
def shop():
    return Shop()


@pytest.fixture(scope="session")
def databases():
    """Makes databases, and removes them at the end."""
    made = []

    def make(form):
        made.append(backends.create(form))
        return made[-1]
    yield make
    for database in made:
        database.close()


@pytest.fixture(scope="session")
def sources(databases, shop):
    """Filled ones, by their form."""
    filled = {form: databases(form) for form in FORMS}
    for source in filled.values():
        shop("fill", source.uri(), str(ROWS))
    return filled


@pytest.fixture(scope="session")
def _targets(databases):
    return {form: databases(form) for form in FORMS}


@pytest.fixture(params=FORMS)
def target(request, _targets, shop):
    """One without tables."""
    database = _targets[request.param]
    yield database
    shop("db", "drop", uri=database.uri())


@pytest.fixture(params=FORMS)
def source(request, sources):
    return sources[request.param]


@pytest.fixture(scope="session")
def dump(sources, shop):
    """The lines of a dump, each with its end."""
    return io.StringIO(shop("db", "dump", uri=sources["sqlite"].uri()).stdout, newline="\n").readlines()
