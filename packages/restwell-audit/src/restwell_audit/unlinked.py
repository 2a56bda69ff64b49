"""What no link leads to: members, parts and wholes at likely URLs, and what is refused there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .exchanges import Exchange
from .found import Found, Kind
from .guessing import Get, find_inner, find_member, find_parts, find_whole, is_refused
from .reading import read
from .survey import Survey

MAX_TRIED = 30
"""Guessed URLs after which no further collection is tried: others are like those that were tried in vain."""
_SUFFIX = re.compile(r"\.\w{1,5}$")


@dataclass
class Guesser:
    """Adds to a survey what it guesses, and asks for each URL once."""

    survey: Survey
    send: Get
    _answers: dict[str, Exchange | None] = field(default_factory=dict)

    def guess(self) -> None:
        """Guess what is missing: parts of the one thing that is there, or members of collections."""
        self._guess_parts()
        self._guess_items()
        self._look_at_refusals()

    def _get(self, url: str) -> Exchange | None:
        if url not in self._answers:
            self._answers[url] = self.send(url)
        return self._answers[url]

    def _guess_parts(self) -> None:
        known = self.survey.resources()
        if len(known) == 1 and known[0].reading.members is None and known[0].exchange is not None:
            whole = known[0].exchange
            others = [*find_parts(whole, self._get)] or [*find_whole(whole, self._get)]
            for exchange in others:
                self._add(exchange, known[0], "other" if read(exchange).members is None else "collection")
            tries = find_inner(whole, self.survey.found, self._get) if not others else None
            if tries is not None and tries.found is not None:
                self._add(tries.found, known[0], "item", refused=not tries.found.succeeded)

    def _guess_items(self) -> None:
        """One collection stands for all at its path, whatever their query or suffix, until a member is found."""
        tried: dict[str, bool] = {}
        for collection in list(self.survey.collections()):
            members, place = collection.reading.members or (), _SUFFIX.sub("", collection.path)
            if collection.exchange is None or any(member.target for member in members):
                continue
            is_like_another = tried.get(place) or (place in tried and "?" in collection.url)
            if is_like_another or sum(map(len, self.survey.guesses.values())) > MAX_TRIED:
                continue
            tries = find_member(collection.exchange, members, self.survey.found, self._get)
            self.survey.guesses[collection.url] = tries.sent
            tried[place] = tries.found is not None
            if tries.found is not None:
                self._add(tries.found, collection, "item", refused=not tries.found.succeeded)

    def _add(self, exchange: Exchange, via: Found, kind: Kind, *, refused: bool = False) -> None:
        self.survey.found[exchange.url] = Found(
            exchange.url, "guessed", via.url, None, via.depth + 1, exchange, read(exchange), kind, refused=refused
        )

    def _look_at_refusals(self) -> None:
        """A further URL of the user's that is refused is there, as a guessed one is."""
        for found in self.survey.entries()[1:]:
            found.refused = found.exchange is not None and is_refused(found.exchange, self._get)
