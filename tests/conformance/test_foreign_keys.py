"""A foreign key is shown in every format as a link to its item, and JSON-LD content may have the URL in its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from pyld import jsonld
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell import Api, Field, Resource, public, scope
from tests.api import (
    BASE,
    HAL,
    HAL_FORMS,
    JSON,
    JSON_LD,
    JSON_PATCH,
    MERGE_PATCH,
    Answer,
    Served,
    is_problem,
    serving,
)
from tests.modelled import create, engine_of

HTML = "text/html"
ALL = [JSON, JSON_LD, HAL, HAL_FORMS]
FIRST = "6f0c1a0e-9c0b-4d43-8a52-0b9d4a5c7e01"
BARE = "6f0c1a0e-9c0b-4d43-8a52-0b9d4a5c7e02"
VOCABULARY = f"{BASE}/docs.jsonld#"
REFERRING = {
    "author_id": f"{BASE}/users/1",
    "country": f"{BASE}/countries/new%20land",
    "reply_to": f"{BASE}/posts/{BARE}",
}
"""The URLs of what the first post refers to."""


class Base(DeclarativeBase):
    """What is stored before anything is served."""


class User(Base):
    """Who writes."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40), unique=True)


class Country(Base):
    """Where from."""

    __tablename__ = "countries"
    code: Mapped[str] = mapped_column(sa.String(40), primary_key=True)


class Topic(Base):
    """What no resource serves."""

    __tablename__ = "topics"
    id: Mapped[int] = mapped_column(primary_key=True)


class Post(Base):
    """What is written."""

    __tablename__ = "posts"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    title: Mapped[str] = mapped_column(sa.String(40))
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), doc="Who wrote it.")
    country: Mapped[str | None] = mapped_column(sa.ForeignKey("countries.code"))
    reply_to: Mapped[UUID | None] = mapped_column(sa.ForeignKey("posts.id"))
    topic_id: Mapped[int | None] = mapped_column(sa.ForeignKey("topics.id"))
    signed: Mapped[str | None] = mapped_column(sa.ForeignKey("users.name"))


class Profile(Base):
    """What a user says of themselves: one for each, named by the user."""

    __tablename__ = "profiles"
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    text: Mapped[str] = mapped_column(sa.String(40))


class Nation(Resource):
    """A country, with a name of any characters."""

    code: str = Field(identity=True, pattern=r"^[^\x00]*$", min_length=1)


class Author(Resource):
    """A user by another name."""

    id: int
    name: str


def register(api: Api) -> None:
    rules: dict[str, Any] = {"read": public(), "write": public()}
    api.resource("/posts", model=Post, **rules)
    api.resource("/users", model=User, **rules)
    api.resource("/countries", model=Country, **rules)(Nation)
    api.resource("/profiles", model=Profile, **rules)
    api.resource("/authors", model=User, **rules)(Author)


@pytest.fixture
def filled(database_url: str) -> str:
    """The address of a database with two posts, and what they refer to."""
    create(Base.metadata, database_url)
    engine = engine_of(database_url)
    with engine.begin() as connection:
        insert = partial(_insert, connection)
        insert(User, {"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"})
        insert(Country, {"code": "new land"}, {"code": "ö & co"})
        insert(Topic, {"id": 7})
        insert(Post, {"id": UUID(BARE), "title": "B", "author_id": 2})
        first = {"country": "new land", "reply_to": UUID(BARE), "topic_id": 7, "signed": "Ada"}
        insert(Post, {"id": UUID(FIRST), "title": "A", "author_id": 1, **first})
        insert(Profile, {"user_id": 1, "text": "Hello."})
    engine.dispose()
    return database_url


@pytest.fixture
def served(filled: str) -> Iterator[Served]:
    with serving(register, database=filled) as found:
        yield found


def _insert(connection: sa.Connection, model: type[Base], *rows: dict[str, Any]) -> None:
    for row in rows:
        connection.execute(sa.insert(model).values(row))


def shown(served: Served, target: str, accept: str) -> Any:
    answer = served.send("GET", target, accept=accept)
    assert answer.status == 200, answer.body
    return answer.json()


def send(served: Served, method: str, target: str, content: Any, media: str = JSON_LD, accept: str = JSON) -> Answer:
    return served.send(method, target, {"Content-Type": media}, content, accept=accept)


# -- what is shown ------------------------------------------------------------------------------------------


def test_plain_json_shows_identities(served: Served) -> None:
    expected = {"id": FIRST, "title": "A", "author_id": 1, "country": "new land", "reply_to": BARE, "topic_id": 7}
    expected["signed"] = "Ada"
    assert shown(served, f"/posts/{FIRST}", JSON) == expected
    assert shown(served, "/posts?sort=title", JSON)["posts"][0] == expected


def test_the_link_field_of_a_plain_item_has_each_link_by_the_iri_of_its_member(served: Served) -> None:
    answer = served.send("GET", f"/posts/{FIRST}", accept=JSON)
    found = {link.relations[0]: link.target for link in answer.links()}
    assert {f"{VOCABULARY}Post/{name}": url for name, url in REFERRING.items()}.items() <= found.items()
    assert found["collection"] == f"{BASE}/posts"
    bare = [link.relations[0] for link in served.send("GET", f"/posts/{BARE}", accept=JSON).links()]
    assert [relation for relation in bare if relation.startswith(f"{VOCABULARY}Post/")] == [
        f"{VOCABULARY}Post/author_id"
    ]


def test_a_new_item_has_them_too(served: Served) -> None:
    created = send(served, "POST", "/posts", {"title": "C", "author_id": 2}, JSON)
    assert created.status == 201
    assert created.link(f"{VOCABULARY}Post/author_id") == f"{BASE}/users/2"
    assert created.link("describedby") == f"{BASE}/schemas/Post"


@pytest.mark.parametrize("accept", [JSON_LD, HAL, HTML])
def test_what_the_content_links_to_is_not_said_twice(served: Served, accept: str) -> None:
    answer = served.send("GET", f"/posts/{FIRST}", accept=accept)
    assert not [link for link in answer.links() if "#Post/" in link.relations[0]]


def test_json_ld_shows_the_iri_of_each_item(served: Served) -> None:
    node = shown(served, f"/posts/{FIRST}", JSON_LD)
    assert {name: node[name] for name in REFERRING} == REFERRING
    assert (node["topic_id"], node["signed"]) == (7, "Ada")
    [first, bare] = shown(served, "/posts?sort=title", JSON_LD)["member"]
    assert {name: first[name] for name in REFERRING} == REFERRING
    assert bare["author_id"] == f"{BASE}/users/2"
    assert bare.keys().isdisjoint({"country", "reply_to"})


def test_members_keep_their_order(served: Served) -> None:
    plain, node = (list(shown(served, f"/posts/{FIRST}", accept)) for accept in (JSON, JSON_LD))
    assert node[3 : 3 + len(plain)] == plain


def test_expanded_json_ld_has_the_iris(served: Served) -> None:
    [item] = expanded(served, shown(served, f"/posts/{FIRST}", JSON_LD))
    assert {name: item[f"{VOCABULARY}Post/{name}"] for name in REFERRING} == {
        name: [{"@id": url}] for name, url in REFERRING.items()
    }
    assert item[f"{VOCABULARY}Post/topic_id"] == [{"@value": 7}]
    [page] = expanded(served, shown(served, "/posts?sort=title", JSON_LD))
    member = page["http://www.w3.org/ns/hydra/core#member"]
    assert [each[f"{VOCABULARY}Post/author_id"] for each in member] == [
        [{"@id": f"{BASE}/users/1"}],
        [{"@id": f"{BASE}/users/2"}],
    ]


@pytest.mark.parametrize("accept", [HAL, HAL_FORMS])
def test_hal_has_a_link_beside_each_plain_member(served: Served, accept: str) -> None:
    node = shown(served, f"/posts/{FIRST}", accept)
    assert {name: node["_links"][name] for name in REFERRING} == {
        name: {"href": url} for name, url in REFERRING.items()
    }
    assert (node["author_id"], node["country"], node["reply_to"]) == (1, "new land", BARE)
    assert node["_links"].keys().isdisjoint({"topic_id", "signed"})
    [first, bare] = shown(served, "/posts?sort=title", accept)["_embedded"]["posts"]
    assert first["_links"] == {"self": {"href": f"{BASE}/posts/{FIRST}"}} | {
        name: {"href": url} for name, url in REFERRING.items()
    }
    assert bare["_links"] == {
        "self": {"href": f"{BASE}/posts/{BARE}"},
        "author_id": {"href": f"{BASE}/users/2"},
    }


def test_a_page_for_people_links_to_each_item(served: Served) -> None:
    page = served.send("GET", f"/posts/{FIRST}", accept=HTML).body.decode()
    fields = page[page.index('<dl class="fields">') : page.index("</dl>")]
    assert re.findall(r'<dt>(\w+)</dt><dd><div><a href="([^"]+)">([^<]+)</a>', fields) == [
        ("author_id", f"{BASE}/users/1", "1"),
        ("country", f"{BASE}/countries/new%20land", "new land"),
        ("reply_to", f"{BASE}/posts/{BARE}", BARE),
    ]
    table = served.send("GET", "/posts?sort=title", accept=HTML).body.decode()
    rows = table[table.index("<tbody>") : table.index("</tbody>")]
    linked = re.findall(r'<td>(?:<div class="long">)?<a href="([^"]+)">([^<]+)</a>', rows)
    assert linked == [
        (f"{BASE}/users/1", "1"),
        (f"{BASE}/countries/new%20land", "new land"),
        (f"{BASE}/posts/{BARE}", BARE),
        (f"{BASE}/users/2", "2"),
    ]


def test_every_link_leads_to_its_item(served: Served) -> None:
    for url in REFERRING.values():
        assert shown(served, url, JSON_LD)["@id"] == url


def test_fields_leave_links_out_with_their_members(served: Served) -> None:
    for target in (f"/posts/{FIRST}?fields=title,country", "/posts?sort=title&fields=title,country&limit=1"):
        hal = shown(served, target, HAL)
        [item] = hal["_embedded"]["posts"] if "_embedded" in hal else [hal]
        assert [name for name in REFERRING if name in item["_links"]] == ["country"]
        node = shown(served, target, JSON_LD)
        [node] = node.get("member", [node])
        assert [node.get(name) for name in REFERRING] == [None, REFERRING["country"], None]
        page = served.send("GET", target, accept=HTML).body.decode()
        assert f'<a href="{REFERRING["country"]}">new land</a>' in page
        assert f'<a href="{REFERRING["author_id"]}">' not in page
    answer = served.send("GET", f"/posts/{FIRST}?fields=title", accept=JSON)
    assert not [link for link in answer.links() if "#Post/" in link.relations[0]]


def test_of_resources_of_one_table_the_first_is_linked_to(served: Served) -> None:
    assert shown(served, "/profiles/1", JSON_LD)["user_id"] == f"{BASE}/users/1"
    assert shown(served, "/profiles/1", HAL)["_links"]["user_id"] == {"href": f"{BASE}/users/1"}
    assert shown(served, "/profiles/1", JSON_LD)["@id"] == f"{BASE}/profiles/1"


def test_an_entity_tag_of_json_ld_differs_from_that_without_the_link(filled: str) -> None:
    tags = []
    for declared in ({"profiles": Profile}, {"profiles": Profile, "users": User}):

        def several(api: Api, declared: dict[str, Any] = declared) -> None:
            for name, model in declared.items():
                api.resource(f"/{name}", model=model, read=public())

        with serving(several, database=filled) as served:
            tags.append(served.send("GET", "/profiles/1", accept=JSON_LD)["etag"])
    assert len({*tags}) == 2


def test_what_nobody_may_read_is_not_linked_to(filled: str) -> None:
    def hidden(api: Api) -> None:
        api.resource("/users", model=User, create=scope("users"))
        api.resource("/profiles", model=Profile, read=public())

    with serving(hidden, database=filled) as served:
        assert shown(served, "/profiles/1", JSON_LD)["user_id"] == 1


def test_links_begin_with_the_base_url_of_the_request(filled: str) -> None:
    with serving(register, database=filled, mount="/shop", url_prefix="/api") as served:
        node = shown(served, "/api/profiles/1", JSON_LD)
        assert node["user_id"] == f"{BASE}/shop/api/users/1"
        fields = {"author_id": f"{BASE}/shop/api/users/2"}
        changed = send(served, "PATCH", f"/api/posts/{FIRST}", fields)
        assert (changed.status, changed.json()["author_id"]) == (200, 2)
        assert is_problem(send(served, "PATCH", f"/api/posts/{FIRST}", {"author_id": f"{BASE}/users/1"}), 422)


# -- what is taken ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {"author_id": 1, "country": "ö & co"},
        {"author_id": f"{BASE}/users/1", "country": f"{BASE}/countries/%C3%B6%20%26%20co"},
        {"author_id": {"@id": f"{BASE}/users/1"}, "country": {"@id": f"{BASE}/countries/%C3%B6%20%26%20co"}},
    ],
    ids=["identities", "IRIs", "nodes"],
)
def test_json_ld_content_may_have_either(served: Served, given: dict[str, Any]) -> None:
    wanted = {"author_id": 1, "country": "ö & co"}
    created = send(served, "POST", "/posts", {"title": "C", **given})
    assert created.status == 201, created.body
    assert {name: created.json()[name] for name in wanted} == wanted
    changed = send(served, "PATCH", f"/posts/{BARE}", given)
    assert changed.status == 200, changed.body
    assert {name: changed.json()[name] for name in wanted} == wanted
    replaced = send(served, "PUT", f"/posts/{FIRST}", {"title": "D", **given})
    assert replaced.status == 200, replaced.body
    assert {name: replaced.json()[name] for name in wanted} == wanted


@pytest.mark.parametrize("accept", [*ALL[1:], JSON])
def test_what_was_read_can_be_sent_back(served: Served, accept: str) -> None:
    read = served.send("GET", f"/posts/{FIRST}", accept=accept)
    answer = served.send(
        "PUT", f"/posts/{FIRST}", {"Content-Type": accept, "If-Match": read["etag"]}, read.json(), accept=accept
    )
    assert (answer.status, answer.json(), answer["etag"]) == (200, read.json(), read["etag"])


def test_a_link_is_taken_away_with_null(served: Served) -> None:
    changed = send(served, "PATCH", f"/posts/{FIRST}", {"reply_to": None}, accept=JSON_LD)
    assert (changed.status, "reply_to" in changed.json()) == (200, False)


@pytest.mark.parametrize(
    "url",
    [
        f"{BASE}/countries/1",
        f"{BASE}/users",
        f"{BASE}/users/",
        f"{BASE}/users/x",
        f"{BASE}/users/01",
        f"{BASE}/users/%31",
        f"{BASE}/users/1/",
        f"{BASE}/users/1?fields=id",
        f"{BASE}/users/1#it",
        "https://elsewhere.example/users/1",
        "/users/1",
        {"@id": f"{BASE}/posts/1"},
        {"@id": 1},
        {"name": "Ada"},
    ],
)
def test_an_iri_of_anything_else_is_refused_at_its_pointer(served: Served, url: Any) -> None:
    answer = send(served, "POST", "/posts", {"title": 5, "author_id": url, "country": f"{BASE}/users/1"})
    assert is_problem(answer, 422)
    errors = {each["pointer"]: (each["detail"], each["code"]) for each in answer.json()["errors"]}
    assert errors == {
        "/author_id": (f"Must be the identity of an item of /users, or its URL below {BASE}/users/.", "reference"),
        "/country": (
            f"Must be the identity of an item of /countries, or its URL below {BASE}/countries/.",
            "reference",
        ),
        "/title": ("Must be text.", "string_type"),
    }


@pytest.mark.parametrize("media", [JSON, HAL])
def test_other_content_has_identities(served: Served, media: str) -> None:
    answer = send(served, "POST", "/posts", {"title": "C", "author_id": f"{BASE}/users/1"}, media)
    assert is_problem(answer, 422)
    assert [each["code"] for each in answer.json()["errors"]] == ["int_type"]


def test_patches_have_identities(served: Served) -> None:
    changed = send(served, "PATCH", f"/posts/{BARE}", {"author_id": 1}, MERGE_PATCH)
    assert (changed.status, changed.json()["author_id"]) == (200, 1)
    patch = [{"op": "replace", "path": "/author_id", "value": 2}]
    changed = send(served, "PATCH", f"/posts/{BARE}", patch, JSON_PATCH)
    assert (changed.status, changed.json()["author_id"]) == (200, 2)


def test_a_filter_takes_the_identity(served: Served) -> None:
    found = shown(served, "/posts?author_id=2", JSON_LD)["member"]
    assert [each["author_id"] for each in found] == [f"{BASE}/users/2"]


# -- what is said of it -------------------------------------------------------------------------------------


def test_the_vocabulary_names_the_class_of_what_is_linked_to(served: Served) -> None:
    documentation = shown(served, "/docs.jsonld", JSON_LD)
    [post] = [each for each in documentation["supportedClass"] if each["title"] == "Post"]
    found = {each["title"]: each["property"] for each in post["supportedProperty"]}
    assert {name: (found[name]["@type"], found[name]["range"]) for name in (*REFERRING, "topic_id", "signed")} == {
        "author_id": ("Link", f"{VOCABULARY}User"),
        "country": ("Link", f"{VOCABULARY}Nation"),
        "reply_to": ("Link", f"{VOCABULARY}Post"),
        "topic_id": ("Property", "http://www.w3.org/2001/XMLSchema#integer"),
        "signed": ("Property", "http://www.w3.org/2001/XMLSchema#string"),
    }


def test_schemas_say_what_a_member_refers_to(served: Served) -> None:
    properties = shown(served, "/schemas/Post", JSON)["properties"]
    assert properties["author_id"]["description"] == "Who wrote it. Refers to an item of /users."
    assert properties["country"]["description"] == "Refers to an item of /countries."
    assert "description" not in properties["topic_id"]


def test_openapi_is_valid(served: Served) -> None:
    validate(shown(served, "/openapi.json", JSON))


@pytest.mark.parametrize("accept", ALL)
def test_openapi_describes_what_is_sent(served: Served, accept: str) -> None:
    described = shown(served, "/openapi.json", JSON)
    for path, target in (("/posts/{id}", f"/posts/{FIRST}"), ("/posts/{id}", f"/posts/{BARE}"), ("/posts", "/posts")):
        schema = described["paths"][path]["get"]["responses"]["200"]["content"][accept]["schema"]
        assert list(validator(described, schema).iter_errors(shown(served, target, accept))) == []


def test_openapi_has_urls_in_json_ld_and_identities_in_plain_json(served: Served) -> None:
    described = shown(served, "/openapi.json", JSON)
    content = described["paths"]["/posts/{id}"]["get"]["responses"]["200"]["content"]
    node, plain = (shown(served, f"/posts/{FIRST}", accept) for accept in (JSON_LD, JSON))
    wrong = {JSON: {**plain, "author_id": node["author_id"]}, JSON_LD: {**node, "author_id": plain["author_id"]}}
    for accept, item in wrong.items():
        errors = list(validator(described, content[accept]["schema"]).iter_errors(item))
        assert [error.absolute_path[-1] for error in errors] == ["author_id"]


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_openapi_takes_either_in_json_ld(served: Served, method: str) -> None:
    described = shown(served, "/openapi.json", JSON)
    path = "/posts" if method == "post" else "/posts/{id}"
    content = described["paths"][path][method]["requestBody"]["content"]
    url = f"{BASE}/users/1"
    for media, given, valid in (
        (JSON_LD, url, True),
        (JSON_LD, {"@id": url}, True),
        (JSON_LD, 1, True),
        (JSON, 1, True),
        (JSON, url, False),
    ):
        check = validator(described, content[media]["schema"])
        assert check.is_valid({"title": "C", "author_id": given}) is valid, (media, given)


# -- reading ------------------------------------------------------------------------------------------------


def validator(described: Any, schema: Any) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": described["components"]})


def expanded(served: Served, node: Any) -> Any:
    def load(url: str, _: object) -> dict[str, Any]:
        document = shown(served, url, JSON_LD)
        return {"contextUrl": None, "documentUrl": url, "document": document, "contentType": None}

    lost: list[str] = []
    options = {"documentLoader": load, "base": f"{BASE}/", "on_property_dropped": lost.append}
    found = jsonld.expand(json.loads(json.dumps(node)), options)
    assert lost == []
    return found


class Ranked(DeclarativeBase):
    pass


class Member(Ranked):
    __tablename__ = "members"
    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    boss: Mapped[str | None] = mapped_column(sa.ForeignKey("members.name"))
    mentor: Mapped[str | None] = mapped_column(sa.ForeignKey("members.name"))


class MemberOf(Resource):
    """One of several."""

    name: str = Field(identity=True, renameable=True)
    boss: str | None = Field(None, alias="leader")
    mentor: str | None = Field(None, write_only=True)


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mariadb"])
def test_what_items_of_its_own_kind_refer_to_is_told_by_no_member(
    request: pytest.FixtureRequest, database: str
) -> None:
    """What is refused for another item's sake names no member of this one, and tells of no hidden member."""
    url = request.getfixturevalue(f"{database}_url")
    create(Ranked.metadata, url)
    with serving(lambda api: api.resource("/members", model=Member, read=public(), write=public())(MemberOf),
                 database=url) as served:  # fmt: skip
        for row in ({"name": "ada"}, {"name": "bob", "mentor": "ada"}, {"name": "cat", "leader": "bob"}):
            assert served.send("POST", "/members", content=row).status == 201
        for name in ("ada", "bob"):
            for refused in (
                served.send("DELETE", f"/members/{name}"),
                served.send("PATCH", f"/members/{name}", {"Content-Type": MERGE_PATCH}, {"name": "eve"}),
            ):
                assert is_problem(refused, 409)
                assert "errors" not in refused.json()
        wrong = served.send("PATCH", "/members/cat", {"Content-Type": MERGE_PATCH}, {"leader": "eve"})
        assert is_problem(wrong, 409)
        pointers = [error["pointer"] for error in wrong.json().get("errors", [])]
        assert pointers == ([] if database == "sqlite" else ["/leader"])
