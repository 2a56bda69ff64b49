"""What is compiled with a declaration is made once, when the API starts; no module caches by a declaration."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import restwell
from restwell import Api
from restwell.model.declare import declare
from restwell.model.policy import public
from restwell.surface.affordances import Affordances
from restwell.surface.surface import COMPILED, compile_all
from tests.api import Sample, serving

CHOSEN_BY_CLIENTS = {"base", "text"}


def test_each_is_made_once_and_for_its_declaration() -> None:
    one, other = (declare(Sample, "/samples", read=public(), write=public()) for _ in range(2))
    compile_all([one, other])
    for kind in COMPILED:
        assert one.compiled[kind] is one.compiled[kind]
        assert one.compiled[kind] is not other.compiled[kind]
    assert one.compiled[Affordances].open_to[("read",)] is one.compiled[Affordances].open_to[("read",)]


def test_all_of_it_is_there_before_the_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[type, str]] = []
    for kind in COMPILED:
        monkeypatch.setattr(kind, "__init__", counted(kind, made))

    def register(api: Api) -> None:
        api.resource("/samples", read=public(), write=public())(Sample)

    with serving(register) as served:
        assert served.send("OPTIONS", "/").status == 204
        assert [kind for kind, name in made if name == "Sample"] == list(COMPILED)
        before = len(made)
        for target in ("/samples?label=a", "/samples/1", "/openapi.json"):
            served.send("GET", target)
        assert len(made) == before


def counted(kind: type, made: list[tuple[type, str]]) -> object:
    first = kind.__init__  # type: ignore[misc]  # read, to be called

    def begin(self: object, declaration: object) -> None:
        made.append((kind, declaration.name))  # type: ignore[attr-defined]  # of a declaration
        first(self, declaration)

    return begin


def caching() -> Iterator[tuple[str, str, set[str], set[str]]]:
    """The place of each function with a cache, the cache, and the names and types of its parameters."""
    root = Path(restwell.__file__).parent
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for decorator in map(ast.unparse, node.decorator_list):
                    name = decorator.partition("(")[0]
                    if name in {"lru_cache", "cache", "kept"}:
                        given = [*node.args.args, *node.args.kwonlyargs]
                        types = {ast.unparse(each.annotation) for each in given if each.annotation}
                        yield f"{path.relative_to(root)}: {node.name}", name, {each.arg for each in given}, types


def test_no_module_caches_by_a_declaration_what_no_client_has_a_part_in() -> None:
    found = list(caching())
    assert len(found) > 20
    by_declaration = [each for each in found if any("Declaration" in kind for kind in each[3])]
    assert by_declaration
    for place, cache, names, _ in by_declaration:
        assert cache == "kept", place
        assert names & CHOSEN_BY_CLIENTS, place
