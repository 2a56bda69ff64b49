"""Pages by their numbers, and what else clients of API Platform send: the same rows as by our own parameters."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from restwell import Field, Resource, authenticated, public
from restwell.access.grant import Grant
from restwell.data import parameters
from restwell.flow import answers, paging
from tests.api import HAL, JSON, JSON_LD, Answer, Served, is_problem, samples, serving
from tests.conformance.test_duckdb import TRIPS, Trip
from tests.conformance.test_duckdb import Base as OfDuckdb
from tests.conformance.test_query import SORTS, listed, pages
from tests.conformance.test_sources import ITEMS as HELD
from tests.conformance.test_sources import Served as Sources
from tests.conformance.test_sources import Shelf
from tests.modelled import model_at

HTML = "text/html"
ROWS = [
    {
        "number": number,
        "label": [None, "a", "b", "B"][number % 4],
        "amount": [None, 1, 2, 2, 5][number % 5],
        "good": [None, True, False][number // 3 % 3],
        "day": [None, "2026-01-31", "2020-02-29"][number % 3],
    }
    for number in range(23)
]


@pytest.fixture
def filled(database_url: str) -> Iterator[Served]:
    with serving(samples(initial=ROWS), database=database_url) as served:
        yield served


def numbers(answer: Answer) -> list[int]:
    return [row["number"] for row in listed(answer)]


def view(served: Served, query: str, **options: Any) -> dict[str, str]:
    """The links of a page, each as the query that it asks."""
    answer = served.send("GET", f"/frameworks?{query}", **options)
    assert answer.status == 200, answer.body
    found = answer.json()["view"]
    return {name: urlsplit(url).query for name, url in found.items() if name != "@type"}


def names(served: Served, query: str) -> list[str]:
    return [row["name"] for row in listed(served.send("GET", f"/frameworks?{query}", accept=JSON))]


def refused(served: Served, query: str, path: str = "/frameworks", **options: Any) -> dict[str, str]:
    """The parameters that are refused, and what is said of each."""
    answer = served.send("GET", f"{path}?{query}", **options)
    assert is_problem(answer, 400), answer.body
    return {error["pointer"]: error["detail"] for error in answer.json()["errors"]}


# Pages.


@pytest.mark.parametrize("sort", SORTS, ids=",".join)
def test_pages_by_number_have_the_rows_of_those_by_cursor_in_their_order(filled: Served, sort: list[str]) -> None:
    order = urlencode({"sort": ",".join(sort)}) if sort else ""
    for condition in ("", "amount[gte]=2", "label[exists]=false"):
        query = "&".join(filter(None, [order, condition]))
        for size in (1, 4, 23):
            wanted = [[row["number"] for row in page] for page in pages(filled, f"/samples?{query}&limit={size}")]
            targets = [f"/samples?{query}&itemsPerPage={size}&page={page + 1}" for page in range(len(wanted))]
            assert [numbers(filled.send("GET", target, accept=JSON)) for target in targets] == wanted, query


def test_the_links_of_a_page_are_those_of_pages_asked_for_in_the_same_way(stored: Served) -> None:
    query = "order%5Bname%5D=desc&itemsPerPage=1"
    assert view(stored, f"{query}&page=2") == {
        "@id": f"{query}&page=2",
        "first": f"{query}&page=1",
        "previous": f"{query}&page=1",
        "next": f"{query}&page=3",
        "last": f"{query}&page=4",
    }
    assert set(view(stored, f"{query}&page=1")) == {"@id", "first", "next", "last"}
    assert set(view(stored, f"{query}&page=4")) == {"@id", "first", "previous", "last"}
    found = stored.send("GET", f"/frameworks?{query}&page=2").json()
    assert (found["totalItems"], [each["name"] for each in found["member"]]) == (4, ["Flask"])
    hal = stored.send("GET", f"/frameworks?{query}&page=2", accept=HAL).json()["_links"]
    assert urlsplit(hal["last"]["href"]).query == f"{query}&page=4"
    plain = stored.send("GET", f"/frameworks?{query}&page=2", accept=JSON)
    assert urlsplit(plain.link("next")).query == f"{query}&page=3"
    assert plain.links("last") == []  # plain JSON has no total, so that none is counted
    page = stored.send("GET", f"/frameworks?{query}&page=2", accept=HTML).body.decode()
    for relation in ("first", "prev", "next", "last"):
        assert f'<a rel="{relation}"' in page


def test_without_a_number_a_page_leads_on_by_cursors(stored: Served) -> None:
    links = view(stored, "itemsPerPage=3")
    assert [name for name, _ in parse_qsl(links["next"])] == ["itemsPerPage", "after"]
    assert len(names(stored, links["next"])) == 1


def test_a_page_behind_the_last_is_empty_and_leads_back(stored: Served) -> None:
    found = stored.send("GET", "/frameworks?itemsPerPage=3&page=7").json()
    assert (found["member"], found["totalItems"]) == ([], 4)
    links = view(stored, "itemsPerPage=3&page=7")
    assert (links["previous"], links["last"]) == ("itemsPerPage=3&page=2", "itemsPerPage=3&page=2")
    assert "next" not in links
    nothing = stored.send("GET", "/frameworks?created[gt]=2050&page=1").json()
    assert (nothing["member"], nothing["totalItems"], "next" in nothing["view"]) == ([], 0, False)
    assert urlsplit(nothing["view"]["last"]).query.endswith("page=1")


def test_a_page_without_a_total_has_no_last(stored: Served) -> None:
    for counting in ("none", "estimated"):
        assert "last" not in view(stored, "itemsPerPage=3&page=1", headers={"Prefer": f"count={counting}"})
    assert view(stored, "itemsPerPage=3&page=1", headers={"Prefer": "count=exact"})["last"].endswith("page=2")


def test_what_comes_before_a_page_is_bounded_and_a_cursor_leads_on_from_there(
    stored: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(refused(stored, "page=401")) == {"page"}
    assert names(stored, "page=400") == []
    assert set(refused(stored, "page=10001&itemsPerPage=1")) == {"page"}
    assert names(stored, "page=10000&itemsPerPage=1") == []
    monkeypatch.setattr(parameters, "MAX_OFFSET", 2)
    monkeypatch.setattr(paging, "MAX_OFFSET", 2)
    sort = "sort=name&itemsPerPage=1"
    links = view(stored, f"{sort}&page=2&created[gte]=2005")
    assert "last" not in links
    assert [name for name, _ in parse_qsl(links["next"])] == ["sort", "itemsPerPage", "created[gte]", "after"]
    assert names(stored, links["next"]) == ["Flask"]


def test_a_page_that_has_no_room_is_refused_since_the_others_would_be_on_none(
    stored: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MAX_PAGE_BYTES", 700)
    assert len(names(stored, "limit=4&fields=name")) == 4
    assert refused(stored, "page=1") == {"page": "has more than 0 MiB: ask for fewer items on each page"}
    assert stored.send("GET", "/frameworks?page=1&itemsPerPage=1").status == 200


def test_a_row_that_cannot_be_read_is_missing_from_its_page_alone(sqlite_url: str) -> None:
    rows = [{"number": number, "day": "2026-01-31"} for number in range(7)]
    with serving(samples(initial=rows), database=sqlite_url) as served:
        served.change("UPDATE samples SET day = 'soon' WHERE number IN (1, 3)")
        found = [
            numbers(served.send("GET", f"/samples?sort=number&itemsPerPage=3&page={page}", accept=JSON))
            for page in (1, 2, 3)
        ]
        assert found == [[0, 2], [4, 5], [6]]
        first = served.send("GET", "/samples?sort=number&itemsPerPage=3&page=1").json()
        assert (first["totalItems"], urlsplit(first["view"]["next"]).query) == (
            7,
            "sort=number&itemsPerPage=3&page=2",
        )


def test_pages_of_a_source_are_those_of_a_table(sqlite_url: str) -> None:
    served = Sources(sqlite_url, Shelf(HELD))
    try:
        for query in ("sort=name", "sort=-size,name", "order[size]=asc", "size[0]=1&size[1]=2", "exists[size]=false"):
            for page in (1, 2, 4, 9):
                held, kept = (
                    served.get(f"/{path}?{query}&itemsPerPage=8&page={page}").get_json() for path in ("held", "kept")
                )
                [rows], [others] = held["_embedded"].values(), kept["_embedded"].values()
                assert [each["name"] for each in rows] == [each["name"] for each in others]
                keys = {"first", "prev", "next", "last"}
                assert {key for key in held["_links"] if key in keys} == {
                    key for key in kept["_links"] if key in keys
                }
    finally:
        served.close()


def test_pages_of_duckdb_are_asked_for_by_number() -> None:
    engine = sa.create_engine("duckdb:///:memory:", poolclass=sa.StaticPool)
    OfDuckdb.metadata.create_all(engine, [OfDuckdb.metadata.tables["trips"]])
    with engine.begin() as connection:
        connection.exec_driver_sql(TRIPS)
    wanted = {"order[id]=desc": [[5, 4], [3, 2], [1]], "order[fare]=ASC": [[3, 5], [4, 1], [2]]}
    with serving(model_at("/trips", Trip, write=None), database=None, engine=engine) as served:
        for order, rows in wanted.items():
            targets = [f"/trips?{order}&itemsPerPage=2&page={page}" for page in (1, 2, 3)]
            found = [listed(served.send("GET", target, accept=JSON)) for target in targets]
            assert [[each["id"] for each in page] for page in found] == rows
    engine.dispose()


# Other names.

SAME = {
    "order[name]=ASC": "sort=name",
    "order[created]=desc&order[name]=asc": "sort=-created,name",
    "order[name]=asc&order[created]=desc": "sort=name,-created",
    "order[id]=DESC": "sort=-name",
    "itemsPerPage=2": "limit=2",
    "created[between]=2005..2009": "created[gte]=2005&created[lte]=2009",
    "created[before]=2009": "created[lte]=2009",
    "created[after]=2009": "created[gte]=2009",
    "created[strictly_before]=2009": "created[lt]=2009",
    "created[strictly_after]=2009": "created[gt]=2009",
    "exists[relatedName]=true": "relatedName[exists]=true",
    "exists[relatedName]=false": "relatedName[exists]=false",
    "name[0]=Flask&name[1]=Bottle": "name[in]=Flask,Bottle",
    "name[0]=a%2Cb": 'name[in]="a,b"',
}


@pytest.mark.parametrize("theirs", SAME)
def test_a_parameter_of_theirs_asks_what_ours_asks(stored: Served, theirs: str) -> None:
    assert names(stored, theirs) == names(stored, SAME[theirs])


@pytest.mark.parametrize("theirs", SAME)
def test_pages_for_people_say_it_as_ours(api: Served, theirs: str) -> None:
    page, same = (
        api.send("GET", f"/frameworks?{query}", accept=HTML).body.decode() for query in (theirs, SAME[theirs])
    )
    asked = [text[text.index("<details") : text.index("</details>")] for text in (page, same)]
    assert asked[0] == asked[1]


REFUSED = {
    "page=0": {"page"},
    "page=-1": {"page"},
    "page=1.0": {"page"},
    "page=": {"page"},
    "page=%D9%A3": {"page"},
    "page=1&page=2": {"page"},
    "page=9" + "9" * 30: {"page"},
    "page=2&after=x": {"page"},
    "itemsPerPage=0": {"itemsPerPage"},
    "itemsPerPage=101": {"itemsPerPage"},
    "itemsPerPage=5&limit=5": {"itemsPerPage"},
    "order[name]=up": {"order[name]"},
    "order[name]=": {"order[name]"},
    "order[nome]=asc": {"order[nome]"},
    "order=asc": {"order"},
    "sort=name&order[name]=asc": {"sort"},
    "order[name]=asc&order[name]=desc": {"order[name]"},
    "order[id]=asc&order[name]=desc": {"order[name]"},
    "created[between]=2005": {"created[between]"},
    "created[between]=2005..x": {"created[between]"},
    "created[between]=1..2..3": {"created[between]"},
    "exists[name]=yes": {"exists[name]"},
    "exists[nome]=true": {"exists[nome]"},
    "created[]=x": {"created[]"},
    "created[0]=2005&created[1]=x": {"created[1]"},
    "name[0]=a&name[0]=b": {"name[0]"},
    "name[x]=a": {"name[x]"},
}


@pytest.mark.parametrize("query", REFUSED)
def test_what_is_wrong_is_refused_by_the_name_that_was_sent(api: Served, query: str) -> None:
    assert set(refused(api, query)) == REFUSED[query]


def test_repeated_values_of_any_filter_are_no_error_of_the_server(api: Served) -> None:
    assert set(refused(api, "created=1&created=2&created[gte]=1&created[gte]=2")) == {"created", "created[gte]"}


class Odd(Resource):
    """Members that are called like the parameters of others."""

    id: int = Field(identity=True)
    order: str = "x"
    exists: str = "y"
    page: int = 7
    eq: int = 1


def test_a_name_of_ours_stays_ours(sqlite_url: str) -> None:
    rows = [{"id": number, "order": "ab"[number % 2], "eq": -number} for number in range(4)]
    resource = lambda api: api.resource("/odd", read=public(), initial=rows)(Odd)  # noqa: E731
    with serving(resource, database=sqlite_url) as served:

        def ids(query: str) -> list[int]:
            return [each["id"] for each in listed(served.send("GET", f"/odd?{query}", accept=JSON))]

        assert ids("order[eq]=a") == [0, 2]
        assert ids("exists[eq]=z") == []
        assert ids("page[eq]=7&page=2&itemsPerPage=3") == [3]
        assert ids("order[id]=desc") == [3, 2, 1, 0]
        assert ids("order[order]=asc&order[id]=desc") == [2, 0, 3, 1]


class Sealed(Resource):
    """Something of which a member is for those who are signed in."""

    name: str = Field(identity=True)
    secret: int = Field(0, read=authenticated())


def test_a_member_that_may_not_be_read_is_no_parameter_of_theirs(sqlite_url: str) -> None:
    rows = [{"name": name, "secret": number} for number, name in enumerate("ab")]
    resource = lambda api: api.resource("/sealed", read=public(), initial=rows)(Sealed)  # noqa: E731
    with serving(resource, database=sqlite_url) as served:
        headers = {"Authorization": served.credential(Grant(subject="ada"))}
        for query in ("order[{}]=asc", "exists[{}]=true", "{}[between]=0..1", "{}[after]=0", "{}[0]=0"):
            assert served.send("GET", f"/sealed?{query.format('secret')}", headers).status == 200
            hidden, absent = (served.send("GET", f"/sealed?{query.format(name)}") for name in ("secret", "absent"))
            assert is_problem(hidden, 400)
            assert hidden.body.replace(b"secret", b"absent") == absent.body
        shown = served.send("GET", "/sealed", accept=JSON_LD).json()["search"]
        assert "secret" not in str(shown)
        assert b"secret" not in served.send("GET", "/openapi.json").body


# References.


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    author: Mapped[int | None] = mapped_column(sa.ForeignKey("authors.id"))


@pytest.fixture
def library(sqlite_url: str) -> Iterator[Served]:
    engine = sa.create_engine(sqlite_url)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add_all([Author(id=1, name="Ada"), Author(id=2, name="Bob")])
        session.flush()
        session.add_all(Book(id=number, author=[None, 1, 2][number % 3]) for number in range(1, 7))
    models = [model_at("/authors", Author), model_at("/books", Book)]
    with serving(*models, database=None, engine=engine) as served:
        yield served
    engine.dispose()


def test_items_are_found_by_the_urls_of_what_they_refer_to(library: Served) -> None:
    ada = "http%3A%2F%2Flocalhost%2Fauthors%2F1"
    for query in (f"author={ada}", "author=http://localhost/authors/1", f"author[0]={ada}"):
        answer = library.send("GET", f"/books?{query}&page=1&itemsPerPage=1", accept=JSON)
        assert [each["id"] for each in listed(answer)] == [1]
        assert [each["id"] for each in listed(library.send("GET", answer.link("next"), accept=JSON))] == [4]
    found = library.send("GET", f"/authors?id[0]={ada}&id[1]={ada[:-1]}2&page=1&itemsPerPage=2", accept=JSON)
    assert [each["name"] for each in listed(found)] == ["Ada", "Bob"]
    for other in ("http://elsewhere/authors/1", "http://localhost/books/1", "http://localhost/authors/x"):
        assert set(refused(library, f"author={other}", "/books")) == {"author"}


@pytest.mark.parametrize("media_type", ["application/merge-patch+json", "application/ld+json"])
def test_an_item_is_taken_back_as_their_admin_has_read_it(library: Served, media_type: str) -> None:
    read = library.send("GET", "/books/1").json()
    assert read["operation"]
    sent = {**read, "originId": "1", "id": read["@id"], "author": "http://localhost/authors/2"}
    method = "PATCH" if media_type.startswith("application/merge") else "PUT"
    answer = library.send(method, "/books/1", {"Content-Type": media_type}, sent)
    assert answer.status == 200, answer.body
    assert library.send("GET", "/books/1", accept=JSON).json() == {"id": 1, "author": 2}
    another = {**sent, "id": "http://localhost/books/2"}
    assert library.send(method, "/books/1", {"Content-Type": media_type}, another).status == 422


def test_a_list_is_one_filter_however_many_values_it_has(stored: Served) -> None:
    values = "&".join(f"name[{number}]=x{number}" for number in range(20))
    assert names(stored, values) == []
