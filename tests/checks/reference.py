"""The reference that docs/reference.py writes has every name: the functions that the libraries export, and the macros of the
public headers. Arguments: the libraries."""
import os
import re
import subprocess
import sys

import tree

sys.path.insert(0, os.path.join(tree.ROOT, "docs"))
import reference  # noqa: E402


def exported(libraries):
    """The names that programs may link to; those with calx__ belong to macros."""
    told = subprocess.run(["nm", "-D", "--defined-only", *libraries], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {name for name in re.findall(r"^[0-9a-f]+ [TDRB] (\w+)$", told, re.MULTILINE) if not name.startswith("calx__")}


def macros():
    """What the headers #define, but for their guards."""
    text = "".join(path.read_text(encoding="utf-8") for path in reference.headers())
    found = set(re.findall(r"^#define (\w+)", text, re.MULTILINE))
    return {name for name in found if not re.search(r"calx__|CALX__|^the_value_|^CALX_[A-Z_]+_H$", name)}


def pasted():
    """What tables declare: calx_type_##lower, with each word that could stand there."""
    text = "".join(path.read_text(encoding="utf-8") for path in reference.headers())
    prefixes = re.findall(r"extern CALX_API \w+ \w+ (\w+)##\w+;", text)
    return {prefix + word for prefix in prefixes for word in re.findall(r"^ *X\(\w+, (\w+)", text, re.MULTILINE)}


def main(*libraries):
    _, names = reference.reference()
    needed = exported(libraries) - pasted()
    complaints = ["%s is in no page of the reference" % name for name in sorted((needed | macros()) - names.keys())]
    complaints += ["%s: the header says nothing about it" % name for name in sorted(needed) if not names.get(name, True)]
    tree.report(complaints, len(needed))


main(*sys.argv[1:])
