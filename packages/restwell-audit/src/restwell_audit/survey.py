"""The survey of an API: what exploring has found, and how it was reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .exchanges import Exchange
from .following import is_dead
from .found import Acting, Found
from .negotiation import ACCEPT, Choice
from .reading import Description
from .relations import MAY_BE_MISSING

APART = frozenset(["description", "shell"])
"""Kinds of what is no resource of the API."""


@dataclass
class Survey:
    """The result of exploring, in the order in which it was found."""

    starts: tuple[str, ...]
    found: dict[str, Found] = field(default_factory=dict)
    descriptions: list[Description] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    """The number of links that were not followed, by reason."""

    acting: dict[str, Acting] = field(default_factory=dict)
    """The links that were not followed because they may act, by target."""

    described_actions: dict[str, None] = field(default_factory=dict)
    """The URLs, or the patterns of them, of described operations that were not tried because they may act."""

    elsewhere: dict[str, str] = field(default_factory=dict)
    """The other addresses at which representations say that they are, each with the URL of the first of these."""

    choice: Choice | None = None
    """The representation of the entry point that is judged; None where there is no response to choose."""

    told: dict[str, Exchange] = field(default_factory=dict)
    """The responses to OPTIONS, by URL, as far as exploring took them."""

    guesses: dict[str, list[Exchange]] = field(default_factory=dict)
    """The responses for guessed URLs of members, by the URL of their collection."""

    @property
    def accept(self) -> str:
        """The Accept by which the representations that are judged are got."""
        return self.choice.accept if self.choice else ACCEPT

    def leave_out(self, reason: str) -> None:
        """Count a link that is not followed."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1

    def resources(self) -> list[Found]:
        """The resources of the API: everything for which GET succeeded, except descriptions and shells."""
        return [each for each in self.found.values() if each.alive and each.kind not in APART]

    def known(self) -> list[Found]:
        """The resources of the API, and what was refused but is there; in the order in which they were found."""
        return [each for each in self.found.values() if (each.alive or each.refused) and each.kind not in APART]

    def collections(self) -> list[Found]:
        """The resources that are collections."""
        return [each for each in self.resources() if each.kind == "collection"]

    def items(self) -> list[Found]:
        """The resources that are items."""
        return [each for each in self.resources() if each.kind == "item"]

    def entries(self) -> list[Found]:
        """The entry points, whether GET succeeded or not."""
        return [each for each in self.found.values() if each.how == "start"]

    def beginning(self) -> Found:
        """The first entry point for which GET succeeded, or else the first, which may not have been requested."""
        entries = [*self.entries(), Found(self.starts[0], "start")]
        return next((each for each in entries if each.alive), entries[0])

    def followed(self) -> list[Found]:
        """What was reached by links that their format defines, whatever the response; URLs in texts do not count."""
        return [
            each for each in self.found.values()
            if each.how == "link" and each.link is not None and each.link.typed
            and not (is_dead(each.exchange) and MAY_BE_MISSING & set(each.rel.split()))
        ]  # fmt: skip

    def dead(self) -> list[Found]:
        """The targets of followed links for which `is_dead` holds, if no description says that they are not read."""
        return [each for each in self.followed() if is_dead(each.exchange) and not self._is_only_changed(each.url)]

    def _is_only_changed(self, url: str) -> bool:
        """Whether operations are described for a URL, and none of them reads."""
        shown = {
            each.method for found in self.found.values() for each in found.reading.operations if each.target == url
        }
        for description in self.descriptions:
            shown |= {each.method for each in description.operations if description.matches(each, url)}
        return bool(shown) and "GET" not in shown

    def operations(self) -> Iterator[tuple[str, str]]:
        """Every method and path of the descriptions."""
        for description in self.descriptions:
            for operation in description.operations:
                yield operation.method, operation.path
