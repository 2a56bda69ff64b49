"""Every kind of finding is found by some test, and says all that it has to say: laws of the whole catalogue."""

from __future__ import annotations

import re
import string
from copy import copy
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from urllib.parse import urlsplit

import pytest

import restwell_audit
from restwell_audit import removing, writing
from restwell_audit.auditing import MODULES as WITH_CHECKS
from restwell_audit.checks import CHECKS
from restwell_audit.counting import general
from restwell_audit.findings import CONSTRAINTS, SEVERITIES, Finding, every_finding
from restwell_audit.linting import MessageNote
from tests.restwell_audit.cases import Pair
from tests.restwell_audit.evidence import EVIDENCE

MODULES = (*WITH_CHECKS, removing)
RAISED_BY = {removing.__name__: writing.__name__}
"""Findings that the check of another module raises."""
NOUN = "(?:collection|link|path|representation|request|resource|step|URI)"
"""What is counted in summaries."""
HERE = Path(__file__).parent
NO_CASE_OF_ITS_OWN = {"MessageNote"}
"""Its kinds are made from httplint's; see test_linting.py."""


def declared() -> list[type[Finding]]:
    """Every kind of finding that a module of checks declares, in their order."""
    modules = [module.__name__ for module in MODULES]
    own = [kind for kind in set(every_finding()) if kind.__module__ in modules and not issubclass(kind, MessageNote)]
    return sorted(own, key=lambda kind: (modules.index(kind.__module__), kind.__name__))


@cache
def cases() -> dict[str, Pair]:
    """Every pair in the tables of the tests that mirror the modules of checks."""
    found: dict[str, Pair] = {}
    for module in MODULES:
        name = module.__name__.rpartition(".")[2]
        table = getattr(import_module(f"tests.restwell_audit.test_{name}"), "CASES", {})
        assert not set(table) & set(found), "a kind of finding has its cases at its module"
        found |= table
    return found


KINDS = declared()
every_kind = pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.__name__) for kind in KINDS])


# -- every one is found by a test, and not by another ---------------------------------------------------------


@every_kind
def test_it_has_a_pair_of_cases(kind: type[Finding]) -> None:
    module = kind.__module__.rpartition(".")[2]
    assert kind.__name__ in cases(), (
        f"a pair for {kind.__name__} is missing in CASES of tests/restwell_audit/test_{module}.py"
    )


def test_no_case_is_for_what_is_not_declared() -> None:
    assert set(cases()) == {kind.__name__ for kind in KINDS} - NO_CASE_OF_ITS_OWN


@every_kind
def test_it_is_found_where_it_is_and_nowhere_else(kind: type[Finding]) -> None:
    pair = cases()[kind.__name__]
    assert any(type(each) is kind for each in pair.found().findings)
    assert not any(type(each) is kind for each in pair.not_found().findings)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_it_takes_exactly_the_details_that_it_is_given(kind: type[Finding]) -> None:
    finding = next(each for each in cases()[kind.__name__].found().findings if type(each) is kind)
    fields = {name for _, name, _, _ in string.Formatter().parse(kind.summary) if name}
    assert fields - {"subject"} == set(finding.details)
    assert re.search(r"[^.]\.$", finding.line)
    assert None not in finding.details.values()


@every_kind
def test_it_says_where_it_was_found(kind: type[Finding]) -> None:
    finding = next(each for each in cases()[kind.__name__].found().findings if type(each) is kind)
    assert urlsplit(finding.subject).scheme in {"http", "https"}


@pytest.mark.parametrize("kind", [
    pytest.param(kind, id=kind.__name__) for kind in KINDS if kind.severity in {"bad", "warn"}
])  # fmt: skip
def test_what_is_wrong_is_shown_by_an_exchange(kind: type[Finding]) -> None:
    finding = next(each for each in cases()[kind.__name__].found().findings if type(each) is kind)
    assert finding.evidence


def test_no_kind_is_declared_elsewhere() -> None:
    """A kind in a module that has no checks would have no cases, and nobody would ask what shows it."""
    for module in iter_modules(restwell_audit.__path__, "restwell_audit."):
        import_module(module.name)
    own = {each for each in every_finding() if each.__module__.startswith("restwell_audit.")}
    others = {each for each in own if not issubclass(each, MessageNote)} - set(KINDS)
    assert {each for each in others if each.severity != "good"} == set()


def test_every_kind_to_fix_says_what_shows_it() -> None:
    assert set(EVIDENCE) == {kind.__name__ for kind in KINDS if kind.severity == "bad"}


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.__name__) for kind in KINDS if kind.severity == "bad"])
def test_the_evidence_of_what_is_to_fix_shows_it(kind: type[Finding]) -> None:
    findings = [each for each in cases()[kind.__name__].found().findings if each.severity == "bad"]
    assert any(type(each) is kind for each in findings)
    not_shown = [each for each in findings if not EVIDENCE[type(each).__name__](each)]
    for repeating in (each for each in findings if type(each).__name__ == "HypermediaIsMissing"):
        [repeated] = [each for each in findings if each.line == repeating.details["why"]]
        assert repeating.evidence == repeated.evidence
    assert [(each, each.evidence) for each in not_shown] == []


# -- every text is there -------------------------------------------------------------------------------------


@every_kind
def test_its_summary_is_a_sentence_on_one_line(kind: type[Finding]) -> None:
    bare = general(kind.summary).replace("…", "")
    assert kind.summary.endswith((".", "}"))
    assert kind.summary[0].isupper() or kind.summary[0] in "{2345"
    assert "\n" not in kind.summary
    assert "  " not in kind.summary
    assert 10 <= len(bare) <= 120


@every_kind
@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_count_in_its_summary_has_its_words_and_the_verb_agrees(kind: type[Finding], count: int) -> None:
    finding = copy(next(each for each in cases()[kind.__name__].found().findings if type(each) is kind))
    counts = {name: count for name, value in finding.details.items() if isinstance(value, int) and name != "status"}
    finding.details = {**finding.details, **counts}
    assert not re.search(rf"\b1 (?:\w+ )?{NOUN}s\b|(?<!of )\b1 {NOUN} (?:have|are|do|give|say|name)\b", finding.line)
    assert not re.search(rf"\b[02] (?:\w+ )?{NOUN}\b", finding.line)
    if counts:
        assert "{number:" in kind.summary


@every_kind
def test_its_explanation_says_more_than_the_summary(kind: type[Finding]) -> None:
    assert is_prose(kind.explanation)
    assert kind.explanation != kind.summary
    assert len(kind.explanation) >= 20


@every_kind
def test_it_says_how_to_mend_what_is_wrong_and_nothing_where_all_is_well(kind: type[Finding]) -> None:
    if kind.severity in {"bad", "warn"}:
        assert is_prose(kind.remedy)
    elif kind.severity == "good":
        assert kind.remedy == ""
    else:
        assert not kind.remedy or is_prose(kind.remedy)


def is_prose(text: str) -> bool:
    """Whether a text is made of sentences: a capital, single spaces, a full stop, and no template."""
    assert text[:1].isupper() or text[:1].isdigit()
    assert text.endswith(".")
    assert not re.search(r"\s\s|[\n{}]", text)
    return True


@every_kind
def test_it_says_where_the_rule_is_written_down(kind: type[Finding]) -> None:
    parts = urlsplit(kind.reference.url)
    assert kind.reference.title.strip()
    assert (parts.scheme, parts.netloc != "") == ("https", True)


@every_kind
def test_it_bears_on_something(kind: type[Finding]) -> None:
    assert kind.severity in SEVERITIES
    assert kind.bearing in {0, 1, 2, 3, *CONSTRAINTS}
    module = RAISED_BY.get(kind.__module__, kind.__module__)
    assert kind.bearing in {check.bearing for check in CHECKS if check.run.__module__ == module}


def test_no_two_have_the_same_name() -> None:
    ids = [kind.id() for kind in KINDS]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each) for each in ids)


def test_no_two_say_the_same() -> None:
    said = [(kind.summary, kind.explanation) for kind in KINDS]
    assert len(said) == len(set(said))
    explanations = [kind.explanation for kind in KINDS]
    assert len(explanations) == len(set(explanations))


def test_every_level_and_constraint_can_be_shown_and_broken() -> None:
    for bearing in (1, 2, 3, *CONSTRAINTS):
        severities = {kind.severity for kind in KINDS if kind.bearing == bearing}
        assert {"good", "bad"} <= severities


@every_kind
def test_the_text_is_english_as_it_is_spoken(kind: type[Finding]) -> None:
    """Words that stand where an example should, and spellings of another country."""
    text = f" {kind.summary} {kind.explanation} {kind.remedy} ".lower()
    assert not re.search(r"\b(todo|fixme|xxx|lorem|color|behavior|honor|center)\b", text)
    assert not re.search(r"\b(\w+) \1\b", text.replace("that that", ""))
