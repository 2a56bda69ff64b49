"""Regular expressions mean the same on every Python that is supported.

Possessive quantifiers and atomic groups of more than one character do not: what follows a part that has been given
back is matched wrongly before Python 3.11.5 (CPython's issue 106052), and groups in them before 3.12.8 and 3.13.1
(its issue 101955).
"""

import ast
import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

from tests.test_architecture import SOURCES, module_name

ONE_CHARACTER = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
REPEATED_GROUP = re.compile(r"(?<!\()\)(?:[*+?]|\{\d*,?\d*\})\+|\(\?>")
"""An empty group is not one: it is within the delimiters of URIs, `()*+`."""


def has_lossy_group(pattern: str) -> bool:
    """Whether a pattern repeats more than one character possessively, or has an atomic group."""
    return REPEATED_GROUP.search(ONE_CHARACTER.sub(".", pattern)) is not None


def texts(tree: ast.AST, module: ModuleType) -> list[str]:
    """The texts of a module, with the values that its own names have in them; `)` for what functions put there."""
    within = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    joined = ["".join(map(str, _parts(node, module))) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    return joined + [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within
    ]


def _parts(node: ast.JoinedStr, module: ModuleType) -> list[object]:
    return [_value(part.value if isinstance(part, ast.FormattedValue) else part, module) for part in node.values]


def _value(node: ast.expr, module: ModuleType) -> object:
    match node:
        case ast.Constant(value):
            return value
        case ast.Name(name):
            return getattr(module, name, ")")
        case ast.Attribute(ast.Name(name), attribute):
            return getattr(getattr(module, name, None), attribute, ")")
    return ")"


def sources() -> list[tuple[str, Path]]:
    """The modules with something in them that looks like a possessive quantifier or an atomic group."""
    return [
        (".".join(filter(None, [distribution, module_name(path.relative_to(source))])), path)
        for distribution, source in SOURCES.items()
        for path in sorted(source.rglob("*.py"))
        if re.search(r"[*+?}]\+|\(\?>", path.read_text())
    ]


@pytest.mark.parametrize("name, path", sources(), ids=lambda value: value if isinstance(value, str) else "")
def test_only_single_characters_are_repeated_possessively(name: str, path: Path) -> None:
    assert not [
        text for text in texts(ast.parse(path.read_text()), importlib.import_module(name)) if has_lossy_group(text)
    ]


@pytest.mark.parametrize(
    "pattern", ["(?:ab)*+", "(a)++", "[(](?:b|c)?+", "(?:a){2}+", "(?:a){1,}+", "(?>a*)", "(\\)a)*+"]
)
def test_a_group_within_a_possessive_quantifier_is_found(pattern: str) -> None:
    assert has_lossy_group(pattern)


@pytest.mark.parametrize("pattern", ["[()]*+", "\\)++", "(?:a++b)*", "a{2}+", "[^\\])]?+", "[])]*+", "(a)+", "()*+"])
def test_a_character_within_one_is_not(pattern: str) -> None:
    assert not has_lossy_group(pattern)


def test_names_in_a_pattern_are_read() -> None:
    module = ModuleType("patterns")
    module.ONE, module.GROUP = "[a(]", "(?:a|b)"  # type: ignore[attr-defined]  # as a module that has been run has them
    tree = ast.parse('f"{ONE}*+", f"{GROUP}*+", f"{unknown()}++"')
    assert texts(tree, module) == ["[a(]*+", "(?:a|b)*+", ")++"]
    assert [has_lossy_group(text) for text in texts(tree, module)] == [False, True, True]
