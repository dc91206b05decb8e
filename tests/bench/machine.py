"""What was measured, on what: pairs of a name and a text."""
import datetime
import os
import platform
import re
import subprocess


def said(*command):
    """The first line that a program prints, "" if there is no such program."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except FileNotFoundError:
        return ""
    return (done.stdout.splitlines() or [""])[0].strip()


def processor():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        found = re.search(r"^model name\s*: (.*)$", file.read(), re.MULTILINE)
    return found[1] if found else platform.machine()


def system():
    with open("/etc/os-release", encoding="utf-8") as file:
        found = re.search(r'^PRETTY_NAME="?([^"\n]*)', file.read(), re.MULTILINE)
    return "%s, Linux %s" % (found[1] if found else "", ".".join(platform.release().split(".")[:2]))


def build_setting(build, name):
    with open(os.path.join(build, "CMakeCache.txt"), encoding="utf-8") as file:
        found = re.search(r"^%s:[A-Z]+=(.*)$" % name, file.read(), re.MULTILINE)
    return found[1] if found else ""


def software():
    versions = [said("sqlite3", "--version").split(" ")[0], said("psql", "--version").split(" ")[2],
                re.sub(r".*Distrib ([\d.]+).*|.* from ([\d.]+).*", r"\1\2", said("mariadb", "--version")),
                said("pkg-config", "--modversion", "libh2o-evloop"), said("wrk", "-v").split(" ")[1].partition("/")[2].partition("-")[0]]
    return "SQLite %s, PostgreSQL %s, MariaDB %s, libh2o-evloop %s, wrk %s" % tuple(versions)


def load():
    return "%.2f" % os.getloadavg()[0]


def facts(build, seconds, rounds):
    return [("date", datetime.date.today().isoformat()),
            ("calx", said("git", "-C", os.path.dirname(os.path.abspath(__file__)), "describe", "--always", "--dirty")),
            ("processor", "%s, %d cores" % (processor(), len(os.sched_getaffinity(0)))),
            ("system", system()),
            ("compiler", "%s, %s %s" % (said(build_setting(build, "CMAKE_C_COMPILER"), "--version"),
                                        build_setting(build, "CMAKE_BUILD_TYPE"),
                                        build_setting(build, "CMAKE_C_FLAGS_RELEASE"))),
            ("software", software()),
            ("files on", said("findmnt", "-n", "-o", "FSTYPE", "-T", os.environ.get("TMPDIR", "/tmp"))),
            ("rounds", "%d, of %d s for the server and %.1f s for sessions" % (rounds, seconds, seconds / 10)),
            ("load before", load() + " (average of a minute; more than 0.5 means that others used the machine)")]


def load_facts():
    """The servers and wrk are part of it."""
    return [("load after", load())]
