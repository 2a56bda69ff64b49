"""Conditions as an application writes them: comparisons of the members of a row, by Python's operators.

    row.status == "draft"
    (row.team.in_(grant.groups)) & ~(row.sealed == True)

`ComparedRow` are what the function of `when` is given. What it comes to is a condition of `conditions.py`, its values
held against the kinds of the members.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from .conditions import Comparison, Condition, all_of, any_of, negate
from .fields import FieldSpec
from .kinds import Operator
from .shapes import Shape

Typed = Callable[[FieldSpec, object], Any]
Lacking = Callable[[str], None]
"""Is told which member is compared with what a caller lacks."""


class Compared:
    """A condition, to be joined with others by `&`, `|` and `~`."""

    __slots__ = ("condition",)
    __hash__ = None  # type: ignore[assignment]  # it is for one expression

    def __init__(self, condition: Condition) -> None:
        self.condition = condition

    def __and__(self, other: object) -> Compared:
        return Compared(all_of(self.condition, condition_in(other)))

    def __or__(self, other: object) -> Compared:
        return Compared(any_of(self.condition, condition_in(other)))

    def __invert__(self) -> Compared:
        return Compared(negate(self.condition))

    __rand__, __ror__ = __and__, __or__

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "A condition on a row is neither true nor false yet: join conditions by &, | and ~, each comparison in "
            "parentheses, and not by and, or, not, if or a < b < c."
        )


class ComparedMember:
    """A member of the row: what it is compared with becomes a Compared."""

    __slots__ = ("_lacking", "_spec", "_typed")
    __hash__ = None  # type: ignore[assignment]  # it is for one expression

    def __init__(self, spec: FieldSpec, typed: Typed, lacking: Lacking | None) -> None:
        self._spec = spec
        self._typed = typed
        self._lacking = lacking

    def _compared(self, operator: Operator, values: Sequence[object]) -> Compared:
        if operator not in self._spec.kind.operators:
            raise TypeError(f"{self._spec.attribute} cannot be compared so: it takes {self._takes()}.")
        if self._lacking is not None and any(each is None for each in values):
            self._lacking(self._spec.attribute)
            return Compared(any_of())
        typed = tuple(self._typed(self._spec, each) for each in values)
        return Compared(Comparison(self._spec.name, operator, typed, exact=True))

    def _takes(self) -> str:
        return ", ".join(self._spec.kind.operators) or "no comparison"

    def __eq__(self, other: object) -> Compared:  # type: ignore[override]  # as columns of SQLAlchemy's do
        return self.is_none() if other is None and self._lacking is None else self._compared("eq", [other])

    def __ne__(self, other: object) -> Compared:  # type: ignore[override]  # as above
        return ~self.is_none() if other is None else self._compared("ne", [other])

    def __lt__(self, other: object) -> Compared:
        return self._compared("lt", [other])

    def __le__(self, other: object) -> Compared:
        return self._compared("lte", [other])

    def __gt__(self, other: object) -> Compared:
        return self._compared("gt", [other])

    def __ge__(self, other: object) -> Compared:
        return self._compared("gte", [other])

    def in_(self, values: Iterable[object]) -> Compared:
        """Whether it is one of these values; of none, it never is."""
        if isinstance(values, (str, bytes)):
            raise TypeError(f"in_() takes several values, as in in_([{values!r}]).")
        # a set has another order in each process, and entity tags are made of the condition
        given = sorted(values, key=repr) if isinstance(values, (set, frozenset)) else list(values)
        if self._lacking is not None:
            given = [each for each in given if each is not None]
        if "in" not in self._spec.kind.operators:
            return Compared(any_of(*(self._compared("eq", [each]).condition for each in given)))
        return self._compared("in", given) if given else Compared(any_of())

    def contains(self, text: str) -> Compared:
        """Whether this text is in it, upper and lower case told apart."""
        return self._compared("contains", [text])

    def startswith(self, text: str) -> Compared:
        """Whether it begins with this text."""
        return self._compared("starts", [text])

    def is_none(self) -> Compared:
        """Whether it has no value."""
        return Compared(Comparison(self._spec.name, "exists", (False,)))

    def __bool__(self) -> NoReturn:
        raise TypeError(f"Compare {self._spec.attribute} with a value, as in row.{self._spec.attribute} == True.")


class ComparedRow:
    """The row that a rule is about: its attributes are the fields, as they are called in Python.

    Where a grant is asked, None is what a caller lacks, as an anonymous one has no subject, and does not ask for what
    has no value: nothing is equal to it, and `lacking` is told of the member.
    """

    __slots__ = ("_lacking", "_specs", "_typed")

    def __init__(self, specs: Iterable[FieldSpec], typed: Typed, lacking: Lacking | None = None) -> None:
        self._lacking = lacking
        self._specs: Mapping[str, FieldSpec] = {spec.attribute: spec for spec in specs}
        self._typed = typed

    def __getattr__(self, name: str) -> ComparedMember:
        spec = self._specs.get(name)
        if spec is None:
            raise AttributeError(f"there is no field {name}: there are {', '.join(sorted(self._specs))}")
        return ComparedMember(spec, self._typed, self._lacking)


def typed_by(shape: Shape) -> Typed:
    """What gives a value as it stands in JSON, held against the type of a field. Raises ValueError."""
    storing: dict[str, Callable[[object], Any]] = {}

    def typed(spec: FieldSpec, value: object) -> Any:
        found = storing.get(spec.name)
        if found is None:
            found = storing[spec.name] = shape.storing(spec.name)
        return found(value)

    return typed


def condition_in(found: object) -> Condition:
    """The condition that a function of a row has given: of a Compared, or True or False. Raises TypeError."""
    if isinstance(found, bool):
        return all_of() if found else any_of()
    if isinstance(found, Compared):
        return found.condition
    raise TypeError(f"{found!r} is not a condition: compare members of the row, as in row.status == 'draft'.")
