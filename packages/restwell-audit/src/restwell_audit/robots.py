"""robots.txt (RFC 9309): parses its rules, and says for each URL whether it may be requested."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self
from urllib.parse import quote

from .counting import counted
from .politeness import AGENT

MAX_ROBOTS = 512_000
"""Characters of robots.txt that are read; section 2.5 requires 500 KiB or more."""
EXCLUDING = ", which excludes everything"
RESERVED = "!#$&'()*+,/:;=?@[]%"


class Rule(NamedTuple):
    """An Allow or Disallow line of robots.txt, with the pattern of its targets."""

    allows: bool
    pattern: str

    def matches(self, target: str) -> bool:
        """Whether the pattern matches a target, both normalised; `*` is anything, a final `$` the end (2.2.3).

        Each part is searched for at its first position, so that matching takes linear time, unlike with a regular
        expression.
        """
        anchored = self.pattern.endswith("$")
        first, *rest = self.pattern.removesuffix("$").replace("$", "%24").split("*")
        if not target.startswith(first):
            return False
        if anchored and not rest:
            return target == first
        last = rest.pop() if anchored else ""
        position = len(first)
        for part in rest:
            position = target.find(part, position)
            if position < 0:
                return False
            position += len(part)
        return target.endswith(last) and position <= len(target) - len(last)


@dataclass(frozen=True)
class Robots:
    """The rules of robots.txt for the auditor; without rules nothing is excluded. `why` explains exclusions."""

    rules: tuple[Rule, ...] = ()
    why: str = "robots.txt excludes it"
    said: str = "excludes nothing"
    """What it asks for, in a few words."""

    @classmethod
    def parse(cls, text: str, agent: str = AGENT) -> Self:
        """The rules for an agent: those of all groups that name it, or else of those for `*` (section 2.2.1)."""
        groups = list(_groups(text[:MAX_ROBOTS]))
        named = [rules for agents, rules in groups if agent.lower() in agents]
        chosen = named or [rules for agents, rules in groups if "*" in agents]
        rules = tuple(rule for each in chosen for rule in each)
        excluding = sum(not rule.allows for rule in rules)
        return cls(rules, said=f"excludes {counted(excluding, 'pattern')}" if excluding else "excludes nothing")

    @classmethod
    def unreachable(cls, why: str) -> Self:
        """The rules where robots.txt cannot be retrieved: everything is excluded (section 2.3.1.4)."""
        reason = f"robots.txt {why}{EXCLUDING} (RFC 9309, section 2.3.1.4)"
        return cls((Rule(False, "/"),), reason, f"{why}{EXCLUDING}")

    def allows(self, target: str) -> bool:
        """Whether a target, path and query, may be requested: the longest match decides, else it may (2.2.2)."""
        if target == "/robots.txt":
            return True
        target = normal(target).replace("*", "%2A").replace("$", "%24")
        found = [(len(rule.pattern), rule.allows) for rule in self.rules if rule.matches(target)]
        return max(found, default=(0, True))[1]


def normal(path: str) -> str:
    """A path in the form that section 2.2.2 compares: percent-encoded only where necessary."""
    encoded = quote(path, safe=RESERVED, errors="surrogatepass")
    return re.sub(r"%[0-9A-Fa-f]{2}", lambda found: _plain(found[0]), encoded)


def _plain(escape: str) -> str:
    character = chr(int(escape[1:], 16))
    unreserved = character.isascii() and (character.isalnum() or character in "-._~")
    return character if unreserved else escape.upper()


def has_records(text: str) -> bool:
    """Whether a text has any line of a robots.txt."""
    return any(True for _ in _records(text[:MAX_ROBOTS].removeprefix("\ufeff").splitlines()))


def _groups(text: str) -> Iterator[tuple[set[str], list[Rule]]]:
    """The groups of a robots.txt: product tokens in lower case, and their rules (section 2.2)."""
    agents: set[str] = set()
    rules: list[Rule] = []
    for name, value in _records(text.removeprefix("\ufeff").splitlines()):
        if name == "user-agent":
            if rules:
                yield agents, rules
                agents, rules = set(), []
            agents.add(_token(value))
        elif agents and value:  # a rule without a pattern matches nothing
            rules.append(Rule(name == "allow", normal(value)))
    yield agents, rules


def _records(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The lines that RFC 9309 defines; others, such as Sitemap, do not end a group (section 2.2.4)."""
    for line in lines:
        name, _, value = line.partition("#")[0].partition(":")
        name = name.strip().lower()
        if name in {"user-agent", "allow", "disallow"}:
            yield name, value.strip()


def _token(value: str) -> str:
    """The product token at the beginning, as in `restwell-audit/1.0`, in lower case; or `*`."""
    found = re.match(r"\*|[A-Za-z_-]+", value)
    return found[0].lower() if found else ""
