"""Splits a file of JSON into records, in batches: each as its bytes, with its line or its number.

Records are not validated here. A file that cannot be split into records is an UnreadableFile.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from .encodings import REMEDY, in_utf_8
from .opening import UnreadableFile

AT_ONCE = 1000
"""Maximum number of records in a batch."""
MAX_SIZE = 1024 * 1024
"""Bytes after which a batch ends, however few its records are."""
_PIECE = 64 * 1024
_BETWEEN = re.compile(r"[ \t\r\n]*")
_SCANNER = json.JSONDecoder()
_MAX_ESCAPE = 12
_BLANK = b" \t\r\n\x1a"  # U+001A is the end-of-file character of DOS
_BEGINS_MORE = re.compile(rb'\s*(?:\[|\{\s*$|\{\s*"[^"]*"\s*:\s*\[\s*$)')
"""An array, or an object that continues on the next line."""


class Texts(NamedTuple):
    """Records of JSON, each as its bytes; None for one that is longer than the limit."""

    lines: Sequence[int]
    texts: Sequence[bytes | None]


def read_ndjson(stream: io.BufferedReader, max_length: int) -> Iterator[Texts]:
    """The lines of a file with a JSON object on each; empty lines are skipped.

    Raises UnreadableFile if the first of them shows that the file is one JSON text over several lines.
    """
    lines = enumerate(_lines(in_utf_8(stream), max_length), 1)
    filled = ((number, text) for number, text in lines if text is None or text.strip(_BLANK))
    first = next(filled, None)
    if first is None:
        return
    number, text = first
    if text is not None and _BEGINS_MORE.match(text):
        raise UnreadableFile(f"Line {number} is not a JSON object. If the file is one JSON text, name it .json.")
    yield from _together(chain([first], filled))


def _lines(stream: io.BufferedReader, max_length: int) -> Iterator[bytes | None]:
    while line := stream.readline(max_length + 2):
        if len(line) < max_length + 2 or line.endswith(b"\n"):
            yield line.rstrip(b"\r\n")
            continue
        while not line.endswith(b"\n") and (line := stream.readline(_PIECE)):
            pass
        yield None


def read_json(stream: io.BufferedReader, key: str, max_length: int) -> Iterator[Texts]:
    """The elements of `{KEY: [...]}` or of a bare array, with their numbers, from 1, in place of lines."""
    return _together(enumerate(_Scanner(stream, max_length).elements(key), 1))


def _together(numbered: Iterable[tuple[int, bytes | None]]) -> Iterator[Texts]:
    lines: list[int] = []
    texts: list[bytes | None] = []
    size = 0
    for number, text in numbered:
        lines.append(number)
        texts.append(text)
        size += len(text or b"")
        if size >= MAX_SIZE or len(texts) == AT_ONCE:
            yield Texts(lines, texts)
            lines, texts, size = [], [], 0
    if texts:
        yield Texts(lines, texts)


class _Scanner:
    """A JSON text of any length, of which only the current element is in memory."""

    def __init__(self, stream: io.BufferedReader, max_length: int) -> None:
        self._text = io.TextIOWrapper(in_utf_8(stream), encoding="utf-8", newline="")
        self._max_length = max_length
        self._ahead = ""
        self._place = 0
        self._line = 1

    def elements(self, key: str) -> Iterator[bytes]:
        if not self._next():
            raise UnreadableFile(f'The file is empty: it has to be {{"{key}": [...]}} or an array.')
        shape = f'The file has to be {{"{key}": [...]}} or an array, or named .ndjson if each line is an object'
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
        """The next character that is not whitespace, which is not consumed. Empty at the end."""
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
        """The complete text of the next value."""
        self._next()
        while True:
            end = self._end()
            if end is not None:
                text = self._ahead[self._place : end].encode()
                self._move(end)
                return text
            if len(self._ahead) - self._place > self._max_length or not self._read():
                raise self._unreadable(
                    f"Something is no JSON, or has no end within {self._max_length} characters; it begins"
                )

    def _end(self) -> int | None:
        """Where the next value ends; None if more has to be read to know."""
        try:
            end = _SCANNER.raw_decode(self._ahead, self._place)[1]
        except json.JSONDecodeError as error:
            if error.msg.startswith("Unterminated") or error.pos > len(self._ahead) - _MAX_ESCAPE:
                return None
            self._move(error.pos)
            raise self._unreadable("The file is no JSON") from None
        except RecursionError:
            raise self._unreadable("Something is nested too deep") from None
        return end if end < len(self._ahead) else None

    def _read(self) -> bool:
        """Read as many characters as are not consumed yet, so that a long value is scanned few times."""
        rest = self._ahead[self._place :]
        try:
            more = self._text.read(max(_PIECE, len(rest)))
        except UnicodeDecodeError:
            raise UnreadableFile(f"The file is not UTF-8, soon after line {self._line}. {REMEDY}.") from None
        self._ahead, self._place = rest + more, 0
        return bool(more)

    def _move(self, place: int) -> None:
        self._line += self._ahead.count("\n", self._place, place)
        self._place = place

    def _unreadable(self, what: str) -> UnreadableFile:
        return UnreadableFile(f"{what} at line {self._line}.")
