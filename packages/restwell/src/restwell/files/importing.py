"""Imports a file of records into a table: all or nothing, unless refused records may be skipped.

Everything happens in one transaction. An empty table is filled in one step where that is faster; if the database
refuses a row, that step is rolled back, and the file is read again and added in batches.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from ..model.resource import Declaration
from ..model.source import HeldSource
from ..storage.engine import Store
from ..storage.errors import VIOLATIONS, Violation
from ..storage.loading import Holder, Loading, Refusal
from ..storage.refusals import members_of
from ..storage.statements import Statements
from .collector import uncollected
from .opening import File, FileSource, Format, read_file, rereadable
from .records import read_json, read_ndjson
from .separated import CsvRecords
from .validation import Refused, Validated, Validator

MAX_BODIES = 16
"""A record may be this many times as long as the content of a request: one may have grown by several requests, and
csv needs more quotes than JSON."""
MAX_REPORTED = 100
"""Number of refused records that are reported when nothing is imported."""

HOLDERS: dict[Holder, str] = {
    "table": "a row of the table",
    "load": "an earlier record of the file",
    "either": "a row of the table or an earlier record of the file",
}
Progress = Callable[[int, int], None]


class Imported(NamedTuple):
    """The number of imported rows, and of refused records."""

    rows: int
    refused: int


class ImportRefused(Exception):
    """Records were refused, so nothing was imported: the first of them, and the number of all."""

    def __init__(self, refused: tuple[Refused, ...], count: int) -> None:
        self.refused = refused
        self.count = count
        records = "1 record is" if count == 1 else f"{count} records are"
        super().__init__(
            f"{records} not valid, the first at {refused[0].line}: {refused[0].reason} Nothing was imported."
        )


class NotImportable(Exception):
    """A resource whose items are those of a model, a table of others or a source, which no import writes."""


def import_rows(
    store: Store,
    declaration: Declaration,
    path: Path,
    *,
    form: Format | None = None,
    skip_invalid: bool = False,
    progress: Progress | None = None,
    refused: Callable[[Refused], None] | None = None,
) -> Imported:
    """Import the records of a file as new rows. `progress` is called with the bytes read and the size of the file.

    `form` is the format of a file whose name does not show it.

    With `skip_invalid` the valid records are imported, and `refused` is called with each of the others; without, it
    is called with the first hundred before ImportRefused is raised. Raises UnreadableFile for what is not a file of
    records, NotImportable for a resource of a model, and StoreError if the database fails; nothing is imported then,
    either.
    """
    if declaration not in store.statements:
        held = "a source" if isinstance(declaration.source, HeldSource) else "a model or a table"
        raise NotImportable(
            f"{declaration.name} is served from {held} of the application's own, and an import writes only what "
            "Restwell keeps in tables of its own: add its items by POST, or by the application or the database."
        )
    with (
        rereadable(path, form) as file,
        uncollected(),
        store.driver.transaction(unhurried=True) as connection,
    ):
        statements = store.statements[declaration]
        work = _Import(statements, file, skip_invalid=skip_invalid, progress=progress, refused=refused)
        loading = Loading(store.driver, statements, connection)
        if not work.fill(loading):
            work.add(loading)
        work.refuse_all()
    return Imported(work.rows, work.count)


class _Import:
    """The state of one import."""

    def __init__(
        self,
        statements: Statements,
        file: File,
        *,
        skip_invalid: bool,
        progress: Progress | None,
        refused: Callable[[Refused], None] | None,
    ) -> None:
        self._statements = statements
        self._declaration = declaration = statements.declaration
        self._file = file
        self._skip = skip_invalid
        self._progress = progress
        self._tell = refused
        self._max_length = MAX_BODIES * declaration.max_body
        self._validator = Validator(declaration, self._max_length)
        self._is_told = False
        self._first: list[Refused] = []
        self.rows = 0
        self.count = 0

    def fill(self, loading: Loading) -> bool:
        """Fill an empty table in one step; False if the records have to be added in batches."""
        with closing(self._batches()) as batches:
            try:
                return loading.add_to_empty(chain.from_iterable(map(self._counted, batches)))
            except Violation:
                self._is_told = True
                self.rows = 0
                return False

    def add(self, loading: Loading) -> None:
        """Add the records in batches, without those that the database refuses."""
        with closing(self._batches()) as batches:
            for batch in batches:
                self._add(loading, batch)

    def _add(self, loading: Loading, batch: Validated) -> None:
        left_out = loading.add(batch.rows)
        self.rows += len(batch.rows) - len(left_out)
        told = [] if self._is_told else list(batch.refused)
        told += [Refused(batch.lines[place], self._reason(batch.rows[place], why)) for place, why in left_out.items()]
        self._refuse(sorted(told))

    def refuse_all(self) -> None:
        """Raise ImportRefused if records were refused and may not be skipped."""
        if self.count and not self._skip:
            raise ImportRefused(tuple(sorted(self._first)), self.count)

    def _counted(self, batch: Validated) -> Sequence[Sequence[Any]]:
        self.rows += len(batch.rows)
        self._refuse(batch.refused)
        return batch.rows

    def _refuse(self, refused: Sequence[Refused]) -> None:
        for each in refused:
            self.count += 1
            if len(self._first) < MAX_REPORTED:
                self._first.append(each)
            if self._tell is not None and (self._skip or self.count <= MAX_REPORTED):
                self._tell(each)

    def _reason(self, row: Sequence[Any], why: Refusal) -> str:
        if isinstance(why, Violation):
            names = members_of(self._statements, why)
            if not names:
                return str(why)
            if why.reason != "taken":
                return f"{', '.join(names)}: {VIOLATIONS[why.reason]}."
            return f"{', '.join(names)}: taken already,{' together,' if len(names) > 1 else ''} by another row."
        place = next(place for place, spec in enumerate(self._declaration.stored) if spec.name == why.member)
        return f"{why.member}: {row[place]!r} is taken already, by {HOLDERS[why.holder]}."

    def _batches(self) -> Generator[Validated, None, None]:
        with read_file(self._file) as source:
            for batch in self._validated(source):
                yield batch
                if self._progress is not None:
                    self._progress(source.done, source.size)

    def _validated(self, source: FileSource) -> Iterator[Validated]:
        max_length = self._max_length
        if source.format == "csv":
            records = CsvRecords(source.stream, max_length)
            header = self._validator.check_header(records.header)
            return (self._validator.of_csv(header, rows) for rows in records)
        if source.format == "ndjson":
            return map(self._validator.of_json, read_ndjson(source.stream, max_length))
        return map(self._validator.of_json, read_json(source.stream, self._declaration.slug, max_length))
