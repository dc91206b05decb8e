"""Writes the reference: a page for each public header, with every public name and what the header says about it. The build
calls it. Argument: the folder of the pages."""
import pathlib
import re
import shutil
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLOORS = ("core", "drivers", "server")
GENERATED = "<!-- Written by docs/reference.py from %s. -->\n"

SECTION = re.compile(r"^/\* -{3,} (.*?) -{3,} \*/$", re.DOTALL)
PRIVATE = re.compile(r"calx__|CALX__|^the_value_|_H$")
DECLARED = [
    re.compile(r"^#define (\w+)"),
    re.compile(r"^(?:typedef )?(?:struct|enum|union) (\w+)(?: \{|;)"),
    re.compile(r"^typedef .*?\b(\w+)\(", re.DOTALL),
    re.compile(r"^typedef .*?\b(\w+);$", re.DOTALL),
    re.compile(r"^static inline .*?\b(\w+)\(", re.DOTALL),
    re.compile(r"^(?:CALX_API|extern) .*?\b(calx_\w+)\(", re.DOTALL),
    re.compile(r"^extern CALX_API .*?\b(\w+);", re.DOTALL),
    re.compile(r"^CALX_[A-Z_]+\((\w+)"),
]


def headers():
    return sorted(path for floor in FLOORS for path in (ROOT / floor).glob("*.h"))


def pieces(text):
    """The comments and declarations of a header, one string each, "" for an empty line."""
    piece, depth, comment = [], 0, False
    for line in text.split("\n"):
        if not piece and not line:
            yield ""
            continue
        piece.append(line)
        comment = (comment or line.startswith("/*")) and "*/" not in line
        if comment or piece[0].startswith("/*"):
            done = not comment
        elif piece[0].startswith("#"):
            done = not line.endswith("\\")
        else:
            code = re.sub(r"/\*.*?\*/", "", "\n".join(piece), flags=re.DOTALL)
            depth = code.count("{") - code.count("}")
            done = depth == 0 and "/*" not in code and re.search(r"[;})]\s*$", code)
        if done:
            yield "\n".join(piece)
            piece = []


def name_of(code):
    """What a declaration declares; None for what is nobody's name: an #include, an expansion of a table."""
    for pattern in DECLARED:
        found = pattern.match(code)
        if found:
            return None if PRIVATE.search(found.group(1)) else found.group(1)
    return None


def defined_elsewhere(code):
    """Is it only the name of a struct whose members stand in some public header?"""
    forward = re.match(r"typedef struct (\w+) \1;", code)
    return forward and any(re.search(r"^(?:typedef )?struct %s \{" % forward.group(1), path.read_text(), re.MULTILINE)
                           for path in headers())


def shown(code):
    """A declaration without what its user need not see: bodies of macros and of inline functions."""
    if code.startswith("static inline"):
        return code.split("\n{")[0] + ";"
    signature = re.match(r"#define \w+\((?:[^)]*)\)", code)
    if signature and not re.search(r"\bX\(", code):
        return signature.group(0)
    return re.sub(r"\s*\\$", "", re.sub(r"\n {9}(?= )", "\n", code[9:]) if code.startswith("CALX_API ") else code, flags=re.MULTILINE)


def prose(comment):
    """The words of a comment in Markdown: what is indented stays as it is."""
    lines = [re.sub(r"^ ?\*? ?", "", line) if number else line
             for number, line in enumerate(re.sub(r"^/\* ?|\s*\*/$", "", comment).split("\n"))]
    out = []
    for block in re.split(r"\n\s*\n", "\n".join(lines).strip("\n")):
        if block.startswith("    "):
            out.append("```c\n" + re.sub(r"^    ", "", block, flags=re.MULTILINE) + "\n```")
        else:
            out.append(re.sub(r"([*<])(?! )", r"\\\1", re.sub(r"\n {0,3}(?![- ])", "\n", block)))
    return re.sub(r"\n```\n\n```c\n", "\n\n", "\n\n".join(out))


def entries(text):
    """(comment, [(name, code)…]) in the order of the header; a section's title comes with no declarations."""
    comment, declared = "", []
    for piece in pieces(text):
        section = SECTION.match(piece)
        if not piece or section or piece.startswith("/*"):
            if declared:
                yield comment, declared
                comment, declared = "", []
            comment = "" if not piece else comment
            if section:
                yield section.group(1), []
            elif piece:
                comment = piece
        elif name_of(piece) and not defined_elsewhere(piece):
            declared.append((name_of(piece), piece))
    if declared:
        yield comment, declared


def page(path):
    """The page of a header, and the names on it: [(name, has it words of its own?)]."""
    text = path.read_text(encoding="utf-8")
    intro, rest = re.match(r"/\*(.*?)\*/\n(.*)", text, re.DOTALL).groups()
    intro = prose("/*" + re.sub(r"^\s*(?:\* )?%s: " % path.name, " ", intro) + "*/").strip()
    out = [GENERATED % path.relative_to(ROOT) + "# &lt;calx/%s&gt;\n" % path.name, intro[:1].upper() + intro[1:] + "\n"]
    names, title = [], None
    for comment, declared in entries(rest):
        if not declared:
            title = "## %s\n" % prose(comment).replace("\n", " ")
            continue
        if title:
            out.append(title)
            title = None
        out.append("### " + ", ".join("`%s`" % name for name, _ in declared) + "\n")
        if comment:
            out.append(prose(comment) + "\n")
        out.append("```c\n" + "\n".join(shown(code) for _, code in declared) + "\n```\n")
        names += [(name, bool(comment) or "/*" in code) for name, code in declared]
    return "\n".join(out), names


def index(pages):
    out = [GENERATED % "the public headers" + "# Reference\n",
           "Every public name, as the headers declare and describe it. `#include <calx/calx.h>` includes all of core.\n"]
    for floor in FLOORS:
        out.append("## %s/\n" % floor)
        for path, (text, names) in pages.items():
            if path.parent.name == floor and names:
                links = ", ".join("`%s`" % name for name, _ in names)
                out.append(textwrap.fill("**[%s](%s.md)**: %s" % (path.name, path.stem, links), 120) + "\n")
    return "\n".join(out)


def reference():
    """{name of a file: its text}, and every name with whether it has words."""
    pages = {path: page(path) for path in headers()}
    files = {path.stem + ".md": text for path, (text, names) in pages.items() if names}
    files["README.md"] = index(pages)
    return files, {name: words for _, names in pages.values() for name, words in names}


def main(folder):
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, text in reference()[0].items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
