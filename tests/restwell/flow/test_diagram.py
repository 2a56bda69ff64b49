"""The diagram in the docs is the table in the code."""

from __future__ import annotations

from pathlib import Path

from restwell.flow.decisions import TABLE
from restwell.flow.diagram import diagram

DOCS = Path(__file__).parents[3] / "docs"


def test_the_diagram_in_the_docs_is_written_from_the_table() -> None:
    assert (DOCS / "decisions.mmd").read_text() == diagram(), "run `make diagram`"


def test_every_row_of_the_table_is_in_the_diagram() -> None:
    assert all(f'"{row.name}"' in diagram() for row in TABLE)
