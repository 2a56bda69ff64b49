"""Records -> rows of values in the order of the fields, as `to_values` gives them, or why a record is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..content import decode, to_values
from ..http.problems import FieldError, InvalidContent, Problem
from ..model.fields import FieldSpec
from ..model.resource import Declaration
from .cells import UnreadableCell, hint_of, members_of
from .columns import columns_of
from .opening import UnreadableFile
from .records import Texts
from .separated import Rows

MAX_ERRORS = 10
"""Number of mistakes of one record that are reported."""


class Refused(NamedTuple):
    """A record that was not imported: its line (in a JSON array the number of the element, from 1), and why."""

    line: int
    reason: str


class Validated(NamedTuple):
    """Rows of values, the line of each, and the refused records."""

    rows: Sequence[Sequence[Any]]
    lines: Sequence[int]
    refused: Sequence[Refused]


class Validator:
    """Validates records: many at once where that is possible, else one by one."""

    def __init__(self, declaration: Declaration, max_length: int | None = None) -> None:
        self._declaration = declaration
        self._max_length = max_length or declaration.max_body
        self._columns = columns_of(declaration)
        self._fields = declaration.stored
        self._known = ", ".join(spec.name for spec in self._fields)

    def check_header(self, header: Sequence[str]) -> list[FieldSpec | None]:
        """The field of each column; None for columns at the end without a name, which have to be empty.

        Raises UnreadableFile for all that are unknown, repeated or missing together.
        """
        count = len(header)
        while header and not header[-1]:
            header = header[:-1]
        specs = {spec.name: spec for spec in self._fields}
        others = [name for name in dict.fromkeys(header) if name not in specs]
        computed = [name for name in others if name in self._declaration.names]
        unknown = [name for name in others if name not in computed]
        repeated = [name for name in dict.fromkeys(header) if header.count(name) > 1]
        missing = [spec.name for spec in self._fields if spec.required and spec.name not in header]
        wrong = [
            (unknown, "not known"), (computed, "computed, and never imported"), (repeated, "there more than once"),
            (missing, "missing, and required"),
        ]  # fmt: skip
        said = [f"{', '.join(map(repr, names))} {_be(names)} {what}" for names, what in wrong if names]
        if said:
            raise UnreadableFile(f"Of the columns, {'; '.join(said)}. Known are {self._known}.{_advice(header)}")
        return [*(specs[name] for name in header), *[None] * (count - len(header))]

    def of_csv(self, header: Sequence[FieldSpec | None], batch: Rows) -> Validated:
        """The rows of a batch of csv records."""
        if self._columns is not None:
            try:
                columns = batch.columns(len(header))
                cells = {spec.name: column for spec, column in zip(header, columns, strict=True) if spec}
                if len(cells) < len(header) and any(map(any, columns[len(cells) :])):
                    raise ValueError("something is in a column without a name")  # noqa: TRY301 - as what comes next
                rows = self._columns.of_cells(cells, len(columns[0]))
            except ValueError:
                pass  # one of them is not valid, or has to be validated by itself
            else:
                return Validated(rows, batch.lines, ())
        there = [(line, cells) for line, cells in zip(batch.lines, batch.cells, strict=True) if any(cells)]
        return _sorted([(line, self._of_cells(header, cells)) for line, cells in there])

    def of_json(self, batch: Texts) -> Validated:
        """The rows of a batch of JSON records."""
        objects = [self._decoded(text) for text in batch.texts]
        if self._columns is not None:
            try:
                return Validated(self._columns.of_objects(objects), batch.lines, ())
            except ValueError:
                pass  # as above
        return _sorted([(line, self.values_of(each)) for line, each in zip(batch.lines, objects, strict=True)])

    def _of_cells(self, header: Sequence[FieldSpec | None], cells: Sequence[str]) -> list[Any] | str:
        named = [spec for spec in header if spec]
        if len(cells) != len(header) or any(cells[len(named) :]):
            more = " A cell with a comma in it has to be in quotes." if len(cells) > len(header) else ""
            return f"There are {len(cells)} cells, and {len(named)} columns.{more}"
        try:
            members = members_of(named, cells[: len(named)])
        except UnreadableCell as error:
            return str(error)
        texts = dict(zip((spec.name for spec in named), cells, strict=False))
        return self.values_of(members, texts)

    def _decoded(self, text: bytes | None) -> Any:
        """The value of a JSON text, or the Problem that decoding raises."""
        if text is None or len(text) > self._max_length:
            return Problem(f"The record has more than {self._max_length} bytes.")
        try:
            return decode(text)
        except Problem as problem:
            return problem

    def values_of(self, data: Any, texts: Mapping[str, str] | None = None) -> list[Any] | str:
        """A value for each field, or why the record is refused. `texts` are the cells of a record from csv."""
        if isinstance(data, Problem):
            return data.detail
        members = data if isinstance(data, dict) else {}
        # A POST may not set read-only members; a file may.
        fixed = {spec.name for spec in self._fields if spec.marks.read_only}
        values = {name: value for name, value in members.items() if name in fixed}
        try:
            found = to_values(self._declaration, data, fixed=values)
        except InvalidContent as problem:
            return self._reason(problem.errors, texts or {})
        return [found[spec.name] for spec in self._fields]

    def _reason(self, errors: Sequence[FieldError], texts: Mapping[str, str]) -> str:
        said = [self._mistake(error, texts) for error in errors[:MAX_ERRORS]]
        if len(errors) > MAX_ERRORS:
            said.append(f"And {len(errors) - MAX_ERRORS} more mistakes.")
        if any(error.code == "extra_forbidden" for error in errors):
            said.append(f"Known are {self._known}.")
        return " ".join(said)

    def _mistake(self, error: FieldError, texts: Mapping[str, str]) -> str:
        name = error.pointer[1:]
        spec = self._declaration.field(name)
        hint = hint_of(spec, texts[name]) if spec and name in texts else None
        return " ".join(filter(None, [f"{name}: {error.detail}" if name else error.detail, hint]))


def _advice(header: Sequence[str]) -> str:
    """What to do about a header that is not csv, if its names show that."""
    if header and header[0][:1] in {"{", "["}:
        return " The file looks like JSON: name it .json, or .ndjson if each line is an object."
    if any(mark in name for name in header for mark in ";\t|"):
        return " Separate the columns by one character throughout: a comma, a semicolon or a tab."
    return ""


def _be(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _sorted(results: list[tuple[int, list[Any] | str]]) -> Validated:
    rows = [(line, result) for line, result in results if not isinstance(result, str)]
    refused = [Refused(line, result) for line, result in results if isinstance(result, str)]
    return Validated([row for _, row in rows], [line for line, _ in rows], refused)
