"""Every argument means something: each of `Api`, its resources, `Field`, the rules and the keys shows its effect."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from importlib import import_module

import pytest
from flask import Flask, url_for

from restwell import Api, DeclarationError, Field, Resource, public, scope
from restwell.web.flask.keys import Keys
from tests.api import HAL_FORMS, JSON, JSON_LD, MERGE_PATCH, Served, serving
from tests.arguments import SHOWN, shows

TAKERS: dict[str, Callable[..., object]] = {
    "Api": Api,
    "Api.resource": Api.resource,
    "Api.before": Api.before,
    "Api.after": Api.after,
    "Api.committed": Api.committed,
    "Api.operation": Api.operation,
    "Api.test_client": Api.test_client,
    "Field": Field,
    "public": public,
    "scope": scope,
    "keys.create": Keys.create,
    "keys.rotate": Keys.rotate,
}
ELSEWHERE = (
    "tests.conformance.test_auto", "tests.conformance.test_cors",
    "tests.conformance.test_expressions", "tests.conformance.test_hooks",
    "tests.conformance.test_keys", "tests.conformance.test_logins", "tests.conformance.test_member_rules",
    "tests.conformance.test_models", "tests.conformance.test_own_operations", "tests.conformance.test_renaming",
    "tests.conformance.test_sources", "tests.conformance.test_unseen",
    "tests.restwell.flow.test_limits",
    "tests.restwell.model.test_naming", "tests.restwell.representations.test_formats",
    "tests.restwell.storage.test_unique_together", "tests.restwell.web.flask.test_engine",
    "tests.restwell.web.flask.test_flask_sqlalchemy",
    "tests.restwell.web.flask.test_test_client",
)  # fmt: skip
"""Modules with tests that show the effect of an argument, too."""
JSON_CONTENT = {"Content-Type": JSON, "Accept": JSON}


def arguments_of(taker: Callable[..., object]) -> set[str]:
    """The names that it takes; `constraints` of `Field` are pydantic's and judged with the declaration."""
    return set(inspect.signature(taker).parameters) - {"self", "constraints"}


@pytest.mark.parametrize("name", TAKERS)
def test_each_argument_has_a_test_that_shows_its_effect(name: str) -> None:
    for module in ELSEWHERE:
        import_module(module)  # which notes what its tests show
    assert arguments_of(TAKERS[name]) == {argument for taker, argument in SHOWN if taker == name}


# -- Api ----------------------------------------------------------------------------------------------------


def book(api: Api, **options: object) -> None:
    arguments: dict[str, object] = {"read": public(), "write": public(), **options}

    @api.resource(str(arguments.pop("path", "/books")), **arguments)  # type: ignore[arg-type]  # any of them, by name
    class Book(Resource):
        """A book."""

        title: str = Field(identity=True)
        pages: int = 1


def books(**options: object) -> Callable[[Api], None]:
    return lambda api: book(api, **options)


@shows("Api", "app")
def test_an_api_is_served_by_the_application_that_it_is_given() -> None:
    app = Flask("mine")
    app.config["RESTWELL_DATABASE"] = "sqlite://"
    book(Api(app))
    assert app.test_client().get("/books").status_code == 200


@shows("Api", "url_prefix")
def test_a_prefix_is_the_beginning_of_every_address() -> None:
    with serving(books(), url_prefix="/api") as served:
        assert served.send("GET", "/api/books").status == 200
        assert served.send("GET", "/books").status == 404
        assert served.send("GET", "/api/").json()["books"].endswith("/api/books")


@shows("Api", "title", "description", "version")
def test_what_the_api_is_called_is_what_its_descriptions_say() -> None:
    with serving(books(), title="My shelf", description="What I read.", version="2.3.4") as served:
        info = served.send("GET", "/openapi.json").json()["info"]
        assert (info["title"], info["version"]) == ("My shelf", "2.3.4")
        assert "What I read." in info["description"]
        page = served.send("GET", "/", {"Accept": "text/html"}).body.decode()
        assert "My shelf" in page
        assert "What I read." in page


# -- a resource ---------------------------------------------------------------------------------------------


@shows("Api.resource", "path")
def test_a_resource_is_at_its_path() -> None:
    with serving(books(path="/library/books")) as served:
        assert served.send("GET", "/library/books").status == 200


@pytest.mark.parametrize(
    "operation, method",
    [
        ("read", "GET"),
        ("create", "POST"),
        ("update", "PATCH"),
        ("delete", "DELETE"),
    ],
)
@shows("Api.resource", "read", "create", "update", "delete")
def test_a_rule_opens_its_operation_and_no_other(operation: str, method: str) -> None:
    rules = {"read": None, "write": None, operation: public()}
    with serving(books(initial=[{"title": "here"}], **rules)) as served:
        tried = {
            "GET": served.send("GET", "/books"),
            "POST": served.send("POST", "/books", JSON_CONTENT, {"title": "new"}),
            "PATCH": served.send("PATCH", "/books/here", {"Content-Type": MERGE_PATCH}, {"pages": 2}),
            "DELETE": served.send("DELETE", "/books/here"),
        }
    assert {name for name, answer in tried.items() if answer.status < 400} == {method}


@shows("Api.resource", "write")
def test_the_rule_for_writing_stands_for_the_three_that_are_not_given() -> None:
    with serving(books(read=None, write=public(), delete=scope("books"))) as served:
        assert served.send("POST", "/books", JSON_CONTENT, {"title": "new"}).status == 201
        assert served.send("PUT", "/books/new", JSON_CONTENT, {"pages": 2}).status < 300
        assert served.send("DELETE", "/books/new").status == 401


@shows("Api.resource", "require_if_match")
def test_a_change_has_to_name_its_state_where_that_is_required() -> None:
    for required, status in ((True, 428), (False, 204)):
        with serving(books(initial=[{"title": "here"}], require_if_match=required)) as served:
            assert served.send("DELETE", "/books/here").status == status


@shows("Api.resource", "max_body")
def test_content_may_be_as_large_as_is_said() -> None:
    for limit, status in ((30, 413), (300, 201)):
        with serving(books(max_body=limit)) as served:
            assert served.send("POST", "/books", JSON_CONTENT, {"title": "t" * 40}).status == status


@shows("Api.resource", "iri")
def test_the_iri_of_a_resource_is_what_its_vocabulary_says() -> None:
    with serving(books(iri="schema:Book")) as served:
        assert "https://schema.org/Book" in served.send("GET", "/docs.jsonld").body.decode()


@shows("Api.resource", "name")
def test_the_name_of_a_resource_is_what_clients_are_told() -> None:
    described = ["/docs", "/docs.jsonld", "/openapi.json", "/contexts/Work", "/schemas/Work"]
    with serving(books(name="Work", initial=[{"title": "It"}])) as served:
        for path in ("/", *described, "/books", "/books/It"):
            for media_type in (JSON, JSON_LD, HAL_FORMS, "text/html", "*/*"):
                answer = served.send("GET", path, {"Accept": media_type})
                assert answer.status in {200, 406}
                assert b"Book" not in answer.body
                assert "Book" not in str(answer.headers)
        assert served.send("GET", "/books/It").json()["@type"] == "Work"
        assert served.send("GET", "/schemas/Work").json()["title"] == "Work"
        assert served.send("GET", "/openapi.json").json()["paths"]["/books"]["get"]["operationId"] == "listWork"
        assert served.send("GET", "/schemas/Book").status == 404
        with served.app.test_request_context():
            assert url_for("restwell:Work", title="It") == "/books/It"


@shows("Api.resource", "initial")
def test_initial_rows_are_there_from_the_beginning() -> None:
    with serving(books(initial=[{"title": "first"}, {"title": "second"}])) as served:
        found = served.send("GET", "/books", {"Accept": JSON}).json()["books"]
        assert [each["title"] for each in found] == ["first", "second"]


# -- a field ------------------------------------------------------------------------------------------------


def things(**fields: object) -> Callable[[Api], None]:
    """Things with an identity and one more field, `it`, declared as is said."""
    annotation = fields.pop("annotation", str)
    declared = fields.pop("declared")

    def register(api: Api) -> None:
        body = {
            "__annotations__": {"id": int, "it": annotation},
            "__module__": __name__,
            "id": Field(identity=True),
            "it": declared,
        }
        cls = type("Thing", (Resource,), body)
        api.resource("/things", read=public(), write=public())(cls)

    return register


def created(served: Served, **members: object) -> dict[str, object]:
    answer = served.send("POST", "/things", JSON_CONTENT, {"id": 1, **members})
    assert answer.status == 201, answer.body
    found: dict[str, object] = answer.json()
    return found


@shows("Field", "default")
def test_a_default_is_the_value_of_a_member_that_is_left_out() -> None:
    with serving(things(declared=Field("as a rule"))) as served:
        assert created(served)["it"] == "as a rule"


@shows("Field", "identity")
def test_the_identity_names_an_item_in_its_uri() -> None:
    with serving(things(declared=Field("x"))) as served:
        created(served)
        assert served.send("GET", "/things/1").status == 200


@shows("Field", "iri")
def test_the_iri_of_a_field_is_what_its_context_says() -> None:
    with serving(things(declared=Field("x", iri="schema:name"))) as served:
        assert "https://schema.org/name" in served.send("GET", "/contexts/Thing").body.decode()


@shows("Field", "read_only")
def test_a_read_only_member_cannot_be_set() -> None:
    with serving(things(declared=Field("x", read_only=True))) as served:
        answer = served.send("POST", "/things", JSON_CONTENT, {"id": 1, "it": "mine"})
        assert (answer.status, answer.json()["errors"][0]["pointer"]) == (422, "/it")


@shows("Field", "index")
def test_an_index_is_made_in_the_database(database_url: str) -> None:
    for index in (True, False):
        with serving(things(declared=Field("x", index=index)), database=database_url) as served:
            created(served)
            driver = served.api.binding(served.app).store.driver
            catalogue = {
                "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'things'",
                "postgresql": "SELECT indexname FROM pg_indexes WHERE tablename = 'things'",
            }
            names = {name for (name,) in driver.read(catalogue[driver.name])}
            assert ("ix_things_it" in names) == index
            served.change("DROP TABLE things")


@shows("Field", "unique")
def test_a_unique_value_is_there_once(database_url: str) -> None:
    with serving(things(declared=Field("x", unique=True)), database=database_url) as served:
        created(served)
        answer = served.send("POST", "/things", JSON_CONTENT, {"id": 2, "it": "x"})
        assert (answer.status, answer.json()["errors"][0]["pointer"]) == (409, "/it")


@shows("Field", "filterable", "sortable")
def test_a_query_may_name_what_is_filterable_and_sortable() -> None:
    for allowed, status in ((True, 200), (False, 400)):
        with serving(things(declared=Field("x", filterable=allowed, sortable=not allowed))) as served:
            assert served.send("GET", "/things?it=x").status == status
        with serving(things(declared=Field("x", sortable=allowed, filterable=not allowed))) as served:
            assert served.send("GET", "/things?sort=it").status == status


# -- rules --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, said",
    [
        ({"max_age": 60}, "max-age=60"),
        ({"max_age": 60, "s_maxage": 90}, "s-maxage=90"),
        ({"max_age": 60, "stale_while_revalidate": 30}, "stale-while-revalidate=30"),
        ({"max_age": 60, "must_revalidate": True}, "must-revalidate"),
        ({"no_store": True}, "no-store"),
    ],
)
@shows("public", "max_age", "s_maxage", "stale_while_revalidate", "must_revalidate", "no_store")
def test_what_is_public_may_be_kept_as_is_said(arguments: dict[str, object], said: str) -> None:
    with serving(books(read=public(**arguments))) as served:  # type: ignore[arg-type]  # any of them, by name
        assert said in served.send("GET", "/books")["cache-control"].split(", ")
    with serving(books()) as served:
        assert said not in served.send("GET", "/books")["cache-control"].split(", ")


@shows("scope", "name")
def test_a_scope_is_what_a_key_needs() -> None:
    with serving(books(read=scope("library"), write=None)) as served:
        authorization = f"Bearer {served.key('library:read')}"
        assert served.send("GET", "/books", {"Authorization": authorization}).status == 200
        assert served.send("GET", "/books").status == 401


@pytest.mark.parametrize(
    "arguments, said", [({"max_age": 60}, "private, max-age=60"), ({"no_store": True}, "no-store")]
)
@shows("scope", "max_age", "no_store")
def test_what_a_scope_protects_may_be_kept_as_is_said(arguments: dict[str, object], said: str) -> None:
    with serving(books(read=scope("books", **arguments))) as served:  # type: ignore[arg-type]  # either, by name
        authorization = f"Bearer {served.key('books:read')}"
        assert served.send("GET", "/books", {"Authorization": authorization})["cache-control"] == said


# -- keys ---------------------------------------------------------------------------------------------------


@shows("keys.create", "name", "scopes", "lifetime")
def test_a_key_has_its_name_its_scopes_and_its_end() -> None:
    with serving(books(write=scope("books"))) as served, served.app.app_context():
        now = time.time()
        served.api.keys.create("me", "books:write", lifetime=60)
        served.api.keys.create("for ever", "books:delete", lifetime=None)
        first, second = sorted(served.api.keys.list(), key=lambda record: record["name"], reverse=True)
        assert (first["name"], first["scopes"]) == ("me", "books:create books:delete books:update")
        assert now + 58 < first["expires"] < now + 62
        assert (second["scopes"], second["expires"]) == ("books:delete", None)
        with pytest.raises(ValueError, match="No resource knows the scope"):
            served.api.keys.create("me", "films:write")


def test_what_a_rule_does_not_do_is_refused() -> None:
    with pytest.raises(DeclarationError):
        book(Api(), read=lambda grant: True)
