"""Removes secrets of the audit and of the server from findings, before a report shows them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from typing import Any

from .exchanges import Exchange
from .findings import Finding, Untested
from .redaction import Redaction

MAX_EVIDENCE = 100_000
"""Bytes of content that are kept as evidence; a report shows less (`exchanges.MAX_SHOWN`)."""

MAX_CHAIN = 20
"""Exceptions behind another that are redacted."""


class Disclosure:
    """Redacts findings. An exchange that proves several findings is redacted once."""

    def __init__(self, redaction: Redaction) -> None:
        self.redaction = redaction
        self._done: dict[int, Exchange] = {}

    def finding(self, finding: Finding) -> Finding:
        """A redacted copy of a finding, with its evidence."""
        shown = copy(finding)
        shown.subject = self.redaction.text(finding.subject)
        shown.evidence = tuple(map(self.exchange, finding.evidence))
        shown.details = {name: self._detail(value) for name, value in finding.details.items()}
        for name, value in vars(finding).items():  # texts that override those of the class
            if isinstance(value, str):
                setattr(shown, name, self.redaction.text(value))
        return shown

    def untested(self, left: Untested) -> Untested:
        """A redacted copy of what was not tested."""
        text = self.redaction.text
        return left._replace(what=text(left.what), why=text(left.why), how=text(left.how))

    def exchange(self, exchange: Exchange) -> Exchange:
        """A redacted copy of an exchange."""
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


@contextmanager
def errors_without_secrets(redaction: Redaction) -> Iterator[None]:
    """Redacts the arguments of an exception that is raised within, and of those behind it: a traceback has them."""
    try:
        yield
    except Exception as error:
        behind: BaseException | None = error
        for _ in range(MAX_CHAIN):
            if behind is None:
                break
            behind.args = tuple(
                each if isinstance(each, int | float) else redaction.data(each) for each in behind.args
            )
            behind = behind.__cause__ or behind.__context__
        raise
