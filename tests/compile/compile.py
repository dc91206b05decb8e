"""Compiles the programs beside it, without -Werror: those in refused/ must not compile, with the words of their first
lines in the compiler's messages; those in accepted/ must compile without any. Arguments: compilers; one that is not
installed is left out, but not all of them."""
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Wconversion"]
found = {}  # by compiler: options that lead to the headers
EXPECTED = re.compile(r"/\* (gcc|clang): (.*) \*/")


def flags():
    jansson = subprocess.run(["pkg-config", "--cflags", "jansson"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return ["-std=c11", "-D_GNU_SOURCE"] + jansson.split()


def includes():
    return ["-I" + HERE, "-I" + os.environ["CALX_INCLUDE"]]


def precompile(compiler, folder):
    """models.h is read once for each compiler; returns what makes it find the result."""
    include = includes()
    made = os.path.join(folder, compiler, "models.h.gch")
    os.mkdir(os.path.dirname(made))
    subprocess.run([compiler] + flags() + WARNINGS + include + ["-x", "c-header", os.path.join(HERE, "models.h"), "-o", made],
                   check=True)
    return ["-include-pch", made] + include if compiler == "clang" else ["-I" + os.path.dirname(made)] + include


def compiled(compiler, path):
    environment = dict(os.environ, LC_ALL="C")
    with open(path, encoding="utf-8") as file:
        include = found[compiler] if '#include "models.h"' in file.read() else includes()
    return subprocess.run([compiler] + flags() + WARNINGS + ["-fsyntax-only"] + include + [path], env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def check_refused(compiler, path):
    with open(path, encoding="utf-8") as file:
        expected = dict(EXPECTED.findall(file.read()))[compiler]
    done = compiled(compiler, path)
    if done.returncode == 0:
        return "it compiles\n" + done.stdout
    return None if expected in done.stdout else "expected %s, got\n%s" % (expected, done.stdout)


def check_accepted(compiler, path):
    done = compiled(compiler, path)
    return done.stdout or None if done.returncode == 0 else "it does not compile\n" + done.stdout


def main():
    compilers = [name for name in sys.argv[1:] if shutil.which(name)]
    with tempfile.TemporaryDirectory() as folder:
        found.update((compiler, precompile(compiler, folder)) for compiler in compilers)
        check_all(compilers)


def check_all(compilers):
    work = [(check, compiler, path) for compiler in compilers
            for check, folder in ((check_refused, "refused"), (check_accepted, "accepted"))
            for path in sorted(glob.glob(os.path.join(HERE, folder, "*.c")))]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (_, compiler, path), complaint in zip(work, pool.map(lambda item: item[0](*item[1:]), work)):
            if complaint:
                failed += 1
                print("%s, %s: %s" % (os.path.relpath(path, HERE), compiler, complaint))
    print("%d programs compiled by %s, %d complaints" % (len(work), " and ".join(compilers) or "nobody", failed))
    sys.exit(1 if failed or not work else 0)


main()
