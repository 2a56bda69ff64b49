"""Both doors over sockets: against a bare WSGI callable and a hand-written Flask application, or against a commit.

    make bench                          # 7 rounds
    make bench ARGS="30 --case 304"
    make bench BASE=08dad44 ARGS=30     # exit status 1 where a median ratio is below 0.97

The servers take turns within each round, so that a change in the machine's speed meets all of them. In a comparison
each door is measured with the one code and directly after it with the other, and which is first changes with each
round. The servers are started anew for each round, since a process is up to a tenth faster or slower than another of
the same code for as long as it lives. There are no servers at rest that cost anything, and no logs are kept.
"""

from __future__ import annotations

import argparse
import statistics
from collections import defaultdict
from collections.abc import Sequence
from itertools import product

from benchmarks.compare import Compared, comparison, table
from benchmarks.load import CASES, Case
from benchmarks.servers import Target, checked_out, serving

DOORS = ("routed", "straight")
TARGETS = ("bare", "handwritten", *DOORS)
LACKING = {"bare": {"304", "PUT", "PUT, If-Match", "PATCH", "POST"}, "handwritten": {"304", "PUT, If-Match", "PATCH"}}
"""What the applications that are not ours cannot do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, and say by the exit status whether anything is slower."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", nargs="?", type=int, default=7)
    parser.add_argument("--base", metavar="COMMIT", help="compare with this commit")
    parser.add_argument("--seconds", type=float, default=0.25, help="of each measurement (%(default)s)")
    parser.add_argument("--case", dest="cases", action="append", choices=[case.name for case in CASES])
    given = parser.parse_args(arguments)
    cases = [case for case in CASES if case.name in (given.cases or [each.name for each in CASES])]
    if given.base is None:
        print(table(measure(cases, given.rounds, given.seconds), TARGETS, "handwritten"))
        return 0
    found = compare(given.base, cases, given.rounds, given.seconds)
    print(comparison(found, given.base))
    return 1 if any(each.is_slower for each in found) else 0


def measure(cases: Sequence[Case], rounds: int, seconds: float) -> dict[str, dict[str, float]]:
    """The median of requests a second for each case and application."""
    found: dict[str, dict[str, float]] = {}
    with serving({name: Target(name) for name in TARGETS}) as loads:
        for case in cases:
            able = [name for name in TARGETS if case.name not in LACKING.get(name, ())]
            seen: dict[str, list[float]] = {name: [] for name in able}
            for _ in range(rounds):
                for name in able:
                    seen[name].append(loads[name].rate(case, seconds))
            found[case.name] = {name: statistics.median(rates) for name, rates in seen.items()}
    return found


def compare(base: str, cases: Sequence[Case], rounds: int, seconds: float) -> list[Compared]:
    """Each case on both doors, with the code of a commit and with that of now, in turns."""
    seen: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    with checked_out(base) as source:
        targets = {f"{door} now": Target(door) for door in DOORS}
        targets |= {f"{door} before": Target(door, source) for door in DOORS}
        for number in range(rounds):
            with serving(targets) as loads:
                for case in cases:
                    for load in loads.values():
                        load.rate(case, seconds / 2)  # so that all are warm
                    for door, code in product(DOORS, ("before", "now") if number % 2 else ("now", "before")):
                        seen[case.name, door, code].append(loads[f"{door} {code}"].rate(case, seconds))
    return [
        Compared(case.name, door, tuple(seen[case.name, door, "before"]), tuple(seen[case.name, door, "now"]))
        for case, door in product(cases, DOORS)
    ]
