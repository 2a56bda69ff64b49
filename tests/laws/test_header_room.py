"""Law: status line and header fields of every answer fit 4 096 bytes, and `next` is the last link to leave."""

import string
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pydantic
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from restwell import Api, Field, Resource, public, scope
from restwell.http.cross_origin import MAX_LENGTH
from restwell.http.limits import IDENTITY_LENGTH, MAX_BASE, MAX_PATH, MAX_SCOPE, MAX_SECTION
from restwell.http.links import LEAVING
from tests.api import BASE, HAL, HAL_FORMS, JSON, JSON_LD, MERGE_PATCH, Answer, Client, Served, serving
from tests.laws.examples import law_settings
from tests.laws.filling import fill

pytestmark = pytest.mark.slow

OURS = MAX_SECTION - 396
"""What is left to the server: its name, and what it says of the connection."""
ORIGIN = f"https://{'a' * (MAX_LENGTH - 8)}"
SHARED = MAX_SECTION - 100
"""The same where pages of other origins are told something as well."""
ANYTHING = r"^[^/\x00]+$"
FORMATS = [JSON, JSON_LD, HAL, HAL_FORMS, "text/html"]
WIDE = "\U0001f600"

# Without "_", since no table may be called restwell_..., pg_... or sqlite_...
segments = st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=60)
identities = st.builds(
    str.__mul__, st.sampled_from(["a", "é", WIDE, "a%", "~"]), st.integers(1, IDENTITY_LENGTH // 2)
)
names = st.builds(lambda letter, length: letter * length, st.sampled_from("abz"), st.integers(1, 60))
bases = st.none() | st.integers(0, MAX_BASE - 30).map(lambda length: f"https://api.example.org/{'b' * length}")
queries = st.lists(
    st.tuples(
        st.sampled_from(["label", "label[contains]", "label[in]", "sort", "limit", "label[ne]"]),
        st.builds(str.__mul__, st.sampled_from(["x", "é", WIDE, "a,", " "]), st.integers(1, 256)),
    ),
    max_size=5,
    unique_by=lambda pair: pair[0],
)


def size(answer: Answer) -> int:
    """The bytes of the header section as it goes to the server, with the status line and the empty line."""
    line = len("HTTP/1.1 503 Service Unavailable\r\n")
    return line + sum(len(name) + len(value) + 4 for name, value in answer.headers) + 2


def fits(answer: Answer) -> bool:
    limit = OURS if answer.get("access-control-allow-origin") is None else SHARED
    assert size(answer) <= limit, f"{size(answer)} bytes at {answer.status}: {answer.headers}"
    return True


class Page(Client):
    """Sends what a page of another origin sends."""

    def environ(self, method: str, target: str, fields: Any, content: bytes) -> dict[str, Any]:
        origin = {"HTTP_ORIGIN": ORIGIN, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PUT"}
        return super().environ(method, target, fields, content) | origin


@law_settings()
@given(
    prefix=st.lists(segments, max_size=1), path=st.lists(segments, min_size=1, max_size=3), name=names,
    identity=names, base=bases, family=st.integers(1, MAX_SCOPE), rows=st.lists(identities, max_size=25, unique=True),
    query=queries, accept=st.sampled_from(FORMATS), cors=st.booleans(),
)  # fmt: skip
@example(
    prefix=["p" * 60], path=["q" * 60] * 3, name="z" * 60, identity="a" * 60, base=None, family=MAX_SCOPE,
    rows=[f"{WIDE * 120}{n}" for n in range(25)], query=[("label", "x" * 250)], accept=JSON, cors=False,
)  # fmt: skip
@example(
    prefix=[], path=["items"], name="Item", identity="name", base="https://api.example.org/" + "b" * (MAX_BASE - 24),
    family=9, rows=[f"{'x' * 78}{n:02}" for n in range(25)], query=[("label[in]", "é" * 200)], accept=JSON,
    cors=True,
)  # fmt: skip
@example(
    prefix=["p" * 60], path=["q" * 60] * 3, name="z" * 60, identity="a" * 60, base=None, family=MAX_SCOPE,
    rows=[f"{WIDE * 120}{n}" for n in range(25)], query=[("label", "x" * 250)], accept="text/html", cors=True,
)  # fmt: skip
def test_every_answer_fits(
    prefix: list[str], path: list[str], name: str, identity: str, base: str | None, family: int,
    rows: list[str], query: list[tuple[str, str]], accept: str, cors: bool,
) -> None:  # fmt: skip
    place = "".join(f"/{part}" for part in path)
    assume(path[0] not in {"docs", "contexts", "schemas", "problems", "health", "me"} and len(place) <= MAX_PATH)
    fields: dict[str, Any] = {
        identity: (str, Field(identity=True, pattern=ANYTHING)),
        "label" if identity != "label" else "other": (str, Field("")),
    }
    model = pydantic.create_model(name.capitalize(), __base__=Resource, **fields)

    def register(api: Api) -> None:
        api.resource(place, read=public(), create=public(), update=public(), delete=scope("s" * family))(model)

    options: dict[str, Any] = {"url_prefix": "".join(f"/{part}" for part in prefix), "cors": [ORIGIN] if cors else []}
    if base is not None:
        options["config"] = {"RESTWELL_BASE_URL": base}
    with serving(register, **options) as api:
        long = "y" * 2000
        fill(api, [{identity: each, "label": long + str(n)} for n, each in enumerate(rows)], place)
        client = Page(api.call) if cors else Client(api.call)
        for answer in answers(client, options["url_prefix"] + place, identity, [*rows, WIDE * 100], query, accept):
            assert fits(answer)


def answers(
    api: Client, place: str, identity: str, rows: list[str], query: list[tuple[str, str]], accept: str
) -> Iterator[Answer]:
    """One answer of each kind."""
    item = f"{place}/{quote(rows[0], safe='')}"
    request_id = {"X-Request-Id": "r" * 128, "Prefer": "handling=lenient, count=exact, return=representation"}
    for text in ("", "limit=1&sort=-label", urlencode(query), f"limit=2&{urlencode(query)}"):
        answer = api.send("GET", f"{place}?{text}", request_id, accept=accept)
        yield answer
        if answer.status == 200:
            yield api.send("HEAD", f"{place}?{text}", {"If-None-Match": answer["etag"]}, accept=accept)
    yield api.send("GET", item, request_id, accept=accept)
    content = {identity: f"{rows[-1]}{len(rows)}", "label": "new"}
    created = api.send("POST", place, request_id, content, accept=accept)
    assert created.status == 201, created.body
    assert created["location"].endswith(quote(content[identity], safe="~"))
    yield created
    yield api.send("POST", place, request_id, content, accept=accept)
    yield api.send("PUT", item, request_id, {"label": "other"}, accept=accept)
    yield api.send("PATCH", item, {"Content-Type": MERGE_PATCH, **request_id}, {"label": 1}, accept=accept)
    yield api.send("POST", place, {"Prefer": "return=minimal"}, {identity: f"{rows[-1]}!", "label": ""})
    yield api.send("DELETE", item, request_id)
    for target in (place, item, f"{place}/nothing", "/", f"{place}/a/b"):
        yield api.send("OPTIONS", target, request_id)
        yield api.send("GET", target, request_id, accept="image/png")
        yield api.send("TRACE", target, request_id)
        yield api.send("POST", target, request_id, b"x")


class Named(Resource):
    name: str = Field(identity=True)
    title: str = ""


@pytest.fixture(scope="module")
def named() -> Iterator[Served]:
    with serving(lambda api: api.resource("/named", read=public(), write=public())(Named)) as api:
        fill(api, [{"name": f"{'x' * 78}{n:02}", "title": "y" * 200 + str(n)} for n in range(60)], "/named")
        yield api


def relations(answer: Answer) -> list[str]:
    return [relation for link in answer.links() for relation in link.relations]


def filters_of(length: int) -> dict[str, str]:
    """Filters that let every row pass, with so many characters in all."""
    names = [f"{field}[{operator}]" for operator in ("ne", "lt", "lte", "gt", "gte") for field in ("title", "name")]
    texts = {name: min(256, length - place * 256) for place, name in enumerate(names) if length > place * 256}
    return {name: ("a" if "[g" in name else "z") * size for name, size in texts.items()}


def test_links_leave_in_the_order_that_is_said_and_next_never_does(named: Served) -> None:
    before = set(relations(named.send("GET", "/named?limit=2", accept=JSON)))
    gone: list[str] = []
    refused = 0
    for length in range(0, 3000, 20):
        answer = named.send("GET", f"/named?limit=2&{urlencode(filters_of(length))}", accept=JSON)
        if answer.status == 400:
            refused += 1
            assert "[ne] leaves no room for the link to the next page" in answer.json()["detail"]
            continue
        assert not refused, "what is longer is refused as well"
        there = set(relations(answer))
        assert {"next", LEAVING[-2]} <= there
        gone += sorted(before - there - set(gone), key=LEAVING.index)
        assert fits(answer)
    assert refused
    assert gone == [relation for relation in LEAVING if relation in gone]
    assert gone[0] == "item"
    assert {"service-doc", "first"} <= set(gone)


def test_items_are_linked_all_or_none_and_the_template_stands_for_them(named: Served) -> None:
    for limit in range(1, 26):
        answer = named.send("GET", f"/named?limit={limit}", accept=JSON)
        assert len(answer.links("item")) in {0, limit}
        assert answer["link-template"] == f'"{BASE}/named/{{name}}"; rel="item"'
        assert fits(answer)
    assert named.send("GET", "/named?limit=10", accept=JSON).links("item")
    assert not named.send("GET", "/named?limit=25", accept=JSON).links("item")


def test_a_query_that_leads_on_leads_on_to_the_end(named: Served) -> None:
    """The longest query that is taken, with the longest cursors."""
    query = urlencode({"limit": 7, "sort": "title", "title[ne]": "é" * 250})
    target, seen = f"/named?{query}", 0
    while True:
        answer = named.send("GET", target, accept=JSON)
        assert answer.status == 200, answer.body
        assert fits(answer)
        seen += len(answer.json()["named"])
        if not answer.links("next"):
            break
        target = answer.link("next")
    assert seen == 60
