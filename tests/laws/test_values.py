"""Laws of values: (a) PUT of what GET gave changes nothing; (b) a PATCH changes what it names and nothing else;
(c) what is stored is what the schema allows, and what the schema allows is taken; (e) equal tags mean equal bytes.
"""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import assume, given

from restwell import public
from restwell.model.revising import is_same
from tests.api import JSON, JSON_LD, JSON_PATCH, MERGE_PATCH, Answer, Served, serving
from tests.laws.declared import CHANGES, CONTENTS, Law
from tests.laws.examples import law_settings
from tests.servers import PostgresServer

pytestmark = pytest.mark.slow

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the resource, once for each database."""

    def register(api: Any) -> None:
        api.resource("/laws", read=public(), write=public())(Law)

    if request.param == "sqlite":
        with serving(register, database=f"sqlite:///{tmp_path_factory.mktemp('laws') / 'laws.db'}") as one:
            yield one
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.take_database()
    with serving(register, database=server.url(name)) as one:
        yield one
    server.give_back_database(name)


@pytest.fixture(scope="module")
def validator(served: Served) -> jsonschema.Draft202012Validator:
    """Give what validates by the schema that is served."""
    schema = served.send("GET", "/schemas/Law").json()
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def put(served: Served, content: dict[str, Any]) -> tuple[str, Answer]:
    target = f"/laws/{next(NUMBERS)}"
    answer = served.send("PUT", target, content=content, accept=JSON)
    assert answer.status == 201, answer.body
    return target, answer


def get(served: Served, target: str, media_type: str = JSON) -> Answer:
    answer = served.send("GET", target, accept=media_type)
    assert answer.status == 200, answer.body
    return answer


@law_settings()
@given(content=CONTENTS)
def test_what_get_shows_can_be_sent_back_and_changes_nothing(served: Served, content: dict[str, Any]) -> None:
    target, _ = put(served, content)
    for media_type in (JSON, JSON_LD):
        before = get(served, target, media_type)
        sent = {"Content-Type": media_type}
        again = served.send("PUT", target, sent, before.body, accept=media_type)
        assert again.status == 200, again.body
        assert (again["etag"], again.body) == (before["etag"], before.body)
        after = get(served, target, media_type)
        assert (after["etag"], after.body, after["last-modified"]) == (
            before["etag"],
            before.body,
            before["last-modified"],
        )


@law_settings()
@given(content=CONTENTS, change=CHANGES)
def test_a_patch_changes_what_it_names_and_nothing_else(
    served: Served, content: dict[str, Any], change: tuple[str, Any]
) -> None:
    target, _ = put(served, content)
    name, value = change
    before = get(served, target).json()
    operations = [{"op": "add", "path": f"/{name}", "value": value}]
    answer = served.send("PATCH", target, {"Content-Type": JSON_PATCH}, operations, accept=JSON)
    assert answer.status == 200, answer.body
    after = answer.json()
    assert without(before, name) == without(after, name)
    alone, _ = put(served, {**content, name: value})
    assert is_same(after.get(name), get(served, alone).json().get(name))


@law_settings()
@given(content=CONTENTS, change=CHANGES)
def test_a_merge_patch_changes_what_it_names_and_null_stays_null(
    served: Served, content: dict[str, Any], change: tuple[str, Any]
) -> None:
    target, _ = put(served, content)
    name, value = change
    before = get(served, target).json()
    if name == "shape":  # merged into another one, it would have the members of both
        assume((value["kind"] == "square") == (before["shape"]["kind"] == "square"))
    is_object = isinstance(value, dict)  # of which a merge patch names the members
    patch = json.dumps({name: value}).encode()
    answer = served.send("PATCH", target, {"Content-Type": MERGE_PATCH}, patch, accept=JSON)
    assert answer.status == 200, answer.body
    assert without(before, name) == without(answer.json(), name)
    if not is_object:
        alone, _ = put(served, {**content, name: value})
        assert is_same(answer.json().get(name), get(served, alone).json().get(name))


@law_settings()
@given(content=CONTENTS)
def test_what_the_schema_allows_is_taken_and_what_is_stored_it_allows(
    served: Served, validator: jsonschema.Draft202012Validator, content: dict[str, Any]
) -> None:
    validator.validate({"number": 1, **content})
    target, _ = put(served, content)
    validator.validate(get(served, target).json())


@law_settings()
@given(content=CONTENTS, other=CONTENTS)
def test_equal_entity_tags_mean_equal_bytes(served: Served, content: dict[str, Any], other: dict[str, Any]) -> None:
    number = next(NUMBERS)
    target = f"/laws/{number}"
    seen: dict[str, bytes] = {}

    def see(answer: Answer) -> None:
        assert answer.status in {200, 201}, answer.body
        assert seen.setdefault(answer["etag"], answer.body) == answer.body

    for media_type in (JSON, JSON_LD):
        see(served.send("POST", "/laws", content={"number": next(NUMBERS), **content}, accept=media_type))
    for sent in (content, other, content):
        for media_type in (JSON, JSON_LD):
            see(served.send("PUT", target, content=sent, accept=media_type))
            see(get(served, target, media_type))
            for fields in ("", "&fields=weight,part,price"):
                see(get(served, f"/laws?limit=1&sort=-number{fields}", media_type))


def without(members: dict[str, Any], name: str) -> str:
    return json.dumps({key: value for key, value in members.items() if key != name})
