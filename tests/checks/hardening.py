"""What config/hardening.cmake asks for is in every binary given: hardening.py BINARY…"""
import re
import subprocess
import sys

import tree

# libc's functions that have a checked form, __snprintf_chk; a compiler that has proved a call takes the other one.
UNCHECKED = re.compile(r" UND v?(?:s|sn|as|f|d)?printf@")
CHECKED = re.compile(r" UND __v?(?:s|sn|as|f|d)?printf_chk@")


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout


def complaints_about(path):
    segments = output("readelf", "--wide", "--program-headers", path)
    symbols = output("readelf", "--wide", "--dyn-syms", path)
    found = {
        "has fixed addresses": "Elf file type is DYN" in segments,
        "has memory that is both written to and executed": re.search(r"GNU_STACK .* RW ", segments) and " RWE " not in segments,
        "is without relro": "GNU_RELRO" in segments,
        "binds symbols while it runs": re.search(r"\(FLAGS.*\bNOW\b", output("readelf", "--wide", "--dynamic", path)),
        "has stacks without a guard": "__stack_chk_fail" in symbols,
        "is not fortified": CHECKED.search(symbols) or not UNCHECKED.search(symbols),
        "lacks -fcf-protection": "X86-64" not in output("readelf", "--file-header", path) or
                                 "endbr64" in output("objdump", "--disassemble", "--section=.text", path),
    }
    return ["%s: %s" % (path, what) for what, good in found.items() if not good]


def main():
    tree.report([complaint for path in sys.argv[1:] for complaint in complaints_about(path)], len(sys.argv) - 1)


main()
