"""Identities as others have given them: several columns, and any text, each with one URI."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell import Api, Change, DeclarationError, Field, Resource, public
from tests.modelled import create


class Base(DeclarativeBase):
    pass


class Enrolment(Base):
    """A student in a course."""

    __tablename__ = "enrolments"

    student_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    course: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    grade: Mapped[int | None]


class Place(Base):
    """A place, by its name."""

    __tablename__ = "places"

    name: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    size: Mapped[int] = mapped_column(default=0)


class Site(Base):
    """What is known by its address, of any length."""

    __tablename__ = "sites"

    name: Mapped[str] = mapped_column(sa.Text().with_variant(sa.String(700), "mariadb"), primary_key=True)
    size: Mapped[int] = mapped_column(default=0)


class Served:
    def __init__(self, url: str, *, hooked: bool = False) -> None:
        create(Base.metadata, url)
        self.app = Flask(__name__)
        self.app.config["RESTWELL_DATABASE"] = url
        if hooked:
            self.app.before_request(lambda: None)  # which shuts the fast path
        self.api = Api(self.app)
        self.api.resource("/enrolments", model=Enrolment, read=public(), write=public())
        self.api.resource("/places", model=Place, read=public(), write=public())
        self.api.resource("/sites", model=Site, read=public(), write=public())
        self.url = url

    @property
    def client(self) -> Any:
        return self.app.test_client()

    def close(self) -> None:
        self.api.binding(self.app).store.close()


@pytest.fixture(params=[False, True], ids=["fast", "flask"])
def served(request: pytest.FixtureRequest, database_url: str) -> Iterator[Served]:
    found = Served(database_url, hooked=request.param)
    yield found
    found.close()


def test_several_columns_are_one_identity_with_commas(served: Served) -> None:
    answer = served.client.post("/enrolments", json={"student_id": 12, "course": "7", "grade": 1})
    assert (answer.status_code, answer.headers["Location"]) == (201, "http://localhost/enrolments/12,7")
    assert answer.json["@id"] == "http://localhost/enrolments/12,7"
    found = served.client.get("/enrolments/12,7", headers={"Accept": "application/json"})
    assert found.json == {"student_id": 12, "course": "7", "grade": 1}


def test_put_creates_and_replaces_at_the_address(served: Served) -> None:
    client = served.client
    assert client.put("/enrolments/1,a", json={"grade": 1}).status_code == 201
    assert client.put("/enrolments/1,a", json={"student_id": 1, "course": "a", "grade": 2}).status_code == 200
    answer = client.put("/enrolments/1,a", json={"course": "b", "grade": 2})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/course")
    tag = client.get("/enrolments/1,a").headers["ETag"]
    assert client.patch("/enrolments/1,a", json={"grade": 3}, headers={"If-Match": tag}).json["grade"] == 3
    assert client.patch("/enrolments/1,a", json={"grade": 4}, headers={"If-Match": tag}).status_code == 412
    assert client.delete("/enrolments/1,a").status_code == 204
    assert client.get("/enrolments/1,a").status_code == 404


def test_what_is_taken_is_named_by_each_member(served: Served) -> None:
    client = served.client
    first = {"student_id": 1, "course": "a"}
    assert client.post("/enrolments", json=first).status_code == 201
    answer = client.post("/enrolments", json=first)
    assert answer.status_code == 409
    assert [each["pointer"] for each in answer.json["errors"]] == ["/student_id", "/course"]


@pytest.mark.parametrize("path", ["1", "1,a,b", "x,a", "01,a", ",a", "1,", "1,a%252c"])
def test_what_is_no_identity_has_no_item(served: Served, path: str) -> None:
    assert served.client.get(f"/enrolments/{path}").status_code == 404


def test_a_comma_in_a_part_has_one_spelling(served: Served) -> None:
    answer = served.client.post("/enrolments", json={"student_id": 1, "course": "a,b%"})
    place = answer.headers["Location"]
    assert place == "http://localhost/enrolments/1,a%252Cb%2525"
    assert served.client.get(place).json["course"] == "a,b%"


def test_pages_of_several_columns_go_on_where_they_ended(served: Served) -> None:
    for student in range(3):
        for course in "abcd":
            content = {"student_id": student, "course": course, "grade": student or None}
            assert served.client.post("/enrolments", json=content).status_code == 201
    for query in ("limit=5", "limit=5&sort=-grade", "limit=5&sort=course", "limit=1&sort=grade,-course"):
        found, url = [], f"/enrolments?{query}"
        while url:
            page = served.client.get(url).json
            found += [each["@id"] for each in page["member"]]
            assert page["totalItems"] == 12
            url = page["view"].get("next", "")
        assert len(found) == len(set(found)) == 12, query


class Poem(Base):
    """A poem, by its first line."""

    __tablename__ = "poems"

    line: Mapped[str] = mapped_column(sa.String(300), primary_key=True)
    size: Mapped[int]
    text: Mapped[str] = mapped_column(sa.Text)


@pytest.mark.parametrize(
    "width, sort", [(300, ""), (200, "&sort=text"), (200, "&sort=-text"), (150, "&sort=size,text")]
)
def test_pages_go_on_where_identities_are_long(sqlite_url: str, width: int, sort: str) -> None:
    lines = [f"{number:03}".ljust(width, "x") for number in range(9)]
    engine = sa.create_engine(sqlite_url)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        rows = [{"line": line, "size": 1, "text": "x" * (200 + number % 3)} for number, line in enumerate(lines)]
        connection.execute(sa.insert(Poem), rows)
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = sqlite_url
    api = Api(app)
    api.resource("/poems", model=Poem, read=public())
    found: list[str] = []
    target = f"/poems?limit=2{sort}"
    while target:
        page: Any = app.test_client().get(target).json
        found += [each["line"] for each in page["member"]]
        target = page["view"].get("next")
    assert sorted(found) == lines
    api.binding(app).store.close()


def test_descriptions_name_each_part(served: Served) -> None:
    client = served.client
    document = client.get("/openapi.json").json
    path = document["paths"]["/enrolments/{student_id},{course}"]
    parameters = [each for each in path["get"]["parameters"] if each.get("in") == "path"]
    assert [(each["name"], each["schema"]["type"]) for each in parameters] == [
        ("student_id", "integer"),
        ("course", "string"),
    ]
    page = client.get("/enrolments", headers={"Accept": "application/hal+json"}).json
    assert page["_links"]["item"]["href"] == "http://localhost/enrolments/{student_id,course}"
    form = client.get("/enrolments", headers={"Accept": "application/prs.hal-forms+json"}).json["_templates"]
    assert [each["name"] for each in form["default"]["properties"]] == ["student_id", "course", "grade"]
    html = client.get("/enrolments", headers={"Accept": "text/html"})
    assert html.status_code == 200


def test_hooks_and_operations_work_on_them(database_url: str) -> None:
    served = Served(database_url)

    @served.api.operation(Enrolment, "pass", permission=public())
    def grade(change: Change) -> None:
        change.new.grade = 1

    assert served.client.post("/enrolments", json={"student_id": 1, "course": "a"}).status_code == 201
    answer = served.client.post("/enrolments/1,a/pass")
    assert (answer.status_code, answer.json["grade"]) == (200, 1)
    served.close()


@pytest.mark.parametrize(
    "name",
    ["Hello World", "a/b", "a//b/", "ä ö", "50%", "?q=1", "x#y", "a;b", "%2F", "\u202e", "a\\b", "+", "a" * 190],
)
def test_any_text_is_an_identity(served: Served, name: str) -> None:
    client = served.client
    answer = client.post("/places", json={"name": name})
    place = answer.headers["Location"]
    assert (answer.status_code, place) == (201, f"http://localhost/places/{quote(name, safe='')}")
    assert client.get(place).json["name"] == name
    assert client.get("/places").json["member"][0]["@id"] == place
    assert client.put(place, json={"size": 2}).json["size"] == 2
    assert client.delete(place).status_code == 204


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_what_clients_resolve_away_is_refused(served: Served, name: str) -> None:
    answer = served.client.post("/places", json={"name": name})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/name")


@pytest.mark.parametrize("path", ["/places/a/b", "/places/a%2fb/", "/places//a%2Fb", "/places/a%2F%2Fb"])
def test_a_slash_has_one_spelling_where_the_server_shows_the_target(served: Served, path: str) -> None:
    assert served.client.post("/places", json={"name": "a/b"}).status_code == 201
    assert served.client.get("/places/a%2fb").status_code == 200
    assert served.client.get(path).status_code == 404


def test_an_operation_on_an_item_with_a_slash(database_url: str) -> None:
    served = Served(database_url)
    served.api.operation(Place, "grow", permission=public())(lambda change: setattr(change.new, "size", 9))
    assert served.client.post("/places", json={"name": "a/b"}).status_code == 201
    assert served.client.post("/places/a%2Fb/grow").json["size"] == 9
    served.close()


def test_an_item_whose_name_ends_as_an_operation_is_called(database_url: str) -> None:
    served = Served(database_url)
    served.api.operation(Place, "grow", permission=public())(lambda change: setattr(change.new, "size", 9))
    for name in ("a", "a/grow", "a/b/grow"):
        place = served.client.post("/places", json={"name": name}).headers["Location"]
        assert served.client.get(place).json["name"] == name
        assert served.client.put(place, json={"size": 2}).json["size"] == 2
        assert served.client.post(f"{place}/grow").json["size"] == 9
    assert served.client.post("/places/a%2Fgrow").status_code == 405
    assert served.client.get("/places/a/grow").status_code == 405
    served.close()


def test_marked_members_are_the_identity_if_they_are_unique(sqlite_url: str) -> None:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = sqlite_url
    api = Api(app)

    @api.resource("/grades", model=Enrolment, read=public())
    class Grade(Resource):
        course: str = Field(identity=True)
        student_id: int = Field(identity=True)

    assert api.declarations[0].identity.name == "course,student_id"
    with pytest.raises(DeclarationError, match="nothing in the table says that no two rows have the same"):

        @api.resource("/others", model=Enrolment, read=public())
        class Other(Resource):
            course: str = Field(identity=True)
            student_id: int


@pytest.mark.not_on_mariadb  # whose keys have 3072 bytes, of four to a character
@pytest.mark.parametrize("query", ["", "&sort=size", "&sort=-name"])
def test_pages_lead_past_long_names_and_leave_out_what_has_no_address(
    served: Served, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    lengths = [300, 330, 345, 400, 600, 1200, 1536, 1537, 3000]
    names = [chr(97 + place) * length for place, length in enumerate(lengths)]
    engine = sa.create_engine(served.url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(sa.insert(Site), [{"name": name, "size": 1} for name in names])
    engine.dispose()
    found, url = [], f"/sites?limit=1{query}"
    while url:
        page = served.client.get(url).json
        found += [len(each["name"]) for each in page["member"]]
        assert all(served.client.get(each["@id"]).status_code == 200 for each in page["member"])
        url = page["view"].get("next", "")
    assert sorted(found) == lengths[:-2]
    assert "cannot be read: name" in caplog.text


@pytest.mark.not_on_mariadb
@pytest.mark.parametrize(
    "name, status", [("a" * 1536, 201), ("a" * 1537, 422), ("é" * 256, 201), ("\x01" * 300, 422)]
)
def test_a_name_takes_so_many_bytes_at_most(served: Served, name: str, status: int) -> None:
    assert served.client.post("/sites", json={"name": name}).status_code == status
