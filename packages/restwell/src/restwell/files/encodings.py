"""A file as UTF-8 without a byte order mark, whichever of Unicode's encodings it is in.

Spreadsheets write UTF-16 ("Unicode text"), and UTF-8 with a mark. A file without a mark is read as UTF-8: another
encoding, such as Windows-1252, cannot be recognised by its bytes, and is refused with the remedy.
"""

from __future__ import annotations

import codecs
import io
from typing import Any, cast

from .opening import UnreadableFile

REMEDY = (
    "Save it in UTF-8 (in Excel: CSV UTF-8), or convert it, from Windows-1252 for example: "
    "iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW"
)
_PIECE = 64 * 1024
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins with the mark of UTF-16, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def in_utf_8(stream: io.BufferedReader) -> io.BufferedReader:
    """The content of a stream in UTF-8, without a mark. Raises UnreadableFile if that is not possible."""
    start = stream.peek(4)[:4]
    if start.startswith(codecs.BOM_UTF8):
        stream.read(len(codecs.BOM_UTF8))
        return stream
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return io.BufferedReader(cast("io.RawIOBase", _Recoded(stream, encoding)), _PIECE)
    if b"\0" in start:
        raise UnreadableFile(f"The file is not UTF-8; it may be UTF-16 without a byte order mark. {REMEDY}.")
    return stream


class _Recoded(io.RawIOBase):
    """A stream in the encoding that its mark names, as bytes of UTF-8."""

    def __init__(self, stream: io.BufferedReader, encoding: str) -> None:
        self._text = io.TextIOWrapper(stream, encoding=encoding, newline="")
        self._encoding = encoding.upper()
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = self._piece()
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    def _piece(self) -> bytes:
        try:
            return self._text.read(_PIECE).encode()
        except UnicodeDecodeError as error:
            raise UnreadableFile(f"The file begins as {self._encoding} and is not: {error.reason}.") from None
