"""Splits csv into records: RFC 4180 with a header, and the variants that spreadsheets write.

The separator is the one of the header: a comma, or if it has none, a semicolon or tab; or the one that a line `sep=;`
before it names. Names may be surrounded by spaces; the last columns may have no name. A line whose cells are all
empty is skipped, as is the end-of-file character of DOS (U+001A) on a line of its own.

A cell of `""` is QUOTED_EMPTY here, to distinguish it from an empty cell: Python's reader gives the same for both.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .encodings import REMEDY, in_utf_8
from .opening import UnreadableFile

QUOTED_EMPTY = "\ud800"
"""Stands for a cell of `""`: one half of a surrogate pair, which decoded text never contains."""
_PIECE = 64 * 1024
_SAID = re.compile(r'"?sep=([^\w"\r\n])"?\s*')
_SEPARATORS = ",;\t"


class PlainRows(NamedTuple):
    """Records of csv without quotes: `size` lines, of which the first is line `first` of the file."""

    first: int
    size: int
    text: str
    separator: str = ","

    @property
    def lines(self) -> Sequence[int]:
        return range(self.first, self.first + self.size)

    @property
    def cells(self) -> list[list[str]]:
        """The cells of each record; none for an empty line."""
        return [line.split(self.separator) if line else [] for line in self.text.split("\n")[:-1]]

    def columns(self, count: int) -> list[list[str]]:
        """The cells of each of `count` columns, without U+0000 in any of them.

        Raises ValueError if a record has more or fewer cells, or is an empty line.
        """
        flat = self.text.replace("\n", f"{self.separator}\n{self.separator}").split(self.separator)
        ends = flat[count :: count + 1]
        del flat[-1]
        if not ends.count("\n") == len(ends) == self.size or "\0" in self.text or (count == 1 and "" in flat):
            raise ValueError("a record needs a closer look")
        return [flat[place :: count + 1] for place in range(count)]


class QuotedRows(NamedTuple):
    """Records of csv that may span several lines."""

    lines: list[int]
    cells: list[list[str]]

    def columns(self, count: int) -> list[list[str]]:
        """As in PlainRows."""
        columns = [list(column) for column in zip(*self.cells, strict=True)]
        if len(columns) != count or any("\0" in "".join(column) for column in columns):
            raise ValueError("a record needs a closer look")
        return columns


Rows = PlainRows | QuotedRows


class CsvRecords:
    """The records of a csv file with a header.

    Without quotes, every separator ends a cell and every line a record, which takes a third of the time to read.
    """

    def __init__(self, stream: io.BufferedReader, max_length: int) -> None:
        csv.field_size_limit(max(csv.field_size_limit(), max_length))  # there is one limit for the whole process
        self._max_length = max_length
        self._text = io.TextIOWrapper(in_utf_8(stream), encoding="utf-8", newline="")
        self._line = 1
        first = self._read(0)
        if not first:
            raise UnreadableFile("The file is empty: its first line has to name the columns.")
        said = _SAID.fullmatch(first)
        if said:
            self._line += 1
            first = self._read(0)
        self._quotes = _Quotes(said[1] if said else separator_of(first))
        self.header = [name.replace(QUOTED_EMPTY, "").strip() for name in next(iter(self._quoted(first).cells), [])]
        """The names of the columns, without surrounding spaces; empty ones at the end are columns without a name."""
        if not any(self.header):
            raise UnreadableFile("The file has no header: its first line has to name the columns.")

    def __iter__(self) -> Iterator[Rows]:
        while piece := self._read(_PIECE):
            if '"' in piece:
                yield self._quoted(piece)
                continue
            plain = piece.replace("\r\n", "\n") if "\r" in piece else piece
            yield self._quoted(piece) if "\r" in plain else self._plain(plain)

    def _plain(self, text: str) -> PlainRows:
        whole = text if text.endswith("\n") else f"{text}\n"
        rows = PlainRows(self._line, whole.count("\n"), whole, self._quotes.separator)
        self._line += rows.size
        return rows

    def _quoted(self, piece: str) -> QuotedRows:
        """The records of a piece, extended to the end of the last of them."""
        whole = self._marked(piece) if '"' in piece else piece
        reader = csv.reader(io.StringIO(whole, newline=""), strict=True, delimiter=self._quotes.separator)
        rows = QuotedRows([], [])
        begin = self._line
        try:
            for cells in reader:
                rows.cells.append(cells)
                rows.lines.append(begin)
                begin = self._line + reader.line_num
        except csv.Error as error:
            raise UnreadableFile(f"Line {self._line + reader.line_num - 1} is not csv (RFC 4180): {error}.") from None
        self._line += reader.line_num
        return rows

    def _marked(self, piece: str) -> str:
        """The piece, extended until every quote is closed, with QUOTED_EMPTY for cells of two quotes."""
        outside = self._quotes.outside(piece)
        while size := self._quotes.open_in(outside):
            # As many characters as are open already, so that a long cell is scanned few times.
            more = self._read(size) if size <= self._max_length else ""
            if not more:
                break  # Python's reader then reports the error, with its line.
            piece += more
            outside = self._quotes.outside(piece)
        line = self._quotes.spaced_in(piece, outside)
        if line is not None:
            raise UnreadableFile(
                f"Line {self._line + line} is not csv (RFC 4180): a space stands before a quote. "
                "Begin the cell with the quote, or quote the space and double the quotes in it."
            )
        return self._quotes.marked(piece, outside)

    def _read(self, size: int) -> str:
        """At least `size` characters, to the end of a line; empty at the end of the file."""
        try:
            piece = self._text.read(size)
            rest = self._text.readline(self._max_length)
        except UnicodeDecodeError:
            raise UnreadableFile(f"The file is not UTF-8, soon after line {self._line}. {REMEDY}.") from None
        if len(rest) == self._max_length:
            raise UnreadableFile(f"A line after line {self._line} has more than {self._max_length} characters.")
        text = piece + rest
        # Only the last line of a file may have no line end.
        return text[:-1] if text.endswith("\x1a") and text[-2:-1] in {"", "\r", "\n"} else text


def separator_of(header: str) -> str:
    """The separator of a header; names of fields contain none of the candidates."""
    return next((separator for separator in _SEPARATORS if separator in header), _SEPARATORS[0])


def _lines_in(text: str) -> int:
    return len(re.findall(r"\r\n|\r|\n", text))


class _Quotes:
    """Finds quoted cells in a piece of csv that begins with a record."""

    def __init__(self, separator: str) -> None:
        ends = rf"[{re.escape(separator)}\r\n]"
        begin = rf"(?:^|(?<={ends}))"
        self.separator = separator
        cell = '"[^"]*+(?:""[^"]*+)*"(?!")'
        self._cell = re.compile(rf"{begin}{cell}")
        self._open = re.compile(rf'{begin}"')
        self._spaced = re.compile(rf'{begin} +"')
        self._empty = re.compile(rf'{begin}""(?={ends}|\Z)')
        self._up_to_empty = re.compile(rf'([^"]*+(?:(?!""(?!")){cell}[^"]*+)*)""(?={ends}|\Z)')

    def outside(self, piece: str) -> str:
        """The piece without its quoted and closed cells."""
        return self._cell.sub("", piece)

    def open_in(self, outside: str) -> int:
        """The number of characters, at least, after a quote that is not closed; 0 if all are closed."""
        found = self._open.search(outside) if '"' in outside else None
        return len(outside) - found.start() if found else 0

    def spaced_in(self, piece: str, outside: str) -> int | None:
        """The number of lines before a cell that begins with spaces and a quote; None if there is none."""
        if ' "' not in outside or not self._spaced.search(outside):
            return None
        found = self._spaced.search(self._cell.sub(lambda cell: "\n" * _lines_in(cell[0]), piece))
        return _lines_in(found.string[: found.start()]) if found else None

    def marked(self, piece: str, outside: str) -> str:
        """The piece with QUOTED_EMPTY for every cell of two quotes."""
        if '""' not in piece:
            return piece
        if '"' not in outside:  # Faster, if no unquoted cell has a quote in it.
            marked, begin = "", 0
            # What is not csv after a cell of two quotes ends the search: Python's reader then reports the error.
            while found := self._up_to_empty.match(piece, begin):
                marked += found[1] + QUOTED_EMPTY
                begin = found.end()
            return marked + piece[begin:]
        return self._cell.sub(lambda cell: QUOTED_EMPTY if self._empty.match(piece, cell.start()) else cell[0], piece)
