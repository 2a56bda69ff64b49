"""Rules on members: for who may not read one it is not there, and for who may not set one it is read-only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
from flask import Flask
from pydantic import computed_field

from restwell import Api, DeclarationError, Field, Grant, Resource, any_of, authenticated, owner, public, scope
from tests.api import HAL, JSON, MERGE_PATCH, Answer, Served, is_problem
from tests.arguments import shows

ADA, BOB = Grant("ada"), Grant("bob")
OFFICE = Grant("eve", ["people:pay", "people:grade"])
PEOPLE = [
    {"name": "ada", "pay": 10, "grade": 3, "opinion": "a"},
    {"name": "bob", "pay": 20, "grade": 5, "opinion": "b"},
]


class Person(Resource):
    """Somebody who is paid, which they and the office know."""

    name: str = Field(identity=True)
    pay: int = Field(0, read=any_of(owner("name"), scope("people:pay")), write=scope("people:pay"))
    grade: int = Field(1, write=scope("people:grade"))
    opinion: str | None = Field(None, read=scope("people:pay"))
    motto: str | None = Field(None, write=owner("name"))


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = database_url
    api = Api(app)
    api.resource("/people", read=public(), write=authenticated(), initial=PEOPLE)(Person)
    found = Served(app, api)
    yield found
    found.close()


def send(served: Served, grant: Grant | None, method: str, target: str, **more: Any) -> Answer:
    headers = {"Authorization": served.credential(grant)} if grant is not None else {}
    return served.send(method, target, headers | more.pop("headers", {}), **more)


def members(served: Served, grant: Grant | None, target: str) -> Any:
    answer = send(served, grant, "GET", target, accept=JSON)
    assert answer.status == 200
    return answer.json()


@shows("Field", "read", "write")
def test_each_caller_reads_the_members_that_are_theirs(served: Served) -> None:
    assert members(served, None, "/people/ada") == {"name": "ada", "grade": 3}
    assert members(served, ADA, "/people/ada") == {"name": "ada", "pay": 10, "grade": 3}
    assert members(served, ADA, "/people/bob") == {"name": "bob", "grade": 5}
    assert members(served, OFFICE, "/people/bob") == {"name": "bob", "pay": 20, "grade": 5, "opinion": "b"}


def test_a_page_has_of_each_item_what_its_address_has(served: Served) -> None:
    for grant in (None, ADA, BOB, OFFICE):
        page = members(served, grant, "/people")["people"]
        assert page == [members(served, grant, f"/people/{each['name']}") for each in page]
        linked = send(served, grant, "GET", "/people").json()["member"]
        assert [each.get("pay") for each in linked] == [each.get("pay") for each in page]


def test_the_table_of_a_page_has_what_is_of_some_of_its_items(served: Served) -> None:
    def table(grant: Grant | None, query: str = "") -> str:
        page = send(served, grant, "GET", f"/people{query}", accept="text/html").body.decode()
        return page.partition("<thead>")[2].partition("</table>")[0]

    assert "pay" not in table(None)
    assert '<th scope="col">pay</th>' in table(ADA)  # and no query sorts by it
    assert (table(ADA).count("<td>10</td>"), table(ADA).count("<td>20</td>")) == (1, 0)
    assert "pay" not in table(ADA, "?name=bob")
    assert "sort=pay" in table(OFFICE)


@pytest.mark.parametrize("accept", [JSON, "application/ld+json", HAL, "application/prs.hal-forms+json", "text/html"])
def test_no_format_shows_what_is_for_others(served: Served, accept: str) -> None:
    for target in ("/people", "/people/bob"):
        text = send(served, ADA, "GET", target, accept=accept).body.decode()
        assert "bob" in text
        for hidden in ('"opinion"', ">20<", ":20,", ">opinion<"):
            assert hidden not in text


@pytest.mark.parametrize("name", ["pay", "opinion"])
@pytest.mark.parametrize("form", ["{}=1", "{}[gte]=1", "sort={}", "sort=-{}", "fields={}", "{}[exists]=true"])
def test_what_may_not_be_read_of_every_item_is_no_parameter(served: Served, name: str, form: str) -> None:
    for grant in (None, ADA):
        unknown = f"{name[:-1]}x"  # as near to the names that there are as the other
        one, other = (send(served, grant, "GET", f"/people?{form.format(each)}") for each in (name, unknown))
        assert is_problem(one, 400)
        assert one.body.replace(name.encode(), unknown.encode()) == other.body


@pytest.mark.parametrize("grant, named", [(None, set()), (ADA, set()), (OFFICE, {"pay", "opinion"})])
def test_parameters_that_are_described_name_what_may_be_read_of_every_item(
    served: Served, grant: Grant | None, named: set[str]
) -> None:
    paths = send(served, grant, "GET", "/openapi.json").json()["paths"]
    for path in ("/people", "/people/{name}"):
        listed = {each["name"]: each for each in paths[path]["get"]["parameters"] if "name" in each}
        assert {name.partition("[")[0] for name in listed} & {"pay", "opinion"} == (
            named if path == "/people" else set()
        )
        assert set(listed["fields"]["schema"]["items"]["enum"]) == {"name", "grade", "motto"} | named


def test_what_is_of_some_items_alone_is_not_said_to_be_in_each(served: Served) -> None:
    for grant, required in ((None, {"name", "grade"}), (ADA, {"name", "grade"}), (OFFICE, {"name", "pay", "grade"})):
        schemas = send(served, grant, "GET", "/openapi.json").json()["components"]["schemas"]
        assert set(schemas["Person.whole"]["required"]) == required
        assert ("pay" in schemas["Person"]["properties"]) is (grant is not None)


def test_the_form_for_a_new_item_has_what_may_be_set_of_some(served: Served) -> None:
    form = send(served, ADA, "GET", "/people", accept="application/prs.hal-forms+json").json()["_templates"][
        "default"
    ]
    assert [each["name"] for each in form["properties"]] == ["name", "motto"]
    page = send(served, ADA, "GET", "/people", accept="text/html").body.decode()
    assert "<dt>motto</dt>" in page.partition("What you may do here")[2]
    made = send(served, ADA, "POST", "/people", content={"name": "zoe", "motto": "x"}, headers={"Accept": JSON})
    assert is_problem(made, 403)  # who is not zoe
    assert made.json()["errors"][0]["pointer"] == "/motto"


def test_who_may_read_it_of_every_item_filters_and_sorts_by_it(served: Served) -> None:
    assert [each["name"] for each in members(served, OFFICE, "/people?pay[gte]=15")["people"]] == ["bob"]
    assert [each["name"] for each in members(served, OFFICE, "/people?sort=-pay")["people"]] == ["bob", "ada"]


def patch(served: Served, grant: Grant, target: str, content: Any) -> Answer:
    return send(
        served, grant, "PATCH", target, headers={"Content-Type": MERGE_PATCH, "Accept": JSON}, content=content
    )


def test_what_may_not_be_set_is_read_only_and_what_is_not_seen_is_unknown(served: Served) -> None:
    refused = patch(served, ADA, "/people/ada", {"grade": 9, "pay": 99, "opinion": "c", "nobody": 1, "motto": "x"})
    assert is_problem(refused, 422)
    assert {each["pointer"]: each["code"] for each in refused.json()["errors"]} == {
        "/grade": "read_only", "/pay": "read_only", "/opinion": "extra_forbidden", "/nobody": "extra_forbidden",
    }  # fmt: skip
    others = patch(served, ADA, "/people/bob", {"pay": 99, "motto": "x"})
    assert {each["pointer"]: each["code"] for each in others.json()["errors"]} == {
        "/pay": "extra_forbidden", "/motto": "read_only",
    }  # fmt: skip
    assert patch(served, ADA, "/people/ada", {"motto": "x"}).json() == {
        "name": "ada", "pay": 10, "grade": 3, "motto": "x",
    }  # fmt: skip
    assert patch(served, OFFICE, "/people/ada", {"pay": 11, "opinion": "c"}).status == 200
    assert members(served, OFFICE, "/people/ada") == {
        "name": "ada",
        "pay": 11,
        "grade": 3,
        "opinion": "c",
        "motto": "x",
    }


def test_what_is_not_seen_stays_when_an_item_is_replaced(served: Served) -> None:
    answer = send(served, BOB, "PUT", "/people/ada", content={"grade": 3})
    assert answer.status == 200
    assert members(served, OFFICE, "/people/ada") == {"name": "ada", "pay": 10, "grade": 3, "opinion": "a"}


def test_of_a_new_item_what_may_be_set_depends_on_what_it_is(served: Served) -> None:
    refused = send(served, ADA, "POST", "/people", content={"name": "joe", "motto": "x"})
    assert is_problem(refused, 403)
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/motto"]
    assert send(served, Grant("joe"), "PUT", "/people/joe", content={"motto": "x"}).status == 201
    assert is_problem(send(served, ADA, "POST", "/people", content={"name": "jim", "grade": 2}), 422)
    created = send(served, OFFICE, "POST", "/people", content={"name": "jim", "grade": 2, "pay": 5})
    assert created.status == 201


def test_entity_tags_differ_by_what_is_seen(served: Served) -> None:
    tags = {send(served, grant, "GET", "/people/ada")["etag"] for grant in (None, ADA, OFFICE)}
    assert len(tags) == 3
    current = send(served, ADA, "GET", "/people/ada")["etag"]
    assert patch(served, ADA, "/people/ada", {"motto": "y"}).status == 200
    assert send(served, ADA, "GET", "/people/ada", headers={"If-None-Match": current}).status == 200


def test_what_is_computed_is_for_those_who_see_all_of_it(database_url: str) -> None:
    class Account(Resource):
        """An account."""

        name: str = Field(identity=True)
        cents: int = Field(0, read=scope("accounts:see"))

        @computed_field  # type: ignore[prop-decorator]  # as pydantic wants it
        @property
        def euros(self) -> float:
            return self.cents / 100

    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = database_url
    api = Api(app)
    api.resource("/accounts", read=public(), initial=[{"name": "a", "cents": 150}])(Account)
    served = Served(app, api)
    assert members(served, None, "/accounts/a") == {"name": "a"}
    assert members(served, Grant("eve", ["accounts:see"]), "/accounts/a") == {"name": "a", "cents": 150, "euros": 1.5}
    served.close()


@pytest.mark.parametrize(
    "field, remedy",
    [
        (Field(identity=True, read=public()), "is in the identity"),
        (Field("", write_only=True, read=public()), "is shown to nobody"),
        (Field("", read_only=True, write=public()), "is not set by clients"),
        (Field("", hidden=True, write=public()), "is not set by clients"),
        (Field(read=public()), "no default"),
        (Field("", unique=True, read=scope("a")), "a 409 would tell"),
        (Field("", read=cast("Any", "me")), "give it a rule"),
        (Field("", read=public(max_age=1)), "which the rule of the resource says"),
        (Field("", read=owner("nobody")), "no such field"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused(field: Any, remedy: str) -> None:
    namespace = {"__annotations__": {"name": str, "text": str}, "name": Field(identity=True), "text": field}
    if remedy == "is in the identity":
        namespace = {"__annotations__": {"name": str}, "name": field}
    cls = type("Wrong", (Resource,), {"__module__": __name__, **namespace})
    with pytest.raises(DeclarationError) as caught:
        Api().resource("/wrong", read=public(), create=public())(cls)
    assert remedy in str(caught.value)


def test_where_nobody_creates_items_a_member_without_a_default_may_have_a_rule() -> None:
    class Sealed(Resource):
        """What is filled by others."""

        name: str = Field(identity=True)
        inside: str = Field(read=scope("sealed"))

    Api().resource("/sealed", read=public(), delete=public())(Sealed)


def test_a_change_of_what_is_hidden_is_not_told(served: Served) -> None:
    for target in ("/people/ada", "/people"):
        before = send(served, BOB, "GET", target)
        assert before.get("last-modified") is None
        assert patch(served, OFFICE, "/people/ada", {"pay": len(target), "opinion": target}).status == 200
        after = send(served, BOB, "GET", target)
        assert (after["etag"], after.body) == (before["etag"], before.body)
        assert send(served, BOB, "GET", target, headers={"If-None-Match": before["etag"]}).status == 304
        assert send(served, ADA, "GET", target)["etag"] != send(served, None, "GET", target)["etag"]


def test_what_was_changed_where_it_is_not_seen_stays_when_the_rest_is_replaced(served: Served) -> None:
    tag = send(served, BOB, "GET", "/people/ada")["etag"]
    assert patch(served, OFFICE, "/people/ada", {"pay": 77}).status == 200
    answer = send(served, BOB, "PUT", "/people/ada", headers={"If-Match": tag}, content={"grade": 3})
    assert answer.status == 200
    assert members(served, OFFICE, "/people/ada")["pay"] == 77
    assert patch(served, OFFICE, "/people/ada", {"grade": 4}).status == 200
    assert send(served, BOB, "PUT", "/people/ada", headers={"If-Match": tag}, content={}).status == 412


def test_a_page_is_not_good_for_long_where_one_row_shows_more(served: Served) -> None:
    page = send(served, ADA, "GET", "/people")
    assert patch(served, OFFICE, "/people/ada", {"pay": 78}).status == 200
    assert send(served, ADA, "GET", "/people", headers={"If-None-Match": page["etag"]}).status == 200
