"""Which pages a page leads to: those before and behind it, and the last where pages are numbered."""

from __future__ import annotations

from collections.abc import Sequence

from ..data.cursors import ANCHORS, write_cursor
from ..data.outcomes import Outcome, Row
from ..http.limits import MAX_OFFSET
from ..model.conditions import both
from ..surface.addresses import collection_url
from ..surface.documents import page_url
from .phases import Met

Neighbours = tuple[str | None, str | None, str | None]


def neighbours(x: Met, outcome: Outcome) -> Neighbours:
    """The URLs of the pages before and behind a page, and of the last one where that has a number."""
    query, rows = x.intent.query, outcome.rows
    if not rows and not outcome.last and query.page is None:
        return None, None, None
    behind = rows[: -ANCHORS - 1 : -1]
    ahead = rows[:ANCHORS] if outcome.before else ()
    if outcome.last:
        end = (outcome.last,)
        behind, ahead = (behind, end) if query.after is not None and query.after.backwards else (end, ahead)
    if query.page is not None:
        return _numbered(x, outcome, behind)
    following = _neighbour(x, behind, backwards=False) if outcome.more and behind else None
    return _neighbour(x, ahead, backwards=True) if outcome.before and ahead else None, following, None


def _numbered(x: Met, outcome: Outcome, behind: Sequence[Row]) -> Neighbours:
    """Those of a page that was asked for by its number. Where numbers end, a cursor leads on."""
    query = x.intent.query
    page, limit = query.page or 1, query.limit
    greatest = -(-MAX_OFFSET // limit)
    # An estimate of the total says nothing of the last page.
    total = outcome.total if x.counting != "estimated" else None
    end = max(1, -(-total // limit)) if total is not None else None
    previous = page_url(x.base, x.resource, query, min(page - 1, end or page - 1)) if page > 1 else None
    following = None
    if outcome.more and page < greatest and not outcome.last:
        following = page_url(x.base, x.resource, query, page + 1)
    elif outcome.more and behind:
        following = _neighbour(x, behind, backwards=False)
    return previous, following, page_url(x.base, x.resource, query, end) if end and end <= greatest else None


def _neighbour(x: Met, rows: Sequence[Row], *, backwards: bool) -> str:
    """The URL of the page that begins at a row, in one direction or the other; the row and some before it."""
    query = x.intent.query
    [row, *others] = rows
    cursor = write_cursor(
        x.resource, query.sort, row, x.setting.store.secret,
        condition=both(x.sight.rows, query.condition), backwards=backwards, behind=query.after,
        others=None if row is x.outcome.last else others,
    )  # fmt: skip
    return collection_url(x.base, x.resource, query.parameters, cursor)
