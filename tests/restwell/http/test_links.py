"""What finds room in the Link field, and the bounds that keep room for it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell import Api, DeclarationError, Field, Resource, public, scope
from restwell.http.limits import MAX_BASE, MAX_PATH, MAX_PREFIX, MAX_SCOPE, MAX_SEGMENT
from restwell.http.links import LEAVING, Link, fitted, together
from restwell.http.messages import Request
from restwell.http.origin import Hosts, InvalidBaseUrl
from restwell.model.declare import declare
from tests.api import JSON, is_problem, parse_links, serving

of_a_link = (st.sampled_from(LEAVING), st.text("ab/", max_size=40), st.sampled_from(["", "text/html"]), st.just(""))
links = st.lists(st.builds(Link, *of_a_link), max_size=20).map(together)


@given(links, st.integers(0, 1500))
def test_links_fit_and_leave_by_relation_in_their_order(every: Any, room: int) -> None:
    text = fitted(every, room)
    assert len(text) <= room
    kept = [relation for each in parse_links(text) for relation in each.relations]
    there = [each.relation for each in every.each]
    assert kept == [relation for relation in there if relation in kept]
    left = {relation for relation in there if relation not in kept}
    assert all(LEAVING.index(gone) < LEAVING.index(stays) for gone in left for stays in kept)
    assert left or text == every.text


class Named(Resource):
    name: str = Field(identity=True, pattern=r"^[^/\x00]+$", max_length=4000)


def test_what_links_begin_with_has_a_bound() -> None:
    Hosts("https://a.example/" + "b" * (MAX_BASE - 18))
    with pytest.raises(InvalidBaseUrl, match=f"links have room for {MAX_BASE}"):
        Hosts("https://a.example/" + "b" * (MAX_BASE - 17))
    request = Request("GET", "/", "", {}, None, "http://localhost", "/" + "m" * MAX_BASE)  # type: ignore[arg-type]  # has no content
    assert Hosts().base(request) is None


def test_a_prefix_a_path_and_a_scope_have_a_bound() -> None:
    Api(url_prefix="/" + "p" * (MAX_PREFIX - 1))
    with pytest.raises(DeclarationError, match=f"room for {MAX_PREFIX}"):
        Api(url_prefix="/" + "p" * MAX_PREFIX)
    path = "/a".ljust(MAX_PATH - 2, "p") + "/b"
    declare(Named, path, read=public())
    with pytest.raises(DeclarationError, match=f"room for {MAX_PATH}"):
        declare(Named, f"/a{path[1:]}", read=public())
    scope("s" * MAX_SCOPE)
    with pytest.raises(ValueError, match=f"at most {MAX_SCOPE}"):
        scope("s" * (MAX_SCOPE + 1))


def test_an_identity_has_a_bound_in_bytes(database_url: str) -> None:
    with serving(
        lambda api: api.resource("/named", read=public(), write=public())(Named), database=database_url
    ) as api:
        for letter, size in (("a", 1), ("é", 6), ("\U0001f600", 12)):
            longest = letter * (MAX_SEGMENT // size)
            created = api.send("POST", "/named", content={"name": longest}, accept=JSON)
            assert created.status == 201
            assert api.send("GET", created["location"], accept=JSON).json() == {"name": longest}
            refused = api.send("POST", "/named", content={"name": longest + letter})
            assert is_problem(refused, 422)
            [error] = refused.json()["errors"]
            assert (error["pointer"], error["code"]) == ("/name", "identity_too_long")
