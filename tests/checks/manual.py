"""The manual pages: well-formed, with every command and option of the program, every header, and an example that compiles;
calx.h includes the whole of core. Arguments: the Todo application, conform."""
import os
import re
import subprocess
import sys

import tree

PAGES = tree.paths(".1", ".3", ".7", folders=("docs",))
HEADERS = [path for floor in ("core", "drivers", "server") for path in tree.paths(".h", folders=(floor,))
           if path.count("/") == 1]


def output(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tree.ROOT,
                          check=False, **options)


def well_formed(page):
    done = output("mandoc", "-T", "lint", "-W", "warning", page)
    if done.returncode or done.stdout:
        yield "%s: %s" % (page, done.stdout)


def names_commands(page, program):
    """Every command that --help prints stands in the page, and no other."""
    told = output(program, "--help").stdout
    listed = re.findall(r"^  ([a-z]+(?: [a-z]+)?)\b", told.split("Commands:\n")[1].split("\n\n")[0], re.MULTILINE)
    text = tree.read(page)
    written = re.findall(r"^\.It Cm ([a-z]+(?: [a-z]+)?)\b", text, re.MULTILINE)
    for name in set(listed) ^ set(written):
        yield "%s: the command %s is not in both, the page and --help" % (page, name)


def names_options(page, program):
    text = tree.read(page)
    for option in set(re.findall(r"--([a-z]+)", output(program, "--help").stdout)):
        if ".It Fl -" + option not in text and ", Fl -" + option not in text:
            yield "%s: no option --%s" % (page, option)


def names_functions(page):
    """Every function and macro that the page names is declared in a public header."""
    declared = "".join(tree.read(path) for path in HEADERS)
    for name in re.findall(r"^\.Fn (\w+)", tree.read(page), re.MULTILINE):
        if not re.search(r"\b%s\(" % name, declared):
            yield "%s: there is no %s" % (page, name)


def names_headers(page):
    """Every installed header, and no other."""
    named = set(re.findall(r"In calx/(\w+\.h)", tree.read(page)))
    for name in named ^ {path.split("/")[1] for path in HEADERS}:
        yield "%s: %s is not in both, the page and what is installed" % (page, name)


def includes_all(header):
    """Of its own folder."""
    folder = header.split("/")[0]
    wanted = {path.split("/")[1] for path in HEADERS if path.startswith(folder + "/") and path != header}
    for name in wanted - set(re.findall(r"#include <calx/(\w+\.h)>", tree.read(header))):
        yield "%s does not include %s" % (header, name)


def example_compiles(page):
    program = re.search(r"^\.Bd -literal\n(#include.*?)^\.Ed", tree.read(page), re.MULTILINE | re.DOTALL).group(1)
    done = output("gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I" + os.environ["CALX_INCLUDE"],
                  "-x", "c", "-", input=program.replace("\\e", "\\"))
    if done.returncode:
        yield "%s: %s" % (page, done.stdout)


def main(todo, conform):
    complaints = [complaint for page in PAGES for complaint in [*well_formed(page), *names_functions(page)]]
    complaints += [*names_commands("docs/man/todo.1", todo), *names_options("docs/man/todo.1", todo)]
    complaints += names_options("docs/man/conform.1", conform)
    complaints += [*example_compiles("docs/man/calx.3"), *names_headers("docs/man/calx.3"), *includes_all("core/calx.h")]
    tree.report(complaints, len(PAGES))


main(*sys.argv[1:])
