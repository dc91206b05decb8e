"""Every header compiles alone, and twice, without a warning; the public ones in the way an application includes them."""
import concurrent.futures
import os
import subprocess
import tempfile

import tree

FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-DH2O_USE_LIBUV=0", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror"]
MODULES = ["dbi", "sqlite3", "libpq", "libmariadb", "jansson", "libh2o-evloop", "openssl"]


def library_flags():
    return subprocess.run(["pkg-config", "--cflags"] + MODULES, check=True, stdout=subprocess.PIPE, text=True).stdout.split()


def link_public(headers, folder):
    os.mkdir(os.path.join(folder, "calx"))
    for path in headers:
        os.symlink(os.path.join(tree.ROOT, path), os.path.join(folder, "calx", os.path.basename(path)))


def compile_alone(path, public, include_flags):
    line = "#include <calx/%s>\n" % os.path.basename(path) if public else '#include "%s"\n' % path
    command = [os.environ.get("CC", "gcc")] + FLAGS + include_flags + ["-fsyntax-only", "-x", "c", "-"]
    done = subprocess.run(command, input=line * 2, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return "%s:\n%s" % (path, done.stdout) if done.returncode else None


def main():
    headers = tree.paths(".h", folders=("drivers", "core", "server"))
    public = [path for path in headers if path.count("/") == 1]
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        link_public(public, folder)
        flags = ["-I" + folder, "-I" + tree.ROOT] + library_flags()
        complaints = list(filter(None, pool.map(lambda path: compile_alone(path, path in public, flags), headers)))
    tree.report(complaints, len(headers))


main()
