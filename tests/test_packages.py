"""The graph of packages in the docs is that of the code, and has no circle."""

from pathlib import Path

from tests.packages import diagram, imports_of_packages, reached

DOCS = Path(__file__).parent.parent / "docs"


def test_the_graph_in_the_docs_is_drawn_from_the_code() -> None:
    assert (DOCS / "packages.mmd").read_text() == diagram(), "run `make diagram`"


def test_there_is_no_circle_of_packages() -> None:
    graph = imports_of_packages()
    assert [package for package in graph if package in reached(graph, package)] == []


def test_there_are_few_packages() -> None:
    assert len(imports_of_packages()) <= 20
