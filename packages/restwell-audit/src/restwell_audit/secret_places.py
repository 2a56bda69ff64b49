"""Secrets whose name is not right before them: in columns of tables, in blocks of YAML, and as objects in Turtle."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection
from typing import Final

IsSecret = Callable[[str], bool]
DELIMITERS: Final = ",;\t|"
MAX_NAME: Final = 60
"""Characters of the name of a column."""

_FIRST_LINE = re.compile(r"[^\r\n]*")
_HEADING = re.compile(rf"[\w .:/()\[\]#-]{{1,{MAX_NAME}}}")
_TABLE = re.compile(r"<table\b.*?(?:</table\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_ROW = re.compile(r"<tr\b.*?(?=<tr\b|</table|\Z)", re.IGNORECASE | re.DOTALL)
_CELL = re.compile(r"(<t[dh]\b[^<>]{0,500}>)(.*?)(?=<t[dh]\b|</t[dhr]\b|</tbody|\Z)", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"<[^<>]*>")
_YAML = re.compile(
    r"""(?P<before>[ ]*(?:-[ ]+)*)(?P<quote>["']?)(?P<name>[\w.@/-]{1,80})(?P=quote)[ ]*:(?P<value>[ ].*|$)"""
)
_BLOCK = re.compile(r"(?:[|>][-+0-9]*|)[ ]*(?:#.*)?")
_LITERAL = r"(?:\"\"\".*?(?:\"\"\"|\Z)|'''.*?(?:'''|\Z)|\"(?:\\.|[^\"\\\n])*(?:\"|$)|'(?:\\.|[^'\\\n])*(?:'|$))"
_MORE = rf"{_LITERAL}(?:\^\^[^\s;,]+|@[\w-]+)?"
_OBJECTS = re.compile(
    rf"(?P<before>[:/#](?P<name>[A-Za-z][\w-]{{0,80}})>?[ \t\r\n]+)(?P<value>{_MORE}(?:\s*,\s*{_MORE})*)",
    re.DOTALL | re.MULTILINE,
)


def without_placed(text: str, is_secret: IsSecret, hidden: str) -> str:
    """A text with the secrets hidden that stand in columns, blocks and triples; other texts as they are."""
    if text[:1] in {"{", "["}:
        return text  # JSON, whose members have their names right before them
    if "<t" in text.lower():
        text = _TABLE.sub(lambda table: _without_cells(table[0], is_secret, hidden), text)
    text = _OBJECTS.sub(lambda each: f'{each["before"]}"{hidden}"' if is_secret(each["name"]) else each[0], text)
    if text.lstrip()[:1] == "<":
        return text
    return _without_blocks(_without_columns(text, is_secret, hidden), is_secret, hidden)


def _without_columns(text: str, is_secret: IsSecret, hidden: str) -> str:
    """A table of separated values with the columns hidden that have the names of secrets."""
    first = _FIRST_LINE.match(text.lstrip("\ufeff"))
    heading = first[0] if first else ""
    for delimiter in DELIMITERS:
        names = [each.strip().strip('"') for each in heading.split(delimiter)]
        secret = {index for index, name in enumerate(names) if is_secret(name)}
        if secret and len(names) > 1 and all(map(_HEADING.fullmatch, names)):
            return _columns_hidden(text, delimiter, secret, hidden)
    return text


def _columns_hidden(text: str, delimiter: str, secret: Collection[int], hidden: str) -> str:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\n")
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
            writer.writerow(
                [hidden if number and index in secret and cell else cell for index, cell in enumerate(row)]
            )
    except csv.Error:  # such as a field that is too long: nothing of it is shown
        return f"{text.partition(chr(10))[0]}\n{hidden}"
    return written.getvalue()


def _without_cells(table: str, is_secret: IsSecret, hidden: str) -> str:
    """A table in HTML with the cells hidden below a heading that is the name of a secret."""
    heading = _ROW.search(table)
    if heading is None:
        return table
    names = [_TAGS.sub(" ", cell[2]).strip() for cell in _CELL.finditer(heading[0])]
    secret = {index for index, name in enumerate(names) if len(name) <= MAX_NAME and is_secret(name)}
    if not secret:
        return table

    def row_hidden(row: re.Match[str]) -> str:
        cells = list(_CELL.finditer(row[0]))
        done, position = [], 0
        for index, cell in enumerate(cells):
            if index in secret and len(cells) == len(names):
                done += [row[0][position : cell.start(2)], hidden]
                position = cell.end(2)
        return "".join([*done, row[0][position:]])

    return table[: heading.end()] + _ROW.sub(row_hidden, table[heading.end() :])


def _without_blocks(text: str, is_secret: IsSecret, hidden: str) -> str:
    """YAML with the values hidden that follow the name of a secret: within quotes, or in further lines, deeper."""
    done: list[str] = []
    within = -1  # the indentation of the name whose value is hidden
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\r\n")
        indented = len(bare) - len(bare.lstrip(" "))
        if within >= 0 and (not bare.strip() or indented > within or bare[within : within + 2] == "- "):
            if bare.strip():
                done.append(f"{bare[:indented]}{hidden}{line[len(bare) :]}")
            continue
        within = -1
        named = _YAML.fullmatch(bare)
        if named is not None and is_secret(named["name"]):
            value = named["value"].strip()
            if _BLOCK.fullmatch(value):
                within = len(named["before"])
            elif value[:1] in {'"', "'"}:
                within = len(named["before"])
                done.append(f"{bare[: named.start('value')]} {hidden}{line[len(bare) :]}")
                continue
        done.append(line)
    return "".join(done)
