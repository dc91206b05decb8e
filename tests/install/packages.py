"""Makes the Debian packages, unpacks them into one folder, serves the Todo application from there, and builds notes.c
against it. Arguments: the build folder, the compiler."""
import os
import pathlib
import subprocess
import sys
import tempfile

import installed

# What each package must depend on at least: parts of calx by hand, client libraries as dpkg-shlibdeps finds them.
PACKAGES = {
    "libcalx0": {"libc6", "libjansson4"},
    "libcalx-server0": {"libcalx0", "libh2o-evloop0.13"},
    "libcalx-dev": {"libcalx0", "libcalx-server0", "libjansson-dev"},
    "calx-driver-dbi": {"libcalx0", "libdbi1"},
    "calx-driver-sqlite3": {"libcalx0", "libsqlite3-0"},
    "calx-driver-libpq": {"libcalx0", "libpq5"},
    "calx-driver-mariadb": {"libcalx0", "libmariadb3"},
    "calx-todo": {"libcalx-server0", "calx-driver-dbi", "calx-driver-sqlite3", "libdbd-sqlite3", "libjs-backbone"},
    "calx-conform": {"libcalx0"},
    "calx-doc": set(),
}


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def files_of(package):
    """The files and links that a package unpacks, without their folders."""
    names = [line.split(None, 5)[5].split(" -> ")[0] for line in output("dpkg-deb", "-c", package).splitlines()]
    return {name[2:] for name in names if not name.endswith("/")}


def check_control(package):
    name, version, depends = (output("dpkg-deb", "-f", package, field).strip() for field in ("Package", "Version", "Depends"))
    found = {part.split()[0] for part in depends.split(",") if part.strip()}
    assert PACKAGES[name] <= found, "%s depends on %s" % (name, depends)
    for part in depends.split(","):
        if "calx" in part:
            assert "(= %s)" % version in part, "%s: %s" % (name, part)
    assert "usr/share/doc/%s/copyright" % name in files_of(package), name
    return name


def nothing_is_left_out(build, packages, folder):
    """Every installed file is in one package and in no other."""
    packed = [name for package in packages for name in files_of(package) if not name.endswith("/copyright")]
    doubles = {name for name in packed if packed.count(name) > 1}
    assert not doubles, "in two packages: %s" % doubles
    subprocess.run(["cmake", "--install", build, "--prefix", "/usr"], check=True, stdout=subprocess.DEVNULL,
                   env=dict(os.environ, DESTDIR=str(folder)))
    present = {os.path.relpath(os.path.join(where, name), folder) for where, _, names in os.walk(folder) for name in names}
    assert present == set(packed), "in no package, or not installed: %s" % (present ^ set(packed))


def main(build, compiler):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        root, work = folder / "root", folder / "work"
        work.mkdir()
        subprocess.run(["cpack", "--config", pathlib.Path(build) / "CPackConfig.cmake", "-B", folder / "made"], check=True,
                       stdout=subprocess.DEVNULL, cwd=build)
        packages = sorted((folder / "made").glob("*.deb"))
        assert {check_control(package) for package in packages} == PACKAGES.keys(), packages
        nothing_is_left_out(build, packages, folder / "staged")
        for package in packages:
            subprocess.run(["dpkg-deb", "-x", package, root], check=True)
        libraries = next(root.glob("usr/lib/**/libcalx.so")).parent
        found = {"LD_LIBRARY_PATH": str(libraries)}
        installed.todo_serves(root / "usr/bin/todo", work, found)
        installed.notes_serve(installed.build_by_pkg_config(work / "by-pkg-config", libraries, compiler), work, found)


main(*sys.argv[1:])
