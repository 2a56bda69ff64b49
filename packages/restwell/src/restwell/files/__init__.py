"""Rows of a resource from files and into files: csv, json and ndjson, each also compressed by gzip.

A file is read and written as a stream, so its size does not matter. A record is validated as the content of a POST
is, except that it may set read-only members.
"""

from .exporting import export_rows
from .importing import Imported, ImportRefused, NotImportable, import_rows
from .opening import Format, UnreadableFile, format_of, write_file
from .validation import Refused

__all__ = [
    "Format",
    "ImportRefused",
    "Imported",
    "NotImportable",
    "Refused",
    "UnreadableFile",
    "export_rows",
    "format_of",
    "import_rows",
    "write_file",
]
