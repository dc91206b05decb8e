"""Fails on an #include against the arrows: server/ stands on core/, core/ on drivers/, and one door leads down, <calx/…>.

Quoted includes stay in their floor; a driver's folder includes no other driver's; in server/, http/ knows nothing of
web/, web/ nothing of cli/, and the application in todo/ sees what every application sees. Libraries have their place too.
"""
import os
import re

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")', re.MULTILINE)
FLOORS = ("drivers", "core", "server")
DRIVERS = ("dbi", "sqlite3", "pgsql", "mysql")
ROOMS = ("http", "web", "cli", "todo")
LIBRARIES = {  # a library's headers -> where they may be included
    r"sqlite3\.h": ("drivers/sqlite3", "drivers/dbi"),
    r"libpq.*|pg_config.*": ("drivers/pgsql", "drivers/dbi"),
    r"(mysql|mariadb).*": ("drivers/mysql", "drivers/dbi"),
    r"dbi/.*": ("drivers/dbi",),
    r"h2o.*": ("server/http", "server/web"),
    r"jansson\.h": ("core", "server"),
}


def public_headers():
    return {path.split("/")[1]: path.split("/")[0] for path in tree.paths(".h", folders=FLOORS) if path.count("/") == 1}


def target_of(path, quoted):
    """The file that a quoted include names, relative to the root, or None."""
    for folder in (os.path.dirname(path), ""):
        candidate = os.path.normpath(os.path.join(folder, quoted))
        if os.path.isfile(os.path.join(tree.ROOT, candidate)):
            return candidate
    return None


def wrong_quoted(path, quoted):
    target = target_of(path, quoted)
    if target is None:
        return "there is no such file"
    here, there = path.split("/"), target.split("/")
    if here[0] != there[0]:
        return "another floor is included as <calx/…>"
    if len(there) == 2:
        return "a public header is included as <calx/…>"
    if here[0] == "drivers" and there[1] in DRIVERS and here[1] != there[1]:
        return "a driver's private header"
    if here[0] == "server" and here[1] != there[1]:
        if here[1] == "todo":
            return "an application includes public headers only"
        if here[1] in ROOMS and ROOMS.index(there[1]) > ROOMS.index(here[1]):
            return "%s/ stands below %s/" % (here[1], there[1])
    return None


def wrong_bracketed(path, name, public):
    if name.startswith("calx/"):
        floor = public.get(name[len("calx/"):])
        if floor is None:
            return "there is no such public header"
        if FLOORS.index(floor) > FLOORS.index(path.split("/")[0]):
            return "%s/ is above" % floor
        return None
    for pattern, places in LIBRARIES.items():
        if re.fullmatch(pattern, name) and not path.startswith(places):
            return "this library belongs to " + " and ".join(places)
    return None


def main():
    public = public_headers()
    complaints = []
    files = tree.paths(".c", ".h", folders=FLOORS)
    for path in files:
        text = tree.read(path)
        for match in INCLUDE.finditer(text):
            bracketed, quoted = match.groups()
            wrong = wrong_bracketed(path, bracketed, public) if bracketed else wrong_quoted(path, quoted)
            if wrong:
                line = text.count("\n", 0, match.start(1 if bracketed else 2)) + 1
                complaints.append("%s:%d: %s: %s" % (path, line, bracketed or quoted, wrong))
    tree.report(complaints, len(files))


main()
