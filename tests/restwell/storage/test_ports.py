"""Storage names no message and no problem of HTTP; outside of its own folder, no database is named."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import restwell.storage.dialect

STORAGE = Path(restwell.storage.dialect.__file__).parent
FOLDERS = sorted(path.parent.name for path in STORAGE.glob("*/dialect.py"))
EVERY = sorted(path.relative_to(STORAGE).as_posix() for path in STORAGE.rglob("*.py"))
SHARED = [name for name in EVERY if "/" not in name and name != "databases.py"]


def nodes(name: str) -> Iterator[ast.AST]:
    return ast.walk(ast.parse((STORAGE / name).read_text()))


def words(name: str) -> Iterator[str]:
    """Every word of a module's code: names, imports and texts, but not the texts that stand alone as docstrings."""
    for node in nodes(name):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = ""  # seen before the constant itself, which is walked later
        elif isinstance(node, ast.Constant):
            yield str(node.value)
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.alias | ast.keyword | ast.arg):
            yield str(getattr(node, "name", "") or getattr(node, "arg", ""))
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name


def test_there_are_databases_and_shared_modules() -> None:
    assert FOLDERS == ["duckdb", "mariadb", "postgresql", "sqlite"]
    assert {"engine.py", "statements.py", "dialect.py"} <= {*SHARED}


@pytest.mark.parametrize("name", EVERY)
def test_storage_names_no_problem_and_no_message_of_http(name: str) -> None:
    imported = {f"{node.module}.{each.name}" for node in nodes(name) if isinstance(node, ast.ImportFrom)
                for each in node.names}  # fmt: skip
    assert not [each for each in imported if {"problems", "messages"} & {*each.split(".")}]


@pytest.mark.parametrize("name", SHARED)
def test_what_databases_share_names_none_of_them(name: str) -> None:
    names = ("sqlite", "postgres", "mariadb", "duckdb")
    assert not [word for word in words(name) if any(each in word.lower() for each in names)]


@pytest.mark.parametrize("name", [name for name in EVERY if "/" in name])
def test_a_database_does_not_know_another(name: str) -> None:
    folder, _, _ = name.partition("/")
    modules = {node.module or "" for node in nodes(name) if isinstance(node, ast.ImportFrom) and node.level == 2}
    assert not [module for module in modules if module.partition(".")[0] in {*FOLDERS} - {folder}]
