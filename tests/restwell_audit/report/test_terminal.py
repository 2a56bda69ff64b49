from __future__ import annotations

import io
import os
import pty
import re
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from restwell_audit.findings import Finding
from restwell_audit.report import terminal
from tests.restwell_audit.kinds import (
    GET,
    LEVEL_1,
    NO_PROXY,
    URL,
    ErrorsAsSuccess,
    NoAllow,
    mixed,
    report,
    restful,
    untold,
)


def shown(of: Any, *, verbose: bool = False, width: int = 80, colour: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=colour, color_system="standard" if colour else None)
    terminal.render(of, console, verbose=verbose)
    return out.getvalue()


def part(of: Any, heading: str, **how: Any) -> list[str]:
    """The lines below a heading."""
    lines = shown(of, **how).split("\n")
    first = next(place for place, line in enumerate(lines) if line.startswith(heading)) + 2
    return lines[first : lines.index("", first)]


def test_the_level_and_the_verdict_come_first() -> None:
    assert shown(mixed()).split("\n")[:3] == [
        URL,
        "Level 1 of 3: Approaching REST",
        "Findings: ✗ 3 to fix, ! 1 warning, · 1 note, ✓ 4 good, ? 4 not tested.",
    ]


def test_the_ladder_is_drawn_with_its_scores() -> None:
    assert shown(mixed()).split("\n")[4:9] == [
        "  3  |▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒| 100%  not reached  Hypermedia",
        "  2  |▒▒▒▒▒▒··············|  29%  not reached  Methods, status codes, caching",
        "  1  |████████████████████| 100%  reached      Resources",
        "  0  |████████████████████| 100%  reached      HTTP as a transport",
        "  %: the share of good findings, without notes; a warning counts half.",
    ]


def test_the_next_step_is_named_with_its_remedy() -> None:
    assert part(mixed(), "Next step, for level 2") == [
        "  http://api.example/rpc/0 says 200 and means an error.",
        "  → Answer with a status code of the class 4xx or 5xx.",
    ]
    assert part(restful(), "Next step") == ["  None: every level is reached and every constraint is met."]


def test_each_constraint_has_its_state_and_why() -> None:
    assert part(mixed(), "Constraints") == [
        "  ?  client-server      not tested  No representation could be compared between",
        "                                    clients.",
        "  ✗  stateless          broken      stateless is broken.",
        "  ?  cacheable          not tested  No representation says how long it is fresh.",
        "  ?  layered            not tested  There was no proxy.",
        "  ✓  uniform-interface  met         uniform-interface is kept.",
    ]


def test_findings_are_shown_by_level_and_the_worst_first() -> None:
    assert part(mixed(), "Level 2: Methods, status codes, caching (not reached)") == [
        "  ✗ http://api.example/rpc/0 says 200 and means an error.  [errors-as-success]",
        "      also http://api.example/rpc/1",
        "      also http://api.example/rpc/2",
        "      and 2 more",
        "    → Answer with a status code of the class 4xx or 5xx.",
        "  ✗ 405 without Allow at http://api.example/rpc.  [no-allow]",
        "    → List the methods of the resource in Allow.",
        "  ! http://api.example/things/1 has neither ETag nor Last-Modified.",
        "    [no-validator]",
        "    → Send a strong ETag.",
        "  ✓ What is not there is 404.  [status-says-what-happened]",
    ]


def test_a_level_that_nothing_was_found_of_says_so() -> None:
    assert part(report(LEVEL_1), "Level 2") == ["  Nothing was seen that shows level 2."]


def test_what_was_not_tested_says_how_to_have_it_tested() -> None:
    assert part(mixed(), "Not tested")[:6] == [
        "  ? Level 2: what creates, changes and removes",
        "    Nothing was written.",
        "    → Allow it with --write.",
        "  ? Layered: a request through a proxy",
        "    There was no proxy.",
        "    → Run it where it may listen.",
    ]
    assert "Not tested\n" not in shown(restful())


def test_what_was_not_tested_for_the_same_reason_is_said_together() -> None:
    others = [NO_PROXY._replace(bearing="cacheable", what="whether it is kept"), NO_PROXY]
    assert part(report(LEVEL_1, untested=others), "Not tested")[:4] == [
        "  ? Cacheable: whether it is kept",
        "  ? Layered: a request through a proxy",
        "    There was no proxy.",
        "    → Run it where it may listen.",
    ]


def test_parts_of_the_coverage_have_names_that_say_what_they_are() -> None:
    covered = {"by": {"start": 1, "link": 2}, "robots": "none (404)", "judged_as": "text/html"}
    assert part(report(LEVEL_1, coverage=covered), "Coverage") == [
        "  found by            start: 1, link: 2",
        "  robots.txt          none (404)",
        "  judged as           text/html",
    ]


def test_it_says_what_was_seen() -> None:
    assert part(mixed(), "Coverage") == [
        "  requests            3",
        "  resources           2",
        "  left out            http://api.example/login",
        "  kinds               html: 1",
    ]


def test_exchanges_are_shown_only_when_asked_for() -> None:
    assert "> GET" not in shown(mixed())
    lines = shown(mixed(), verbose=True).split("\n")
    assert "      > Accept: application/json" in lines
    assert '      < {"name": "one", "made": "<b>yesterday</b>"}' in lines
    assert "    Caches, clients and monitors believe the status code." in lines
    assert "and 2 more" not in lines


def test_an_exchange_is_shown_once_and_then_named() -> None:
    lines = [line.strip() for line in shown(mixed(), verbose=True).split("\n")]
    assert sum(line.startswith("#1 GET") for line in lines) == 1
    assert lines.count("#1 as above") > 2


def test_a_long_field_of_a_request_is_shown_once_and_then_named() -> None:
    accept = ("Accept", ", ".join(f"application/{number}+json" for number in range(9)))
    asked = [replace(GET, number=number, sent=(accept, ("Host", "api.example"))) for number in (7, 8)]
    lines = [line.strip() for line in shown(report(NoAllow(URL, *asked)), verbose=True).split("\n")]
    assert sum(line.startswith("> Accept: application/0+json,") for line in lines) == 1
    assert lines.count("> Accept: as in #7") == 1
    assert lines.count("> Host: api.example") == 2


@pytest.mark.parametrize("width", [40, 60, 80, 200])
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_is_too_wide_or_ends_in_blanks(width: int, verbose: bool) -> None:
    lines = shown(mixed(), width=width, verbose=verbose).split("\n")
    assert max(map(len, lines)) <= width
    assert [line for line in lines if line != line.rstrip()] == []


def test_a_long_url_is_broken_and_indented() -> None:
    long = report(NoAllow(f"{URL}{'x' * 200}"))
    lines = part(long, "Level 2")
    assert all(line.startswith(("  ✗", "    ")) and len(line) <= 80 for line in lines)


def test_where_only_ascii_can_be_written_the_drawing_is_ascii() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")  # refuses what it cannot write
    terminal.render(report(NoAllow(f"{URL}é"), LEVEL_1), Console(file=out, width=80))
    out.flush()
    assert isinstance(out.buffer, io.BytesIO)
    written = out.buffer.getvalue().decode()
    assert "  x 405 without Allow at http://api.example/\\xe9." in written
    assert "    -> List the methods" in written
    assert "  1  |####################| 100%" in written


def test_colours_only_add_to_the_words() -> None:
    coloured = shown(mixed(), colour=True)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert "\x1b[31m" in coloured
    assert re.sub(r"\n─+(?=\n)", "", shown(mixed())) == plain, "but for the lines below headings"


@pytest.mark.parametrize("hostile", ["[red]x[/red]", "[/]", ":smile:", "[link=http://evil.example]x[/link]"])
def test_nothing_is_read_as_markup(hostile: str) -> None:
    assert hostile in shown(report(ErrorsAsSuccess(hostile, status=1)))


def test_a_terminal_obeys_nothing_that_a_server_said() -> None:
    hostile: Finding = ErrorsAsSuccess("\x1b]0;mine\x07\x9b2J\r", GET, status="\x1b[2J")
    written = shown(report(hostile), verbose=True)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", written)
    assert "␛]0;mine␇" in written


def test_as_text_it_is_plain_and_80_wide() -> None:
    assert terminal.write(mixed()) == shown(mixed())


# -- progress ---------------------------------------------------------------------------------------------------


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, kind: str) -> str:
    """What `Progress` writes on a real terminal of a kind."""
    monkeypatch.setenv("TERM", kind)
    ours, theirs = pty.openpty()
    with open(theirs, "w", encoding="utf-8") as file:  # noqa: PTH123 -- a descriptor has no path
        with terminal.Progress(Console(file=file, width=60)) as progress:
            progress(1, f"{URL}\x1b[2J")
            progress(2, URL)
        file.write("done")
        file.flush()
        written = b""
        while not written.endswith(b"done"):  # a terminal gives what it has, which may be a part
            written += os.read(ours, 100_000)
    os.close(ours)
    return written.decode()


def test_on_a_terminal_it_says_what_is_going_on(monkeypatch: pytest.MonkeyPatch) -> None:
    written = on_a_terminal(monkeypatch, "xterm")
    assert f"2 requests  {URL}" in written
    assert "\x1b[2J" not in written, "it clears no screen because a URL says so"
    assert written.endswith("done")


def test_a_dumb_terminal_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert on_a_terminal(monkeypatch, "dumb") == "done"


def test_without_a_terminal_nothing_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    with terminal.Progress() as progress:
        progress(1, URL)
    assert capfd.readouterr() == ("", "")


def test_it_hides_no_failure() -> None:
    def fail() -> None:
        with terminal.Progress() as progress:
            progress(1)
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        fail()


def test_a_level_that_cannot_be_told_says_how_it_can() -> None:
    lines = shown(untold()).split("\n")
    assert lines[1] == "Level 0 to 2 of 3: Not to be told from here"
    assert [line.split("| ")[1][:18].split(maxsplit=1) for line in lines[4:8]] == [
        ["0%", "not reached "], ["100%", "open        "], ["-", "not tested  "], ["100%", "reached     "],
    ]  # fmt: skip
    assert part(untold(), "Level 2: Methods")[0] == "  It is open whether level 1 is reached."
    assert not [line for line in lines if line.startswith("Level 1: ")], "it is in the list of what was not tested"
    assert part(untold(), "Next step, for level 1") == [
        "  Not tested: whether there are more. No link leads on.",
        "  → I found one URI. Name one more.",
    ]
