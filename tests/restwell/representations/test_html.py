"""Pages are read here as a browser reads them: asked for with its Accept, parsed as HTML5, their links followed."""

import re
import time
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from html import unescape
from itertools import pairwise
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, HttpUrl
from werkzeug.test import TestResponse

from restwell import Api, Field, Resource, public, scope
from restwell.http.problems import every_problem
from restwell.representations import FORMATS
from restwell.representations.html import STYLE, UNFIT, Html, Values

BASE = "http://localhost"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"}
MANY = 60
SCRIPT = "<script>alert('1')</script>"
URL = "https://example.org/a?b=1&c=%22"
NASTY: dict[str, Any] = {
    "name": "nasty",
    "text": SCRIPT,
    "home": URL,
    "tags": ["<b>", "javascript:alert(1)", "two\nlines"],
    "maker": {"title": "<i>Acme</i>", "city": None},
    "extra": {"</dd>": [1, None, {"deep": "javascript:alert(1)", "url": "HTTPS://example.org/deep"}], "none": {}},
}


class Maker(BaseModel):
    """Who made it."""

    title: str
    city: str | None = None


class Thing(Resource):
    """Something with `code` & <awkward> values.

    And a second paragraph.
    """

    name: str = Field(identity=True, iri="schema:name", description='What it is "called", <or> named.')
    text: str = ""
    number: int = 0
    good: bool = True
    home: HttpUrl | None = Field(None, iri="schema:url")
    tags: list[str] = []  # noqa: RUF012 -- pydantic copies it
    maker: Maker | None = None
    extra: dict[str, Any] | None = None


class Note(Resource):
    """A note that anybody may change."""

    number: int = Field(identity=True)
    text: str


class Secret(Resource):
    """Not for everybody."""

    name: str = Field(identity=True)


def client(prefix: str = "") -> FlaskClient:
    app = Flask(__name__)
    app.testing = True
    app.config["RESTWELL_DATABASE"] = "sqlite://"
    api = Api(app, url_prefix=prefix, title="An API of <things>", description="What there is & more.")
    rows = [{"name": f"thing-{n}", "number": n, "text": f"text {n} " + "long " * 40} for n in range(1, MANY)]
    api.resource("/things", read=public(), write=scope("things"), initial=[NASTY, *rows], require_if_match=True)(
        Thing
    )
    api.resource("/notes", read=public(), write=public(), initial=[{"number": 1, "text": "one"}])(Note)
    api.resource("/secrets", read=scope("secrets"))(Secret)
    with app.app_context():
        app.config["KEY"] = api.keys.create("writer", "things:write")
    return app.test_client()


@pytest.fixture(scope="module")
def browser() -> FlaskClient:
    return client()


def parse(page: str) -> Element:
    """The tree of a page. Whatever is not HTML5 is an error."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    assert isinstance(tree, Element)
    return tree


def look(browser: FlaskClient, path: str, **headers: str) -> Element:
    answer = browser.get(path, headers={**BROWSER, **headers})
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8"), path
    return parse(answer.text)


def text_of(element: Element | None) -> str:
    assert element is not None
    return "".join(element.itertext()).strip()


def texts(tree: Element, path: str) -> list[str]:
    return [text_of(found) for found in tree.iterfind(path)]


def links(tree: Element, rel: str | None = None) -> list[str]:
    """Where the links of a page lead, be they in its head or in its body."""
    return [
        found.attrib["href"]
        for found in (*tree.iter("link"), *tree.iter("a"))
        if rel is None or rel in found.get("rel", "").split()
    ]


def members(tree: Element) -> dict[str, Element]:
    """The members that the page of an item shows, by name."""
    return {text_of(each.find("dt")): each.find("dd/div") for each in tree.iterfind(".//dl[@class='fields']/div")}  # type: ignore[misc]


def crawl(browser: FlaskClient, start: str = "/") -> Iterator[tuple[str, str, TestResponse]]:
    """Every page that can be reached: the page with the link to it, its own address, and what came of it."""
    waiting, seen = [("", f"{BASE}{start}")], {f"{BASE}{start}"}
    while waiting:
        origin, url = waiting.pop()
        answer = browser.get(url.removeprefix(BASE), headers=BROWSER)
        yield origin, url, answer
        if answer.mimetype != "text/html":
            continue
        for found in links(parse(answer.text)):
            target = urldefrag(urljoin(url, found)).url
            if target.startswith(BASE) and target not in seen:
                seen.add(target)
                waiting.append((url, target))


@cache
def crawled() -> dict[str, tuple[str, TestResponse]]:
    return {url: (origin, answer) for origin, url, answer in crawl(client())}


# -- a browser at / can read everything -------------------------------------------------------------------------


@pytest.mark.slow
def test_every_link_leads_to_a_page() -> None:
    found = crawled()
    assert len(found) > MANY
    # Who may use it, and whether it is up, are not pages: the catalogue tells programs of both.
    known = {f"{BASE}/secrets": 401, f"{BASE}/health/ready": 200}
    for url, (origin, answer) in found.items():
        if url in known:
            assert (origin, answer.status_code) == (f"{BASE}/.well-known/api-catalog", known[url])
        else:
            assert (answer.status_code, answer.mimetype) == (200, "text/html"), f"{url}, linked from {origin}"


def test_all_that_there_is_can_be_reached() -> None:
    found = crawled()
    assert {f"{BASE}/things/thing-{n}" for n in range(1, MANY)} < set(found)
    names = ["Thing", "Note"]
    expected = [f"/contexts/{name}" for name in (*names, "Entrypoint", "Problem", "Vocabulary")]
    expected += [f"/schemas/{name}" for name in names]
    expected += [f"/problems/{problem.slug()}" for problem in every_problem()]
    expected += ["/docs", "/docs.jsonld", "/openapi.json", "/.well-known/api-catalog", "/notes/1", "/things/nasty"]
    assert [path for path in expected if f"{BASE}{path}" not in found] == []
    assert not [url for url in found if "ecret" in url], "which is for others"


def test_all_of_the_data_can_be_read() -> None:
    pages = {url: answer.text for url, (_, answer) in crawled().items()}
    for number in range(1, MANY):
        shown = {
            name: text_of(value) for name, value in members(parse(pages[f"{BASE}/things/thing-{number}"])).items()
        }
        text = f"text {number} " + "long " * 40
        assert (shown["number"], shown["text"], shown["good"]) == (str(number), text.strip(), "true")


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["/api", "/deep/er"])
def test_it_works_below_a_prefix(prefix: str) -> None:
    wrong = [
        (origin, url)
        for origin, url, answer in crawl(client(prefix), f"{prefix}/")
        if answer.status_code != 200 and not url.endswith("/secrets")
    ]
    assert wrong == []


def test_a_link_into_a_page_finds_its_place() -> None:
    tree = parse(crawled()[f"{BASE}/docs.jsonld"][1].text)
    places = [found.attrib["id"] for found in tree.iter() if "id" in found.attrib]
    assert len(places) == len(set(places))
    assert {"Thing", "Thing/number", "Entrypoint"} < set(places)


# -- every page -------------------------------------------------------------------------------------------------


def test_every_page_is_html5_with_one_heading_and_landmarks() -> None:
    for url, (_, answer) in crawled().items():
        if answer.mimetype != "text/html":
            continue
        tree = parse(answer.text)
        assert tree.get("lang") == "en"
        assert len(list(tree.iter("h1"))) == len(list(tree.iter("main"))) == len(list(tree.iter("title"))) == 1, url
        assert all(tree.find(f"body/{name}") is not None for name in ("header/nav", "main", "footer/nav")), url
        assert text_of(tree.find(".//title"))
        skip = tree.find("body/a")
        assert skip is not None
        assert tree.find(f".//*[@id='{skip.attrib['href'][1:]}']") is not None
        assert links(tree, "canonical") == ([url] if answer.status_code == 200 else [])
        for table in tree.iter("table"):
            assert text_of(table.find("caption"))
            assert all(head.get("scope") in {"col", "row"} for head in table.iter("th"))


def test_headings_are_in_order_and_landmarks_have_names() -> None:
    for url, (_, answer) in crawled().items():
        if answer.mimetype != "text/html":
            continue
        tree = parse(answer.text)
        levels = [int(found.tag[1]) for found in tree.iter() if re.fullmatch("h[1-6]", found.tag)]
        assert levels[0] == 1, url
        assert all(after <= before + 1 for before, after in pairwise(levels)), url
        assert all(found.get("aria-label") for found in tree.iter("nav")), url
        regions = [found for found in tree.iter() if found.get("role") in {"region", "search", "group"}]
        assert all(found.get("aria-label") for found in regions), url
        for table in tree.iter("table"):
            [box] = [found for found in tree.iter("div") if table in list(found)]
            assert (box.get("class"), box.get("role"), box.get("tabindex")) == ("scroll", "region", "0"), url


def luminance(colour: str) -> float:
    """The relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_texts_and_controls_have_the_contrast_of_wcag_aa(scheme: int) -> None:
    found = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", re.findall(r":root \{(.*?)\}", STYLE)[scheme]))
    for ground in ("ground", "soft"):
        for text in ("ink", "muted", "link"):
            assert contrast(found[text], found[ground]) >= 4.5, (text, ground)
        for part in ("edge", "focus"):
            assert contrast(found[part], found[ground]) >= 3, (part, ground)


def test_nothing_runs_or_is_loaded() -> None:
    allowed = {"canonical", "alternate", "collection", "first", "prev", "next", "describedby", "profile"}
    allowed |= {"service-desc", "service-doc", "api-catalog", "http://localhost/docs.jsonld#Me"}
    for url, (_, answer) in crawled().items():
        if answer.mimetype == "text/html":
            tree = parse(answer.text)
            names = {found.tag for found in tree.iter()}
            assert not names & {"script", "img", "iframe", "object", "embed", "base", "svg", "math"}, url
            assert not [
                key for found in tree.iter() for key in found.attrib if key.startswith("on") or key == "style"
            ]
            assert {found.attrib["rel"] for found in tree.iter("link")} <= allowed
            assert all((form.get("method"), form.get("action")) == ("get", None) for form in tree.iter("form"))


def test_the_policy_allows_the_style_of_the_page_and_nothing_else(browser: FlaskClient) -> None:
    answer = browser.get("/", headers=BROWSER)
    (style,) = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style == STYLE
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "style-src": f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_copy_that_is_still_good_keeps_its_own_policy(browser: FlaskClient) -> None:
    tag = browser.get("/things/nasty", headers=BROWSER).headers["ETag"]
    answer = browser.get("/things/nasty", headers={**BROWSER, "If-None-Match": tag})
    assert answer.status_code == 304
    assert not {"Content-Security-Policy", "Referrer-Policy"} & set(answer.headers.keys())


# -- who gets pages ---------------------------------------------------------------------------------------------

PATHS = ["/", "/things", "/things/nasty", "/docs", "/openapi.json", "/schemas/Thing", "/problems/not-found"]


@pytest.mark.parametrize("path", PATHS)
def test_a_browser_gets_a_page_and_other_clients_do_not(browser: FlaskClient, path: str) -> None:
    assert browser.get(path, headers=BROWSER).mimetype == "text/html"
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/*"}):
        assert browser.get(path, headers=headers).mimetype != "text/html"
        assert "Content-Security-Policy" not in browser.get(path, headers=headers).headers


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_the_page(browser: FlaskClient, path: str) -> None:
    def stable(answer: TestResponse) -> dict[str, str]:
        return {k: v for k, v in answer.headers.items() if k not in {"Date", "Server-Timing", "X-Request-Id"}}

    got, head = browser.get(path, headers=BROWSER), browser.head(path, headers=BROWSER)
    assert stable(head) == stable(got)
    assert head.data == b""


def test_a_page_names_the_other_formats(browser: FlaskClient) -> None:
    tree = look(browser, "/things")
    alternates = {found.attrib["type"] for found in tree.iter("link") if found.attrib["rel"] == "alternate"}
    assert {"application/json", "application/ld+json"} <= alternates
    assert alternates <= {each.media_type for each in FORMATS} - {"text/html"}
    for media in alternates:
        assert media in texts(tree, ".//footer//code")
        assert browser.get("/things", headers={"Accept": media}).mimetype == media


# -- the entry point, collections and items ---------------------------------------------------------------------


def test_the_entry_point_has_what_this_caller_may_read(browser: FlaskClient) -> None:
    tree = look(browser, "/")
    assert texts(tree, ".//h1") == ["An API of <things>"]
    assert "What there is & more." in texts(tree, ".//main/p")
    assert texts(tree, ".//main//h2") == ["things", "notes"]


def test_nothing_but_the_catalogue_links_to_what_may_not_be_read(browser: FlaskClient) -> None:
    for path in ("/", "/docs", "/openapi.json", "/docs.jsonld"):
        assert f"{BASE}/secrets" not in links(look(browser, path))


def test_without_anything_to_read_the_entry_point_says_so() -> None:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = "sqlite://"
    Api(app).resource("/secrets", read=scope("secrets"))(Secret)
    assert "Nothing here can be read without a key." in texts(look(app.test_client(), "/"), ".//main/p")


def test_a_collection_is_a_table_with_a_row_for_each_item(browser: FlaskClient) -> None:
    tree = look(browser, "/things?limit=10")
    assert texts(tree, ".//caption") == [f"10 of {MANY} in things"]
    assert texts(tree, ".//thead//th") == ["name", "text", "number", "good", "home", "tags", "maker", "extra"]
    assert len(links(tree, "item")) == 10
    cells = texts(tree, ".//tbody/tr[1]/*")
    assert cells[:4] == ["nasty", SCRIPT, "0", "true"]
    assert texts(tree, ".//tbody/tr[2]/td")[3] == "—"


def test_a_total_that_is_not_counted_is_not_shown(browser: FlaskClient) -> None:
    tree = look(browser, "/things?limit=10", Prefer="count=none")
    assert texts(tree, ".//caption") == ["10 on this page in things"]


def test_the_pager_walks_through_everything(browser: FlaskClient) -> None:
    seen, pages, url = [], 0, "/things?limit=25"
    while url:
        tree = look(browser, url)
        seen += links(tree, "item")
        pages += 1
        assert set(links(tree, "first")) == {f"{BASE}/things?limit=25"}
        assert ("First page" in texts(tree, ".//main//a")) == (pages > 1)
        following = set(links(tree, "next"))
        url = following.pop() if following else ""
    assert pages == 3
    assert len(seen) == len(set(seen)) == MANY


def test_a_query_is_named_and_can_be_left(browser: FlaskClient) -> None:
    tree = look(browser, "/things?number[gte]=50&sort=-number")
    named = [
        text_of(each).partition(" \N{MULTIPLICATION SIGN}")[0] for each in tree.iterfind(".//div[@class='asked']//li")
    ]
    assert named == ["number is at least 50", "sorted by number, descending"]
    assert f"{BASE}/things" in links(tree)
    assert "Nothing here matches." in texts(look(browser, "/things?number=1000"), ".//main/p")


def test_the_pager_says_which_page_this_is(browser: FlaskClient) -> None:
    def pager(path: str) -> list[str]:
        return texts(look(browser, path), ".//nav[@class='pager']//li/*")

    assert pager("/things?limit=100") == []
    assert pager("/things?limit=50") == ["This page", "Next page"]
    tree = look(browser, "/things?limit=50")
    assert [text_of(each) for each in tree.iterfind(".//main//*[@aria-current='page']")] == ["This page"]
    following = links(tree, "next")[0].removeprefix(BASE)
    assert pager(following) == ["First page", "Previous page", "This page"]


def test_fields_choose_the_columns(browser: FlaskClient) -> None:
    tree = look(browser, "/things?fields=number&limit=1")
    assert texts(tree, ".//thead//th") == ["name", "number"]  # the identity stays: it is the link
    assert texts(tree, ".//tbody//th") == ["nasty"]
    assert texts(look(browser, "/things?fields=name&limit=1"), ".//thead//th") == ["name"]
    assert list(members(look(browser, "/things/nasty?fields=number"))) == ["number"]


def test_long_values_are_cut_in_a_table_only(browser: FlaskClient) -> None:
    (cell,) = texts(look(browser, "/things?fields=text&name=thing-7"), ".//tbody//td")
    assert cell.endswith("…")
    assert len(cell) <= 100


def test_an_item_shows_all_of_its_members(browser: FlaskClient) -> None:
    tree = look(browser, "/things/nasty")
    shown = members(tree)
    assert list(shown) == ["name", "text", "number", "good", "home", "tags", "maker", "extra"]
    assert text_of(shown["text"]) == SCRIPT
    assert texts(shown["tags"], "ul/li") == NASTY["tags"]
    assert (
        dict(zip(texts(shown["maker"], ".//dt"), texts(shown["maker"], ".//dd"), strict=True))["title"]
        == "<i>Acme</i>"
    )
    assert texts(shown["extra"], "dl/div/dt") == ["</dd>", "none"]
    assert texts(shown["extra"], "dl/div/dd/ul/li/dl/div/dd")[0] == "javascript:alert(1)"


def test_an_item_leaves_out_what_is_missing(browser: FlaskClient) -> None:
    assert list(members(look(browser, "/things/thing-1"))) == ["name", "text", "number", "good", "tags"]


def test_a_member_is_explained(browser: FlaskClient) -> None:
    tree = look(browser, "/things/nasty")
    assert texts(tree, ".//dd/small") == ['What it is "called", <or> named. schema:name', "schema:url"]
    assert "https://schema.org/name" in links(tree)
    assert look(browser, "/things").find(".//thead//th").get("title") == 'What it is "called", <or> named.'  # type: ignore[union-attr]


def test_an_item_is_linked_with_what_it_belongs_to(browser: FlaskClient) -> None:
    tree = look(browser, "/things/nasty")
    assert set(links(tree, "collection")) == {f"{BASE}/things"}
    assert links(tree, "describedby") == [f"{BASE}/schemas/Thing"]
    assert links(tree, "profile") == [f"{BASE}/docs.jsonld#Thing"]
    assert links(tree, "service-desc") == [f"{BASE}/openapi.json"]
    assert texts(tree, "body/header//li") == ["Entry point", "things", "nasty"]
    assert look(browser, "/").find(".//link[@rel='api-catalog']") is not None


def actions(tree: Element) -> list[str]:
    return texts(tree, ".//ul[@class='actions']/li/code")


def test_what_may_be_done_depends_on_who_asks(browser: FlaskClient) -> None:
    key = browser.application.config["KEY"]
    bearer = {"Authorization": f"Bearer {key}"}
    assert actions(look(browser, "/things/nasty")) == ["GET"]
    assert actions(look(browser, "/things/nasty", **bearer)) == ["GET", "PATCH", "PUT", "DELETE"]
    assert actions(look(browser, "/things")) == ["GET"]
    assert actions(look(browser, "/things", **bearer)) == ["GET", "POST", "PATCH", "PUT", "DELETE"]
    assert "the ETag in If-Match" in text_of(look(browser, "/things/nasty", **bearer).find(".//section"))


def inputs(tree: Element, method: str) -> dict[str, tuple[str, str]]:
    """What a form on a page holds by the name of the field, and what is said of that."""
    found = [each for each in tree.iterfind(".//ul[@class='actions']/li") if text_of(each.find("code")) == method]
    fields = found[0].findall(".//dl[@class='inputs']/div")
    words = {text_of(each.find("dt")): text_of(each.find("dd/small")) for each in fields}
    whole = {text_of(each.find("dt")): text_of(each.find("dd")) for each in fields}
    return {name: (text.removesuffix(words[name]).strip(), words[name]) for name, text in whole.items()}


def test_a_form_has_the_fields_that_hal_forms_has(browser: FlaskClient) -> None:
    bearer = {"Authorization": f"Bearer {browser.application.config['KEY']}"}
    forms = {"Accept": "application/prs.hal-forms+json", **bearer}
    for path, methods in (("/things/nasty", ["PATCH", "PUT", "DELETE"]), ("/things", ["POST"])):
        tree = look(browser, path, **bearer)
        found = browser.get(path, headers=forms).get_json()["_templates"].values()
        assert [each["method"] for each in found] == methods
        for each in found:
            shown = inputs(tree, each["method"])
            assert list(shown) == [field["name"] for field in each["properties"]]
            for field in each["properties"]:
                holds, words = shown[field["name"]]
                assert ("required" in words, "read-only" in words) == ("required" in field, "readOnly" in field)
                assert holds == "—" if "value" not in field else holds != "—"
    assert inputs(look(browser, "/things/nasty", **bearer), "PATCH")["text"][0] == SCRIPT
    assert inputs(look(browser, "/things", **bearer), "POST")["good"] == ("true", "boolean one of true, false")


def test_the_foot_of_a_page_links_to_what_describes_it(browser: FlaskClient) -> None:
    every = ["OpenAPI", "Guide", "Hydra API documentation", "API catalogue", "What you may do"]
    expected = {
        "/": ["JSON-LD context of this page"],
        "/things": ["JSON Schema of Thing", "JSON-LD context of Thing"],
        "/things/nasty": ["JSON Schema of Thing", "JSON-LD context of Thing"],
        "/problems/not-found": ["JSON-LD context of problems"],
        "/docs": [],
    }
    for path, more in expected.items():
        assert texts(look(browser, path), "body/footer//a") == [*every, *more]
    refusal = parse(browser.get("/things/nobody", headers=BROWSER).text)
    assert texts(refusal, "body/footer//a") == every


# -- nothing gets through ---------------------------------------------------------------------------------------


def test_only_http_and_https_become_links(browser: FlaskClient) -> None:
    shown = members(look(browser, "/things/nasty"))
    assert [link.attrib["href"] for name in shown for link in shown[name].iter("a")] == [
        URL,
        "HTTPS://example.org/deep",
    ]
    assert all(
        link.attrib["rel"] == "nofollow noreferrer noopener" for name in shown for link in shown[name].iter("a")
    )


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "JaVaScRiPt:alert(1)//http://example.org/",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "//example.org/",
        "/things",
        "http:",
        "https://",
        "https://example.org/ and more",
        'https://example.org/"onmouseover="alert(1)',
        "https://example.org/\nmore",
        "https://example.org/\n",
        "see https://example.org/",
        f"{BASE}/things/{{name}}",
    ],
)
def test_text_that_is_no_web_address_is_no_link(text: str) -> None:
    for written in (Values(BASE).show(text), Values(BASE).cell(text)):
        assert "<a" not in written
        assert unescape(str(written).replace('<div class="long">', "").replace("</div>", "")) == text


def test_links_within_the_api_are_ordinary_links() -> None:
    assert Values(BASE).show(f"{BASE}/things") == f'<a href="{BASE}/things">{BASE}/things</a>'
    assert "nofollow" in Values(BASE).show(f"{BASE}.example.org/things")


WRITTEN = client()
"""An API that the properties below write to."""

UNREADABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)
MARKUP = st.lists(
    st.sampled_from(["<", ">", "&", '"', "'", "</dd>", "<script>", "&lt;", "{{ 1 }}", "]]>", "<!--", "\\"])
)
TEXT = UNREADABLE | MARKUP.map("".join)


def as_read(text: str) -> str:
    """A text as a parser gives it back: lines end alike, and signs stand for what HTML cannot hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")

    def sign(match: re.Match[str]) -> str:
        code = ord(match[0])
        return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"

    return UNFIT.sub(sign, text)


@pytest.mark.slow
@given(TEXT, TEXT, TEXT)
def test_every_text_comes_through_as_text(text: str, key: str, deep: str) -> None:
    content = {"text": text, "tags": [text, deep], "extra": {key: {"x": deep}}}
    with_key = {"Authorization": f"Bearer {WRITTEN.application.config['KEY']}"}
    tag = WRITTEN.get("/things/nasty").headers["ETag"]
    written = WRITTEN.put("/things/nasty", json=content, headers={**with_key, "If-Match": tag})
    assert written.status_code == 200, written.text
    shown = members(look(WRITTEN, "/things/nasty"))
    assert "".join(shown["text"].itertext()) == (as_read(text) or "empty")
    assert ["".join(item.itertext()) for item in shown["tags"].iterfind("ul/li")] == [
        as_read(t) or "empty" for t in (text, deep)
    ]
    (member,) = shown["extra"].iterfind("dl/div")
    assert "".join(member.find("dt").itertext()) == as_read(key)  # type: ignore[union-attr]
    table = look(WRITTEN, "/things?name=nasty")
    assert len(list(table.iterfind(".//tbody/tr/*"))) == 8
    for tree in (look(WRITTEN, "/things/nasty"), table):
        assert all(urlsplit(url).scheme in {"http", "https"} for url in links(tree) if not url.startswith("#"))
        assert not list(tree.iter("script"))


SCALAR = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | TEXT
JSON = st.recursive(SCALAR, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner))


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    elif isinstance(value, str):
        yield value


@pytest.mark.slow
@given(JSON)
def test_every_value_is_well_formed_and_whole(value: Any) -> None:
    for written in (Values(BASE).show(value), Values(BASE).cell(value)):
        parse(f"<!doctype html><title>x</title><div>{UNFIT.sub('?', str(written))}</div>")
    shown = unescape(str(Values(BASE).show(value)))
    assert all(leaf in shown for leaf in leaves(value))


# -- descriptions -----------------------------------------------------------------------------------------------


def test_the_guide_has_each_problem_once(browser: FlaskClient) -> None:
    page = browser.get("/docs", headers=BROWSER).get_data(as_text=True)
    rows = re.findall(r'<tr><td>(\d+)</td><td class="text"><a href="[^"]*">([^<]*)</a>', page)
    assert len(rows) == len(set(rows)) == len(every_problem())
    assert ("500", "Internal server error") in rows


def test_the_guide_says_what_there_is_and_what_it_takes(browser: FlaskClient) -> None:
    tree = look(browser, "/docs")
    assert texts(tree, ".//main//h2")[:3] == ["Thing", "Note", "When a request is refused"]
    rows = [texts(row, "*") for row in tree.iterfind(".//main//section[1]//tbody/tr")]
    assert ["POST", f"{BASE}/things", "Create a Thing", "who has the scope things:create"] in rows
    assert ["GET", f"{BASE}/things", "List things", "everybody"] in rows
    assert [row[:3] for row in rows if row[0] == "number"] == [["number", "integer", "no"]]
    assert "And a second paragraph." in texts(tree, ".//main//section[1]/p")


def test_the_outline_of_openapi_has_every_operation(browser: FlaskClient) -> None:
    tree = look(browser, "/openapi.json")
    document = browser.get("/openapi.json").get_json()
    every = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "operationId" in operation
    }
    assert {tuple(texts(row, "*")[:2]) for row in tree.iterfind(".//tbody/tr")} == every


def test_a_schema_is_a_table_of_members(browser: FlaskClient) -> None:
    tree = look(browser, "/schemas/Thing")
    assert texts(tree, ".//caption") == ["Members of Thing", "Members of Maker"]
    rows = {row[0]: row[1:3] for row in (texts(tr, "*") for tr in tree.iterfind(".//table//tbody/tr"))}
    assert rows["name"] == ["string", "yes"]
    assert rows["tags"] == ["array of string", "no"]
    assert rows["maker"] == ["Maker or null", "no"]


def test_a_problem_says_what_happened_and_where_that_is_specified(browser: FlaskClient) -> None:
    tree = look(browser, "/problems/not-found")
    assert texts(tree, ".//h1") == ["There is no resource at this address"]
    assert "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.5" in links(tree)


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs.jsonld", "/contexts/Thing", "/schemas/Thing"])
def test_a_description_ends_with_its_document(browser: FlaskClient, path: str) -> None:
    (source,) = look(browser, path).iterfind(".//details/pre")
    document = browser.get(path, headers={"Accept": "application/json"}).get_json()
    assert browser.application.json.loads("".join(source.itertext())) == document


# -- the format -------------------------------------------------------------------------------------------------


def test_a_format_alone_names_no_others() -> None:
    assert Html().formats() == ()


@pytest.mark.slow
def test_a_page_of_a_hundred_is_written_in_a_few_milliseconds(browser: FlaskClient) -> None:
    browser.get("/things?limit=100", headers=BROWSER)
    times = []
    for _ in range(20):
        started = time.perf_counter()
        browser.get("/things?limit=100", headers=BROWSER)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.03  # ten times what it takes, for slow machines
