"""Which representation a request gets, held against RFC 9110, section 12, as `model.py` reads it."""

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.api import JSON, JSON_LD, PROBLEM, Answer, Served, is_problem, serving

from .model import MediaRange, choose

TARGETS = ["/frameworks/Flask", "/frameworks", "/"]
FORMATS = {
    "/frameworks/Flask": {JSON_LD, JSON, "application/hal+json", "application/prs.hal-forms+json", "text/html"},
    "/": {JSON_LD, JSON, "application/hal+json", "application/prs.hal-forms+json", "text/html"},
    "/frameworks": {
        JSON_LD, JSON, "application/hal+json", "application/prs.hal-forms+json", "text/html", "text/csv",
        "application/x-ndjson",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serving() as served:
        yield served


@pytest.fixture(scope="module")
def offers(server: Served) -> dict[str, list[str]]:
    """What 406 lists, in its order: the server's own preference."""
    return {target: offered(server.send("GET", target, accept="image/png")) for target in TARGETS}


def offered(refusal: Answer) -> list[str]:
    assert is_problem(refusal, 406)
    return [dict(link.parameters)["type"] for link in refusal.links("alternate")]


def media_type(answer: Answer) -> str:
    return answer["content-type"].partition(";")[0].strip().lower()


@pytest.mark.parametrize("target", TARGETS)
def test_linked_data_is_preferred_then_json(offers: dict[str, list[str]], target: str) -> None:
    assert offers[target][:2] == [JSON_LD, JSON]


@pytest.mark.parametrize("target", TARGETS)
def test_every_offer_can_be_had(server: Served, offers: dict[str, list[str]], target: str) -> None:
    for offer in offers[target]:
        answer = server.send("GET", target, accept=offer)
        assert (answer.status, media_type(answer)) == (200, offer)
        head = server.send("HEAD", target, accept=offer)
        assert (head.status, media_type(head), head.body) == (200, offer, b"")


@pytest.mark.parametrize("target", TARGETS)
def test_what_there_is_is_linked_from_a_refusal(server: Served, target: str) -> None:
    """RFC 9110, section 15.5.7: a list from which to choose."""
    refusal = server.send("GET", target, accept="image/png, video/*")
    alternates = refusal.links("alternate")
    assert alternates
    for link in alternates:
        answer = server.send("GET", link.target, accept=dict(link.parameters)["type"])
        assert answer.status == 200


# Accept, by the model.

KNOWN = [JSON_LD, JSON, "application/hal+json", "application/prs.hal-forms+json", "text/html", "text/csv",
    "application/x-ndjson"]  # fmt: skip
UNKNOWN = ["image/png", "application/xml", "text/plain", PROBLEM, "application/json-patch+json", "a/b"]
RANGES = [*KNOWN, *UNKNOWN, "*/*", "application/*", "text/*", "image/*"]
QUALITIES = [None, 1000, 0, 500, 501, 1, 999, 700]


def written(one: MediaRange, style: int, *, always: bool) -> str:
    """A media range as some client would write it."""
    name = f"{one.type}/{one.subtype}"
    name = [name, name.upper(), name.title(), name][style % 4]
    parameters = "".join(f'; {key}="{value}"' for key, value in one.parameters)
    if one.quality == 1000 and not always:
        return name + parameters
    number = f"{one.quality / 1000:.3f}"
    number = [number, number.rstrip("0").rstrip("."), number][style % 3]
    return name + parameters + [";q=", "; q=", " ;\tQ="][style % 3] + number


@st.composite
def accepts(draw: st.DrawFn) -> tuple[list[MediaRange], str]:
    names = draw(st.lists(st.sampled_from(RANGES), min_size=1, max_size=7, unique=True))
    ranges, texts = [], []
    for name in names:
        main, _, sub = name.partition("/")
        quality = draw(st.sampled_from(QUALITIES))
        foreign = () if "*" in name or draw(st.integers(0, 9)) != 9 else (("profile", "urn:nobody:knows"),)
        one = MediaRange(main, sub, foreign, 1000 if quality is None else quality)
        ranges.append(one)
        texts.append(written(one, draw(st.integers(0, 11)), always=quality is not None))
    separator = draw(st.sampled_from([",", ", ", " , ", ",\t"]))
    return ranges, separator.join(texts)


@pytest.mark.slow
@settings(max_examples=600)
@given(accept=accepts(), target=st.sampled_from(TARGETS))
@example(accept=([MediaRange("*", "*"), MediaRange("application", "json")], "*/*, application/json"), target="/")
@example(
    accept=(
        [MediaRange("application", "json", (), 0), MediaRange("application", "*")],
        "application/json;q=0, application/*",
    ),
    target="/frameworks",
)
def test_accept_is_read_as_the_model_does(
    server: Served, offers: dict[str, list[str]], accept: tuple[list[MediaRange], str], target: str
) -> None:
    ranges, text = accept
    answer = server.send("GET", target, accept=text)
    chosen = choose(ranges, offers[target])
    if chosen is None:
        assert is_problem(answer, 406)
    else:
        assert (answer.status, media_type(answer)) == (200, chosen)


@pytest.mark.parametrize(
    "accept, chosen",
    [
        (None, JSON_LD),
        ("*/*", JSON_LD),
        ("application/*", JSON_LD),
        ("APPLICATION/JSON", JSON),
        ("application/json", JSON),
        ("application/json, */*", JSON),
        ("application/json;q=0.5, */*;q=0.5", JSON),
        ("application/json;q=0.4, */*;q=0.5", JSON_LD),
        ("application/ld+json;q=0, */*", JSON),
        ("application/ld+json;q=0.001, application/json;q=0.002", JSON),
        ("image/png, application/json;q=0.1", JSON),
        ("application/json,application/ld+json", JSON_LD),
        ("application/problem+json, application/json", JSON),
        (", ,application/json,,", JSON),
        ("application/json;charset=utf-8", JSON),
        ("application/json; charset=UTF-8; q=0.9", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),  # what browsers send
        ("text/html", "text/html"),
        ("application/json, text/plain, */*", JSON),  # what axios sends
    ],
)
def test_accept_of_everyday(server: Served, accept: str | None, chosen: str) -> None:
    for target in TARGETS:
        answer = server.send("GET", target, accept=accept)
        assert (answer.status, media_type(answer)) == (200, chosen)


@pytest.mark.parametrize(
    "accept",
    [
        "image/png",
        "*/*;q=0",
        "application/*;q=0.0, text/*;q=0",
        "application/json;q=0",
        "application/json;profile=unknown",
        "text/*;q=0, image/*",
    ],
)
def test_nothing_acceptable_is_refused(server: Served, accept: str) -> None:
    answer = server.send("GET", "/frameworks/Flask", accept=accept)
    assert is_problem(answer, 406)
    assert not server.send("HEAD", "/frameworks/Flask", accept=accept).body


@pytest.mark.parametrize(
    "malformed",
    [
        "application/json;q=2", "application/json;q=", "application/json;q=0.1234", "application/json;q=-1",
        "json", "/", "*/json", "application/json/ld", "application/json;;q", ";;;", "application/json;q=nan",
        "application/json;q=1e0", "q=1", '"application/json"', 'application/json;profile="unfinished', "é/è",
    ],
)  # fmt: skip
def test_a_malformed_element_spoils_nothing(server: Served, malformed: str) -> None:
    """It is left out, or the request refused; never an error of the server, never a wrong type."""
    alone = server.send("GET", "/frameworks/Flask", accept=malformed)
    assert alone.status in {200, 400, 406}
    beside = server.send("GET", "/frameworks/Flask", accept=f"application/ld+json;q=0.9, {malformed}")
    assert beside.status == 400 or media_type(beside) in {JSON_LD, JSON}


@settings(max_examples=300)
@given(text=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60))
def test_any_text_in_accept_is_answered(server: Served, text: str) -> None:
    assert server.send("GET", "/frameworks", accept=text).status in {200, 400, 406}


def test_many_media_ranges_take_no_time(server: Served) -> None:
    accept = ",".join(f"a/b{number};q=0.{number % 1000:03d}" for number in range(500))
    assert server.send("GET", "/frameworks", accept=f"{accept},application/json").status in {200, 431}


@pytest.mark.parametrize("name", ["Accept-Charset", "Accept-Language", "Accept-Encoding"])
def test_other_preferences_refuse_nothing(server: Served, name: str) -> None:
    """There is one charset, one language, one coding; a client is better served with it than with 406."""
    for value in ("utf-8", "iso-8859-5", "gzip", "de", "identity;q=0.5", "x;q=0", "*;q=0.1"):
        answer = server.send("GET", "/frameworks/Flask", {name: value})
        assert answer.status == 200
        assert answer.get("content-encoding") is None


def test_json_has_no_charset(server: Served) -> None:
    """RFC 8259, section 11: no charset parameter is defined; it is always UTF-8."""
    for accept in (JSON, JSON_LD):
        assert "charset" not in server.send("GET", "/frameworks", accept=accept)["content-type"].lower()
    page = server.send("GET", "/frameworks", accept="text/html")
    assert page["content-type"].lower().replace(" ", "") == "text/html;charset=utf-8"


@pytest.mark.parametrize("target", ["/frameworks?format=json", "/frameworks/Flask?format=json", "/?format=json"])
def test_there_is_no_format_parameter(server: Served, target: str) -> None:
    assert is_problem(server.send("GET", target), 400)


@pytest.mark.parametrize("target", ["/frameworks.json", "/frameworks/Flask.json"])
def test_there_are_no_suffixes(server: Served, target: str) -> None:
    assert is_problem(server.send("GET", target), 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_an_unacceptable_write_changes_nothing(api: Served, key: str, method: str) -> None:
    target = "/frameworks" if method == "POST" else "/frameworks/Flask"
    content = {"name": "New" if method == "POST" else "Flask", "created": 1999}
    kind = "application/merge-patch+json" if method == "PATCH" else JSON
    headers = {"Content-Type": kind, "Accept": "image/png"}
    assert is_problem(api.send(method, target, headers, content, key=key), 406)
    assert api.send("GET", "/frameworks/New").status == 404
    assert api.send("GET", "/frameworks/Flask").json()["created"] == 2010


@pytest.mark.parametrize("accept", [JSON, JSON_LD])
def test_a_write_answers_in_the_wanted_type(api: Served, key: str, accept: str) -> None:
    content = {"name": "New", "created": 1999}
    answer = api.send("POST", "/frameworks", content=content, accept=accept, key=key)
    assert (answer.status, media_type(answer)) == (201, accept)
    assert answer.json()["name"] == "New"


def test_deleting_needs_no_acceptable_type(api: Served, key: str) -> None:
    """There is no content to accept or not in 204, but refusing is not wrong either (section 12.5.1)."""
    assert api.send("DELETE", "/frameworks/Flask", accept="image/png", key=key).status in {204, 406}


@pytest.mark.parametrize(
    "accept",
    [JSON, JSON_LD, "*/*", "application/*", PROBLEM, "image/png", "text/plain", "text/html;q=0.9, application/json",
    "text/html, application/ld+json", f"text/html;q=0.4, {PROBLEM};q=0.5", "text/html;q=0"],
)  # fmt: skip
def test_refusals_are_problems_unless_a_page_is_preferred(server: Served, accept: str) -> None:
    answer = server.send("GET", "/frameworks/Nobody", accept=accept)
    assert answer.status in {404, 406}
    assert is_problem(answer, answer.status)
    assert is_problem(server.send("POST", "/frameworks", accept=accept), 401)


@pytest.mark.parametrize(
    "accept",
    ["text/html", "TEXT/HTML", "text/html;level=1", "text/*;q=0.5, */*;q=0.1", "text/html, application/json;q=0.9",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"],
)  # fmt: skip
@pytest.mark.parametrize("target", ["/frameworks/Nobody", "/nowhere", "/schemas/Nobody", "/docs?x=1", "/health/live"])
def test_a_refusal_is_a_page_where_html_is_preferred(server: Served, accept: str, target: str) -> None:
    method = "DELETE" if target == "/health/live" else "GET"
    page, problem = (server.send(method, target, accept=each) for each in (accept, JSON))
    assert (page.status, media_type(page)) == (problem.status, "text/html")
    assert page.status >= 400
