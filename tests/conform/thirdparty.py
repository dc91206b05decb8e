"""Installs a build into an empty prefix, has tests/thirdparty built against it as a stranger would, and lets the installed
conform judge the stranger's driver. Arguments: the build folder, the compiler, the sanitizers of the build."""
import os
import pathlib
import subprocess
import sys
import tempfile

DRIVER = pathlib.Path(__file__).parent.parent / "thirdparty"
URL = "sqlite+pocket://"


def build(folder, prefix, compiler, flags):
    subprocess.run(["cmake", "-G", "Ninja", "-S", DRIVER, "-B", folder, "-DCMAKE_PREFIX_PATH=%s" % prefix,
                    "-DCMAKE_C_COMPILER=" + compiler, "-DCMAKE_C_FLAGS=" + flags], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", folder], check=True, stdout=subprocess.DEVNULL)


def main(build_folder, compiler, sanitize=""):
    flags = "-fsanitize=" + sanitize.replace(";", ",") if sanitize else ""
    with tempfile.TemporaryDirectory() as folder:
        prefix, drivers = pathlib.Path(folder) / "prefix", pathlib.Path(folder) / "drivers"
        subprocess.run(["cmake", "--install", build_folder, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
        conform = prefix / "bin/conform"
        without = subprocess.run([conform, URL], stderr=subprocess.PIPE, text=True)
        assert without.returncode == 2 and "calx-pocket.so" in without.stderr, without
        build(drivers, prefix, compiler, flags)
        subprocess.run([conform, URL], check=True, env=dict(os.environ, CALX_DRIVER_PATH=str(drivers)))


main(*sys.argv[1:])
