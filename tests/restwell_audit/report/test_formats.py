"""Whatever a server says, every form of the report is well formed, and shows it without obeying it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from xml.etree import ElementTree as ET

import html5lib
import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from rich.cells import cell_len

from restwell_audit.exchanges import Exchange
from restwell_audit.findings import Untested
from restwell_audit.ladder import Report
from restwell_audit.report import FORMATS, document
from restwell_audit.report.texts import UNFIT
from tests.restwell_audit.kinds import URL, ErrorsAsSuccess, NoAllow, mixed, report, restful, untold
from tests.restwell_audit.report.hostile import NASTY, reports


def hostile(nasty: str) -> Report:
    """A report in which everything that a server decides on is this text."""
    fields = ((nasty, nasty), ("Content-Type", nasty))
    content = nasty.encode("utf-8", "surrogatepass")
    exchange = Exchange(1, nasty, nasty, fields, content, 200, fields, content, error=nasty)
    silent = Exchange(2, nasty, nasty, fields, error=nasty)
    found = ErrorsAsSuccess(nasty, exchange, silent, status=nasty), NoAllow(f"{URL}{nasty}", exchange)
    return report(*found, untested=[Untested(3, nasty, nasty, nasty)], coverage={nasty: [nasty]}, url=nasty)


FAST = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
"""Not to explain: it takes minutes to trace the reading of a page."""
ELEMENTS = """
    html head meta title style body header main footer section div p h1 h2 h3 h4 h5 h6 a span small b strong br code
    pre ul ol li dl dt dd details summary svg path rect
""".split()  # noqa: SIM905 -- a word for each
"""All that our template has."""


def read_json(written: str) -> None:
    jsonschema.Draft202012Validator(document.schema()).validate(json.loads(written))


def read_sarif(written: str) -> None:
    assert json.loads(written)["version"] == "2.1.0"


def read_xml(written: str) -> None:
    assert UNFIT.search(written) is None
    ET.fromstring(written.encode())  # noqa: S314 -- we have written it


def read_page(written: str) -> None:
    assert UNFIT.search(written) is None
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(written)
    names = {each.tag.rpartition("}")[2] for each in tree.iter() if isinstance(each.tag, str)}
    assert names <= set(ELEMENTS)
    attributes = {name for each in tree.iter() for name in each.attrib}
    assert not {name for name in attributes if name.startswith("on") or name in {"src", "style", "srcdoc"}}
    leads_to = [each.attrib["href"] for each in tree.iter("a")]
    assert [url for url in leads_to if not re.match(r"(?i)https?://|#[a-z0-9-]+\Z", url)] == []


def read_text(written: str) -> None:
    """No line is wider than the terminal, and no character in it is obeyed by one."""
    for line in written.split("\n"):
        assert cell_len(line) <= 80
        assert not [char for char in line if unicodedata.category(char) in {"Cc", "Cs"}]


READERS: dict[str, Callable[[str], None]] = {
    "text": read_text,
    "json": read_json,
    "html": read_page,
    "sarif": read_sarif,
    "junit": read_xml,
    "badge": read_xml,
}


def test_there_is_a_reader_for_every_form() -> None:
    assert list(READERS) == list(FORMATS)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "of", [mixed(), restful(), report(), untold()], ids=["mixed", "restful", "nothing", "untold"]
)
def test_an_ordinary_report_is_well_formed(form: str, of: Report) -> None:
    READERS[form](FORMATS[form](of))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("nasty", NASTY, ids=lambda nasty: ascii(nasty)[:20])
def test_what_is_known_to_be_nasty_is_well_formed(form: str, nasty: str) -> None:
    written = FORMATS[form](hostile(nasty))
    written.encode()  # no lone surrogates
    READERS[form](written)


@pytest.mark.slow
@settings(
    max_examples=60,
    deadline=None,
    phases=FAST,
    suppress_health_check=list(HealthCheck),
)
@given(reports())
def test_any_report_is_well_formed_in_every_form(of: Report) -> None:
    for form, write in FORMATS.items():
        written = write(of)
        written.encode()  # no lone surrogates
        READERS[form](written)


@pytest.mark.parametrize("form", FORMATS)
def test_a_form_is_the_same_each_time(form: str) -> None:
    assert FORMATS[form](mixed()) == FORMATS[form](mixed())


@pytest.mark.parametrize("form", FORMATS)
def test_no_credential_is_shown(form: str) -> None:
    assert "very-secret" not in FORMATS[form](mixed())


@pytest.mark.parametrize("form", ["text", "html", "junit", "sarif", "badge"])
def test_what_is_huge_is_cut_short(form: str) -> None:
    huge = report(NoAllow(URL + "x" * 1_000_000), url=URL + "y" * 1_000_000)
    most = 8_000_000 if form == "sarif" else 100_000  # SARIF names places, so that nothing of them is left out
    assert len(FORMATS[form](huge)) < most


@pytest.mark.parametrize("form", ["text", "html", "junit"])
def test_nobody_is_told_to_mend_what_is_only_noted(form: str) -> None:
    written = FORMATS[form](mixed())
    assert "The server calls itself nginx." in written
    assert "This is never asked for" not in written
