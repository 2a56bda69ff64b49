"""Functions of an application that rules call, as people may find and compare them."""

from __future__ import annotations

import ast
import inspect
import linecache
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple


class Function(NamedTuple):
    """A function: `words` are what a lambda gives, or the name with the parameters.

    `source` is all of it without comments, the same wherever it stands; empty where there is no file. `place` is the
    file and the line.
    """

    words: str
    source: str
    place: str


def described(function: Callable[..., Any]) -> Function:
    """A function, read from its file where there is one."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    name = getattr(function, "__qualname__", type(function).__qualname__).rpartition("<locals>.")[2]
    called = f"{name}({', '.join(inspect.signature(function).parameters)})"
    if code is None:
        return Function(called, "", "")
    place = f"{shown_file(code.co_filename)}:{code.co_firstlineno}"
    node = _node(code)
    if node is None:
        return Function(called, "", place)
    return Function(ast.unparse(node.body) if isinstance(node, ast.Lambda) else called, ast.unparse(node), place)


def _node(code: Any) -> ast.Lambda | ast.FunctionDef | None:
    """Where a file has this code; None where that cannot be told."""
    try:
        tree = ast.parse("".join(linecache.getlines(code.co_filename)))
    except SyntaxError:
        return None
    found = [
        node for node in ast.walk(tree)
        if isinstance(node, ast.Lambda if code.co_name == "<lambda>" else ast.FunctionDef)
        and code.co_firstlineno in {node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))}
    ]  # fmt: skip
    if len(found) > 1:
        starts = {(line, column) for line, _, column, _ in code.co_positions() if line and column}
        bodies = [(node, node.body) for node in found if isinstance(node, ast.Lambda)]
        found = [node for node, body in bodies if (body.lineno, body.col_offset) in starts]
    return found[0] if len(found) == 1 else None


def shown_file(file: str) -> str:
    """A file as it is called from the current directory."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except ValueError:
        return Path(file).name
