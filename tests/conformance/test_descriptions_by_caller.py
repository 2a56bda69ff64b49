"""Descriptions show what the caller may see: resources and members that are for others are in none of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from restwell import Api, Field, Grant, Resource, authenticated, owner, public, scope
from tests.api import Answer, Served, frameworks, is_problem, serving

ADA, OFFICE = Grant("ada"), Grant("eve", ["ledgers:read", "people:pay"])
DOCUMENTS = (
    "/openapi.json", "/docs", "/docs.jsonld", "/.well-known/api-catalog", "/contexts/Person", "/schemas/Person",
    "/contexts/Entrypoint", "/",
)  # fmt: skip


class Person(Resource):
    """Somebody."""

    name: str = Field(identity=True)
    wage: int = Field(0, read=scope("people:pay"))
    motto: str | None = Field(None, read=owner("name"))


class Ledger(Resource):
    """What only the office knows of."""

    number: int = Field(identity=True)


class Telegram(Resource):
    """What whoever is known may read."""

    number: int = Field(identity=True)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = "sqlite://"
    api = Api(app)
    api.resource("/people", read=public(max_age=60), update=authenticated())(Person)
    api.resource("/ledgers", read=scope("ledgers"))(Ledger)
    api.resource("/telegrams", read=authenticated())(Telegram)
    found = Served(app, api)
    yield found
    found.close()


def get(served: Served, grant: Grant | None, target: str, **more: Any) -> Answer:
    return served.send("GET", target, {"Authorization": served.credential(grant)} if grant else {}, **more)


def words(served: Served, grant: Grant | None) -> str:
    answers = [get(served, grant, target) for target in DOCUMENTS]
    assert {answer.status for answer in answers} == {200}
    return " ".join(answer.body.decode() for answer in answers).lower()


def test_each_caller_is_told_of_what_there_is_for_them(served: Served) -> None:
    nobody, ada, office = (words(served, grant) for grant in (None, ADA, OFFICE))
    for name, seen in (
        ("wage", (office,)),
        ("motto", (ada, office)),
        ("ledger", (office,)),
        ("telegram", (ada, office)),
    ):
        for text in (nobody, ada, office):
            assert (name in text) is any(text is each for each in seen), name
    for text in (nobody, ada, office):
        assert "person" in text


@pytest.mark.parametrize("target", ["/schemas/Ledger", "/contexts/Ledger"])
@pytest.mark.parametrize(
    "accept", ["*/*", "application/schema+json", "application/ld+json", "text/html", "image/png"]
)
def test_what_is_not_described_has_no_document(served: Served, target: str, accept: str) -> None:
    hidden, missing = (get(served, ADA, each, accept=accept) for each in (target, target.replace("Ledger", "Xedger")))
    assert (hidden.status, hidden.body.replace(b"Ledger", b"Xedger")) == (missing.status, missing.body)
    assert [(name, value.replace("Ledger", "Xedger")) for name, value in hidden.lasting()[1]] == missing.lasting()[1]
    assert get(served, OFFICE, target).status == 200


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS", "QUERY"])
@pytest.mark.parametrize("target", ["/ledgers", "/ledgers/1"])
def test_no_answer_links_to_what_is_not_described(served: Served, method: str, target: str) -> None:
    for grant in (None, ADA):
        answer = served.send(method, target, {"Authorization": served.credential(grant)} if grant else {})
        assert not any("Ledger" in link.target or "describedby" in link.relations for link in answer.links())
        assert answer.links("service-doc")
    assert get(served, OFFICE, "/ledgers").links("describedby")
    assert get(served, OFFICE, "/ledgers/1").links("describedby")


def test_the_entry_point_links_to_what_may_be_read_or_added_to() -> None:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = "sqlite://"
    api = Api(app)
    api.resource("/people", read=scope("people"), update=lambda grant, row: grant.subject == row.name)(Person)
    api.resource("/ledgers", read=scope("ledgers"), create=authenticated())(Ledger)
    served = Served(app, api)
    linked = {
        name: [each for each in get(served, grant, "/", accept="application/hal+json").json()["_links"] if each in
               {"people", "ledgers"}]
        for name, grant in (("anonymous", None), ("ada", ADA), ("office", Grant("eve", ["people:read"])))
    }  # fmt: skip
    served.close()
    assert linked == {"anonymous": [], "ada": ["ledgers"], "office": ["people", "ledgers"]}


def test_a_description_that_differs_says_so(served: Served) -> None:
    for target in DOCUMENTS:
        anonymous, known = get(served, None, target), get(served, OFFICE, target)
        assert "Authorization" in anonymous["vary"]
        assert known["cache-control"].startswith("private")
        if target != "/":
            assert not anonymous["cache-control"].startswith("private")
        assert served.send("GET", target, {"If-None-Match": known["etag"]}).status == 200 or target == "/x"
        assert is_problem(served.send("GET", target, {"Authorization": "Bearer x"}), 401)


def test_one_that_is_the_same_for_everybody_looks_at_no_credential() -> None:
    with serving(frameworks()) as served:
        for target in ("/openapi.json", "/docs"):
            answer = served.send("GET", target, {"Authorization": "Bearer x"})
            assert (answer.status, answer["vary"]) == (200, "Accept")
            assert served.send("GET", "/openapi.json").json()["paths"]["/docs"]["get"]["security"] == [{}]


def test_openapi_promises_a_401_where_it_looks_at_credentials(served: Served) -> None:
    found = json.loads(get(served, None, "/openapi.json").body)
    reading = found["paths"]["/docs"]["get"]
    assert reading["security"] == [{}, {"bearer": []}]
    assert "401" in reading["responses"]
