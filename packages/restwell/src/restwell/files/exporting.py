"""Writes the rows of a table into a stream, in the order of their numbers, from one snapshot."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import orjson

from ..data.layout import Layout
from ..data.outcomes import Row, UnreadRow
from ..data.plans import Plan
from ..data.ports import Reader
from ..data.query import Query
from ..model.fields import FieldSpec
from ..model.resource import Declaration
from ..storage.engine import Store
from .cells import may_be_empty, writer_of
from .collector import uncollected
from .opening import Format
from .repeating import Repetition
from .separated import QUOTED_EMPTY

AT_ONCE = 1000

Progress = Callable[[int, int], None]
Write = Callable[[Sequence[Row]], bytes]


def export_rows(
    store: Store,
    declaration: Declaration,
    out: BinaryIO,
    form: Format,
    *,
    progress: Progress | None = None,
    warn: Callable[[str], None] | None = None,
    unread: Callable[[UnreadRow], None] | None = None,
) -> int:
    """Write every row, and return their number. `progress` is called with the rows written and the rows in all.

    In JSON, a member that is null is left out if an import reads that as null. In csv it is an empty cell, and an
    empty text is `""`, as in PostgreSQL's COPY. `warn` is called with a sentence about rows that an import would
    change, because the user's validators run again; `unread` with each row that is left out because a stored value
    is not of its column's kind. Raises StoreError if the database cannot be read.
    """
    total = _total(store, declaration) if progress is not None else 0
    count = 0
    repetition = Repetition(declaration) if warn is not None and declaration.shape.has_functions else None
    beginning, write, end = _FORMATS[form](declaration)
    out.write(beginning)
    with uncollected():
        for rows in store.stream(declaration, AT_ONCE, unread):
            out.write(write(rows))
            count += len(rows)
            if repetition is not None:
                repetition.look_at(rows)
            if progress is not None:
                progress(count, max(count, total))
    out.write(end)
    if warn is not None and repetition is not None and repetition.warning:
        warn(repetition.warning)
    return count


def _total(store: Reader, declaration: Declaration) -> int:
    return store.look_up(Plan("page", declaration, query=Query(limit=1), counting="exact")).total or 0


Writing = tuple[bytes, Write, bytes]


def exported(declaration: Declaration) -> tuple[Sequence[FieldSpec], Callable[[Row], Sequence[Any]]]:
    """The fields that files have, and what gives their values of a row."""
    layout, fields = declaration.compiled[Layout], declaration.exported
    if len(fields) == len(declaration.fields):
        return fields, layout.values
    places = [layout.index(spec.name) for spec in fields]
    return fields, lambda row: [row[place] for place in places]


def _csv(declaration: Declaration) -> Writing:
    """RFC 4180. Lines end with CR LF, so that a text with CR or LF is quoted."""
    fields, values_of = exported(declaration)
    writers = [(place, writer_of(spec.kind)) for place, spec in enumerate(fields)]
    converters = [(place, writer) for place, writer in writers if writer is not None]
    texts = [place for place, spec in enumerate(fields) if may_be_empty(spec)]

    def converted(rows: Sequence[Row]) -> Iterator[Sequence[Any]]:
        for row in rows:
            values = list(values_of(row))
            for place, converter in converters:
                if values[place] is not None:
                    values[place] = converter(values[place])
            for place in texts:
                if values[place] == "":
                    values[place] = QUOTED_EMPTY
            yield values

    def write(rows: Sequence[Row]) -> bytes:
        plain = not converters and not any("" in row for row in rows)
        return _csv_text(map(values_of, rows) if plain else converted(rows))

    return _csv_text([[spec.name for spec in fields]]), write, b""


def _csv_text(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    written = text.getvalue()
    return (written.replace(QUOTED_EMPTY, '""') if QUOTED_EMPTY in written else written).encode()


def _ndjson(declaration: Declaration) -> Writing:
    members = _members(declaration)
    option = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE

    def write(rows: Sequence[Row]) -> bytes:
        return b"".join([orjson.dumps(each, option=option) for each in members(rows)])

    return b"", write, b""


def _json(declaration: Declaration) -> Writing:
    """The collection as in `application/json`, with each element on a line."""
    members = _members(declaration)
    separator = b"\n"

    def write(rows: Sequence[Row]) -> bytes:
        nonlocal separator
        text = separator + b",\n".join([orjson.dumps(each, option=orjson.OPT_UTC_Z) for each in members(rows)])
        separator = b",\n"
        return text

    return b'{"%s": [' % declaration.slug.encode(), write, b"\n]}\n"


def _members(declaration: Declaration) -> Callable[[Sequence[Row]], Iterator[dict[str, Any]]]:
    """Rows as objects, without a member that is null if an import reads its absence as null."""
    fields, values_of = exported(declaration)
    names = [spec.name for spec in fields]
    kept = {spec.name for spec in fields if not spec.absent_is_null}

    def objects(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
        for row in rows:
            pairs = zip(names, values_of(row), strict=True)
            if kept:
                yield {name: value for name, value in pairs if value is not None or name in kept}
            else:
                yield {name: value for name, value in pairs if value is not None}

    return objects


_FORMATS: dict[Format, Callable[[Declaration], Writing]] = {"csv": _csv, "json": _json, "ndjson": _ndjson}
