"""Measures everything, prints the table, and with --write makes the page of it. tests/bench/run has built and started what it needs."""
import argparse
import os

import core_cases
import hand_cases
import instructions
import machine
import page
import scale_cases
import server_cases
import table

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/run", description="Measures calx against what is below it.")
    parser.add_argument("--seconds", type=int, default=3, help="of load for each measurement of the server (3)")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each case and of its floor, in turn (5)")
    parser.add_argument("--quick", action="store_true", help="one round of a second: does it run?")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md and docs/performance.svg")
    parser.add_argument("--build", default=os.path.join(ROOT, "build-bench"), help=argparse.SUPPRESS)
    parser.add_argument("--only-check", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.seconds < 1 or given.rounds < 1:
        parser.error("--seconds and --rounds begin at 1")
    if given.write and (given.quick or given.rounds < 5):
        parser.error("--write wants at least five rounds")
    if given.quick:
        given.seconds = given.rounds = 1
    return given


def main():
    given = arguments()
    if given.only_check:
        return
    facts = machine.facts(given.build, given.seconds, given.rounds)
    core, core_facts = core_cases.measure(given.build, given.seconds, given.rounds)
    server = server_cases.measure(given.build, given.seconds, given.rounds)
    hands = hand_cases.measure(given.build, given.seconds, given.rounds, given.quick)
    scale = scale_cases.measure(given.build, given.seconds, given.quick)
    counted = instructions.measure(given.build)
    facts += machine.load_facts() + core_facts
    measured = table.Measured(server, hands, scale, counted, core)
    print("\n" + table.plain(facts, measured))
    if given.write:
        page.write(os.path.join(ROOT, "docs"), facts, measured, server_cases.CONNECTIONS)


if __name__ == "__main__":
    main()
