"""Pages as Chromium lays them out, on a telephone and on a desk: whatever a value says, every column can be seen."""

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl

from restwell import Field, Resource, public
from tests.api import Served, serving
from tests.chromium import chromium

WIDTHS = (360, 1440)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
NAMES = {letter: letter * 200 for letter in "abc"} | {"short": "z"}


class Wide(Resource):
    """Twelve columns, most of which have long values without a space."""

    name: str = Field(identity=True, max_length=200)
    label: str = ""
    home: HttpUrl | None = None
    mirror: HttpUrl | None = None
    number: int = 0
    price: Decimal = Decimal(0)
    moment: datetime | None = None
    tags: list[str] = Field([])
    extra: dict[str, Any] = Field({})
    notes: str = ""
    aVeryLongNameThatSomebodyChoseForAColumn: str = ""  # noqa: N815 -- as JSON's members are named
    last: str = ""


ROWS = [
    {
        "name": name,
        "label": "w" * 200,
        "home": "https://example.org/" + "p" * 200,
        "mirror": "https://example.org/?q=" + "m" * 200,
        "number": 2**62,
        "price": "123456789012345.123456",
        "moment": "2026-01-31T12:00:00Z",
        "tags": ["t" * 200, "u" * 200],
        "extra": {"k" * 200: {"deep": "v" * 200}},
        "notes": "word " * 100,
        "aVeryLongNameThatSomebodyChoseForAColumn": "x",
        "last": "l" * 200,
    }
    for name in NAMES.values()
]
PAGES = {
    "entry": "/",
    "collection": "/wide",
    "asked": "/wide?label[icontains]=w&number[gte]=1&notes[contains]=" + "word%20" * 20,
    "one column": "/wide?fields=label",
    "item": f"/wide/{NAMES['a']}",
    "guide": "/docs",
    "who asks": "/me",
    "OpenAPI": "/openapi.json",
    "schema": "/schemas/Wide",
    "vocabulary": "/docs.jsonld",
    "refusal": "/" + "nowhere" * 50,
    "refused parameter": f"/wide?{'x' * 200}=1",
}
MEASURE = """
addEventListener("load", () => {
  const found = {};
  for (const frame of document.querySelectorAll("iframe")) {
    const page = frame.contentDocument, root = page.documentElement, tables = [];
    for (const table of page.querySelectorAll("table")) {
      const box = table.closest(".scroll"), columns = [];
      for (const head of table.querySelectorAll("thead th")) {
        head.scrollIntoView({inline: "end", block: "center"});
        const at = head.getBoundingClientRect(), inside = box.getBoundingClientRect();
        const top = page.elementFromPoint((at.left + at.right) / 2, (at.top + at.bottom) / 2);
        columns.push({name: head.textContent.trim(), width: at.width,
          shown: at.left >= inside.left - 1 && at.right <= inside.right + 1 && head.contains(top)});
      }
      box.focus();
      tables.push({hint: getComputedStyle(box).backgroundAttachment, outline: getComputedStyle(box).outlineStyle,
        label: box.getAttribute("aria-label"), role: box.getAttribute("role"), focus: box.tabIndex,
        width: box.clientWidth, needed: box.scrollWidth, columns});
    }
    const small = [];
    for (const control of page.querySelectorAll("form select, form input:not([type=hidden]), .asked a")) {
      const at = control.getBoundingClientRect();
      if (at.width < 24 || at.height < 24 || at.right > root.clientWidth) small.push(control.outerHTML);
    }
    found[frame.title] = {small, lists: page.querySelectorAll("form select").length,
      width: root.clientWidth, needed: root.scrollWidth, tables};
  }
  document.querySelector("pre").textContent = JSON.stringify(found);
});
"""

Measured = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(lambda api: api.resource("/wide", read=public(), write=public(), initial=ROWS)(Wide)) as found:
        yield found


@pytest.fixture(scope="module")
def measured(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """The measures of every page in a frame of every width. The pages run no script: the one around them does."""
    folder = tmp_path_factory.mktemp("layout")
    frames = [
        f'<iframe title="{name} {width}" style="border:0;width:{width}px;height:900px" srcdoc="{text}"></iframe>'
        for name, path in PAGES.items()
        for text in [escape(opened(served.send("GET", path, accept=BROWSER).body.decode()))]
        for width in WIDTHS
    ]
    around = folder / "around.html"
    around.write_text(f"<!doctype html><script>{MEASURE}</script><pre></pre>{''.join(frames)}")
    found = re.search(r"<pre>(.+?)</pre>", in_chromium(around, folder))
    assert found
    measures: Measured = json.loads(unescape(found[1]))
    return measures


def opened(page: str) -> str:
    """The page with its form to be seen."""
    return page.replace('<details class="ask">', '<details class="ask" open>')


def in_chromium(page: Path, folder: Path) -> str:
    """What becomes of a page in Chromium, which is told to ask no network for anything."""
    command = chromium(folder, "--dump-dom", page.as_uri())
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    return done.stdout


PLACES = [f"{name} {width}" for name in PAGES for width in WIDTHS]


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_no_page_is_wider_than_its_window(measured: Measured, place: str) -> None:
    found = measured[place]
    assert found["needed"] <= found["width"] <= int(place.rpartition(" ")[2])  # there may be a scroll bar


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_every_column_can_be_brought_into_view_whole(measured: Measured, place: str) -> None:
    """What does not fit scrolls in a region of its own, which has a name and can be reached by the keyboard."""
    for table in measured[place]["tables"]:
        assert (table["role"], table["focus"], table["outline"]) == ("region", 0, "solid")
        assert table["label"]
        hidden = [column for column in table["columns"] if not column["shown"]]
        assert not hidden, table["label"]


@pytest.mark.slow
def test_a_table_that_is_cut_has_a_shadow_where_it_goes_on(measured: Measured) -> None:
    """Two shades stay at the edges, and two of the colour of the ground, which hide them, scroll with the table."""
    for place in PLACES:
        for table in measured[place]["tables"]:
            assert table["hint"] == "local, local, scroll, scroll", place
    [table] = measured["collection 360"]["tables"]
    assert table["needed"] > table["width"]


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_every_control_can_be_seen_and_hit(measured: Measured, width: int) -> None:
    """At least 24 pixels each way (WCAG 2.2, section 2.5.8)."""
    found = measured[f"asked {width}"]
    assert found["lists"] == 13
    assert found["small"] == []


@pytest.mark.slow
def test_twelve_long_columns_are_all_in_view_on_a_desk(measured: Measured) -> None:
    [table] = measured["collection 1440"]["tables"]
    assert len(table["columns"]) == 12
    assert table["needed"] <= table["width"]
