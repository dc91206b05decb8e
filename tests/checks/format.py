"""Every C file is as clang-format leaves it."""
import os
import shutil
import subprocess
import sys

import tree


def main():
    if not shutil.which("clang-format"):
        print("clang-format is not installed")
        sys.exit(77)
    files = tree.paths(".c", ".h", folders=("drivers", "core", "server", "tests"))
    complaints = []
    for path in files:
        done = subprocess.run(["clang-format", "--dry-run", "-Werror", os.path.join(tree.ROOT, path)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            complaints.append(done.stdout.splitlines()[0].replace(tree.ROOT + "/", ""))
    tree.report(complaints, len(files))


main()
