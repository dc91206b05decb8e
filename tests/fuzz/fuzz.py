"""Runs the fuzzers of build-fuzz/ in turn, and counts what it cost and what it found."""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT = os.path.join(ROOT, "docs/reliability.md")
MARKS = "<!-- tests/fuzz/run --write -->\n", "<!-- end of fuzzing -->\n"
HEAD = ["fuzzer", "CPU seconds", "inputs", "defects"]
RSS_LIMIT_MB = 2048
INPUT_TIMEOUT_S = 120  # of one input, beside whatever else the machine does
OUTPUT_LINES = 60


def program(name):
    return os.path.join(ROOT, "build-fuzz/tests", name + "_fuzz")


def fuzzers():
    return sorted(os.path.basename(path)[:-len("_fuzz")] for path in glob.glob(program("*")))


def search(name, seconds, folder):
    """A row. What is found stays in the folder, of defects too; their report is printed."""
    corpus = os.path.join(folder, name)
    os.makedirs(corpus, exist_ok=True)
    before = os.times()
    done = subprocess.run([program(name), "-max_total_time=%d" % seconds, "-rss_limit_mb=%d" % RSS_LIMIT_MB,
                           "-timeout=%d" % INPUT_TIMEOUT_S, "-verbosity=0", "-print_final_stats=1",
                           "-artifact_prefix=%s/%s-" % (folder, name), corpus, os.path.join(ROOT, "tests/fuzz/corpus", name)],
                          cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    after = os.times()
    if done.returncode:
        print("\n".join(done.stdout.splitlines()[-OUTPUT_LINES:]))
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    tried = re.search(r"number_of_executed_units: (\d+)", done.stdout)
    return [name, round(cpu), int(tried[1]) if tried else 0, int(done.returncode != 0)]


def written(rows):
    """The table's lines, with the sum below."""
    seconds, inputs, defects = (sum(row[i] for row in rows) for i in (1, 2, 3))
    lines = [HEAD, ["---"] * len(HEAD)] + [[row[0], row[1], "{:,}".format(row[2]), row[3]] for row in rows]
    lines.append(["together", "%d (%.2f h)" % (seconds, seconds / 3600), "{:,}".format(inputs), defects])
    return "".join("| %s |\n" % " | ".join(map(str, line)) for line in lines)


def write(rows):
    """Adds to what the document has of each fuzzer."""
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    begin, end = text.index(MARKS[0]) + len(MARKS[0]), text.index(MARKS[1])
    total = {}
    for line in text[begin:end].splitlines()[2:-1]:
        name, *numbers = line.strip("| ").split(" | ")
        total[name] = [int(number.replace(",", "")) for number in numbers]
    for name, *numbers in rows:
        total[name] = [a + b for a, b in zip(total.get(name, [0, 0, 0]), numbers)]
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(text[:begin] + written([[name] + total[name] for name in sorted(total)]) + text[end:])


def main():
    parser = argparse.ArgumentParser(prog="tests/fuzz/run", description=__doc__)
    parser.add_argument("--hours", type=float, help="for all of them together; without it, a minute each")
    parser.add_argument("--write", action="store_true", help="add the rows to the table in docs/reliability.md")
    parser.add_argument("--corpus", metavar="FOLDER", help="begin with what is there, and leave there what is found")
    parser.add_argument("fuzzers", nargs="*", metavar="FUZZER", default=fuzzers())
    arguments = parser.parse_args()
    seconds = 60 if arguments.hours is None else arguments.hours * 3600 / len(arguments.fuzzers)
    rows = []
    with tempfile.TemporaryDirectory(prefix="calx-fuzz.") as scratch:
        for name in arguments.fuzzers:
            rows.append(search(name, seconds, os.path.abspath(arguments.corpus or scratch)))
            print("%-16s %7d s of CPU %12d inputs %3d defects" % tuple(rows[-1]), flush=True)
    if arguments.write:
        write(rows)
    failed = sum(row[3] for row in rows)
    print("%d%% tests passed, %d tests failed out of %d" % ((len(rows) - failed) * 100 // len(rows), failed, len(rows)))
    sys.exit(1 if failed else 0)


main()
