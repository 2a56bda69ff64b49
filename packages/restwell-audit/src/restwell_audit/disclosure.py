"""What a report may say: findings and what was not tested, without any secret of the audit or of the server."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import Any

from .exchanges import Exchange
from .findings import Finding, Untested
from .redaction import Redaction

MAX_EVIDENCE = 100_000
"""Bytes of a content that are kept as evidence; a report shows less (`exchanges.SHOWN`)."""


class Disclosure:
    """Makes findings fit to be shown. An exchange that proves several is looked through once."""

    def __init__(self, redaction: Redaction) -> None:
        self.redaction = redaction
        self._done: dict[int, Exchange] = {}

    def finding(self, finding: Finding) -> Finding:
        """The finding as it may be shown, with its evidence."""
        shown = copy(finding)
        shown.subject = self.redaction.text(finding.subject)
        shown.evidence = tuple(map(self.exchange, finding.evidence))
        shown.details = {name: self._detail(value) for name, value in finding.details.items()}
        for name, value in vars(finding).items():  # what an instance says in place of its class
            if isinstance(value, str):
                setattr(shown, name, self.redaction.text(value))
        return shown

    def untested(self, left: Untested) -> Untested:
        """What was not tested, as it may be shown."""
        text = self.redaction.text
        return left._replace(what=text(left.what), why=text(left.why), how=text(left.how))

    def exchange(self, exchange: Exchange) -> Exchange:
        """The exchange as it may be shown."""
        if exchange.number not in self._done:
            self._done[exchange.number] = replace(
                exchange,
                url=self.redaction.text(exchange.url),
                sent=self.redaction.fields(exchange.sent),
                content=self.redaction.content(exchange.content),
                headers=self.redaction.fields(exchange.headers),
                body=self.redaction.content(exchange.body[:MAX_EVIDENCE]),
                left_out=max(0, len(exchange.body) - MAX_EVIDENCE),
                error=self.redaction.text(exchange.error),
            )
        return self._done[exchange.number]

    def _detail(self, value: Any) -> Any:
        return value if isinstance(value, int | float) else self.redaction.text(str(value))
