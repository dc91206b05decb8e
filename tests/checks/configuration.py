"""docs/configuration.md is what the program prints from its table of keys: `todo config --document > docs/configuration.md`."""
import subprocess
import sys

import tree


def main():
    printed = subprocess.run([sys.argv[1], "config", "--document"], check=True, stdout=subprocess.PIPE, text=True).stdout
    differs = printed != tree.read("docs/configuration.md")
    tree.report(["docs/configuration.md is not what `todo config --document` prints"] if differs else [], 1)


main()
