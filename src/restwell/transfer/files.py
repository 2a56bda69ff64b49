"""Files of records: which format by their name, opened for reading with the place in them, and for writing."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal, cast, get_args

Format = Literal["csv", "json", "ndjson"]
_PIECE = 256 * 1024
_COMPRESSION = 6


class UnreadableFile(Exception):
    """A file that cannot be read as records at all; the message says why, and where."""


def format_of(name: str | Path) -> tuple[Format, bool]:
    """The format that a file's name says, and whether it is compressed. Raises UnreadableFile for other names."""
    base = Path(name).name.lower()
    plain = base.removesuffix(".gz")
    ending = plain.rpartition(".")[2]
    if "." not in plain or ending not in get_args(Format):
        raise UnreadableFile(
            f"{Path(name).name} does not say what is in it: its name has to end in .csv, .json or .ndjson, "
            "or in one of these and .gz."
        )
    return cast("Format", ending), plain != base


class Source:
    """A file that is read once, from its beginning to its end."""

    def __init__(self, raw: io.FileIO, size: int, form: Format, stream: io.BufferedReader) -> None:
        self._raw = raw
        self.size = size
        self.format = form
        self.stream = stream

    @property
    def done(self) -> int:
        """How many bytes of the file have been read, as it is on the disk."""
        return min(self._raw.tell(), self.size)


@contextlib.contextmanager
def read_file(path: Path) -> Iterator[Source]:
    """Open a file of records. Raises UnreadableFile, also for what turns out wrong while it is read."""
    form, compressed = format_of(path)
    try:
        with path.open("rb", buffering=0) as raw:
            size = os.fstat(raw.fileno()).st_size
            # Another object for the same file: who reads it closes that, and the place in it is still asked for.
            inner = io.FileIO(raw.fileno(), closefd=False)
            content = gzip.GzipFile(fileobj=io.BufferedReader(inner, _PIECE)) if compressed else inner
            yield Source(raw, size, form, io.BufferedReader(cast("io.RawIOBase", content), _PIECE))
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnreadableFile(f"{path.name} is broken: it cannot be decompressed to its end.") from error
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror or error}.") from error


@contextlib.contextmanager
def write_file(path: Path) -> Iterator[tuple[BinaryIO, Format]]:
    """A stream into a file, and its format. Raises UnreadableFile for a name that says no format.

    The file is there when all is written; before that, and after an error, what was there is.
    """
    form, compressed = format_of(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb", _PIECE) as raw:
            if compressed:
                with gzip.GzipFile("", "wb", _COMPRESSION, raw, mtime=0) as stream:
                    yield cast("BinaryIO", stream), form
            else:
                yield raw, form
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
