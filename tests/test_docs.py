"""What the pages for developers name is there, and what they list is complete."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "packages" / "restwell" / "src" / "restwell"
AUDITOR = ROOT / "packages" / "restwell-audit" / "src" / "restwell_audit"
PAGES = [ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md", ROOT / "docs" / "dependencies.md"]
FOLDERS = ["packages", "tests", "docs", "examples", "benchmarks", ".ci", "requirements"]
FILES = [
    f"/{path.relative_to(ROOT)}" for name in FOLDERS for path in (ROOT / name).rglob("*") if path.suffix != ".pyc"
]
FILES += ["/Makefile", "/README.md", "/pyproject.toml"]
NAMED = re.compile(r"(?<![\w/.])((?:[\w.-]+/)*[\w-]+\.(?:py|md|mmd|html|css|toml)|(?:[\w.-]+/)+(?=`))")
CODE = re.compile(r"`([^`\n]+)`|^ {4,}(\S.*)$", re.MULTILINE)
KINDS = re.compile(r"""\bKindName\b|\bKINDS\["|\bkind\.python\b|\bkind\.name (?:[!=]=|for)|\bdef kind_of\b""")
"""What tells the kinds of fields apart."""


def is_there(name: str) -> bool:
    path = "/" + name.strip("/")
    return any(file.endswith(path) or f"{path}/" in file for file in FILES)


def docstrings(module: Path) -> list[str]:
    """Every docstring of a module."""
    nodes = [node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, HOLDERS)]
    return [text for node in nodes if (text := ast.get_docstring(node))]


HOLDERS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
MODULES = sorted(SOURCE.rglob("*.py"))
ALL_MODULES = [*MODULES, *sorted(AUDITOR.rglob("*.py"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    codes = [part for parts in CODE.findall(page.read_text()) for part in parts]
    named = [name for code in codes for name in NAMED.findall(code)]
    assert page.name == "dependencies.md" or len(named) > 20
    assert [name for name in named if not is_there(name)] == []


@pytest.mark.slow
def test_every_file_that_a_docstring_names_is_there() -> None:
    missing = [
        (str(module.relative_to(ROOT)), name)
        for module in ALL_MODULES
        for text in docstrings(module)
        for code in re.findall(r"`([^`\n]+)`", text)
        for name in re.findall(r"(?<![\w/.])(?:\w+/)*\w+\.py\b", code)
        if not is_there(name)
    ]
    assert missing == []


def test_how_to_add_a_kind_of_field_names_every_module_that_tells_kinds_apart() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    [item] = re.findall(r"^- \*\*a kind of field\*\*:((?:.*\n(?!- |\n))*.*)", page, re.MULTILINE)
    named = {Path(name).name for name in re.findall(r"`([\w/]+\.py)`", item)}
    telling = {module.name for module in MODULES if KINDS.search(module.read_text())}
    assert named == telling


def test_how_to_add_a_database_names_every_module_that_tells_databases_apart() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    [item] = re.findall(r"^- \*\*a database\*\*:((?:.*\n(?!- |\n))*.*)", page, re.MULTILINE)
    named = {Path(name).name for name in re.findall(r"`([\w/]+\.py)`", item)}
    folders = re.compile(
        r"""["'](?:sqlite|postgresql|mariadb|duckdb)["']|^(?:from|import) \.(?:sqlite|postgresql|mariadb|duckdb)""",
        re.MULTILINE,
    )
    telling = {module.name for module in (SOURCE / "storage").glob("*.py") if folders.search(module.read_text())}
    assert telling == {"databases.py"}
    assert named == {"databases.py", "driver.py", "dialect.py", "errors.py", "given.py"}


def test_what_runs_alone_is_where_make_looks_for_it() -> None:
    [line] = re.findall(r"^ALONE := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    marked = [path for path in (ROOT / "tests").rglob("test_*.py") if re.search(r"\bmark\.alone\b", path.read_text())]
    assert {str(path.parent.relative_to(ROOT)) for path in marked} == set(line.split())
