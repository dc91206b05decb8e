"""Installs a build into an empty prefix, serves the Todo application from there, and builds notes.c against it, by
pkg-config and by CMake. Arguments: the build folder, the compiler, the sanitizers of the build."""
import pathlib
import re
import subprocess
import sys
import tempfile

import installed

HERE = installed.HERE


def build_by_cmake(folder, prefix, compiler, flags):
    subprocess.run(["cmake", "-G", "Ninja", "-S", HERE / "stranger", "-B", folder, "-DCMAKE_PREFIX_PATH=%s" % prefix,
                    "-DCMAKE_C_COMPILER=" + compiler, "-DCMAKE_C_FLAGS=" + " ".join(flags)], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", folder], check=True, stdout=subprocess.DEVNULL)
    return folder / "notes"


def readme_shows_notes():
    """The application of README.md is the one that is built here, but for blanks."""
    readme = (HERE / "../../README.md").read_text()
    shown = readme.split("```c\n", 1)[1].split("```", 1)[0]
    built = (HERE / "notes.c").read_text().split("*/", 1)[1]
    assert re.sub(r"[\\\s]", "", shown) == re.sub(r"[\\\s]", "", built), "README.md and notes.c differ"


def versions_are_one(prefix, libraries):
    """pkg-config, the program and the header name the same version."""
    printed = subprocess.run([prefix / "bin/todo", "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout
    header = (prefix / "include/calx/api.h").read_text()
    version = re.search(r"^Version: (.*)$", (libraries / "pkgconfig/calx.pc").read_text(), re.MULTILINE).group(1)
    assert "(calx %s)" % version in printed, printed
    assert '#define CALX_VERSION "%s"' % version in header, version


def unit_is_sound(prefix, work):
    """systemd understands the unit, whose program is elsewhere here, and finds it well locked up: 2.0 of 10 at most."""
    unit = work / "todo.service"
    text = (prefix / "lib/systemd/system/todo.service").read_text()
    unit.write_text(text.replace("ExecStart=todo", "ExecStart=%s" % (prefix / "bin/todo")))
    checked = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], stderr=subprocess.PIPE, text=True)
    assert checked.returncode == 0 and "todo.service" not in checked.stderr, checked.stderr
    subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", unit], check=True, stdout=subprocess.DEVNULL)


def main(build, compiler, sanitize=""):
    readme_shows_notes()
    flags = ["-fsanitize=" + sanitize.replace(";", ",")] if sanitize else []
    with tempfile.TemporaryDirectory() as folder:
        prefix, work = pathlib.Path(folder) / "prefix", pathlib.Path(folder) / "work"
        work.mkdir()
        subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
        libraries = next(prefix.glob("lib/**/libcalx.so")).parent
        drivers = subprocess.run([prefix / "bin/todo", "drivers"], check=True, stdout=subprocess.PIPE, text=True).stdout
        assert len(drivers.splitlines()) == 6, drivers
        versions_are_one(prefix, libraries)
        unit_is_sound(prefix, work)
        installed.todo_serves(prefix / "bin/todo", work)
        program = installed.build_by_pkg_config(work / "by-pkg-config", libraries, compiler, flags)
        installed.notes_serve(program, work, {"LD_LIBRARY_PATH": str(libraries)})
        installed.notes_serve(build_by_cmake(work / "by-cmake", prefix, compiler, flags), work)


main(*sys.argv[1:])
