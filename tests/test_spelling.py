"""One resource has one spelling: bytes that are not UTF-8 name nothing, and another spelling of a UUID leads on."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_to_bytes
from uuid import UUID

import pytest

from restwell import Api, Field, Resource, public
from restwell.surface.addresses import Addresses, other_spelling
from tests.api import JSON, Served, is_problem, serving


class Word(Resource):
    """Something with a name of any characters."""

    name: str = Field(identity=True, pattern=r"^[^/]*$")
    note: str = ""


class Thing(Resource):
    """Something with a UUID."""

    id: UUID = Field(identity=True)
    note: str = ""


class Number(Resource):
    """Something with a number."""

    id: int = Field(identity=True)


LOWER = "0af7651a-16cd-43dd-8448-eb211c80319c"


def register(api: Api) -> None:
    api.resource("/words", read=public(), write=public())(Word)
    api.resource("/things", read=public(), write=public())(Thing)
    api.resource("/numbers", read=public(), write=public())(Number)


@pytest.fixture(params=["straight", "flask"])
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    with serving(register) as served:
        if request.param == "flask":
            served.app.before_request(lambda: None)
        yield served


NOT_TEXT = [
    "%FF",
    "a%FFb",
    "%C0%AF",
    "%C0%80",
    "%ED%A0%80",
    "%ED%B3%BF",
    "%C3%28",
    "%E2%82",
    "%F5%80%80%80",
    "%00",
    "a%00b",
]
METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]


@pytest.mark.parametrize("text", NOT_TEXT)
def test_what_is_not_text_names_nothing(api: Served, text: str) -> None:
    """A decoder that replaces would make them all U+FFFD, which is a name like any other."""
    assert api.send("PUT", "/words/%EF%BF%BD", content={"note": "mine"}).status == 201
    for method in METHODS:
        answer = api.send(method, f"/words/{text}", content={"note": "theirs"} if method == "PUT" else None)
        assert answer.status == 404, method
    answer = api.send("GET", f"/words/{text}")
    assert is_problem(answer, 404)
    assert unquote_to_bytes(answer.json()["instance"]) == unquote_to_bytes(f"/words/{text}")
    assert api.send("GET", "/words/%EF%BF%BD", accept=JSON).json() == {"name": "\ufffd", "note": "mine"}
    assert api.send("GET", "/words").json()["totalItems"] == 1


def test_a_request_for_what_is_not_text_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with serving(register) as api, caplog.at_level(logging.INFO, "restwell.requests"):
        api.send("GET", "/words/a%FFb")
    [line] = [json.loads(record.getMessage()) for record in caplog.records]
    assert (line["path"], line["status"]) == ("/words/a\\xffb", 404)


def test_characters_that_need_no_encoding_may_have_it(api: Served) -> None:
    """RFC 3986, section 6.2.2.2: `%46` is `F`, and servers decode it before anything else."""
    assert api.send("PUT", "/words/Flask", content={}).status == 201
    for path in ("/words/%46lask", "/%77ords/Flask", "/words/Fl%61s%6B"):
        assert api.send("GET", path).json()["@id"].endswith("/words/Flask")


def test_composed_and_decomposed_characters_are_two_names(api: Served) -> None:
    for path in ("/words/caf%C3%A9", "/words/cafe%CC%81"):
        assert api.send("PUT", path, content={}).status == 201
        assert api.send("GET", path).json()["@id"].endswith(path)
    assert api.send("GET", "/words").json()["totalItems"] == 2


def test_an_encoded_slash_is_a_slash(api: Served) -> None:
    """Servers decode it before we see it, so that no identity can have one."""
    assert is_problem(api.send("PUT", "/words/a%2Fb", content={}), 404)
    assert is_problem(api.send("POST", "/words", content={"name": "a/b"}), 422)


OTHERS = [LOWER.upper(), LOWER[:8].upper() + LOWER[8:], LOWER[:-1] + "C", LOWER.replace("af", "aF")]


@pytest.mark.parametrize("text", OTHERS)
@pytest.mark.parametrize("method", [*METHODS, "POST"])
def test_a_uuid_in_upper_case_leads_to_the_one_in_lower_case(api: Served, text: str, method: str) -> None:
    content = {"note": "x"} if method in {"PUT", "POST", "PATCH"} else None
    answer = api.send(method, f"/things/{text}?fields=id&x=%20y[z]", content=content)
    assert (answer.status, answer.body) == (308, b"")
    assert answer["location"] == f"http://localhost/things/{LOWER}?fields=id&x=%20y%5Bz%5D"
    assert answer["cache-control"] == "no-store"
    assert answer.links("describedby")
    assert api.send("GET", f"/things/{LOWER}").status == 404


def test_the_request_goes_on_at_the_other_address(api: Served) -> None:
    first = api.send("PUT", f"/things/{LOWER.upper()}", content={"note": "x"})
    assert api.send("PUT", first["location"], content={"note": "x"}).status == 201
    assert api.send("GET", api.send("GET", f"/things/{LOWER.upper()}")["location"], accept=JSON).json()["note"] == "x"


def test_it_is_relative_to_where_we_are() -> None:
    with serving(register, mount="/mount", url_prefix="/api") as served:
        assert (
            served.send("GET", f"/api/things/{LOWER.upper()}")["location"]
            == f"http://localhost/mount/api/things/{LOWER}"
        )
    with serving(register, config={"RESTWELL_BASE_URL": "https://a.example/v1"}) as served:
        assert served.send("GET", f"/things/{LOWER.upper()}")["location"] == f"https://a.example/v1/things/{LOWER}"


def test_no_foreign_host_is_repeated_in_it(api: Served) -> None:
    answer = api.send("GET", f"/things/{LOWER.upper()}", environ={"HTTP_HOST": "evil.example"})
    assert is_problem(answer, 421)


def test_its_content_is_not_left_on_the_connection(api: Served) -> None:
    content = io.BytesIO(b"x" * 100)
    environ: dict[str, Any] = {"wsgi.input": content, "SERVER_SOFTWARE": "gunicorn/27.0.1"}
    headers = {"Content-Length": "100", "Content-Type": JSON}
    assert api.send("PUT", f"/things/{LOWER.upper()}", headers, environ=environ).status == 308
    assert content.tell() == 100


@pytest.mark.parametrize(
    "path",
    [
        *(
            f"/things/{{{LOWER}}}",
            f"/things/urn:uuid:{LOWER}",
            f"/things/{LOWER.replace('-', '')}",
            f"/things/{LOWER} ",
        ),
        *(
            f"/things/{LOWER.upper()}x",
            f"/things/{LOWER[:-1].upper()}",
            f"/things/{LOWER.upper().replace('A', '%EF%BC%A1')}",
        ),
        *("/numbers/007", "/numbers/+7", "/numbers/7.0", "/numbers/7e0", "/numbers/-0", "/numbers/%D9%A7"),
        *("/Words/x", "/words/", "/words//x", "/words/x/", "/words/x;y/z"),
    ],
)
def test_every_other_spelling_is_the_address_of_nothing(api: Served, path: str) -> None:
    api.send("PUT", "/numbers/7", content={})
    api.send("PUT", f"/things/{LOWER}", content={})
    for method in ("GET", "PUT", "DELETE"):
        assert is_problem(api.send(method, path, content={} if method == "PUT" else None), 404)


def test_only_uuids_have_another_spelling() -> None:
    with serving(register) as api:
        addresses: Addresses = api.api.binding(api.app).addresses
        by_name = {declaration.name: declaration for declaration in addresses.declarations}
        assert other_spelling(by_name["Thing"], LOWER.upper()) == LOWER
        assert other_spelling(by_name["Word"], LOWER.upper()) == ""
        moved = addresses.find(f"/things/{LOWER.upper()}")
        assert (moved.kind, moved.name, moved.route) == ("moved", LOWER, "/things/{id}")
