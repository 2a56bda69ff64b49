"""Files of records: the format by the name; opening them for reading, with the position, and for writing."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, Literal, NamedTuple, cast, get_args

Format = Literal["csv", "json", "ndjson"]
_PIECE = 256 * 1024
_COMPRESSION = 6
_GZIP = b"\x1f\x8b"


class UnreadableFile(Exception):
    """A file that cannot be read as records; the message says why, and where."""


def format_of(name: str | Path, form: Format | None = None) -> tuple[Format, bool]:
    """The format by the name of a file, and whether it is compressed; `form` if the name does not show one.

    Raises UnreadableFile if there is neither, or if they differ.
    """
    base = Path(name).name.lower()
    plain = base.removesuffix(".gz")
    ending = plain.rpartition(".")[2] if "." in plain else ""
    if ending in get_args(Format):
        if form not in {None, ending}:
            raise UnreadableFile(f"{Path(name).name} says another format than {form}: leave one of them out.")
        return cast("Format", ending), plain != base
    if form is None:
        raise UnreadableFile(
            f"{Path(name).name} does not say what is in it: its name has to end in .csv, .json or .ndjson, "
            f"or in one of these and .gz; or say it with --format.{_OTHER_NAMES.get(ending, '')}"
        )
    return form, plain != base


_OTHER_NAMES = {
    **dict.fromkeys(["jsonl", "jsonlines", "ldjson"], " An object on each line is --format ndjson."),
    **dict.fromkeys(["tsv", "tab", "txt"], " Columns separated by tabs or semicolons are --format csv."),
    **dict.fromkeys(["xlsx", "xls", "ods"], " A spreadsheet has to be saved as CSV UTF-8 first."),
}


class File(NamedTuple):
    """A file of records: its path, name, format, and if it is compressed (None if the name does not say)."""

    path: Path
    name: str
    form: Format
    compressed: bool | None


class FileSource:
    """A file that is read once, from start to end."""

    def __init__(self, raw: io.FileIO, size: int, form: Format, stream: io.BufferedReader) -> None:
        self._raw = raw
        self.size = size
        self.format = form
        self.stream = stream

    @property
    def done(self) -> int:
        """The number of bytes that have been read of the file, compressed if it is."""
        return min(self._raw.tell(), self.size)


@contextlib.contextmanager
def rereadable(path: Path, form: Format | None = None) -> Iterator[File]:
    """A file of records that can be read twice: the file itself, or a temporary copy of what a pipe gives.

    `-` is standard input, which is csv unless `form` is given. Raises UnreadableFile as `format_of` does.
    """
    piped = str(path) == "-"
    name = "standard input" if piped else path.name
    form, compressed = (form or "csv", False) if piped else format_of(path, form)
    if path.is_dir():
        raise UnreadableFile(f"{path} is a directory: name a file in it.")
    if not piped and (path.is_file() or not path.exists()):
        yield File(path, name, form, compressed or None if _is_unsaid(path) else compressed)
        return
    with tempfile.NamedTemporaryFile(prefix="restwell-") as copy:
        _copy(sys.stdin.buffer if piped else path, copy)
        yield File(Path(copy.name), name, form, compressed or None)


def _is_unsaid(path: Path) -> bool:
    return path.suffix.lower() not in {".gz", *(f".{form}" for form in get_args(Format))}


def _copy(source: Path | BinaryIO, copy: IO[bytes]) -> None:
    try:
        if isinstance(source, Path):
            with source.open("rb") as pipe:
                shutil.copyfileobj(pipe, copy, _PIECE)
        else:
            shutil.copyfileobj(source, copy, _PIECE)
        copy.flush()
    except OSError as error:
        raise UnreadableFile(f"It cannot be read to its end: {error.strerror or error}.") from error


@contextlib.contextmanager
def read_file(file: File) -> Iterator[FileSource]:
    """Open a file of records. Raises UnreadableFile, also for errors while it is read."""
    try:
        with file.path.open("rb", buffering=0) as raw:
            size = os.fstat(raw.fileno()).st_size
            compressed = _is_compressed(raw, file)
            # A second object for the same file: readers close it, and the position in `raw` is still needed.
            inner = io.FileIO(raw.fileno(), closefd=False)
            content = gzip.GzipFile(fileobj=io.BufferedReader(inner, _PIECE)) if compressed else inner
            yield FileSource(raw, size, file.form, io.BufferedReader(cast("io.RawIOBase", content), _PIECE))
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnreadableFile(f"{file.name} is broken: it cannot be decompressed to its end.") from error
    except OSError as error:
        raise UnreadableFile(f"{file.name} cannot be read: {error.strerror or error}.") from error


def _is_compressed(raw: io.FileIO, file: File) -> bool:
    """Whether a file is compressed by gzip. Raises UnreadableFile if its name shows something else."""
    found = raw.read(len(_GZIP)) == _GZIP
    raw.seek(0)
    if file.compressed and not found:
        raise UnreadableFile(f"{file.name} is broken, or not compressed by gzip: only then its name may end in .gz.")
    if found and file.compressed is False:
        raise UnreadableFile(f"{file.name} is compressed by gzip: its name has to end in .gz.")
    return found


@contextlib.contextmanager
def write_file(path: Path, form: Format | None = None) -> Iterator[tuple[BinaryIO, Format]]:
    """A stream into a file, and its format, which is `form` if the name does not show one.

    The file is replaced when all is written; until then, and after an error, the old one is there. A symbolic link
    stays a link; a pipe or a device is written to directly. Raises UnreadableFile as `format_of` does.
    """
    form, compressed = format_of(path, form)
    with _written(Path(os.path.realpath(path))) as raw:
        if compressed:
            with gzip.GzipFile("", "wb", _COMPRESSION, raw, mtime=0) as stream:
                yield cast("BinaryIO", stream), form
        else:
            yield raw, form


@contextlib.contextmanager
def _written(path: Path) -> Iterator[BinaryIO]:
    if path.exists() and not path.is_file():
        with path.open("wb", _PIECE) as raw:
            yield raw
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb", _PIECE) as raw:
            yield raw
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
