"""Operations of an application's own: shown to whom they are open, and done for those alone."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from pydantic import BaseModel
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell import Api, Change, DeclarationError, Field, Refusal, Refuse, Resource, public, scope
from tests.arguments import shows
from tests.modelled import create


class Base(DeclarativeBase):
    pass


class Story(Base):
    """A story of somebody else's."""

    __tablename__ = "stories"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    status: Mapped[str] = mapped_column(default="draft")
    pages: Mapped[int] = mapped_column(default=0)


class Draft(Resource):
    """A draft in a table of Restwell's own."""

    title: str = Field(identity=True)
    status: str = "draft"
    pages: int = Field(0, ge=0, le=9)


class More(BaseModel):
    """What is added."""

    pages: int = Field(ge=1, description="How many pages.")
    note: str | None = None


class Precious(Refusal):
    status = 423
    title = "It is precious"
    explanation = "What is precious is kept."


class Served:
    def __init__(self, url: str, kind: str) -> None:
        create(Base.metadata, url)
        self.app = Flask(__name__)
        self.app.config["RESTWELL_DATABASE"] = url
        self.api = Api(self.app)
        self.resource: type[Any] = Story
        if kind == "own":
            self.resource = self.api.resource("/texts", read=public(), write=public())(type("Text", (Draft,), {}))
        else:
            self.api.resource("/texts", model=Story, read=public(), write=public())
        self.name = "Text" if kind == "own" else "Story"

        @self.api.operation(self.resource, "publish", permission=scope("texts"))
        def publish(change: Change) -> None:
            if change.new.status == "published":
                raise Refuse(409, "It is published already.", pointer="/status")
            change.new.status = "published"

        self.api.operation(self.resource, "burn", permission=scope("fire"))(print)

        @self.api.operation(self.resource, "add-pages", permission=public(), input=More, title="Add pages")
        def add(change: Change) -> None:
            change.new.pages = change.old.pages + change.input.pages

    @property
    def client(self) -> Any:
        return self.app.test_client()

    @property
    def key(self) -> dict[str, str]:
        return self.key_for("texts:publish")

    def key_for(self, permitted: str) -> dict[str, str]:
        with self.app.app_context():
            return {"Authorization": f"Bearer {self.api.keys.create('editor', permitted)}"}

    def item(self, pages: int = 1) -> str:
        found = self.client.post("/texts", json={"title": "First", "pages": pages})
        return str(found.headers["Location"])


@pytest.fixture(params=["own", "model"])
def served(request: pytest.FixtureRequest, database_url: str) -> Iterator[Served]:
    found = Served(database_url, request.param)
    yield found
    found.api.binding(found.app).store.close()


@shows("Api.operation", "resource", "name", "permission")
def test_it_changes_the_item_and_answers_with_it(served: Served) -> None:
    place = served.item()
    key = served.key
    before = served.client.get(place, headers=key).headers["ETag"]
    answer = served.client.post(f"{place}/publish", headers=key)
    assert (answer.status_code, answer.json["status"]) == (200, "published")
    assert answer.headers["Content-Location"] == place
    assert answer.headers["ETag"] == served.client.get(place, headers=key).headers["ETag"] != before


def test_content_that_is_missing_is_told_as_where_an_item_is_created(served: Served) -> None:
    place = served.item()
    told = []
    for url in (f"{place}/add-pages", "/texts"):
        for fields in ({}, {"Content-Length": "0"}):
            answer = served.client.post(url, headers=fields)
            assert answer.status_code == 415
            told.append(answer.json["detail"])
    assert len(set(told)) == 1
    assert told[0].startswith("The request has no content, and needs some. Send one of application/json, ")
    answer = served.client.post(f"{place}/add-pages", data="x", content_type="text/plain")
    assert (answer.status_code, answer.json["detail"][:12]) == (415, "Send one of ")


def test_it_is_done_for_those_alone_who_may(served: Served) -> None:
    place = served.item()
    assert served.client.post(f"{place}/publish").status_code == 401
    answer = served.client.post(f"{place}/publish", headers=served.key_for("fire:burn"))
    assert (answer.status_code, 'scope="texts:publish"' in answer.headers["WWW-Authenticate"]) == (403, True)
    assert served.client.get(place).json["status"] == "draft"


@pytest.mark.parametrize(
    "media_type", ["application/ld+json", "application/hal+json", "application/prs.hal-forms+json"]
)
def test_it_is_shown_to_those_alone_who_may(served: Served, media_type: str) -> None:
    place = served.item()

    def shown(headers: dict[str, str]) -> str:
        return str(served.client.get(place, headers={"Accept": media_type, **headers}).get_data(as_text=True))

    assert f'{place}/add-pages"' in shown({})
    assert f'{place}/publish"' not in shown({})
    assert f'{place}/publish"' in shown(served.key)


@shows("Api.operation", "title", "input")
def test_json_ld_has_a_node_for_each(served: Served) -> None:
    place = served.item()
    thing = f"http://localhost/docs.jsonld#{served.name}"
    node = served.client.get(place).json["add-pages"]
    assert node == {
        "@id": f"{place}/add-pages",
        "operation": [
            {
                "@type": "Operation",
                "method": "POST",
                "title": "Add pages",
                "expects": f"{thing}/add-pages/input",
                "returns": thing,
            }
        ],
    }
    assert served.client.get("/texts").json["member"][0]["add-pages"] == node
    context = served.client.get(f"/contexts/{served.name}").json["@context"]
    assert context["add-pages"] == {"@id": f"{thing}/add-pages"}
    classes = {each["@id"]: each for each in served.client.get("/docs.jsonld").json["supportedClass"]}
    links = [each for each in classes[thing]["supportedProperty"] if each["title"] == "add-pages"]
    assert [link["property"]["supportedOperation"][0]["method"] for link in links] == ["POST"]
    assert [each["title"] for each in classes[f"{thing}/add-pages/input"]["supportedProperty"]] == ["pages", "note"]


@pytest.mark.parametrize(
    "media_type", ["application/ld+json", "application/hal+json", "application/prs.hal-forms+json"]
)
def test_an_item_can_be_sent_back_as_it_was_shown_with_it(served: Served, media_type: str) -> None:
    place = served.item()
    shown = served.client.get(place, headers={"Accept": media_type})
    assert "add-pages" in shown.get_data(as_text=True)
    again = served.client.put(place, data=shown.data, content_type=media_type, headers={"Accept": media_type})
    assert (again.status_code, again.headers["ETag"], again.data) == (200, shown.headers["ETag"], shown.data)
    unknown = served.client.put(place, json={"title": "x", "add-pages": {}})
    assert (unknown.status_code, unknown.json["errors"][0]["pointer"]) == (422, "/add-pages")


def test_hal_forms_have_its_fields_and_its_target(served: Served) -> None:
    place = served.item()
    form = served.client.get(place, headers={"Accept": "application/prs.hal-forms+json"}).json["_templates"][
        "add-pages"
    ]
    assert (form["method"], form["target"], form["title"]) == ("POST", f"{place}/add-pages", "Add pages")
    assert form["properties"] == [
        {"name": "pages", "prompt": "How many pages.", "required": True, "type": "number", "min": 1},
        {"name": "note", "maxLength": 65536},
    ]


def test_a_page_for_people_names_it(served: Served) -> None:
    page = served.client.get(served.item(), headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "Add pages" in page
    assert "…/add-pages" in page


def test_its_input_is_validated_strictly(served: Served) -> None:
    place = served.item()
    for content, pointer in (
        ({"pages": "2"}, "/pages"),
        ({"pages": 0}, "/pages"),
        ({"pages": 1, "x": 1}, "/x"),
        ({}, "/pages"),
    ):
        answer = served.client.post(f"{place}/add-pages", json=content)
        assert (answer.status_code, [each["pointer"] for each in answer.json["errors"]]) == (422, [pointer])
    assert served.client.post(f"{place}/add-pages", data="x", content_type="text/plain").status_code == 415
    answer = served.client.post(f"{place}/add-pages", json={"pages": 2})
    assert (answer.status_code, answer.json["pages"]) == (200, 3)


def test_what_it_sets_is_validated(database_url: str) -> None:
    served = Served(database_url, "own")
    answer = served.client.post(f"{served.item(9)}/add-pages", json={"pages": 1})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/pages")
    served.api.binding(served.app).store.close()


def test_it_may_refuse(served: Served) -> None:
    place, key = served.item(), served.key
    assert served.client.post(f"{place}/publish", headers=key).status_code == 200
    answer = served.client.post(f"{place}/publish", headers=key)
    assert (answer.status_code, answer.json["detail"]) == (409, "It is published already.")


@shows("Api.operation", "refuses")
def test_it_may_refuse_with_a_kind_of_its_own(database_url: str) -> None:
    served = Served(database_url, "own")

    @served.api.operation(served.resource, "shred", permission=public(), refuses=[Precious])
    def shred(change: Change) -> None:
        raise Precious("Keep it.")

    answer = served.client.post(f"{served.item()}/shred")
    assert (answer.status_code, answer.json["title"]) == (423, "It is precious")
    assert served.client.get(answer.json["type"]).status_code == 200
    responses = served.client.get("/openapi.json").json["paths"]["/texts/{title}/shred"]["post"]["responses"]
    assert responses["423"] == {"$ref": "#/components/responses/Locked"}
    served.api.binding(served.app).store.close()


def test_it_takes_preconditions(served: Served) -> None:
    place = served.item()
    tag = served.client.get(place).headers["ETag"]
    add = {"json": {"pages": 1}}
    assert served.client.post(f"{place}/add-pages", headers={"If-Match": tag}, **add).status_code == 200
    assert served.client.post(f"{place}/add-pages", headers={"If-Match": tag}, **add).status_code == 412
    assert served.client.get(place).json["pages"] == 2


def test_other_methods_and_items_that_are_not_there(served: Served) -> None:
    place = served.item()
    answer = served.client.get(f"{place}/publish")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST, OPTIONS")
    assert served.client.options(f"{place}/publish").headers["Allow"] == "POST, OPTIONS"
    assert served.client.post(f"{place}/bury").status_code == 404
    assert served.client.post("/texts/999/add-pages", json={"pages": 1}).status_code == 404
    assert "POST" not in served.client.options(place).headers["Allow"]


def test_hooks_see_it_as_an_update(served: Served) -> None:
    seen = []
    served.api.before(served.resource, "update")(lambda change: seen.append((change.operation, change.new.pages)))
    served.client.post(f"{served.item()}/add-pages", json={"pages": 2})
    assert seen == [("add-pages", 3)]


def test_openapi_describes_it(served: Served) -> None:
    document = served.client.get("/openapi.json").json
    [path] = [path for path in document["paths"] if path.endswith("/add-pages")]
    operation = document["paths"][path]["post"]
    assert operation["operationId"] == f"addPages{served.name}"
    assert operation["description"] == "Public."
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": f"#/components/schemas/{served.name}.add-pages"}
    assert document["components"]["schemas"][f"{served.name}.add-pages"]["required"] == ["pages"]
    assert {"200", "404", "409", "412", "415", "422"} <= operation["responses"].keys()
    publish = document["paths"][path.replace("add-pages", "publish")]["post"]
    assert "requestBody" not in publish
    assert publish["description"] == "Needs the scope `texts:publish`."
    assert {"400", "415", "422"} <= publish["responses"].keys()  # it takes an empty object, and nothing else


@pytest.mark.parametrize(
    "name, more, said",
    [
        ("Publish", {"permission": public()}, "needs another name: small letters"),
        ("title", {"permission": public()}, "a member or another operation is called so"),
        ("publish", {"permission": public()}, "a member or another operation is called so"),
        ("delete", {"permission": public()}, "a member or another operation is called so"),
        ("bury", {}, "says nothing about who may do it"),
        ("bury", {"permission": public(), "input": int}, "give a class of pydantic's"),
        ("bury", {"permission": public(), "refuses": [ValueError]}, "name classes below restwell.Refusal"),
        ("bury", {"permission": public(), "refuses": ["Precious"]}, "name classes below restwell.Refusal"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(sqlite_url: str, name: str, more: dict[str, Any], said: str) -> None:
    served = Served(sqlite_url, "own")
    with pytest.raises(DeclarationError, match=said):
        served.api.operation(served.resource, name, **more)(print)


def test_two_kinds_of_refusals_do_not_share_a_page(sqlite_url: str) -> None:
    served = Served(sqlite_url, "own")
    other: type[Refusal] = type("Precious", (Refusal,), {"title": "It is dear", "__module__": "elsewhere"})
    served.api.operation(served.resource, "shred", permission=public(), refuses=[Precious])(print)
    served.api.operation(served.resource, "tear", permission=public(), refuses=[other])(print)
    with pytest.raises(DeclarationError, match="would share the page /problems/precious"):
        served.client.get("/texts")


def test_options_name_types_of_content_where_there_is_any(served: Served) -> None:
    place = served.item()
    assert "application/json" in served.client.options(f"{place}/add-pages").headers["Accept-Post"]
    answer = served.client.options(f"{place}/publish")
    assert (answer.headers["Allow"], "Accept-Post" in answer.headers) == ("POST, OPTIONS", False)


def test_an_operation_on_what_is_only_read_is_refused() -> None:
    api = Api()
    made = api.resource("/titles", query=sa.select(Story.id, Story.title), read=public())

    @made
    class Title(Resource):
        id: int = Field(identity=True)
        title: str

    with pytest.raises(DeclarationError, match="changes items, and they are those of a query, which is only read"):
        api.operation(Title, "publish", permission=public())(print)


@pytest.mark.parametrize("what", ["hook", "operation"])
def test_a_class_beside_a_model_comes_before_what_takes_part_in_changes(what: str) -> None:
    api = Api()
    made = api.resource("/texts", model=Story, read=public(), write=public())
    if what == "hook":
        api.before(Story)(print)
    else:
        api.operation(Story, "publish", permission=public())(print)

    class Short(Resource):
        id: int | None = Field(None, identity=True)
        title: str

    with pytest.raises(DeclarationError, match="Short comes too late for the hooks and operations of the model at"):
        made(Short)


@pytest.mark.parametrize(
    "media_type, beside",
    [
        ("application/ld+json", {"@context": "http://localhost/contexts/Text", "@type": "Input"}),
        ("application/hal+json", {"_links": {}}),
    ],
)
def test_content_in_a_format_may_have_what_belongs_to_that(
    served: Served, media_type: str, beside: dict[str, Any]
) -> None:
    answer = served.client.post(
        f"{served.item()}/add-pages", data=json.dumps({"pages": 2, **beside}), content_type=media_type
    )
    assert (answer.status_code, answer.json.get("pages")) == (200, 3)


@pytest.mark.parametrize("content", ["{}", '{"@context": "http://localhost/contexts/Story"}'])
def test_one_without_input_takes_an_empty_object(served: Served, content: str) -> None:
    answer = served.client.post(
        f"{served.item()}/publish", data=content, content_type="application/ld+json", headers=served.key
    )
    assert (answer.status_code, answer.json["status"]) == (200, "published")


@pytest.mark.parametrize(
    "content, media_type, status, pointers",
    [
        ('{"pages": 2, "a/b": 1}', "application/json", 422, ["/pages", "/a~1b"]),
        ("[1]", "application/json", 422, [""]),
        ("{", "application/json", 400, None),
        ("pages=2", "application/x-www-form-urlencoded", 415, None),
    ],
)
def test_what_one_without_input_is_sent_is_refused(
    served: Served, content: str, media_type: str, status: int, pointers: list[str] | None
) -> None:
    item = served.item()
    answer = served.client.post(f"{item}/publish", data=content, content_type=media_type, headers=served.key)
    told = [each["pointer"] for each in answer.json["errors"]] if "errors" in answer.json else None
    assert (answer.status_code, told) == (status, pointers)
    assert served.client.get(item).json["status"] == "draft"


def test_many_members_that_are_sent_to_one_without_input_are_counted(served: Served) -> None:
    content = json.dumps({f"m{number}": number for number in range(1000)})
    answer = served.client.post(
        f"{served.item()}/publish", data=content, content_type="application/json", headers=served.key
    )
    assert (answer.status_code, len(answer.json["errors"])) == (422, 20)
    assert "980 more" in answer.json["detail"]


def test_one_of_a_resource_that_asks_for_if_match_does_so_too(database_url: str) -> None:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = database_url
    api = Api(app)
    api.resource("/drafts", read=public(), write=public(), require_if_match=True)(Draft)

    @api.operation(Draft, "publish", permission=public())
    def publish(change: Change) -> None:
        change.new.status = "published"

    client: Any = app.test_client()
    tag = client.post("/drafts", json={"title": "a"}).headers["ETag"]
    refused = client.post("/drafts/a/publish")
    assert (refused.status_code, client.get("/drafts/a").json["status"]) == (428, "draft")
    assert client.post("/drafts/a/publish", headers={"If-Match": '"another"'}).status_code == 412
    done = client.post("/drafts/a/publish", headers={"If-Match": tag})
    assert (done.status_code, done.json["status"]) == (200, "published")
    described = client.get("/openapi.json").json["paths"]["/drafts/{title}/publish"]["post"]
    assert {"412", "428"} <= described["responses"].keys()
    [condition] = [each for each in described["parameters"] if each.get("name") == "If-Match"]
    assert condition["required"] is True
    api.binding(app).store.close()
