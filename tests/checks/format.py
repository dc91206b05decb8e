"""Every C file is as clang-format leaves it."""
import shutil
import subprocess
import sys

import tree


def main():
    if not shutil.which("clang-format"):
        print("clang-format is not installed")
        sys.exit(77)
    files = tree.paths(".c", ".h", folders=("drivers", "core", "server", "tests"))
    done = subprocess.run(["clang-format", "--dry-run", "-Werror"] + files, cwd=tree.ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    complaints = [line for line in done.stdout.splitlines() if "error:" in line]
    if done.returncode and not complaints:
        complaints = [done.stdout]
    tree.report(complaints, len(files))


main()
