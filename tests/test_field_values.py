"""Every header field of every answer is ASCII on one line, whatever is declared and wherever it is mounted."""

import json
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import quote

import pydantic
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restwell import Api, Field, Resource, public, scope
from tests.api import JSON, MERGE_PATCH, Answer, Served, is_problem, serving

ODD: Any = pydantic.create_model(
    "Odd",
    __base__=Resource,
    名前=Annotated[str, Field(identity=True, pattern=r"^[^/\x00]+$")],
    größe=(int | None, None),
)
MOUNT = "/my café".encode().decode("latin-1")
ENCODED = "/my%20caf%C3%A9"


def register(api: Api) -> None:
    api.resource("/odd", read=public(max_age=60), write=scope("odd"))(ODD)


@pytest.fixture(scope="module", params=["straight", "flask"])
def odd(request: pytest.FixtureRequest) -> Iterator[Served]:
    with serving(register, mount=MOUNT) as served:
        if request.param == "flask":
            served.app.before_request(lambda: None)
        yield served


def is_plain(answer: Answer) -> bool:
    for name, value in answer.headers:
        assert value.isascii(), (name, value)
        assert value.isprintable(), (name, value)
    return True


def test_the_name_of_a_field_is_encoded_in_a_template(odd: Served) -> None:
    """RFC 6570, section 2.3."""
    answer = odd.send("GET", "/odd", accept=JSON)
    assert answer["link-template"] == f'"http://localhost{ENCODED}/odd/{{%E5%90%8D%E5%89%8D}}"; rel="item"'
    assert is_plain(answer)


def test_the_mount_is_encoded_in_every_link(odd: Served) -> None:
    key = odd.key("odd:write")
    made = odd.send("POST", "/odd", content={"名前": "ä bc"}, key=key)
    assert made["location"] == f"http://localhost{ENCODED}/odd/%C3%A4%20bc"
    for accept in ("application/ld+json", JSON, "text/html"):
        for target in ("/", "/odd", "/odd/%C3%A4%20bc", "/docs", "/nowhere/%C3%A4", "/odd?größe[gte]=1"):
            answer = odd.send("GET", target, accept=accept)
            assert is_plain(answer)
            assert b"/my caf" not in answer.body
            assert "/my café".encode() not in answer.body
    refusal = odd.send("GET", "/nowhere/%C3%A4")
    assert refusal.json()["instance"] == f"{ENCODED}/nowhere/%C3%A4"
    assert refusal.json()["type"].startswith(f"http://localhost{ENCODED}/problems/")


def test_links_of_pages_lead_on(odd: Served) -> None:
    key = odd.key("odd:write")
    for number in range(3):
        odd.send("PUT", f"/odd/n{number}", content={"größe": number}, key=key)
    page = odd.send("GET", "/odd?limit=1&gr%C3%B6%C3%9Fe[gte]=0&sort=-gr%C3%B6%C3%9Fe", accept=JSON)
    assert page.status == 200
    assert page.link("next").startswith(f"http://localhost{ENCODED}/odd?")
    assert is_plain(page)


@pytest.mark.parametrize("prefix", ["/café", "/名前", "/a b"])
def test_a_prefix_is_encoded_too(prefix: str) -> None:
    with serving(register, url_prefix=prefix) as served:
        answer = served.send("GET", f"{quote(prefix)}/odd")
        assert answer.status == 200
        assert answer.json()["@id"] == f"http://localhost{quote(prefix)}/odd"
        assert is_plain(answer)


text = st.text(max_size=20)
segments = st.binary(max_size=12).map(lambda raw: "".join(f"%{byte:02X}" for byte in raw))
latin = st.text(st.characters(max_codepoint=255), max_size=20)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"]),
    path=st.sampled_from(["/odd/", "/odd", "/", "/docs", "/problems/", ""]),
    segment=segments,
    query=latin,
    mount=latin,
    host=st.sampled_from(["localhost", "evil.example"]) | latin,
    value=text,
    fields=st.dictionaries(st.sampled_from(["X-Request-Id", "Prefer", "Accept", "Origin", "If-Match"]), latin),
    known=st.booleans(),
)
def test_no_field_of_any_answer_is_anything_but_ascii(
    odd: Served, method: str, path: str, segment: str, query: str, mount: str, host: str, value: str,
    fields: dict[str, str], known: bool,
) -> None:  # fmt: skip
    content = json.dumps({"名前": value}).encode() if method in {"POST", "PUT", "PATCH"} else None
    kind = MERGE_PATCH if method == "PATCH" else JSON
    environ = {"QUERY_STRING": query, "HTTP_HOST": host, "SCRIPT_NAME": f"/{mount}"}
    headers = {**fields, "Content-Type": kind}
    key = _KEYS.setdefault(id(odd), odd.key("odd:write")) if known else None
    answer = odd.send(method, path + segment, headers, content, key=key, environ=environ)
    assert answer.status < 500 or answer.status == 501
    assert is_plain(answer)


_KEYS: dict[int, str] = {}


def test_a_request_id_that_is_not_plain_is_not_taken_over(odd: Served) -> None:
    for text in ("ä", "a\r\nX: y", "a b", "\x7f"):
        answer = odd.send("GET", "/odd", {"X-Request-Id": text})
        assert is_plain(answer)
        assert answer["x-request-id"] != text


def test_a_refusal_of_an_odd_path_is_a_problem(odd: Served) -> None:
    assert is_problem(odd.send("GET", "/odd/%FF"), 404)
