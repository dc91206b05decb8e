"""Sizes and small things: files of at most 400 lines, functions of at most 70, no stray blanks, nothing of third parties."""
import os
import re

import tree

FILE_LINES = 400
FILE_LINES_EVER = 600
FUNCTION_LINES = 70
LINE_LENGTH_EVER = 400
TEXT = (".c", ".h", ".py", ".js", ".css", ".html", ".mustache", ".md", ".conf", ".example", ".txt", ".sh", ".supp", "run")
THIRD_PARTY = re.compile(r"\.min\.|jquery|backbone|underscore", re.IGNORECASE)

# Files that are longer than FILE_LINES, with the reason. None is longer than FILE_LINES_EVER.
LONG = {}


def long_functions(path, lines):
    """Functions begin with a brace in the first column and end with one: .clang-format sees to that."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line.startswith("}") and start is not None:
            if line == "}" and number - start + 1 > FUNCTION_LINES:
                yield "%s:%d: a function of %d lines" % (path, start, number - start + 1)
            start = None


def complaints_about(path, text):
    lines = text.split("\n")
    count = len(lines) - 1
    is_code = path.endswith((".c", ".h", ".py", ".js", ".css"))
    if is_code and count > (FILE_LINES_EVER if path in LONG else FILE_LINES):
        yield "%s: %d lines" % (path, count)
    if text and not text.endswith("\n"):
        yield "%s: no newline at the end" % path
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield "%s:%d: blanks at the end" % (path, number)
        if is_code and "\t" in line:
            yield "%s:%d: a tab" % (path, number)
        if len(line) > LINE_LENGTH_EVER:
            yield "%s:%d: %d characters, is it minified?" % (path, number, len(line))
    if path.endswith((".c", ".h")):
        yield from long_functions(path, lines)


def main():
    complaints = []
    files = tree.paths(*TEXT)
    for path in files:
        complaints += complaints_about(path, tree.read(path))
    for path in tree.paths("", folders=("static",)):
        if THIRD_PARTY.search(os.path.basename(path)):
            complaints.append("%s: libraries come from packages, not from this tree" % path)
    complaints += ["%s: is in LONG, but not long" % path for path in LONG
                   if tree.read(path).count("\n") <= FILE_LINES]
    tree.report(complaints, len(files))


main()
