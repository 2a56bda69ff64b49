"""The results of checks: findings, and what was not tested.

A kind of finding is a class below the check that yields it, with its texts; an instance has the URL at which it was
found and the exchanges that prove it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Literal, NamedTuple

from .counting import sentence_of
from .exchanges import Exchange

Severity = Literal["good", "info", "warn", "bad"]
SEVERITIES: tuple[Severity, ...] = ("bad", "warn", "info", "good")
Level = Literal[0, 1, 2, 3]
Constraint = Literal["client-server", "stateless", "cacheable", "layered", "uniform-interface"]
CONSTRAINTS: tuple[Constraint, ...] = ("client-server", "stateless", "cacheable", "layered", "uniform-interface")
Bearing = Level | Constraint
"""What a finding bears on: a level of the Richardson Maturity Model, or a constraint of REST."""


class Reference(NamedTuple):
    """The document that defines a rule."""

    title: str
    url: str


def rfc(number: int, section: str = "") -> Reference:
    """A section of an RFC."""
    title = f"RFC {number}, section {section}" if section else f"RFC {number}"
    return Reference(
        title, f"https://www.rfc-editor.org/rfc/rfc{number}.html" + (f"#section-{section}" if section else "")
    )


FIELDING = "https://www.ics.uci.edu/~fielding/pubs/dissertation/rest_arch_style.htm"
HYPERTEXT_DRIVEN = Reference(
    "Fielding, REST APIs must be hypertext-driven",
    "https://roy.gbiv.com/untangled/2008/rest-apis-must-be-hypertext-driven",
)


def fielding(section: str) -> Reference:
    """A section of chapter 5 of Fielding's dissertation, such as 5.1.3."""
    return Reference(
        f"Fielding, Architectural Styles, section {section}", f"{FIELDING}#sec_{section.replace('.', '_')}"
    )


def fowler(level: int) -> Reference:
    """A step of Fowler's article on the Richardson Maturity Model."""
    url = "https://martinfowler.com/articles/richardsonMaturityModel.html"
    return Reference("Fowler, Richardson Maturity Model", f"{url}#level{level}")


class Finding:
    """A finding about an API.

    `summary` says what was seen, in one line in which `{name}` stands for a detail of the instance, and
    `{number:path}` for a count with its words (`counting.py`); `explanation` says why it matters; `remedy` says what
    to change, and is empty where nothing needs to. `subject` is the URL at which it was found.
    """

    severity: ClassVar[Severity]
    bearing: ClassVar[Bearing]
    summary: ClassVar[str]
    explanation: ClassVar[str]
    remedy: ClassVar[str] = ""
    reference: ClassVar[Reference]

    def __init__(self, subject: str, *evidence: Exchange, **details: object) -> None:
        self.subject = subject
        self.evidence = evidence
        self.details = details

    @classmethod
    def id(cls) -> str:
        """The name of the kind of finding, such as `items-have-uris`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()

    @property
    def line(self) -> str:
        """The summary with the details of this instance."""
        return sentence_of(self.summary, {"subject": self.subject, **self.details})

    def __repr__(self) -> str:
        return f"<{self.id()}: {self.line}>"


class Untested(NamedTuple):
    """Something that was not tested: what, why, and how to have it tested.

    `why` is a sentence that says what was missing, and `how` one that names what to give: a URL, an option, ...
    """

    bearing: Bearing
    what: str
    why: str
    how: str


def every_finding(base: type[Finding] = Finding) -> Iterator[type[Finding]]:
    """Every declared kind of finding."""
    for kind in base.__subclasses__():
        yield kind
        yield from every_finding(kind)
