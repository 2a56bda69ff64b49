"""Several audits in a row of one server: whether they come to the same report, and what they cost.

python -m tests.restwell_audit.others --runs 5 [NAME...] prints a line a row of docs/audits.md, and then what differs.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from restwell_audit import Report, audit
from restwell_audit.auditing import Unreadable
from restwell_audit.report.document import data
from tests.levels import served
from tests.restwell_audit.others import BY_HAND, SOFTWARE, start
from tests.restwell_audit.others.expected import Row, rows

TIMES = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT|"
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?|"
    r"in 0 seconds|(?:\d+ (?:second|minute|hour)s?(?:,| and)? ?)+ago|"
    r'(?<="seconds": )[\d.]+'
)
IDS = re.compile(r"(?i)((?:request|trace)-?_?id\W+|<RequestId>)[\w-]+")
"""What is made to differ with every response."""
MAX_SHOWN = 12
"""Lines of a difference that are printed."""
BOUNDS = {"requests": 40.0, "seconds": 2.0}
"""What the median audit may cost, in requests and in seconds."""
MAX_SECONDS = 15.0
"""What no audit may take."""


class Run(NamedTuple):
    """One audit: its result, and its cost. `seconds` have passed, of which the auditor itself used `cpu`."""

    level: int | None
    broken: frozenset[str]
    requests: int
    seconds: float
    cpu: float
    report: str
    contents: str
    """What the server sent, in the evidence."""


def one(url: str, headers: Mapping[str, str]) -> Run:
    """An audit of a URL."""
    began, used = time.monotonic(), time.process_time()
    report = audit(url, headers=headers)
    seconds, cpu = time.monotonic() - began, time.process_time() - used
    broken = frozenset(each.constraint for each in report.constraints if each.state == "broken")
    return Run(report.level, broken, report.coverage["requests"], seconds, cpu, *without_times(report))


def without_times(report: Report) -> tuple[str, str]:
    """The report as JSON with a line a value, without times, dates and ids; and apart from it what the server sent.

    A measurement in a representation differs by itself, and is for the findings to judge, not for the report to hide.
    """
    content: dict[str, Any] = data(report)
    every = [*content["findings"], *(each for level in content["levels"] for each in level["findings"])]
    exchanges = [exchange for finding in every for exchange in finding["evidence"]]
    sent = [{name: each["response"].pop(name) for name in ("headers", "body")} for each in exchanges]
    content["coverage"] |= {"seconds": 0, "requests": 0}  # the table has them
    for each in exchanges:
        each["number"] = 0
    told, received = (json.dumps(each, indent=1, default=str) for each in (content, sent))
    return _timeless(told), _timeless(received)


def _timeless(text: str) -> str:
    return IDS.sub(r"\1(id)", TIMES.sub("(time)", text))


@contextmanager
def serving(name: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Serve an example of Restwell's levels, or the software of others: its base URL, and the fields to send."""
    if name.startswith("level"):
        with served(name) as url:
            yield url, {}
    else:
        with start(name, 120) as url:
            yield url, (SOFTWARE | BY_HAND)[name].headers


def measure(number: int, names: list[str]) -> int:
    """Audit each row of the page, print the results, and return how many are not as they have to be."""
    wrong = 0
    costs: list[Run] = []
    _say(
        "| API | entry point | level | broken | requests | seconds | of these CPU of the auditor | as labelled "
        "| same report |"
    )
    _say("|---|---|---|---|---|---|---|---|---|")
    for name in dict.fromkeys(row.name for row in rows() if not names or row.name in names):
        with serving(name) as (url, headers):
            for row in (each for each in rows() if each.name == name):
                try:
                    every = [one(url + row.entry, headers) for _ in range(number)]
                except Unreadable as error:
                    _say(f"| `{name}` | `{row.entry}` | unreadable: {error} |")
                    wrong += 1
                    continue
                costs += every
                wrong += tell(row, every)
    requests = statistics.median(each.requests for each in costs)
    seconds = statistics.median(each.seconds for each in costs)
    longest = max(each.seconds for each in costs)
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    _say(
        f"\nMedian of {len(costs)} audits: {requests:g} requests, {seconds:.2f} s; the longest took {longest:.1f} s. "
        f"Load: {load}."
    )
    return wrong + (requests > BOUNDS["requests"]) + (seconds > BOUNDS["seconds"]) + (longest > MAX_SECONDS)


def tell(row: Row, every: list[Run]) -> bool:
    """Print the line of a row and the differences between its runs, and return whether anything is wrong."""
    first = every[0]
    labelled = all(each.level == row.expected and each.broken == row.broken for each in every)
    different = next((each for each in every if each.report != first.report), None)
    same = "yes" if all(each.contents == first.contents for each in every) else "yes, of contents that differ"
    cells = (
        f"`{row.name}`", f"`{row.entry}`", "/".join(sorted({str(each.level) for each in every})),
        "; ".join(sorted({", ".join(sorted(each.broken)) or "none" for each in every})),
        _range([each.requests for each in every], "g"), _range([each.seconds for each in every], ".2f"),
        _range([each.cpu for each in every], ".2f"), "yes" if labelled else "NO", "NO" if different else same,
    )  # fmt: skip
    _say(f"| {' | '.join(cells)} |")
    if different is not None:
        for line in differences(first.report, different.report):
            _say(f"    {line}")
    return not labelled or different is not None


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _range(values: list[float] | list[int], form: str) -> str:
    low, high = min(values), max(values)
    return f"{low:{form}}" if low == high else f"{low:{form}} to {high:{form}}"


def differences(one: str, another: str) -> Iterator[str]:
    """The first lines in which two reports differ."""
    changed = (
        line[:300] for line in difflib.unified_diff(one.splitlines(), another.splitlines(), lineterm="", n=0)
        if not line.startswith(("---", "+++", "@@"))
    )  # fmt: skip
    for _, line in zip(range(MAX_SHOWN), changed, strict=False):
        yield line
