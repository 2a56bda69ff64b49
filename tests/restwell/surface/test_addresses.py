"""One resource, one path: an address and its URL are each other's inverse, and a second spelling is nothing."""

from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from restwell.content import to_values
from restwell.http.problems import InvalidContent
from restwell.model.declare import declare
from restwell.model.errors import DeclarationError
from restwell.model.fields import IDENTITY_PATTERN, Field
from restwell.model.policy import public
from restwell.model.resource import Declaration, Resource
from restwell.surface.addresses import (
    DOCUMENTS,
    NAMED,
    Address,
    Addresses,
    collection_url,
    context_url,
    identity_at,
    is_identity,
    item_url,
    problem_url,
    schema_url,
    vocabulary_url,
)
from tests.examples import ADDRESSES, BASE, FRAMEWORKS, NOTES, SPECIMENS


class Counted(Resource):
    number: int = Field(identity=True)


class Free(Resource):
    title: str = Field(identity=True, pattern=r"^[^\x00]*$", min_length=0, max_length=40)


COUNTED = declare(Counted, "/counted", read=public())
FREE = declare(Free, "/free", read=public())
OWN = Addresses([COUNTED, FREE])


def path_of(url: str) -> str:
    """The path as a server hands it over."""
    return unquote(urlsplit(url).path.removeprefix("/v1"))


identities = (
    st.tuples(st.just(FRAMEWORKS), st.from_regex(IDENTITY_PATTERN, fullmatch=True).map(str.strip))
    | st.tuples(st.just(SPECIMENS), st.uuids())
    | st.tuples(st.just(NOTES), st.integers(1, 2**63 - 1))
)


@given(identities)
@example((NOTES, 2**63 - 1))
@example((NOTES, 1))
def test_the_url_of_an_item_addresses_that_item(pair: tuple[Declaration, object]) -> None:
    declaration, identity = pair
    found = ADDRESSES.find(path_of(item_url(BASE, declaration, identity)))
    assert (found.kind, found.resource, found.name) == ("item", declaration, str(identity))


@given(st.text(max_size=20))
@example("a/b")
@example(".")
@example("..")
@example("")
@example("a b?c#d%e;f")
def test_what_content_accepts_as_an_identity_can_be_addressed(title: str) -> None:
    """Where an own pattern permits more than a segment of a path, or else what was created could not be found."""
    try:
        to_values(FREE, {"title": title})
    except InvalidContent:
        return
    found = OWN.find(path_of(item_url(BASE, FREE, title)))
    assert (found.kind, found.name) == ("item", title)


@given(st.text())
@example("--5")
@example("-")
@example("1_0")
@example("\u0661")
@example("9" * 19)
@example("9" * 5000)
def test_any_text_behind_a_collection_of_numbers_is_an_item_or_nothing(text: str) -> None:
    found = OWN.find(f"/counted/{text}")
    if found.kind == "item":
        assert str(int(found.name)) == text
        assert -(2**63) <= int(found.name) < 2**63
    elif text.isascii() and text.isdigit() and not text.startswith("0"):
        assert len(text) > 19 or int(text) >= 2**63


@pytest.mark.parametrize(
    "text",
    ["01", "+1", "1.0", " 1", "1 ", "-0", "0x1", "1e3", "", "\u0663", "9223372036854775808", "-9223372036854775809"],
)
def test_a_number_has_one_spelling(text: str) -> None:
    assert not is_identity(COUNTED, text)


UUID_TEXT = "0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f"


@pytest.mark.parametrize(
    "text", [UUID_TEXT.upper(), UUID_TEXT.replace("-", ""), f"{{{UUID_TEXT}}}", f"urn:uuid:{UUID_TEXT}", "x"]
)
def test_a_uuid_has_one_spelling(text: str) -> None:
    assert is_identity(SPECIMENS, str(UUID(UUID_TEXT)))
    assert not is_identity(SPECIMENS, text)


@pytest.mark.parametrize(
    "path",
    [
        "/frameworks/",
        "//frameworks",
        "/frameworks//Flask",
        "/frameworks/Flask/",
        "/frameworks/Flask/x",
        "/Frameworks",
        "/frameworks;x",
        "/frameworks/.",
        "/frameworks/..",
        "/docs/",
        "/contexts",
        "/contexts/",
        "/schemas/a/b",
        "/lab",
        "/lab/",
        "//",
        "",
        "frameworks",
        "/health",
    ],
)
def test_a_second_spelling_is_nothing(path: str) -> None:
    assert ADDRESSES.find(path).kind == "nothing"


@given(st.text(st.sampled_from("/abfr.;-1 ä"), max_size=15))
def test_any_path_addresses_something_or_nothing_and_keeps_its_spelling(path: str) -> None:
    assert ADDRESSES.find(path).path == path


def test_every_document_has_its_address() -> None:
    assert ADDRESSES.find("/").kind == "entry"
    for path, kind in DOCUMENTS.items():
        assert ADDRESSES.find(path).kind == kind
    for parent, kind in NAMED.items():
        name = "not-found" if kind == "problem" else "Framework"
        found = ADDRESSES.find(f"{parent}/{name}")
        assert (found.kind, found.name, found.resource) == (kind, name, None)


@pytest.mark.parametrize("declaration", [FRAMEWORKS, SPECIMENS, NOTES], ids=lambda d: d.path)
def test_the_url_of_a_collection_addresses_it(declaration: Declaration) -> None:
    found = ADDRESSES.find(path_of(collection_url(BASE, declaration)))
    assert (found.kind, found.resource) == ("collection", declaration)


@pytest.mark.parametrize(
    "url, kind",
    [
        (context_url(BASE, "Framework"), "context"),
        (schema_url(BASE, FRAMEWORKS), "schema"),
        (problem_url(BASE, "not-found"), "problem"),
        (vocabulary_url(BASE), "vocabulary"),
        (vocabulary_url(BASE, "Framework"), "vocabulary"),
    ],
)
def test_the_url_of_a_description_addresses_it(url: str, kind: str) -> None:
    assert url.startswith(f"{BASE}/")
    assert ADDRESSES.find(path_of(url)).kind == kind


def test_the_query_of_a_collection_is_percent_encoded_where_it_must_be() -> None:
    parameters = (("name[contains]", "a&b=c ä"), ("sort", "-created,name"))
    url = collection_url(BASE, FRAMEWORKS, parameters, "cur-sor_")
    assert url == f"{BASE}/frameworks?name%5Bcontains%5D=a%26b%3Dc+%C3%A4&sort=-created,name&after=cur-sor_"
    assert collection_url(BASE, FRAMEWORKS, after="x") == f"{BASE}/frameworks?after=x"


def other(path: str, name: str = "Other") -> Declaration:
    made: Any = type(name, (Resource,), {"__annotations__": {"name": str}, "name": Field(identity=True)})
    return declare(made, path, read=public())


@pytest.mark.parametrize(
    "path, name, sentence",
    [
        ("/frameworks", "Other", "share a path, a last segment or a name"),
        ("/v2/frameworks", "Other", "share a path, a last segment or a name"),
        ("/others", "Framework", "share a path, a last segment or a name"),
        ("/frameworks/others", "Other", "overlap"),
        ("/lab", "Other", "overlap"),
    ],
)
def test_two_resources_never_claim_one_address(path: str, name: str, sentence: str) -> None:
    with pytest.raises(DeclarationError, match=sentence):
        Addresses([FRAMEWORKS, SPECIMENS, other(path, name)])


def test_two_resources_never_have_one_name() -> None:
    named = declare(other("/others").content, "/named", read=public(), name="Framework")
    with pytest.raises(DeclarationError, match=r"Framework at /named and Framework at /frameworks share .* a name"):
        Addresses([FRAMEWORKS, named])
    Addresses([other("/others"), declare(other("/others").content, "/named", read=public(), name="Named")])


def test_a_resource_may_live_below_where_no_item_can_be() -> None:
    found = Addresses([FRAMEWORKS, other("/frameworks/all/others")])
    assert found.find("/frameworks/all/others").kind == "collection"
    assert found.find("/frameworks/all").kind == "item"
    assert set(found.paths()) == {"/frameworks", "/frameworks/all/others", "/me", *DOCUMENTS, *NAMED}


@pytest.mark.parametrize(
    "path, route",
    [
        ("/", "/"),
        ("/frameworks", "/frameworks"),
        ("/frameworks/Flask", "/frameworks/{name}"),
        ("/lab/specimens/0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f", "/lab/specimens/{id}"),
        ("/contexts/Framework", "/contexts/{name}"),
        ("/openapi.json", "/openapi.json"),
        ("/nowhere/else", ""),
    ],
)
def test_a_route_has_no_identities(path: str, route: str) -> None:
    assert ADDRESSES.find(path).route == route
    assert Address("nothing", "/x").route == ""


@pytest.mark.parametrize(
    "declaration, identity",
    [(FREE, "a b/\u00f6?#%41"), (FRAMEWORKS, "Flask"), (COUNTED, -7), (SPECIMENS, str(UUID(int=5)))],
)
def test_the_url_of_an_item_says_its_identity(declaration: Declaration, identity: Any) -> None:
    assert identity_at(BASE, declaration, item_url(BASE, declaration, identity)) == identity


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/counted/1",
        f"{BASE}/counted",
        f"{BASE}/counted/",
        f"{BASE}/counted/01",
        f"{BASE}/counted/%31",
        f"{BASE}/counted/1?a",
        f"{BASE}/counted/1#a",
        f"{BASE}/counted/1/",
        f"{BASE}/counted/x",
        f"{BASE}/free/1",
        "http://other.example/v1/counted/1",
        f"{BASE}/counted/{'9' * 5000}",
    ],
)
def test_any_other_url_says_none(url: str) -> None:
    assert identity_at(BASE, COUNTED, url) is None
