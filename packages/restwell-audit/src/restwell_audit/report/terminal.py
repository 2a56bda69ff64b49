"""The report as text, for a terminal, a file or a pipe; with colours where they are supported."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from rich.cells import set_cell_size
from rich.console import Console
from rich.text import Text

from ..counting import counted
from ..differences import Comparison, Turn
from ..findings import Severity, Untested
from ..ladder import LEVELS, Report
from .outline import (
    ADDRESSES,
    TITLES,
    Group,
    Section,
    amount,
    counts,
    differences,
    differs,
    label,
    level_of,
    scored,
    sections,
    step,
    tally,
    together,
)
from .texts import one_line, visible
from .transcript import transcript

WIDTH = 80
NARROW = 60
BAR = 20
MAX_URLS = 3
"""URLs that are listed for a kind of finding, unless `verbose`."""
SCORE = "%: the share of good findings, without notes; a warning counts half."
SIGNS: Mapping[str, tuple[str, str, str]] = {
    # The sign, the sign in ASCII, and the colour.
    "bad": ("✗", "x", "red"),
    "warn": ("!", "!", "yellow"),
    "info": ("·", "-", "cyan"),
    "good": ("✓", "+", "green"),
    "untested": ("?", "?", "magenta"),
}
MARKS: Mapping[Turn, str] = {"worse": "bad", "better": "good", "different": "info", "same": "info"}
STATES = {"met": "good", "broken": "bad", "not tested": "untested"}


def write(report: Report) -> str:
    """The report as plain text, 80 columns wide."""
    out = io.StringIO()
    render(report, Console(file=out, width=WIDTH, color_system=None, force_terminal=False))
    return out.getvalue()


def render(report: Report, console: Console, *, verbose: bool = False) -> None:
    """Print a report; `verbose` adds all URLs of each finding, its explanation and its exchanges."""
    _Printer(console, verbose=verbose).report(report)


class _Printer:
    """Prints a report. Texts are never interpreted as markup, and every text goes through `text`."""

    def __init__(self, console: Console, *, verbose: bool) -> None:
        self.console = console
        self.verbose = verbose
        self.shown: dict[int, list[str]] = {}
        """The lines for exchanges that were shown already, by number."""
        self.sent: dict[str, int] = {}
        """The long header fields of requests that were shown already, each with the number of the exchange."""

    def report(self, report: Report) -> None:
        parts = sections(report)
        self.headline(report)
        self.ladder(report, parts)
        self.next_step(report)
        if report.since is not None:
            self.since(report.since)
        self.heading("Constraints")
        self.constraints([each for each in parts if isinstance(each.bearing, str)])
        for section in parts:
            self.section(section)
        self.untested(report.untested)
        self.coverage(report.coverage)

    # -- the parts of a report ----------------------------------------------------------------------------------

    def headline(self, report: Report) -> None:
        self.say(one_line(report.url), style="bold")
        colour = "green" if report.level == 3 else "yellow" if report.level else "red"
        colour = "magenta" if report.level is None else colour
        self.say(f"{level_of(report)}: {report.verdict}", style=f"bold {colour}")
        kinds: list[tuple[str, str]] = [
            (severity, tally(count, severity)) for severity, count in counts(report).items() if count
        ]
        kinds += [("untested", f"{len(report.untested)} not tested")] if report.untested else []
        shown = ", ".join(f"{self.sign(kind)} {words}" for kind, words in kinds)
        self.say(f"Findings: {shown or 'none'}.")

    def ladder(self, report: Report, parts: Sequence[Section]) -> None:
        """Print the levels from 3 to 0, each with a bar for its score, and what the score means."""
        self.console.print()
        for rung in reversed(report.rungs):
            state = f"{parts[rung.level].state:<11}"
            score = f"{rung.score:.0%}" if scored(rung) else "-"
            line = f"{rung.level}  {self.bar(rung.score, reached=rung.reached is True)} {score:>4}  {state}  "
            style = "green" if rung.reached else ""
            self.say(line + TITLES[rung.level], indent=2, hang=self.column(len(line)), style=style)
        self.say(SCORE, indent=2, style="dim")

    def bar(self, score: float, *, reached: bool) -> str:
        """A bar for a score: solid where the level is reached, light where it is not."""
        full, part, empty = "#=." if self.only_ascii else "█▒·"
        width = BAR if self.is_wide else BAR // 4
        length = round(score * width)
        return f"|{(full if reached else part) * length}{empty * (width - length)}|"

    def next_step(self, report: Report) -> None:
        found = step(report)
        if report.next_step is None or found is None:
            if report.verdict == "RESTful":
                self.heading("Next step")
                self.say("None: every level is reached and every constraint is met.", indent=2)
            return
        bearing = report.next_step.bearing
        self.heading(f"Next step, for {'level' if bearing in LEVELS else 'the constraint'} {bearing}")
        self.say(one_line(found[0]), indent=2)
        if found[1]:
            self.say(f"→ {one_line(found[1])}", indent=2, hang=2, style="bold")

    def since(self, since: Comparison) -> None:
        """Print what differs from the baseline, what got worse first."""
        self.heading(f"Since the baseline: {since.verdict}")
        self.say(f"An earlier report of {one_line(since.url)}", indent=2, style="dim")
        for line in differences(since):
            kind = MARKS[line.turn]
            text = Text.assemble(
                self.text(f"{self.sign(kind)} ", style=SIGNS[kind][2]), self.text(one_line(line.text)),
                self.text(f"  [{line.kind}]" if line.kind else "", style="dim"),
            )  # fmt: skip
            self.print(text, indent=2, hang=2)

    def constraints(self, parts: Iterable[Section]) -> None:
        for section in parts:
            kind = STATES[section.state]
            state = f"{self.sign(kind)}  {section.bearing:<17}  {section.state:<10}  "
            line = Text.assemble(self.text(state, style=SIGNS[kind][2]), self.text(one_line(section.why)))
            self.print(line, indent=2, hang=self.column(len(state)))

    def section(self, section: Section) -> None:
        if not section.groups and (not isinstance(section.bearing, int) or section.untested or not section.why):
            return  # what was not tested has a section of its own
        self.heading(f"{section.name}: {section.title} ({section.state})")
        if isinstance(section.bearing, int) and section.why and not any(g.severity == "bad" for g in section.groups):
            self.say(one_line(section.why), indent=2)
        for group in section.groups:
            self.group(group)

    def group(self, group: Group) -> None:
        sign = Text.assemble(
            self.text(f"{self.sign(group.severity)} ", style=SIGNS[group.severity][2]),
            self.text(one_line(group.first.line), style="bold" if group.severity == "bad" else ""),
            self.text(f"  [{group.id}]", style="dim"),
        )
        self.print(sign, indent=2, hang=2)
        shown = group.findings if self.verbose else group.findings[:MAX_URLS]
        for finding in shown[1:]:
            told = differs(finding, group.first)
            self.say(one_line(finding.line if told else f"also {finding.subject}"), indent=6, style="dim")
        if len(shown) < len(group.findings):
            self.say(f"and {len(group.findings) - len(shown)} more", indent=6, style="dim")
        if group.remedy:
            self.say(f"→ {group.remedy}", indent=4, hang=2)
        if self.verbose:
            self.evidence(group)

    def evidence(self, group: Group) -> None:
        reference = group.first.reference
        self.say(group.first.explanation, indent=4)
        self.say(f"{reference.title}: {reference.url}", indent=4, style="dim")
        for exchange in group.evidence:
            for line in self.shown.setdefault(exchange.number, list(transcript(exchange))):
                self.say(self.shortened(line, exchange.number), indent=6, hang=2, style="dim")
            self.shown[exchange.number] = [f"#{exchange.number} as above"]

    def shortened(self, line: str, number: int) -> str:
        """A line of an exchange; of a long field of the request that an earlier one has too, only the name."""
        name, colon, _ = line.partition(": ")
        if not line.startswith("> ") or not colon or len(line) < self.console.width:
            return line
        first = self.sent.setdefault(line, number)
        return line if first == number else f"{name}: as in #{first}"

    def untested(self, left: Iterable[Untested]) -> None:
        left = tuple(left)
        if not left:
            return
        self.heading("Not tested")
        for each in together(left):
            for part in each.parts:
                self.say(f"{self.sign('untested')} {one_line(part)}", indent=2, hang=2)
            self.say(one_line(each.why), indent=4)
            self.say(f"→ {one_line(each.how)}", indent=4, hang=2)

    def coverage(self, coverage: Mapping[str, Any]) -> None:
        shown = {key: value for key, value in coverage.items() if amount(value)}
        if shown:
            self.heading("Coverage")
        for key, value in shown.items():
            start = f"{set_cell_size(one_line(label(key)), 18)}  "
            lines = [one_line(str(each)) for each in value] if key in ADDRESSES else [amount(value)]
            for number, line in enumerate(lines):
                self.say((" " * len(start) if number else start) + line, indent=2, hang=len(start))

    # -- how it is printed --------------------------------------------------------------------------------------

    @property
    def only_ascii(self) -> bool:
        return not self.console.encoding.lower().startswith("utf")

    @property
    def is_wide(self) -> bool:
        return self.console.width >= NARROW

    def column(self, width: int) -> int:
        """The start of the last column of a table after others of this width; 3 on a narrow terminal."""
        return width if self.is_wide else 3

    def sign(self, kind: Severity | str) -> str:
        return SIGNS[kind][self.only_ascii]

    def heading(self, title: str) -> None:
        self.console.print()
        self.say(title, style="bold underline" if self.console.is_terminal else "")
        if not self.console.is_terminal:
            self.say(("-" if self.only_ascii else "─") * min(len(title), self.console.width))

    def say(self, text: str, *, indent: int = 0, hang: int = 0, style: str = "") -> None:
        self.print(self.text(text, style=style), indent=indent, hang=hang)

    def print(self, text: Text, *, indent: int, hang: int) -> None:
        """Print a text at column `indent`; further lines of it begin below its character `hang`."""
        first, rest = text[:hang], text[hang:]
        width = max(self.console.width - indent - first.cell_len, 10)
        for number, line in enumerate(rest.wrap(self.console, width, overflow="fold") or [Text()]):
            whole = Text.assemble(" " * indent, first if number == 0 else " " * first.cell_len, line)
            whole.rstrip()
            self.console.print(whole, soft_wrap=True)

    def text(self, text: str, *, style: str = "") -> Text:
        """A text without control characters, in the encoding of the console."""
        text = visible(text)
        if self.only_ascii:
            written = text.replace("→", "->").replace("…", "...").encode(self.console.encoding, "backslashreplace")
            text = written.decode(self.console.encoding)
        return Text(text, style=style)


class Progress:
    """Shows the progress of an audit in one line on standard error, if that is a terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        shown = self.console.is_terminal and not self.console.is_dumb_terminal
        self._status = self.console.status(Text("Starting")) if shown else None

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, requests: int, looking_at: str = "") -> None:
        """Show the number of requests, and what is being tested."""
        if self._status is not None:
            line = Text(f"{counted(requests, 'request')}  {one_line(looking_at)}", no_wrap=True, overflow="ellipsis")
            self._status.update(line)
