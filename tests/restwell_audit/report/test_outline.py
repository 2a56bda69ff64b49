from __future__ import annotations

import pytest

from restwell_audit.findings import CONSTRAINTS, SEVERITIES, Severity
from restwell_audit.ladder import LEVELS
from restwell_audit.report.outline import TITLES, amount, counts, name, sections, step, tally
from tests.restwell_audit.kinds import LEVEL_1, NO_WRITES, URL, mixed, report, restful


def test_there_is_a_section_for_every_level_and_constraint() -> None:
    assert [each.bearing for each in sections(report())] == [*LEVELS, *CONSTRAINTS]
    assert set(TITLES) == {*LEVELS, *CONSTRAINTS}


def test_a_section_has_the_state_and_the_reason_of_what_it_is_about() -> None:
    shown = {each.bearing: (each.state, each.why) for each in sections(mixed())}
    assert shown[1] == ("reached", "")
    assert shown[3] == ("not reached", "Level 2 is not reached.")
    assert shown["stateless"] == ("broken", "stateless is broken.")
    assert shown["layered"] == ("not tested", "There was no proxy.")


def test_a_kind_is_told_once_and_the_worst_comes_first() -> None:
    level_2 = sections(mixed())[2]
    assert [(each.id, len(each.findings)) for each in level_2.groups] == [
        ("errors-as-success", 5),
        ("no-allow", 1),
        ("no-validator", 1),
        ("status-says-what-happened", 1),
    ]
    assert level_2.untested == (NO_WRITES,)


def test_an_exchange_that_proves_several_is_shown_once() -> None:
    group = sections(mixed())[2].groups[0]
    assert [each.number for each in group.evidence] == [2]


def test_kinds_are_counted_and_not_places() -> None:
    assert counts(mixed()) == {"bad": 3, "warn": 1, "info": 1, "good": 4}
    assert tuple(counts(report())) == SEVERITIES


@pytest.mark.parametrize(
    "count, severity, word",
    [
        (1, "warn", "warning"),
        (2, "warn", "warnings"),
        (0, "info", "notes"),
        (2, "bad", "to fix"),
        (2, "good", "good"),
    ],
)
def test_a_count_has_its_word(count: int, severity: Severity, word: str) -> None:
    assert tally(count, severity) == f"{count} {word}"


def test_the_next_step_is_what_to_mend_or_what_to_have_tested() -> None:
    assert step(mixed()) == (
        f"{URL}rpc/0 says 200 and means an error.",
        "Answer with a status code of the class 4xx or 5xx.",
    )
    assert step(report(LEVEL_1, untested=[NO_WRITES])) == (
        "Not tested: what creates, changes and removes. Nothing was written.",
        "Allow it with --write.",
    )
    assert step(restful()) is None


def test_levels_and_constraints_have_names() -> None:
    assert [name(each) for each in (2, "client-server", "uniform-interface")] == [
        "Level 2",
        "Client-server",
        "Uniform interface",
    ]


@pytest.mark.parametrize(
    "value, said",
    [
        (3, "3"),
        (0, "0"),
        (None, ""),
        ("", ""),
        ([], ""),
        (["text/html", "text/csv"], "text/html, text/csv"),
        ({"link": 2, "robots": []}, "link: 2, robots: none"),
    ],
)
def test_what_was_seen_is_said_in_a_line(value: object, said: str) -> None:
    assert amount(value) == said
