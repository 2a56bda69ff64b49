"""What is declared and is hardly meant so: secrets that everybody reads, rules that hold always or never.

A lint is told where it is almost certain. What a function of the row and the grant comes to is not known here, and
nothing is said of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..model.errors import place_of
from ..model.fields import FieldSpec
from ..model.policy import Anonymous, Operation, Rule, When, tests_of
from ..model.resource import Declaration
from ..model.source import HeldSource
from ..surface.needs import CREDENTIAL
from .access import ANY, ways_of, words_in_full
from .functions import described, shown_file

SECRET = re.compile(
    r"(?:.*_)?(?:password|passwd|passphrase|secret|token|ssn|"
    r"(?:api|private|secret|signing|encryption)_?key|(?:password|passwd|token|secret)_?(?:hash|digest|salt))"
)
"""What the name of a member that is a secret is like, with a line between its words."""
WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-.]")


class Lint(NamedTuple):
    """Something to look at: which check has found it, what it is about, where that stands, why, and what to do."""

    check: str
    about: str
    why: str
    remedy: str
    place: str = ""

    @property
    def id(self) -> str:
        """What it can be left out by."""
        return f"{self.check}:{self.about}"

    @property
    def data(self) -> dict[str, Any]:
        """The same for JSON."""
        return {"id": self.id, **self._asdict()}


def lints_of(path: str, declaration: Declaration) -> list[Lint]:
    """What there is to look at in the declaration of a resource that is at a path."""
    whole = declaration.whole
    return [*_rules(path, whole), *_members(path, whole), *_free_owners(path, whole), *_unindexed(path, whole)]


def place_in(declaration: Declaration, attribute: str | None = None) -> str:
    """The file and the line where a resource, or a member of it, is declared; empty where that is not known."""
    found = place_of(declaration.content, attribute)
    return f"{shown_file(found[0])}:{found[1]}" if found else ""


# -- rules ----------------------------------------------------------------------------------------------------------


def _rules(path: str, declaration: Declaration) -> Iterator[Lint]:
    place = place_in(declaration)
    writes = [each for each, rule in declaration.rules.items() if each != "read" and rule.is_public]
    if writes:  # all in one, so that one more is another thing than what was left out before
        yield Lint(
            "public-write", f"{path}:{'+'.join(writes)}",
            f"Anonymous callers may {', '.join(writes)}, without leaving a name.",
            "Ask for a scope, a credential or an owner; or leave this out, where it is meant.", place,
        )  # fmt: skip
    for operation, rule in declaration.rules.items():
        yield from _constant(declaration, f"{path}:{operation}", operation, rule, place)
    for spec in declaration.fields:
        place = place_in(declaration, spec.attribute)
        for name, operation, own in (("read", "read", spec.marks.read), ("set", "update", spec.marks.write)):
            if own is not None:
                yield from _constant(declaration, f"{path}.{spec.name}:{name}", operation, own, place)


def _constant(declaration: Declaration, about: str, operation: Operation, rule: Rule, place: str) -> Iterator[Lint]:
    """A rule that holds for everybody and says something else, or for nobody."""
    ways = ways_of(declaration, rule.test, operation)
    words = words_in_full(declaration, rule.test, operation)
    if ways == ANY and not isinstance(rule.test, Anonymous):
        yield Lint(
            "rule-always", about, f"The rule, {words}, holds for everybody: what else it asks means nothing.",
            "Write public(), or take out the part that is always true.", place,
        )  # fmt: skip
    elif not ways:
        yield Lint(
            "rule-never", about, f"The rule, {words}, holds for nobody, and what it is of is described as if it did.",
            "Leave the rule out where nobody is to do it, or correct its condition.", place,
        )  # fmt: skip


def _members(path: str, declaration: Declaration) -> Iterator[Lint]:
    """Members that are named like a secret and read by anonymous callers."""
    rule = declaration.rules.get("read")
    if rule is None or not _is_for_anonymous(declaration, rule):
        return
    for spec in (*declaration.fields, *declaration.computed):
        own = spec.marks.read
        if spec.marks.is_shown and is_like_a_secret(spec) and (own is None or _is_for_anonymous(declaration, own)):
            yield Lint(
                "public-secret", f"{path}.{spec.name}", "It is named like a secret, and anonymous callers read it.",
                "Declare it with write_only=True, hidden=True or read=, or leave this out, where it is none.",
                place_in(declaration, spec.attribute),
            )  # fmt: skip


def is_like_a_secret(spec: FieldSpec) -> bool:
    """Whether a member holds texts and has the name of a secret."""
    names = {WORDS.sub("_", name).lower() for name in (spec.name, spec.attribute)}
    return "contains" in spec.kind.operators and any(SECRET.fullmatch(name) for name in names)


def _is_for_anonymous(declaration: Declaration, rule: Rule) -> bool:
    """Whether anonymous callers may read some items by a rule, whatever functions of the grant say."""
    if any(isinstance(each, When) and each.takes_grant for each in tests_of(rule.test)):
        return rule.is_public
    return any(CREDENTIAL not in way for way in ways_of(declaration, rule.test, "read"))


def _free_owners(path: str, declaration: Declaration) -> Iterator[Lint]:
    """Members that say whose an item is, and that anonymous callers set as they like."""
    create = declaration.rules.get("create")
    if create is None or not create.is_public:
        return
    owned = {name for each, rule in declaration.rules.items() if each != "create" for name in rule.owned}
    for spec in declaration.fields:
        is_free = not (spec.marks.read_only or spec.marks.hidden or spec.marks.rules)
        if spec.attribute in owned and is_free:
            yield Lint(
                "free-owner", f"{path}.{spec.name}",
                "It says whose an item is, and anonymous callers set it to whom they like when they create one.",
                'Declare it with auto="creator", or have create= ask for owner().',
                place_in(declaration, spec.attribute),
            )  # fmt: skip


# -- what lists cost ------------------------------------------------------------------------------------------------


def _unindexed(path: str, declaration: Declaration) -> Iterator[Lint]:
    """Owners by which every list is narrowed, without an index."""
    rule = declaration.rules.get("read")
    has_indexes = declaration.source is None or not (
        isinstance(declaration.source, HeldSource) or declaration.source.unchangeable
    )
    if rule is None or rule.is_public or not has_indexes:
        return
    for spec in declaration.fields:
        is_first = spec is declaration.identity or declaration.parts[:1] == (spec,)
        if spec.attribute in rule.owned and not (spec.marks.is_indexed or is_first):
            yield Lint(
                "unindexed-rule", f"{path}.{spec.name}",
                "Every list is narrowed to the items whose it is, and without an index each row is looked at.",
                "Declare it with index=True, or add an index to the model, and migrate.",
                place_in(declaration, spec.attribute),
            )  # fmt: skip


def sources_of(declarations: Sequence[Declaration]) -> list[str]:
    """The sources of the functions of row and grant in the rules: what these ask is not known."""
    rules = [rule for each in declarations for rule in each.whole.rules.values()]
    rules += [rule for each in declarations for spec in each.whole.fields for rule in spec.marks.rules]
    tests = [test for rule in rules for test in tests_of(rule.test)]
    return [described(each.function).source for each in tests if isinstance(each, When) and each.takes_grant]
