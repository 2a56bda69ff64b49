"""The page is read here as a browser reads it: parsed as HTML5, its policy held against its style."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest

from restwell_audit.exchanges import Exchange
from restwell_audit.report import page
from restwell_audit.report.outline import TITLES
from tests.restwell_audit.kinds import GET, LEVEL_1, URL, ErrorsAsSuccess, NoAllow, mixed, report, restful, untold


def read(of: Any) -> Element:
    """The tree of the page. Whatever is not HTML5 is an error."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page.write(of))
    assert isinstance(tree, Element)
    return tree


def text_of(element: Element | None) -> str:
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def by_class(tree: Element, name: str) -> list[Element]:
    return [each for each in tree.iter() if name in each.get("class", "").split()]


def headings(tree: Element) -> Iterator[tuple[int, str]]:
    for each in tree.iter():
        if re.fullmatch("h[1-6]", str(each.tag)):  # a comment's is a function
            yield int(each.tag[1]), text_of(each)


def contrast(one: str, other: str) -> float:
    """The ratio of contrast of two colours (WCAG 2.2)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


# -- what it says -----------------------------------------------------------------------------------------------


def test_the_title_and_the_head_say_the_verdict() -> None:
    tree = read(mixed())
    assert tree.findtext("head/title") == f"Approaching REST (level 1): {URL}"
    assert text_of(tree.find(".//h1")) == URL
    assert text_of(by_class(tree, "name")[0]) == "Level 1 of 3: Approaching REST"
    assert text_of(by_class(tree, "counts")[0]) == "3 to fix 1 warning 1 note 4 good 4 not tested"


def test_the_ladder_comes_first_and_then_what_holds_and_what_raises_it() -> None:
    tree = read(mixed())
    assert [text for level, text in headings(tree) if level == 2] == [
        "The ladder", "What holds", "Three changes that raise it most", "Findings", "Not tested", "Coverage",
    ]  # fmt: skip
    first, *_ = [text_of(each) for each in by_class(tree, "steps")[0].findall("li")]
    assert first == (
        f"{URL}rpc/0 says 200 and means an error. Answer with a status code of the class 4xx or 5xx. "
        "Needed for level 2. Evidence"
    )


def test_the_evidence_of_a_change_is_a_click_away() -> None:
    tree = read(mixed())
    links = [each.attrib["href"][1:] for each in by_class(tree, "steps")[0].iter("a")]
    assert links[0] == "level-2-errors-as-success"
    for link in links:
        [opened] = [each for each in tree.iter() if each.get("id") == link]
        holders = [each for each in tree.iter("details") if opened in list(each)]
        assert by_class(holders[0], "exchange"), "what is within closed details is opened by its address"


def test_what_holds_is_named() -> None:
    right = [text_of(each) for each in by_class(read(mixed()), "right")[0].findall("li")]
    assert right == [
        "Every one of 4 members has a URL of its own.", "What is not there is 404.",
        "12 of 12 resources can be reached from the entry point.", "uniform-interface is kept.",
    ]  # fmt: skip


def test_notes_and_praise_are_behind_a_click_and_what_is_to_fix_is_not() -> None:
    tree = read(mixed())
    behind = [each for more in by_class(tree, "more") for each in by_class(more, "finding")]
    kinds = {each.attrib["class"].split()[1] for each in behind}
    shown = {each.attrib["class"].split()[1] for each in by_class(tree, "finding") if each not in behind}
    assert (kinds, shown) == ({"good", "info"}, {"bad", "warn"})


def test_where_nothing_is_left_to_do_it_says_so() -> None:
    assert "None: every level is reached, and every constraint" in text_of(by_class(read(restful()), "raise")[0])
    assert "Not tested: whether there are resources." in text_of(by_class(read(report()), "raise")[0])


def test_the_ladder_is_drawn_from_the_top() -> None:
    rungs = by_class(read(mixed()), "ladder")[0].findall("li")
    assert [each.attrib["class"] for each in rungs] == ["open", "open", "reached", "reached"]
    assert [text_of(each) for each in rungs] == [
        "Level 3 Hypermedia not reached 100 % Level 2 is not reached.",
        f"Level 2 {TITLES[2]} not reached 29 % of what was tested {mixed().rungs[2].why}",
        "Level 1 Resources reached 100 %",
        "Level 0 HTTP as a transport reached 100 %",
    ]
    assert [each.attrib["width"] for each in by_class(by_class(read(mixed()), "ladder")[0], "full")] == [
        "100", "29", "100", "100",
    ]  # fmt: skip


def test_every_constraint_has_its_state_and_why() -> None:
    shown = [text_of(each) for each in by_class(read(mixed()), "constraints")[0].findall("li")]
    assert len(shown) == 5
    assert shown[1] == "Stateless broken Each request can be understood by itself. stateless is broken."
    assert shown[3].startswith("Layered not tested")
    assert shown[4].startswith("Uniform interface met")


def test_a_finding_can_be_opened_and_tells_all() -> None:
    found = [each for each in by_class(read(mixed()), "finding") if "errors-as-success" in text_of(each)]
    (told,) = found
    assert told.tag == "details"
    assert text_of(told.find("summary")) == f"to fix {URL}rpc/0 says 200 and means an error. \N{MULTIPLICATION SIGN}5"
    said = text_of(told)
    for text in ("Caches, clients and monitors", "Remedy: Answer with", "see RFC 9110, section 15", f"{URL}rpc/4"):
        assert text in said


def test_an_exchange_shows_request_and_response() -> None:
    shown = by_class(read(report(NoAllow(URL, GET))), "exchange")[0]
    assert text_of(shown.find("summary")) == f"GET {URL}things/1 200 OK · 12 ms"
    request, response = ["".join(each.itertext()) for each in shown.iter("pre")]
    assert request == f"GET {URL}things/1\nAccept: application/json\nAuthorization: (not shown)\n"
    assert response == (
        "200 OK\nContent-Type: application/json\nCache-Control: max-age=60\n\n"
        '{"name": "one", "made": "<b>yesterday</b>"}\n'
    )


def test_many_places_and_exchanges_are_counted_rather_than_shown() -> None:
    many = [NoAllow(f"{URL}{n}", Exchange(n, "GET", f"{URL}{n}", status=405)) for n in range(30)]
    told = by_class(read(report(*many)), "finding")[0]
    assert len(by_class(told, "exchange")) == page.MAX_EXCHANGES
    assert len(by_class(told, "places")[0].findall("li")) == page.MAX_URLS + 1
    assert "and 20 more" in text_of(told)
    assert "And 26 more exchanges, which the JSON report has." in text_of(told)


def test_what_was_not_tested_says_how_to_have_it_tested() -> None:
    (shown,) = [each for each in by_class(read(mixed()), "untested") if each.tag == "ul"]
    assert [text_of(each) for each in shown][:2] == [
        "Level 2: what creates, changes and removes Nothing was written. Allow it with --write.",
        "Layered: a request through a proxy There was no proxy. Run it where it may listen.",
    ]


# -- how it is made ---------------------------------------------------------------------------------------------


def test_it_needs_nothing_else() -> None:
    written = page.write(mixed())
    tree = read(mixed())
    assert not re.search(r"<script|<link|@import|url\(|<img|<iframe", written)
    assert "src" not in {name for each in tree.iter() for name in each.attrib}


def test_the_policy_allows_the_one_style_and_nothing_else() -> None:
    tree = read(mixed())
    style = tree.findtext("head/style")
    assert style is not None
    (policy,) = [
        each.attrib["content"] for each in tree.iter("meta") if each.get("http-equiv") == "Content-Security-Policy"
    ]
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{allowed}'; form-action 'none'; base-uri 'none'"


@pytest.mark.parametrize("of", [mixed(), restful(), report(LEVEL_1)], ids=["mixed", "restful", "level 1"])
def test_headings_are_in_order(of: Any) -> None:
    levels = [level for level, _ in headings(read(of))]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_ids_are_given_once_and_what_is_named_by_them_is_there() -> None:
    tree = read(mixed())
    ids = [each.attrib["id"] for each in tree.iter() if "id" in each.attrib]
    assert len(ids) == len(set(ids))
    named = [each.attrib["aria-labelledby"] for each in tree.iter() if "aria-labelledby" in each.attrib]
    targets = [each.attrib["href"][1:] for each in tree.iter("a") if each.attrib["href"].startswith("#")]
    assert set(named + targets) <= set(ids)


def test_drawings_are_not_read_out_and_say_nothing_that_words_do_not() -> None:
    drawings = list(read(mixed()).iter("{http://www.w3.org/2000/svg}svg"))
    assert len(drawings) == 8
    assert all(each.attrib["aria-hidden"] == "true" for each in drawings)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "ink, ground",
    [
        ("ink", "ground"), ("ink", "soft"), ("muted", "ground"), ("muted", "soft"), ("link", "ground"),
        ("good", "good-soft"), ("bad", "bad-soft"), ("warn", "warn-soft"), ("info", "info-soft"),
        ("untested", "untested-soft"), ("good", "soft"), ("bad", "soft"), ("warn", "soft"),
    ],
)  # fmt: skip
def test_all_text_can_be_read(scheme: str, ink: str, ground: str) -> None:
    # WCAG 2.2, criterion 1.4.3: at least 4.5 to 1
    blocks = re.findall(r":root \{([^}]*)\}", page.STYLE)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[scheme == "dark"]))
    assert contrast(colours[ink], colours[ground]) >= 4.5


# -- what hostile servers say -----------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//x", "http://a b/", f"{URL}\x00"])
def test_only_web_addresses_are_links(url: str) -> None:
    tree = read(report(NoAllow(url), url=url))
    assert [each for each in tree.iter("a") if each.attrib["href"] == url] == []


def test_a_link_tells_the_other_site_nothing() -> None:
    links = [each for each in read(mixed()).iter("a") if each.attrib["href"].startswith(URL)]
    assert len(links) > 5
    assert all("noreferrer" in each.attrib["rel"] for each in links)


def test_markup_of_a_server_is_shown_as_text() -> None:
    evil = "</pre></details><script>alert(1)</script>"
    exchange = Exchange(1, "GET", URL + evil, ((evil, evil),), b"", 200, ((evil, evil),), evil.encode())
    tree = read(report(ErrorsAsSuccess(URL + evil, exchange, status=evil)))
    assert list(tree.iter("script")) == []
    assert text_of(by_class(tree, "exchange")[0]).count(evil) >= 6


def test_a_level_that_cannot_be_told_is_a_range() -> None:
    tree = read(untold())
    assert tree.findtext("head/title") == f"Not to be told from here (level 0 to 2 of 3): {URL}"
    assert text_of(by_class(tree, "name")[0]) == "Level 0 to 2 of 3: Not to be told from here"
    assert text_of(by_class(tree, "level")[0]) == "0\u20132/3"
    told = text_of(by_class(tree, "raise")[0])
    assert "No link leads on. I found one URI. Name one more. Decides whether level 1 is reached." in told
