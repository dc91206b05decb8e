"""docs/from-sqlalchemy.md: both columns of its tables, and its blocks, are what they say: the left is Python, the right
compiles. Argument: the compiler."""
import ast
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
PAGE = HERE / "../../docs/from-sqlalchemy.md"
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Wextra", "-Wconversion", "-Werror",
         "-Wno-unused-variable", "-I" + os.environ["CALX_INCLUDE"]]


def code(cell):
    return "\n".join(re.findall(r"`([^`]+)`", cell))


def rows(page):
    """(line number, left, right) of every row of the tables."""
    for number, line in enumerate(page.split("\n"), 1):
        cells = line.strip("|").split(" | ")
        if line.startswith("| `") and len(cells) == 2:
            yield number, code(cells[0]), code(cells[1])


def python_error(text):
    if text.startswith("except "):
        text = "try: pass\n%s: pass" % text
    try:
        ast.parse(text)
    except SyntaxError as error:
        return str(error)
    return None


def statement(text):
    return text if text.endswith(";") else "(void)(%s);" % text


def program(page, context):
    """The blocks as they stand, then each row in a block of its own; #line makes complaints name the page's line."""
    blocks = "".join(re.findall(r"^```c\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    cells = "".join('#line %d "from-sqlalchemy.md"\n    { %s }\n' % (number, statement(right)) for number, _, right in rows(page))
    return context.replace("/* blocks */", blocks).replace("/* rows */", cells)


def main(compiler):
    page = PAGE.read_text()
    complaints = ["line %d: %s" % (number, python_error(left)) for number, left, _ in rows(page) if python_error(left)]
    complaints += [python_error(block) for block in re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
                   if python_error(block)]
    with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
        file.write(program(page, (HERE / "sqlalchemy.c").read_text()))
        file.flush()
        done = subprocess.run([compiler, *FLAGS, file.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        complaints.append(done.stdout)
    lines = len(list(rows(page)))
    print("%d rows, %d complaints\n%s" % (lines, len(complaints), "\n".join(complaints)))
    sys.exit(1 if complaints or not lines else 0)


main(*sys.argv[1:])
