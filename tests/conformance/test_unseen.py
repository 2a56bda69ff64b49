"""Members that are only sent, and members that are the application's own: no answer shows them or tells of them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from enum import Enum
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from openapi_spec_validator import validate
from pydantic import BaseModel, computed_field, field_validator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates

from restwell import Api, Change, Field, Resource, Source, public
from restwell.model.source import HeldSource
from tests.api import HAL, HAL_FORMS, JSON, JSON_LD, JSON_PATCH, MERGE_PATCH, Answer, Served, is_problem, serving
from tests.arguments import shows
from tests.modelled import create

SECRET, OTHER, INNER = "s3cr3t-of-ada", "an0th3r-value", "inn3r-value"
FORMATS = (JSON, JSON_LD, HAL, HAL_FORMS, "text/html")
MERGE, PATCH = {"Content-Type": MERGE_PATCH}, {"Content-Type": JSON_PATCH}


class Base(DeclarativeBase):
    pass


class Kept(Base):
    """An account, as another application has it."""

    __tablename__ = "accounts"
    name: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(40), default="")
    secret: Mapped[str] = mapped_column(sa.String(40))
    pin: Mapped[int | None]
    access: Mapped[Any] = mapped_column(sa.JSON, nullable=True)
    plan: Mapped[str] = mapped_column(sa.String(40), default="free")
    seen: Mapped[str | None] = mapped_column(sa.String(40))


class Counted(Base):
    """The same, with a version of its own."""

    __tablename__ = "counted"
    name: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(40), default="")
    secret: Mapped[str] = mapped_column(sa.String(40))
    pin: Mapped[int | None]
    access: Mapped[Any] = mapped_column(sa.JSON, nullable=True)
    plan: Mapped[str] = mapped_column(sa.String(40), default="free")
    seen: Mapped[str | None] = mapped_column(sa.String(40))
    version: Mapped[int] = mapped_column()
    __mapper_args__: Any = {"version_id_col": version}  # noqa: RUF012 - not ours


class Shelf(Source):
    """Accounts in memory."""

    def __init__(self) -> None:
        self.items: dict[str, Mapping[str, Any]] = {}

    def all(self) -> Iterable[Mapping[str, Any]]:
        return list(self.items.values())

    def create(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return self.items.setdefault(values["name"], dict(values))

    def update(self, old: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
        self.items[old["name"]] = dict(values)
        return self.items[old["name"]]

    def delete(self, old: Mapping[str, Any]) -> None:
        del self.items[old["name"]]


class Way(BaseModel):
    """A way in."""

    key: str
    uses: int = 0


class Account(Resource):
    """Somebody's account."""

    name: str = Field(identity=True)
    title: str = ""
    secret: str = Field(write_only=True, min_length=6, max_length=20)
    pin: int | None = Field(2104839217, write_only=True, ge=0)
    access: Way | None = Field(None, write_only=True)
    plan: str = Field("free", hidden=True)
    seen: str | None = Field(None, hidden=True)


STORED: list[dict[str, Any]] = []
"""What hooks saw last."""


def accounts(kind: str) -> Callable[[Api], None]:
    """Accounts that are stored in one of four ways."""
    held: dict[str, dict[str, Any]] = {
        "own": {}, "model": {"model": Kept}, "table": {"model": Kept.__table__}, "counted": {"model": Counted},
        "source": {"source": Shelf()},
    }  # fmt: skip

    def register(api: Api) -> None:
        account = api.resource("/accounts", read=public(), write=public(), **held[kind])(Account)

        @api.after(account, "create", "update")
        def look(change: Change) -> None:
            STORED.append(change.new.model_dump())
            assert change.new.secret not in repr(change)

    return register


@pytest.fixture(params=["own", "model", "table", "counted", "source"])
def served(request: pytest.FixtureRequest, database_url: str) -> Iterator[Served]:
    if request.param not in {"own", "source"}:
        create(Base.metadata, database_url)
    STORED.clear()
    with serving(accounts(request.param), database=database_url) as served:
        made = {"name": "ada", "title": "Dr", "secret": SECRET, "access": {"key": INNER}}
        assert served.send("POST", "/accounts", content=made).status == 201
        yield served


def stored() -> dict[str, Any]:
    return STORED[-1]


def patched(served: Served, content: Any, headers: Mapping[str, str] = MERGE) -> Answer:
    return served.send("PATCH", "/accounts/ada", headers, content)


def tag(served: Served) -> str:
    return served.send("GET", "/accounts/ada")["etag"]


def everything(served: Served) -> Iterator[tuple[str, str]]:
    """Whatever can be read of the API, as one text each."""
    for target in ("/accounts", "/accounts/ada", "/", "/me", "/docs", "/docs.jsonld", "/openapi.json",
                   "/schemas/Account", "/contexts/Account", "/accounts?title=Dr&sort=-title",
                   "/accounts/ada?fields=name"):  # fmt: skip
        for accept in (*FORMATS, "*/*"):
            answer = served.send("GET", target, accept=accept)
            yield f"{target} as {accept}", answer.body.decode() + repr(answer.headers)


@shows("Field", "write_only", "hidden")
def test_what_is_only_sent_and_what_is_hidden_is_stored_and_never_shown(served: Served) -> None:
    assert stored() == {
        "name": "ada", "title": "Dr", "secret": SECRET, "pin": 2104839217, "access": {"key": INNER, "uses": 0},
        "plan": "free", "seen": None,
    }  # fmt: skip
    assert served.send("GET", "/accounts/ada", accept=JSON).json() == {"name": "ada", "title": "Dr"}
    for where, text in everything(served):
        for value in (SECRET, INNER, "2104839217", '"plan"', '"free"', '"seen"'):
            assert value not in text, f"{value} at {where}"


def test_no_representation_names_them_but_forms(served: Served) -> None:
    for target, accept in product(("/accounts", "/accounts/ada"), FORMATS):
        answer = served.send("GET", target, accept=accept)
        data = answer.body.decode()
        if accept in {HAL_FORMS, "text/html"}:
            data = data.partition("_templates" if accept == HAL_FORMS else "<form")[0]
        elif accept != "text/html":
            assert "secret" not in data
        assert "plan" not in data


def test_answers_to_changes_show_nothing_of_them(served: Served) -> None:
    for method, target, headers, content in (
        ("POST", "/accounts", {}, {"name": "bob", "secret": OTHER, "pin": 98765}),
        ("PUT", "/accounts/bob", {}, {"secret": OTHER, "pin": 98765}),
        ("PATCH", "/accounts/bob", MERGE, {"secret": OTHER, "pin": 98765}),
        ("PATCH", "/accounts/bob", PATCH, [{"op": "replace", "path": "/secret", "value": OTHER}]),
    ):
        for accept in FORMATS:
            if method == "POST" and served.send("GET", "/accounts/bob").status == 200:
                assert served.send("DELETE", "/accounts/bob").status == 204
            answer = served.send(
                method, target, {**headers, "Accept": accept, "Prefer": "return=representation"}, content
            )
            assert answer.status in {200, 201}
            assert OTHER not in answer.body.decode() + repr(answer.headers)
            assert "98765" not in answer.body.decode()
            assert stored()["secret"] == OTHER


def test_a_put_and_a_patch_without_them_leave_them_as_they_are(served: Served) -> None:
    before = stored()
    assert served.send("PUT", "/accounts/ada", content={"title": "Prof"}).status == 200
    assert stored() == {**before, "title": "Prof"}
    assert patched(served, {"title": "Sir"}).status == 200
    assert patched(served, [{"op": "replace", "path": "/title", "value": "Dame"}], PATCH).status == 200
    assert stored() == {**before, "title": "Dame"}
    item = served.send("GET", "/accounts/ada", accept=JSON)
    assert served.send("PUT", "/accounts/ada", {"If-Match": item["etag"]}, item.json()).status == 200
    assert stored() == {**before, "title": "Dame"}


def test_what_is_required_is_required_of_a_new_item_alone(served: Served) -> None:
    for method, target in (("POST", "/accounts"), ("PUT", "/accounts/bob")):
        answer = served.send(method, target, content={"title": "x"} | ({"name": "bob"} if method == "POST" else {}))
        assert is_problem(answer, 422)
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/secret"]
    assert served.send("PUT", "/accounts/bob", content={"secret": OTHER}).status == 201
    assert stored()["pin"] == 2104839217


def test_null_takes_them_away_or_back_to_their_default(served: Served) -> None:
    assert patched(served, {"pin": None, "access": None}).status == 200
    assert (stored()["pin"], stored()["access"]) == (None, None)
    assert is_problem(patched(served, {"secret": None}), 422)
    assert stored()["secret"] == SECRET


def test_a_merge_patch_replaces_the_whole_of_an_object_that_is_not_seen(served: Served) -> None:
    """Were it merged into what is stored, what is missing from it could be asked for."""
    answer = patched(served, {"access": {"uses": 3}})
    assert is_problem(answer, 422)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/access/key"]
    assert patched(served, {"access": {"key": "new", "uses": 3}}).status == 200
    assert stored()["access"] == {"key": "new", "uses": 3}


READING: list[dict[str, Any]] = [
    {"op": "test", "path": "/secret", "value": SECRET},
    {"op": "test", "path": "/secret", "value": "wrong"},
    {"op": "test", "path": "/pin", "value": 2104839217},
    {"op": "test", "path": "/access/key", "value": INNER},
    {"op": "copy", "from": "/secret", "path": "/title"},
    {"op": "move", "from": "/secret", "path": "/title"},
    {"op": "copy", "from": "/access/key", "path": "/title"},
    {"op": "remove", "path": "/secret"},
    {"op": "remove", "path": "/pin"},
    {"op": "remove", "path": "/access/uses"},
    {"op": "add", "path": "/access/uses", "value": 2},
    {"op": "replace", "path": "/access/uses", "value": 2},
    {"op": "test", "path": "", "value": {"name": "ada", "title": "Dr", "secret": SECRET}},
]  # fmt: skip


def test_a_json_patch_reads_nothing_of_them(served: Served) -> None:
    for op in READING:
        answer = patched(served, [op], PATCH)
        assert is_problem(answer, 409), op
        other = {
            key: value.replace("secret", "nobody") if isinstance(value, str) else value for key, value in op.items()
        }
        if "/secret" in {op.get("path"), op.get("from")}:
            assert patched(served, [other], PATCH).body == answer.body
        assert SECRET not in answer.body.decode()


def test_a_json_patch_sets_them(served: Served) -> None:
    for op in ("add", "replace"):
        assert patched(served, [{"op": op, "path": "/secret", "value": f"{op}-secret"}], PATCH).status == 200
        assert stored()["secret"] == f"{op}-secret"
    assert patched(served, [{"op": "replace", "path": "/pin", "value": None}], PATCH).status == 200
    assert stored()["pin"] is None
    whole = {"name": "ada", "title": "all", "secret": "whole-secret"}
    assert patched(served, [{"op": "replace", "path": "", "value": whole}], PATCH).status == 200
    assert (stored()["secret"], stored()["title"]) == ("whole-secret", "all")


QUERIES = (
    "secret=x", "secret[contains]=s", "sort=secret", "fields=secret", "pin[gte]=0", "sort=-pin", "plan=free",
    "sort=plan", "fields=plan",
)  # fmt: skip


def test_a_query_of_them_is_one_of_nothing(served: Served) -> None:
    for query in QUERIES:
        answer = served.send("GET", f"/accounts?{query}")
        assert is_problem(answer, 400), query
        name = next(each for each in ("secret", "pin", "plan") if each in query)
        other = served.send("GET", f"/accounts?{query.replace(name, 'nobody')}")
        assert answer.body.decode().replace(name, "nobody") == other.body.decode()
    assert served.send("GET", "/accounts/ada?fields=secret").status == 400


def test_what_is_hidden_is_unknown_to_clients(served: Served) -> None:
    before = stored()
    for method, target, headers, content in (
        ("POST", "/accounts", {}, {"name": "bob", "secret": OTHER}),
        ("PUT", "/accounts/ada", {}, {}),
        ("PATCH", "/accounts/ada", MERGE, {}),
    ):
        answers = [served.send(method, target, headers, {**content, name: "free"}) for name in ("plan", "nobody")]
        assert is_problem(answers[0], 422)
        assert answers[0].body.replace(b"plan", b"nobody") == answers[1].body
    for op in ("test", "replace", "add"):
        answers = [
            patched(served, [{"op": op, "path": f"/{name}", "value": "free"}], PATCH) for name in ("plan", "nobody")
        ]
        assert answers[0].status in {409, 422}
        assert answers[0].body.replace(b"plan", b"nobody") == answers[1].body
    assert stored() == before


def test_a_mistake_in_them_says_nothing_of_what_is_stored_or_sent(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = patched(served, {"secret": "tiny", "pin": -77123})
        assert is_problem(answer, 422)
        assert {error["pointer"] for error in answer.json()["errors"]} == {"/secret", "/pin"}
        assert patched(served, {"secret": OTHER}).status == 200
    for text in (answer.body.decode(), caplog.text):
        for value in (SECRET, "tiny", "77123", OTHER):
            assert value not in text


def test_the_log_of_an_error_that_nobody_foresaw_has_no_value(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    kept = served.api.declarations[0].source
    if isinstance(kept, HeldSource):
        return
    served.change(f"ALTER TABLE {'accounts' if kept is None else kept.name} RENAME TO others")
    answer = served.send("POST", "/accounts", content={"name": "bob", "secret": OTHER, "pin": 98765})
    assert answer.status in {500, 503}
    assert OTHER not in answer.body.decode() + caplog.text
    assert "98765" not in answer.body.decode() + caplog.text


def test_the_state_does_not_tell_whether_a_value_was_there_already(served: Served) -> None:
    """An entity tag that stays where the same value is sent, or that comes back with it, would be an answer."""
    first = tag(served)
    answers = []
    for value in (OTHER, SECRET, SECRET):
        assert patched(served, {"secret": value}).status == 200
        answers.append(tag(served))
    has_versions = len({first, *answers}) == 4
    assert has_versions or {first, *answers} == {first}
    assert patched(served, {"title": "other"}).status == 200
    assert tag(served) not in {first, *answers}


def test_a_rule_that_was_tightened_does_not_tell_what_is_stored(served: Served) -> None:
    """What equals the stored value is taken as it is elsewhere: here that would tell that it does."""
    if served.api.declarations[0].source is not None:
        return
    served.change("UPDATE accounts SET secret = ?", "x" * 30)
    assert patched(served, {"title": "y"}).status == 200
    same, other = (patched(served, {"secret": value}) for value in ("x" * 30, "y" * 30))
    assert is_problem(same, 422)
    assert (same.status, same.body) == (other.status, other.body)


def test_schemas_say_what_is_only_sent(served: Served) -> None:
    schema = served.send("GET", "/schemas/Account").json()
    assert schema["properties"]["secret"]["writeOnly"] is True
    assert "default" not in schema["properties"]["pin"]
    assert list(schema["properties"]) == ["name", "title", "secret", "pin", "access"]
    assert schema["required"] == ["name"]
    schemas = served.send("GET", "/openapi.json").json()["components"]["schemas"]
    assert list(schemas["Account"]["properties"]) == ["name", "title"]
    assert schemas["Account.creating"]["properties"]["secret"]["writeOnly"] is True
    assert schemas["Account.creating"]["required"] == ["name", "secret"]
    assert "secret" not in schemas["Account.replacing"]["required"]
    assert schemas["Account.merging"]["properties"]["access"]["writeOnly"] is True
    assert schemas["Account.merging"]["properties"]["secret"]["type"] == "string", "null is 422"
    for name, each in schemas.items():
        if name.startswith("Account") and not name.startswith(("Account.creating", "Account.replacing",
                                                               "Account.merging", "Account.patching")):  # fmt: skip
            assert "secret" not in json.dumps(each), name
    assert "plan" not in json.dumps([schema, schemas])


def test_forms_take_them_empty_and_contexts_do_not_know_them(served: Served) -> None:
    forms = served.send("GET", "/accounts/ada", accept=HAL_FORMS).json()["_templates"]
    created = served.send("GET", "/accounts", accept=HAL_FORMS).json()["_templates"]["default"]
    [secret] = [each for each in created["properties"] if each["name"] == "secret"]
    assert (secret["required"], secret["minLength"]) == (True, 6)
    for form in (forms["default"], forms["replace"]):
        [secret] = [each for each in form["properties"] if each["name"] == "secret"]
        assert "value" not in secret
        assert "required" not in secret
    assert "plan" not in json.dumps(forms)
    assert "secret" not in json.dumps(served.send("GET", "/contexts/Account").json())
    docs = served.send("GET", "/docs.jsonld").json()
    [account] = [each for each in docs["supportedClass"] if each["title"] == "Account"]
    [property_] = [each for each in account["supportedProperty"] if each["title"] == "secret"]
    assert (property_["readable"], property_["writeable"]) == (False, True)


def test_code_of_the_application_sees_and_sets_all_of_them(database_url: str) -> None:
    seen: list[Any] = []

    def register(api: Api) -> None:
        account = api.resource("/accounts", read=public(), write=public())(Account)

        @api.before(account, "create", "update")
        def digest(change: Change) -> None:
            seen.append((change.new.secret, change.new.plan))
            if change.old is None or change.old.secret != change.new.secret:
                change.new.secret = change.new.secret[::-1]
            change.new.seen = change.operation

        @api.operation(account, "upgrade", permission=public(), input=Way)
        def upgrade(change: Change) -> None:
            change.new.plan, change.new.secret = "paid", change.input.key

    with serving(register, database=database_url) as served:
        assert served.send("POST", "/accounts", content={"name": "ada", "secret": SECRET}).status == 201
        assert served.send("PUT", "/accounts/ada", content={"title": "x"}).status == 200
        answer = served.send("POST", "/accounts/ada/upgrade", content={"key": OTHER}, accept=JSON)
        assert (answer.status, answer.json()) == (200, {"name": "ada", "title": "x"})
        assert served.send("PUT", "/accounts/ada", content={"title": "y"}).status == 200
        assert [tuple(map(str, each)) for each in seen] == [
            (SECRET, "free"), (SECRET[::-1], "free"), (OTHER, "paid"), (OTHER[::-1], "paid"),
        ]  # fmt: skip


def test_what_cannot_be_read_of_them_is_not_named_and_nothing_is_lost(sqlite_url: str) -> None:
    def register(api: Api) -> None:
        api.resource("/accounts", read=public(), write=public())(Account)

    with serving(register, database=sqlite_url) as served:
        made = {"name": "ada", "title": "Dr", "secret": SECRET}
        assert served.send("POST", "/accounts", content=made).status == 201
        served.change("UPDATE accounts SET plan = CAST(x'ff' AS TEXT)")
        assert served.send("GET", "/accounts/ada", accept=JSON).json() == {"name": "ada", "title": "Dr"}
        answer = patched(served, {"title": "x"})
        assert is_problem(answer, 500)
        assert "plan" not in answer.body.decode()
        assert served.send("PUT", "/accounts/ada", content={"title": "y"}).status == 200
        driver = served.api.binding(served.app).store.driver
        assert driver.read("SELECT secret, plan FROM accounts", ()) == [(SECRET, "free")]


class Rank(Enum):
    FIRST = "first-rank"


class Quota(BaseModel):
    """Of the application's own."""

    left: int = 77123


class Planned(Resource):
    """An account with more that is the application's own."""

    name: str = Field(identity=True)
    title: str = ""
    quota: Quota = Field(Quota(), hidden=True, description="What is left.", examples=[{"left": 5}])
    rank: Rank = Field(Rank.FIRST, hidden=True)
    uses: int = Field(0, hidden=True, le=100)
    changed: datetime = Field(hidden=True, auto="updated")
    key: str | None = Field(None, hidden=True, unique=True, max_length=100)


def test_no_description_has_the_types_and_notes_of_what_is_hidden(sqlite_url: str) -> None:
    def register(api: Api) -> None:
        api.resource("/accounts", read=public(), write=public())(Planned)

    with serving(register, database=sqlite_url) as served:
        assert served.send("POST", "/accounts", content={"name": "ada"}).status == 201
        for where, text in everything(served):
            for word in ("Quota", "77123", "What is left", "Rank", "first-rank", '"uses"', '"changed"', '"key"'):
                assert word not in text, f"{word} at {where}"


def test_what_code_of_the_application_makes_of_them_is_told_to_the_log_alone(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    def register(api: Api) -> None:
        account = api.resource("/accounts", read=public(), write=public())(Planned)

        @api.before(account, "create", "update")
        def count(change: Change) -> None:
            change.new.uses, change.new.key = len(change.new.title) * 60, change.new.title

    with serving(register, database=database_url) as served:
        assert served.send("POST", "/accounts", content={"name": "ada", "title": "x"}).status == 201
        answer = served.send("POST", "/accounts", content={"name": "bob", "title": "xyz"})
        assert is_problem(answer, 422)
        assert "errors" not in answer.json()
        assert "Planned/uses, which is hidden, is not valid: Must be less than or equal to 100." in caplog.text
        taken = served.send("POST", "/accounts", content={"name": "bob", "title": "x"})
        assert is_problem(taken, 409)
        assert "errors" not in taken.json()


class Owner(Base):
    """Somebody."""

    __tablename__ = "owners"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Thing(Base):
    """What belongs to somebody, has been somebody else's, and is counted."""

    __tablename__ = "things"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(sa.String(20), default="")
    uses: Mapped[int] = mapped_column(default=0)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("owners.id"))
    before_id: Mapped[int | None] = mapped_column(sa.ForeignKey("owners.id"))
    __table_args__ = (sa.CheckConstraint("uses < 100", name="ck_uses"),)

    @validates("uses")
    def counted(self, _: str, uses: int) -> int:
        if uses == 60:
            raise ValueError("Has an end.")
        return uses


class Belonging(Resource):
    """What belongs to somebody."""

    id: int
    title: str = ""
    uses: int = Field(0, hidden=True)
    owner_id: int | None = Field(None, hidden=True)
    before_id: int | None = Field(None, write_only=True)


def test_a_model_tells_nothing_of_them_by_links_and_refusals(database_url: str) -> None:
    def register(api: Api) -> None:
        api.resource("/owners", model=Owner, read=public(), write=public())
        thing = api.resource("/things", model=Thing, read=public(), write=public())(Belonging)

        @api.before(thing, "create", "update")
        def count(change: Change) -> None:
            change.new.uses = len(change.new.title) * 60
            change.new.owner_id = 9 if change.new.title == "-" else 1

    create(Base.metadata, database_url, "INSERT INTO owners VALUES (1)")
    with serving(register, database=database_url) as served:
        for title, status in (("x", 422), ("xx", 422)):
            answer = served.send("POST", "/things", content={"id": 1, "title": title})
            assert is_problem(answer, status)
            assert "uses" not in answer.body.decode()
        missing = served.send("POST", "/things", content={"id": 1, "before_id": 9})
        assert is_problem(missing, 409)
        assert served.send("POST", "/things", content={"id": 1, "before_id": 1}).status == 201
        for accept in FORMATS:
            answer = served.send("GET", "/things/1", accept=accept)
            assert "/owners/1" not in answer.body.decode() + repr(answer.headers)
        validate(served.send("GET", "/openapi.json").json())
        deleted = served.send("DELETE", "/owners/1")
        assert is_problem(deleted, 409)
        assert "_id" not in deleted.body.decode()


def test_what_is_computed_of_what_cannot_be_read_is_not_asked_for(sqlite_url: str) -> None:
    class Counted(Resource):
        name: str = Field(identity=True)
        plan: str = Field("free", hidden=True)

        @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
        @property
        def is_paid(self) -> bool:
            return self.plan.startswith("p")

    def register(api: Api) -> None:
        api.resource("/accounts", read=public(), write=public())(Counted)

    with serving(register, database=sqlite_url) as served:
        assert served.send("POST", "/accounts", content={"name": "ada"}).status == 201
        served.change("UPDATE accounts SET plan = CAST(x'ff' AS TEXT)")
        answer = served.send("GET", "/accounts/ada")
        assert is_problem(answer, 500)
        assert answer.json()["title"] == "The stored item cannot be read"
        assert "plan" not in answer.body.decode()


def test_models_on_mariadb_keep_them_to_themselves(mariadb_url: str) -> None:
    create(Base.metadata, mariadb_url)
    STORED.clear()
    with serving(accounts("model"), database=mariadb_url) as served:
        assert served.send("POST", "/accounts", content={"name": "ada", "secret": SECRET}).status == 201
        assert served.send("PUT", "/accounts/ada", content={"title": "Dr"}).status == 200
        assert stored()["secret"] == SECRET
        before = tag(served)
        for value in (OTHER, SECRET):
            assert patched(served, {"secret": value}).status == 200
            assert tag(served) == before
        assert served.send("GET", "/accounts/ada", accept=JSON).json() == {"name": "ada", "title": "Dr"}


class Digested(Resource):
    """An account that keeps a digest of what is sent."""

    name: str = Field(identity=True)
    title: str = ""
    secret: str = Field(write_only=True)
    plan: str = Field("free", hidden=True)

    @field_validator("secret")
    @classmethod
    def digest(cls, value: str) -> str:
        return f"<{value}>"


@pytest.mark.parametrize("is_hooked", [False, True])
def test_a_validator_digests_what_is_sent_once(sqlite_url: str, is_hooked: bool) -> None:
    """A digest of a digest would let nobody in any more."""
    titles = iter(range(9))

    def register(api: Api) -> None:
        account = api.resource("/accounts", read=public(), write=public())(Digested)
        if is_hooked:

            @api.before(account, "create", "update")
            def entitle(change: Change) -> None:
                change.new.title = f"number {next(titles)}"

    with serving(register, database=sqlite_url) as served:

        def kept() -> Any:
            [[secret]] = served.api.binding(served.app).store.driver.read("SELECT secret FROM accounts", ())
            return secret

        assert served.send("POST", "/accounts", content={"name": "ada", "secret": "a"}).status == 201
        assert kept() == "<a>"
        for content, now in (
            ({"title": "x"}, "<a>"),
            ({"secret": "b"}, "<b>"),
            ({"secret": "b", "title": "y"}, "<b>"),
        ):
            assert patched(served, content).status == 200
            assert kept() == now
        if is_hooked:
            return
        served.change("UPDATE accounts SET plan = CAST(x'ff' AS TEXT)")
        assert served.send("PUT", "/accounts/ada", content={"title": "z"}).status == 200
        assert kept() == "<b>"
