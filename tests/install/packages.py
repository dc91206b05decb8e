"""Makes the Debian packages, installs them into a system of their own in one folder, serves the Todo application from there,
builds notes.c against it, and removes them again. Arguments: the build folder, the compiler."""
import os
import pathlib
import re
import shutil
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
    if re.fullmatch(r"lib.*[0-9]", name):  # others that link to it will depend on it
        assert "libcalx" in output("dpkg-deb", "-I", package, "shlibs"), name
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


class System:
    """A folder in which dpkg installs. What is installed on this machine of all that the packages depend on counts as
    installed there; it has a shell and ldconfig for the scripts of packages."""

    def __init__(self, root, packages):
        self.root = root
        for folder in ("info", "updates", "triggers"):
            (root / "var/lib/dpkg" / folder).mkdir(parents=True)
        needed = {part.split()[0] for package in packages for part in output("dpkg-deb", "-f", package, "Depends").split(",")
                  if part.strip()}
        here = pathlib.Path("/var/lib/dpkg/status").read_text().split("\n\n")
        known = [entry for entry in here if entry.split("\n", 1)[0].removeprefix("Package: ") in needed]
        (root / "var/lib/dpkg/status").write_text("\n\n".join(known) + "\n")
        (root / "etc").mkdir()
        for file in ("/bin/sh", "/sbin/ldconfig", *re.findall(r"(/\S+) \(", output("ldd", "/bin/sh"))):
            copy = root / file[1:]
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)

    def dpkg(self, *arguments):
        """As root, or as one who is root in a namespace of his own."""
        become = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
        done = subprocess.run([*become, "dpkg", "--root=%s" % self.root, "--force-unsafe-io", *arguments], text=True,
                              env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"), check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def states(self):
        """What dpkg knows of our packages."""
        listed = output("dpkg-query", "--admindir=%s" % (self.root / "var/lib/dpkg"), "-f", "${Package} ${Status}\n", "-W")
        return dict(line.split(" ", 1) for line in listed.splitlines() if line.split()[0] in PACKAGES)

    def files(self):
        """All but dpkg's own notes and ldconfig's."""
        there = (path.relative_to(self.root) for path in self.root.rglob("*") if path.is_symlink() or path.is_file())
        return {str(path) for path in there if path.parts[:2] != ("var", "lib") and path.name != "ld.so.cache"}

    def libraries(self):
        """Those that programs find."""
        return output("/sbin/ldconfig", "-r", self.root, "-p")


def check_installation(system, packages):
    """None goes in without what it depends on, all do together."""
    todo = next(package for package in packages if package.name.startswith("calx-todo_"))
    status, told = system.dpkg("-i", todo)
    assert status != 0 and "calx-todo depends on libcalx-server0" in told, told
    status, told = system.dpkg("-i", *packages)
    assert status == 0, told
    assert system.states() == dict.fromkeys(PACKAGES, "install ok installed")
    assert "libcalx.so.0 " in system.libraries() and "libcalx-server.so.0 " in system.libraries()


def check_removal(system, before):
    status, told = system.dpkg("-r", "libcalx0")
    assert status != 0 and "calx-conform depends on libcalx0" in told, told
    status, told = system.dpkg("-P", *PACKAGES)
    assert status == 0, told
    assert system.files() == before, "left behind: %s" % (system.files() ^ before)
    assert not system.states() and "libcalx" not in system.libraries()


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
        system = System(root, packages)
        before = system.files()
        check_installation(system, packages)
        libraries = next(root.glob("usr/lib/**/libcalx.so")).parent
        found = {"LD_LIBRARY_PATH": str(libraries)}
        installed.todo_serves(root / "usr/bin/todo", work, found)
        installed.notes_serve(installed.build_by_pkg_config(work / "by-pkg-config", libraries, compiler), work, found)
        check_removal(system, before)


main(*sys.argv[1:])
