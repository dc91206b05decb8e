"""The files of docs/tutorial: a block that begins with ```c NAME is the file NAME, and several are its parts, in the order
of the steps. Arguments: the folder of the tutorial, the folder in which the files are written. Prints their names."""
import pathlib
import re
import sys

BLOCK = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main(tutorial, folder):
    files = {}
    for page in sorted(pathlib.Path(tutorial).glob("[0-9]*.md")):
        for name, text in BLOCK.findall(page.read_text()):
            files[name] = files.get(name, "") + text
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        if not (folder / name).exists() or (folder / name).read_text() != text:
            (folder / name).write_text(text)
    print(";".join(sorted(files)), end="")


main(*sys.argv[1:])
