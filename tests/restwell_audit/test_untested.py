"""Whatever is not tested says what is missing, and how to have it tested: each place in the source that says so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

import restwell_audit
from restwell_audit.intermediary import INSTALL
from restwell_audit.ladder import UNSEEN
from tests.restwell_audit.apis import Response, table
from tests.restwell_audit.cases import judge

SOURCE = Path(restwell_audit.__file__).parent
ASKS = re.compile(r"(?:.*\. )?(Name|Give|Allow|Audit|Install|Answer|Serve|Call)\b.*[^.]\.", re.DOTALL)
"""An imperative sentence, maybe after another."""
NAMES = re.compile(r"--[a-z]+|\bURLs?\b|nginx|Location|certificate")
"""What to give: an option, a URL, a program, a field."""


class Place(NamedTuple):
    """A place in the source where something is said not to be tested."""

    where: str
    why: str
    how: str


def text_of(node: ast.expr, module: str) -> str:
    """The text that an expression gives, with `{}` for what is only known in an audit."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.Name):
        return str(getattr(import_module(module), node.id, "{}"))
    return str(node.value) if isinstance(node, ast.Constant) else "{}"


def calls() -> Iterator[Place]:
    for file in SOURCE.rglob("*.py"):
        module = ".".join(("restwell_audit", *file.relative_to(SOURCE).with_suffix("").parts))
        tree = ast.parse(file.read_text())
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and (given := said_by(call)):
                near = assigned(tree, call)
                why, how = (near.get(getattr(each, "id", ""), each) for each in given)
                yield Place(f"{file.name}:{call.lineno}", text_of(why, module), text_of(how, module))


def said_by(call: ast.Call) -> tuple[ast.expr, ast.expr] | None:
    """Why something is not tested and how to have it tested, where a call says so.

    What stops the intermediary says it by its exception, which `layers.py` repeats.
    """
    name = getattr(call.func, "id", "")
    if name == "NoIntermediary":
        return call.args[0], call.args[1] if len(call.args) > 1 else ast.Constant(INSTALL)
    repeated = len(call.args) == 4 and isinstance(call.args[3], ast.Attribute)
    return (call.args[2], call.args[3]) if name == "Untested" and len(call.args) == 4 and not repeated else None


def assigned(tree: ast.AST, call: ast.Call) -> dict[str, ast.expr]:
    """The names that the function of a call assigns, with what."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and any(each is call for each in ast.walk(function)):
            made = [each for each in ast.walk(function) if isinstance(each, ast.Assign)]
            return {target.id: each.value for each in made for target in each.targets if isinstance(target, ast.Name)}
    return {}


PLACES = [*calls(), *(Place(f"ladder: {bearing}", why, how) for bearing, (_, why, how) in UNSEEN.items())]
every_place = pytest.mark.parametrize("place", [pytest.param(each, id=each.where) for each in PLACES])


def test_all_places_are_found() -> None:
    assert len(PLACES) > 20
    files = {place.where.partition(":")[0] for place in PLACES}
    assert {"checks.py", "layers.py", "resources.py", "writing.py", "ladder"} <= files


@every_place
def test_it_says_how_to_have_it_tested(place: Place) -> None:
    assert ASKS.fullmatch(place.how)
    assert NAMES.search(place.how)


@every_place
def test_it_says_what_is_missing(place: Place) -> None:
    assert "evidence" not in place.why.lower()
    assert re.fullmatch(r"[A-Za-z{].*[.}]", place.why)


def test_no_two_give_the_same_reason() -> None:
    reasons = [place.why for place in PLACES if place.why != "{}"]
    assert [each for each in reasons if reasons.count(each) > 1] == []


def test_where_nothing_can_be_read_each_constraint_says_how_to_have_it_tested() -> None:
    refusing = table({"POST /": Response(200)})
    report = judge(refusing)
    left = {each.bearing: each for each in report.untested}
    for judged in report.constraints:
        assert judged.state == "broken" or judged.untested == (left[judged.constraint],)
    assert {each.constraint for each in report.constraints if each.state == "not tested"} == {
        "client-server", "stateless", "layered",
    }  # fmt: skip
