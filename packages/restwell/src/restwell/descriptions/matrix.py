"""Who may do what, line by line: each resource, operation and field with what its rule asks.

It is for whoever reads the declarations: callers are told less of conditions (`access.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..access.grant import Grant
from ..access.members import rule_for_setting
from ..access.permitting import Permitting
from ..model.conditions import FALSE, TRUE
from ..model.fields import FieldSpec
from ..model.policy import OPERATIONS, Operation, Rule, When, tests_of
from ..model.resource import Declaration
from ..surface.needs import CREDENTIAL
from .access import ANY, Alternatives, ways_of, words_in_full
from .conditions import condition_words
from .functions import described

NOBODY, PUBLIC, AS_THE_ITEM = "nobody", "nothing: public", "as the item"


class Line(NamedTuple):
    """What one operation on a resource asks, or on a field of its items: `set`, or `read`.

    `ways` are those in which it is permitted, so that two can be compared; `functions` are the sources of what an
    application's own code has a part in. `may` is what a grant may do, where one was asked about.
    """

    resource: str
    operation: str
    field: str | None
    needs: str
    public: bool
    ways: Alternatives
    functions: tuple[str, ...] = ()
    may: str | None = None

    @property
    def is_public_in_part(self) -> bool:
        """Whether it is permitted to anonymous callers for the items that a condition holds for, or may be so."""
        return not self.public and any(CREDENTIAL not in way for way in self.ways) and self.needs != AS_THE_ITEM

    @property
    def of(self) -> str:
        """What it is about, in words."""
        return " ".join(each for each in (self.operation, self.resource, self.field) if each)

    @property
    def data(self) -> dict[str, Any]:
        """The same for JSON."""
        found = {
            "resource": self.resource, "operation": self.operation, "field": self.field, "needs": self.needs,
            "public": self.public, "public_in_part": self.is_public_in_part,
            "ways": sorted(sorted(way) for way in self.ways), "functions": list(self.functions),
        }  # fmt: skip
        return found if self.may is None else {**found, "may": self.may}


def lines_of(path: str, declaration: Declaration, grant: Grant | None = None) -> list[Line]:
    """Every line of a resource that is at a path: its operations, then its fields."""
    whole = declaration.whole
    operations = (*OPERATIONS, *whole.operations)
    found = [_operation(path, whole, each, grant) for each in operations]
    for spec in (*whole.fields, *whole.computed):
        found += _field(path, whole, spec, grant)
    return found


def worth_telling(lines: Iterable[Line]) -> list[Line]:
    """The lines without the fields that are read and set by whoever may do that with the item."""
    return [each for each in lines if each.needs != AS_THE_ITEM]


def _operation(path: str, declaration: Declaration, operation: Operation, grant: Grant | None) -> Line:
    rule = declaration.rules.get(operation)
    if rule is None:
        return Line(path, operation, None, NOBODY, False, (), (), None if grant is None else "no")
    return _line(path, declaration, operation, None, rule, operation, grant)


def _field(path: str, declaration: Declaration, spec: FieldSpec, grant: Grant | None) -> Iterator[Line]:
    marks = spec.marks
    setting, operation = (None, "update") if spec.is_computed else rule_for_setting(spec)
    settable = not (spec.is_computed or marks.read_only or marks.hidden)
    for name, is_open, rule, about in (
        ("read", marks.is_shown, marks.read, "read"), ("set", settable, setting, operation),
    ):  # fmt: skip
        if not is_open:
            yield Line(path, name, spec.name, NOBODY, False, (), (), None if grant is None else "no")
        elif rule is None:
            may = None if grant is None else AS_THE_ITEM
            yield Line(path, name, spec.name, AS_THE_ITEM, False, ANY, (), may)
        else:
            yield _line(path, declaration, name, spec.name, rule, about, grant)


def _line(  # noqa: PLR0917 - what a line is made of
    path: str, declaration: Declaration, name: str, field: str | None, rule: Rule, operation: Operation,
    grant: Grant | None,
) -> Line:  # fmt: skip
    own = [each for each in tests_of(rule.test) if isinstance(each, When) and each.takes_grant]
    return Line(
        path,
        name,
        field,
        PUBLIC if rule.is_public else words_in_full(declaration, rule.test, operation),
        rule.is_public,
        ways_of(declaration, rule.test, operation),
        tuple(described(each.function).source for each in own),
        None if grant is None else may_words(declaration, rule, operation, grant),
    )


def may_words(declaration: Declaration, rule: Rule, operation: Operation, grant: Grant) -> str:
    """What a rule comes to for a grant: yes, no, or where which items are."""
    try:
        condition = declaration.compiled[Permitting].of_member(rule, operation, grant)
    except Exception as error:  # noqa: BLE001 - code of the application, which may ask for a claim that there is not
        return f"fails: {type(error).__name__}: {error}"
    if condition in (TRUE, FALSE):
        return "yes" if condition == TRUE else "no"
    return f"where {condition_words(condition)}"


# -- what has changed -----------------------------------------------------------------------------------------------


class ChangedLine(NamedTuple):
    """A line that has changed: `kind` is wider, narrower or changed, which is for people to judge."""

    kind: str
    of: str
    before: str
    now: str


def differences(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[ChangedLine]:
    """What has changed from the lines of before, as JSON has them: what got wider first, then what may have."""
    old, new = ({_key(each): each for each in lines} for lines in (before, now))
    found = [_difference(old.get(key), new.get(key)) for key in dict.fromkeys([*new, *old])]
    order = {"wider": 0, "changed": 1, "narrower": 2}
    return sorted((each for each in found if each is not None), key=lambda each: order[each.kind])


def _key(line: Mapping[str, Any]) -> tuple[str, str, str]:
    return line["resource"], line["operation"], line["field"] or ""


def _difference(before: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> ChangedLine | None:
    old, new = (_ways(each) for each in (before, now))
    told = [None if each is None else (each["needs"], each["functions"]) for each in (before, now)]
    if told[0] == told[1] and old == new:
        return None
    if before is None or now is None:
        is_nothing = not new if before is None else not old
        kind = "changed" if is_nothing else "wider" if before is None else "narrower"
    elif told[0] is not None and told[1] is not None and told[0][1] != told[1][1]:
        kind = "changed"  # what a function permits is not known from outside
    else:
        kind = _kind(old, new)
    line = now or before or {}
    of = " ".join(part for part in (line["operation"], line["resource"], line["field"]) if part)
    return ChangedLine(kind, of, *("not there" if each is None else str(each["needs"]) for each in (before, now)))


def _ways(line: Mapping[str, Any] | None) -> list[frozenset[str]]:
    return [] if line is None else [frozenset(way) for way in line["ways"]]


def _kind(old: Sequence[frozenset[str]], new: Sequence[frozenset[str]]) -> str:
    """Whether everything that was permitted still is, or everything that is was before."""
    if all(any(way <= each for way in new) for each in old):
        return "wider" if not all(any(way <= each for way in old) for each in new) else "changed"
    return "narrower" if all(any(way <= each for way in old) for each in new) else "changed"
