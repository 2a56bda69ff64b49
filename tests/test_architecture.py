"""The shape that docs/architecture.md draws is the shape that the code has.

The list of modules in that page is the reading order and the import order. These tests read it there, and
nothing of it is repeated here. To add a module, write it into the list, below everything that it imports.
"""

import ast
import graphlib
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "architecture.md"
SOURCES = {
    "restwell": ROOT / "packages" / "restwell" / "src" / "restwell",
    "restwell_audit": ROOT / "packages" / "restwell-audit" / "src" / "restwell_audit",
}
"""The import package of each distribution; neither imports the other."""
MAX_LINES = 400
STANDARD = frozenset([*sys.stdlib_module_names, "_typeshed"])
"""What `http/` may import; `_typeshed` is there for mypy alone."""
UNTOUCHED = ["server", "cli", "files"]
"""Beside the path of a request: what they hold to is their own, and said by `serve --help` and `import`."""

# Which modules may import what: a name stands for itself and all below it.
CLIENTS: dict[str, list[str]] = {
    key: [] for key in ["http.client", "httpx", "httpx2", "requests", "urllib.request", "urllib3"]
}
EXCLUSIVE: dict[str, dict[str, list[str]]] = {
    "restwell": {
        "flask": ["web.flask", "frameworks"],
        "werkzeug": ["web.flask"],
        "sqlalchemy": ["storage"],
        "alembic": ["storage"],
        "psycopg": ["storage"],
        "granian": ["server", "cli.serving"],
        "h11": [],
        "httplint": [],
        "joserfc": ["access.signatures"],
        "redis": ["rates.redis"],
        **CLIENTS,
        "http.client": ["access.fetching"],
        "urllib.request": ["access.fetching"],
    },
    "restwell_audit": {
        "h11": ["probe", "sockets", "transports"],
        "httplint": ["linting"],
        **{key: [] for key in ["flask", "sqlalchemy", "werkzeug"]},
        **CLIENTS,
    },
}


# A package imports only those with a smaller number, so that two of one number never import each other.
LEVELS = {
    "http": 1, "model": 2, "access": 3, "rates": 4, "data": 4, "surface": 5,
    "content": 6, "representations": 6, "descriptions": 6, "storage": 6, "observe": 6,
    "flow": 7, "edge": 8, "web": 9, "server": 10, "files": 10, "cli": 11,
}  # fmt: skip


@dataclass(frozen=True)
class Import:
    """One name that a module imports."""

    target: str  # within the distribution "storage.engine", "" for the package itself; outside, as it is written
    ours: bool
    line: int
    within_function: bool


@dataclass(frozen=True)
class Module:
    """One file of a package; `storage/__init__.py` has the name "storage", `__init__.py` the name ""."""

    distribution: str
    name: str
    path: str
    lines: list[str]
    imports: list[Import]
    reasons: set[int]  # the lines with a comment that says something


def is_within(name: str, packages: list[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


# Reading the page.


def listed_modules(page: str, distribution: str = "restwell") -> list[str]:
    """Return the modules in the order of the block that begins with `src/restwell/`, or another distribution's.

    A line is indented and holds `name.py`, or several, or `package/`, whose modules stand on the same line
    or below it, indented deeper. A package comes after its modules, because its `__init__.py` gathers what
    they offer; so comes the package itself, at the very end, unless an `__init__.py` is listed at another
    place.
    """
    block = re.search(rf"^( +)\S*src/{distribution}/ *\n((?:\1 +\S.*\n|\s*\n)+)", page, re.MULTILINE)
    if block is None:
        raise ValueError(f"docs/architecture.md has no indented block that begins with src/{distribution}/")
    modules: list[str] = []
    packages: list[tuple[int, str]] = []  # that we are in, with their indentation

    def leave_package() -> None:
        package = packages.pop()[1]
        if package not in modules:  # its __init__.py was not listed
            modules.append(package)

    for line in filter(str.strip, block[2].splitlines()):
        indentation = len(line) - len(line.lstrip())
        while packages and packages[-1][0] >= indentation:
            leave_package()
        package = re.match(r"\s*(\w+)/", line)
        if package:
            packages.append((indentation, qualified(packages, package[1])))
        files = re.findall(r"(\w+)\.py\b", line)
        modules += [qualified(packages, "" if file == "__init__" else file) for file in files]
    while packages:
        leave_package()
    twice = sorted({name for name in modules if modules.count(name) > 1})
    if twice:
        raise ValueError(f"docs/architecture.md lists twice: {', '.join(twice)}")
    return modules if "" in modules else [*modules, ""]


def qualified(packages: list[tuple[int, str]], name: str) -> str:
    return ".".join(filter(None, [packages[-1][1] if packages else "", name]))


# Reading the code.


def read_modules(source: Path, distribution: str = "restwell") -> dict[str, Module]:
    paths = sorted(source.rglob("*.py"))
    names = {module_name(path.relative_to(source)): path for path in paths}
    known = {f"{distribution}.{name}" for name in names}
    return {name: read_module(distribution, name, path, known, source) for name, path in names.items()}


def module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def our_modules(distribution: str) -> dict[str, Module]:
    return read_modules(SOURCES[distribution], distribution)


def read_module(distribution: str, name: str, path: Path, known: set[str], source: Path) -> Module:
    text = path.read_text()
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return Module(
        distribution=distribution,
        name=name,
        path=str(path.relative_to(source)),
        lines=text.splitlines(),
        imports=list(imports_in(ast.parse(text), ".".join(filter(None, [distribution, package])), known)),
        reasons=set(lines_with_reasons(path)),
    )


def imports_in(tree: ast.AST, package: str, known: set[str], *, within_function: bool = False) -> Iterator[Import]:
    for node in ast.iter_child_nodes(tree):
        for target in sorted(set(targets(node, package, known))):
            inside, _, rest = target.partition(".")
            ours = inside == package.partition(".")[0]
            yield Import(rest if ours else target, ours, getattr(node, "lineno", 0), within_function)
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from imports_in(node, package, known, within_function=within_function or is_function)


def targets(node: ast.AST, package: str, known: set[str]) -> Iterator[str]:
    """Return the full names of what is imported: `from .storage import engine` is restwell.storage.engine."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        origin = node.module or ""
        if node.level:
            parents = package.split(".")
            origin = ".".join([*parents[: len(parents) - node.level + 1], *filter(None, [node.module])])
        own = package.partition(".")[0]
        for alias in node.names:
            deeper = f"{origin}.{alias.name}"
            is_module = origin.partition(".")[0] != own or deeper in known
            yield deeper if is_module else origin


def lines_with_reasons(path: Path) -> Iterator[int]:
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            said = re.sub(r"(noqa|type: ?ignore|pragma)\S*", "", token.string)
            if token.type == tokenize.COMMENT and len(re.findall(r"\w{2,}", said)) >= 2:
                yield token.start[0]


# The rules: each takes the modules and the order, and says what is wrong, in sentences.


def unlisted(modules: dict[str, Module], order: list[str]) -> Iterator[str]:
    for module in modules.values():
        if module.name not in order and not module.name.endswith("__main__"):
            yield f"{module.path} is not in docs/architecture.md: add it there, below all that it imports"


def imports_downwards(modules: dict[str, Module], order: list[str]) -> Iterator[str]:
    place = {name: number for number, name in enumerate(order)}
    for module, imported in ours(modules):
        here, there = place.get(module.name, len(order)), place.get(imported.target)
        if there is not None and there >= here:
            what = imported.target or f"{module.distribution} itself"
            yield (
                f"{module.path}:{imported.line} imports {what}, which comes later in docs/architecture.md: "
                "import only what stands above, or move a module in the list"
            )


def cycles(modules: dict[str, Module], order: list[str]) -> Iterator[str]:
    graph: dict[str, set[str]] = {name: set() for name in modules}
    for module, imported in ours(modules):
        graph[module.name].add(imported.target)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as cycle:
        yield f"import cycle: {' <- '.join(cycle.args[1])}"


def exclusive_rights(modules: dict[str, Module], order: list[str]) -> Iterator[str]:
    for module in modules.values():
        for imported in module.imports:
            for library, allowed in EXCLUSIVE[module.distribution].items():
                used = not imported.ours and is_within(imported.target, [library])
                if used and not is_within(module.name, allowed):
                    where = f"{module.path}:{imported.line}"
                    yield f"{where} imports {library}, which is only for {', '.join(allowed) or 'nobody'}"


def levels(modules: dict[str, Module], order: list[str]) -> Iterator[str]:
    for module, imported in ours(modules):
        here, there = (name.partition(".")[0] for name in (module.name, imported.target))
        if here != there and LEVELS.get(there, 0) >= LEVELS.get(here, 12):
            yield (
                f"{module.path}:{imported.line} imports {imported.target}: {here}/ has the number {LEVELS[here]}, "
                f"{there}/ {LEVELS[there]}, and a package imports only packages of a smaller one"
            )


def plain_http(modules: dict[str, Module], order: list[str]) -> Iterator[str]:
    for module in modules.values():
        for imported in module.imports if is_within(module.name, ["http"]) else []:
            library = imported.target.partition(".")[0]
            if not imported.ours and library not in STANDARD:
                yield f"{module.path}:{imported.line} imports {library}: http/ is the standard library alone"


def limits(modules: dict[str, Module], order: list[str]) -> Iterator[str]:
    for module in (module for module in modules.values() if module.distribution == "restwell"):
        for name, origin, line in shared_limits(module):
            yield f"{module.path}:{line} imports {name} from {origin}: a limit that two name is in http/limits.py"


def walls(modules: dict[str, Module], order: list[str]) -> Iterator[str]:
    for module in modules.values():
        others = [name for name in SOURCES if name != module.distribution]
        for imported in module.imports:
            if not imported.ours and is_within(imported.target, others):
                yield f"{module.path}:{imported.line} imports {imported.target}: neither distribution knows the other"


def imports_in_functions(modules: dict[str, Module], order: list[str]) -> Iterator[str]:
    for module in modules.values():
        inner = {imported.line for imported in module.imports if imported.within_function}
        for line in sorted(inner):
            first = line  # of several imports in a row, of which one comment speaks
            while first - 1 in inner:
                first -= 1
            if not module.reasons.intersection({line, first - 1}):
                yield f"{module.path}:{line} imports inside a function: say why in a comment there or above"


def too_long(modules: dict[str, Module], order: list[str]) -> Iterator[str]:
    for module in modules.values():
        if len(module.lines) > MAX_LINES:
            yield f"{module.path} has {len(module.lines)} lines, more than {MAX_LINES}: find the seam in it"


def shared_limits(module: Module) -> Iterator[tuple[str, str, int]]:
    for node in ast.walk(ast.parse("\n".join(module.lines))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").rpartition(".")[2] != "limits":
            for alias in node.names:
                if alias.name.startswith("MAX_") and not is_within(module.name, UNTOUCHED):
                    yield alias.name, node.module or ".", node.lineno


def ours(modules: dict[str, Module]) -> Iterator[tuple[Module, Import]]:
    for module in modules.values():
        for imported in module.imports:
            if imported.ours and imported.target != module.name:
                yield module, imported


Rule = Callable[[dict[str, Module], list[str]], Iterator[str]]
RULES: list[Rule] = [
    unlisted,
    imports_downwards,
    cycles,
    exclusive_rights,
    levels,
    plain_http,
    limits,
    walls,
    imports_in_functions,
    too_long,
]


@pytest.mark.parametrize("distribution", SOURCES)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_code_keeps_the_rule(rule: Rule, distribution: str) -> None:
    broken = "\n".join(rule(our_modules(distribution), listed_modules(PAGE.read_text(), distribution)))
    if broken:
        pytest.fail(broken, pytrace=False)


# The tests' own tests: the page and the code are read aright, and each rule finds what it is for.

LIST = """
    src/restwell/
      messages.py        Request and Response: frozen values
      access/            credentials -> Grant
        policy.py          who may do what
      storage/
        engine.py          runs them
        deep/
          inner.py

      formats/           one model in, one media type out
        json.py  hal.py  tables.py (csv, ndjson)
      descriptions/      what the API says of itself: hydra.py  openapi.py
      observe/           metrics, traces
      extension.py       the only module that imports Flask
      server/
        workers.py
      cli.py             serve, keys

Text, in which other.py is no module.
"""
ORDER = """
    messages access.policy access storage.engine storage.deep.inner storage.deep storage
    formats.json formats.hal formats.tables formats descriptions.hydra descriptions.openapi descriptions
    observe extension server.workers server cli
""".split()  # noqa: SIM905 -- as the page has it, one line for a group


def test_the_list_is_read_from_the_page() -> None:
    assert listed_modules(LIST) == [*ORDER, ""]


def test_an_init_has_the_place_where_it_is_listed() -> None:
    page = LIST.replace("server/", "__init__.py\n      server/\n        __init__.py")
    assert listed_modules(page)[-5:] == ["extension", "", "server", "server.workers", "cli"]


def test_a_page_without_the_list_is_an_error() -> None:
    with pytest.raises(ValueError, match="no indented block"):
        listed_modules("# Architecture\n")


def test_a_module_that_is_listed_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"twice: access\.policy"):
        listed_modules(LIST.replace("        policy.py", "        policy.py  policy.py"))


ALLOWED = [
    ("messages.py", "import json\nfrom http import HTTPStatus"),
    ("storage/engine.py", "import sqlalchemy as sa\nfrom ..access.policy import allowed"),
    ("storage/__init__.py", "from .engine import run\nfrom . import engine"),
    ("formats/json.py", "from restwell import messages\nfrom restwell.access import policy, Grant"),
    ("__init__.py", "from restwell.extension import Api"),
    ("__main__.py", "from restwell.cli import main"),
    ("server/workers.py", "import granian\nfrom restwell import messages"),
    ("cli.py", "def serve():\n    from restwell import server  # slow to import"),
    ("cli.py", "def f():\n    # Only for charts: 300 ms.\n    import json\n    import re"),
    ("cli.py", "x = 1\n" * 400),
]
BROKEN = [
    ("extra.py", "", "unlisted: extra.py is not in docs"),
    (
        "messages.py",
        "import restwell.access.policy",
        "imports_downwards: messages.py:1 imports access.policy",
    ),
    (
        "storage/engine.py",
        "from . import deep",
        "imports_downwards: storage/engine.py:1 imports storage.deep",
    ),
    ("access/policy.py", "from . import Grant", "imports_downwards: access/policy.py:1 imports access"),
    ("extension.py", "from restwell import Api", "imports_downwards: extension.py:1 imports restwell itself"),
    ("cli.py", "import flask.cli", "exclusive_rights: cli.py:1 imports flask"),
    ("cli.py", "from sqlalchemy.orm import Session", "exclusive_rights: cli.py:1 imports sqlalchemy"),
    (
        "access/policy.py",
        "from http import client",
        "exclusive_rights: access/policy.py:1 imports http.client",
    ),
    ("access/policy.py", "import granian.log", "exclusive_rights: access/policy.py:1 imports granian"),
    ("cli.py", "from restwell_audit import probe", "walls: cli.py:1 imports restwell_audit.probe"),
    ("cli.py", "def f():\n  x = 1\n  import json  # noqa: PLC0415", "imports_in_functions: cli.py:3"),
    ("cli.py", "class A:\n  async def f():\n    import json", "imports_in_functions: cli.py:3"),
    ("cli.py", "x = 1\n" * 401, "too_long: cli.py has 401 lines"),
]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Make a package with all modules of the list, empty."""
    for name in ORDER:
        path = tmp_path / name.replace(".", "/")
        is_package = any(other.startswith(f"{name}.") for other in ORDER)
        file = path / "__init__.py" if is_package else path.with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path


def sentences(package: Path) -> list[str]:
    modules = read_modules(package)
    return [f"{rule.__name__}: {sentence}" for rule in RULES for sentence in rule(modules, [*ORDER, ""])]


@pytest.mark.parametrize("file, code", ALLOWED)
def test_what_is_allowed_is_not_found(package: Path, file: str, code: str) -> None:
    (package / file).write_text(code)
    assert sentences(package) == []


@pytest.mark.parametrize("file, code, beginning", BROKEN)
def test_the_rules_find_what_they_are_for(package: Path, file: str, code: str, beginning: str) -> None:
    (package / file).write_text(code)
    (found,) = sentences(package)
    assert found.startswith(beginning)


def test_a_cycle_is_found(package: Path) -> None:
    (package / "messages.py").write_text("from restwell import cli")
    (package / "cli.py").write_text("from restwell import messages")
    downwards, cycle = sentences(package)
    assert downwards.startswith("imports_downwards: messages.py:1 imports cli")
    assert cycle.startswith("cycles: import cycle: ")


@pytest.mark.parametrize("distribution", SOURCES)
def test_no_two_classes_of_a_distribution_have_one_name(distribution: str) -> None:
    names = [
        (node.name, module.path)
        for module in our_modules(distribution).values()
        for node in ast.walk(ast.parse("\n".join(module.lines)))
        if isinstance(node, ast.ClassDef)
    ]
    counted = Counter(name for name, _ in names)
    assert [(name, path) for name, path in names if counted[name] > 1] == []
