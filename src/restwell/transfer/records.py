"""The records of a file, some at a time and each with its line: texts of cells from csv, bytes of JSON otherwise.

What a record says is not looked at here. What cannot be taken apart into records is an UnreadableFile.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from .files import UnreadableFile

AT_ONCE = 1000
"""Records that are handed on together, or fewer, when they have this many bytes:"""
ENOUGH = 1024 * 1024
_PIECE = 64 * 1024
_BOM = b"\xef\xbb\xbf"
_BETWEEN = re.compile(r"[ \t\r\n]*")
_SCANNER = json.JSONDecoder()
_LONGEST_ESCAPE = 12


class PlainRows(NamedTuple):
    """Records of csv without quotes: so many lines, the first of which has this number in the file."""

    first: int
    size: int
    text: str

    @property
    def lines(self) -> Sequence[int]:
        return range(self.first, self.first + self.size)

    @property
    def cells(self) -> list[list[str]]:
        """The cells of each record; none on an empty line."""
        return [line.split(",") if line else [] for line in self.text.split("\n")[:-1]]

    def columns(self, count: int) -> list[list[str]]:
        """The cells of each of so many columns, in none of which is U+0000.

        Raises ValueError when a record has more cells, or fewer, or is an empty line.
        """
        flat = self.text.replace("\n", ",\n,").split(",")
        ends = flat[count :: count + 1]
        del flat[-1]
        if not ends.count("\n") == len(ends) == self.size or "\0" in self.text or (count == 1 and "" in flat):
            raise ValueError("a record needs a closer look")
        return [flat[place :: count + 1] for place in range(count)]


class QuotedRows(NamedTuple):
    """Records of csv that may go on over several lines."""

    lines: list[int]
    cells: list[list[str]]

    def columns(self, count: int) -> list[list[str]]:
        """As those of plain records."""
        columns = [list(column) for column in zip(*self.cells, strict=True)]
        if len(columns) != count or any("\0" in "".join(column) for column in columns):
            raise ValueError("a record needs a closer look")
        return columns


Rows = PlainRows | QuotedRows


class Texts(NamedTuple):
    """Records of JSON, each as its bytes; None for one that is longer than is allowed."""

    lines: Sequence[int]
    texts: Sequence[bytes | None]


class CsvRecords:
    """The records of a csv file (RFC 4180) with a header, in UTF-8.

    Where there are no quotes, a comma is a comma and a line a record, which takes a third of the time.
    """

    def __init__(self, stream: io.BufferedReader, longest: int) -> None:
        if stream.peek(3).startswith(_BOM):  # as spreadsheets write it
            stream.read(3)
        csv.field_size_limit(max(csv.field_size_limit(), longest))  # there is one limit for the whole process
        self._longest = longest
        self._text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        self._line = 1
        self.header = next(iter(self._quoted(self._read(0)).cells), [])
        if not self.header:
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
        rows = PlainRows(self._line, whole.count("\n"), whole)
        self._line += rows.size
        return rows

    def _quoted(self, piece: str) -> QuotedRows:
        """The records of a piece, and what follows until the last of them is at its end."""
        lines = _Lines(piece, lambda: self._read(0))
        reader = csv.reader(lines, strict=True)
        rows = QuotedRows([], [])
        try:
            while not lines.is_at_end:
                begin = self._line + reader.line_num
                rows.cells.append(next(reader))
                rows.lines.append(begin)
        except csv.Error as error:
            raise UnreadableFile(f"Line {self._line + reader.line_num - 1} is no csv (RFC 4180): {error}.") from None
        self._line += reader.line_num
        return rows

    def _read(self, size: int) -> str:
        """So many characters or more, to the end of a line; nothing at the end of the file."""
        try:
            piece = self._text.read(size)
            rest = self._text.readline(self._longest)
        except UnicodeDecodeError:
            raise UnreadableFile(f"The file is no UTF-8, soon after line {self._line}.") from None
        if len(rest) == self._longest:
            raise UnreadableFile(f"A line after line {self._line} has more than {self._longest} characters.")
        return piece + rest


class _Lines:
    """The lines of a piece of csv, and of the pieces behind it when there is a quote that none of these ends."""

    def __init__(self, piece: str, read: Callable[[], str]) -> None:
        self._read = read
        self._begin(piece)

    def _begin(self, piece: str) -> None:
        self._lines = io.StringIO(piece, newline="")
        self._size = len(piece)

    @property
    def is_at_end(self) -> bool:
        return self._lines.tell() == self._size

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.is_at_end:
            self._begin(self._read())
        return next(self._lines)


def read_ndjson(stream: io.BufferedReader, longest: int) -> Iterator[Texts]:
    """The lines of a file that has a JSON object on each; empty lines are passed over."""
    lines = enumerate(_lines(stream, longest), 1)
    return _together((number, text) for number, text in lines if text is None or text.strip())


def _lines(stream: io.BufferedReader, longest: int) -> Iterator[bytes | None]:
    while line := stream.readline(longest + 2):
        if len(line) < longest + 2 or line.endswith(b"\n"):
            yield line.rstrip(b"\r\n")
            continue
        while not line.endswith(b"\n") and (line := stream.readline(_PIECE)):
            pass
        yield None


def read_json(stream: io.BufferedReader, key: str, longest: int) -> Iterator[Texts]:
    """The elements of `{KEY: [...]}` or of a bare array, counted from 1 in the place of lines."""
    return _together(enumerate(_Scanner(stream, longest).elements(key), 1))


def _together(numbered: Iterable[tuple[int, bytes | None]]) -> Iterator[Texts]:
    lines: list[int] = []
    texts: list[bytes | None] = []
    size = 0
    for number, text in numbered:
        lines.append(number)
        texts.append(text)
        size += len(text or b"")
        if size >= ENOUGH or len(texts) == AT_ONCE:
            yield Texts(lines, texts)
            lines, texts, size = [], [], 0
    if texts:
        yield Texts(lines, texts)


class _Scanner:
    """A JSON text of any length, of which only the present element is kept."""

    def __init__(self, stream: io.BufferedReader, longest: int) -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        self._longest = longest
        self._ahead = ""
        self._place = 0
        self._line = 1

    def elements(self, key: str) -> Iterator[bytes]:
        shape = f'The file has to be {{"{key}": [...]}} or an array'
        in_object = self._skip("{")
        if in_object and not (self._value() == json.dumps(key).encode() and self._skip(":")):
            raise self._unreadable(f"{shape}: something else is")
        if not self._skip("["):
            raise self._unreadable(f"{shape}: something else is")
        if not self._skip("]"):
            yield self._value()
            while self._skip(","):
                yield self._value()
            if not self._skip("]"):
                raise self._unreadable("A comma or ] is missing")
        if (in_object and not self._skip("}")) or self._next():
            raise self._unreadable("The file has to end behind its array; something else is")

    def _next(self) -> str:
        """The next character that is no space; it stays where it is. Empty at the end."""
        while True:
            found = _BETWEEN.match(self._ahead, self._place)
            self._move(found.end() if found else self._place)
            if self._place < len(self._ahead) or not self._read():
                return self._ahead[self._place : self._place + 1]

    def _skip(self, character: str) -> bool:
        if self._next() != character:
            return False
        self._move(self._place + 1)
        return True

    def _value(self) -> bytes:
        """The text of the next value, whole."""
        self._next()
        while True:
            end = self._end()
            if end is not None:
                text = self._ahead[self._place : end].encode()
                self._move(end)
                return text
            if len(self._ahead) - self._place > self._longest or not self._read():
                raise self._unreadable(
                    f"Something is no JSON, or has no end within {self._longest} characters; it begins"
                )

    def _end(self) -> int | None:
        """Where the next value ends; None when more has to be read to know."""
        try:
            end = _SCANNER.raw_decode(self._ahead, self._place)[1]
        except json.JSONDecodeError as error:
            if error.msg.startswith("Unterminated") or error.pos > len(self._ahead) - _LONGEST_ESCAPE:
                return None
            self._move(error.pos)
            raise self._unreadable("The file is no JSON") from None
        except RecursionError:
            raise self._unreadable("Something is nested too deep") from None
        return end if end < len(self._ahead) else None

    def _read(self) -> bool:
        """Read as much again as is still there to be read, so that long values are not tried too often."""
        rest = self._ahead[self._place :]
        try:
            more = self._text.read(max(_PIECE, len(rest)))
        except UnicodeDecodeError:
            raise self._unreadable("The file is no UTF-8") from None
        self._ahead, self._place = rest + more, 0
        return bool(more)

    def _move(self, place: int) -> None:
        self._line += self._ahead.count("\n", self._place, place)
        self._place = place

    def _unreadable(self, what: str) -> UnreadableFile:
        return UnreadableFile(f"{what} at line {self._line}.")
