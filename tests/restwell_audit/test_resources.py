from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.resources import ACTION_PARAMETERS, VERBS, is_action, is_below
from tests.restwell_audit.apis import Api, hal, openapi, page, problem, said, table
from tests.restwell_audit.cases import GOOD, Cases, Pair, found, good, judge, judging, names
from tests.restwell_audit.changes import having

ONE, TWO = {"name": "one", "size": 1}, {"name": "two", "size": 2}


def collections(*with_items: str) -> Api:
    """Two lists of things, of which some serve their members."""
    entry = said({"things": {"href": "/things"}, "stuff": {"href": "/stuff"}})
    lists = {"GET /things": said([ONE, TWO]), "GET /stuff": said([ONE])}
    return table({"GET /": entry, **lists, **{f"GET /{name}/one": said(ONE) for name in with_items}})


def linking(**links: str) -> Api:
    """An entry point with links, and something behind each."""
    paths = {target.partition("?")[0] for target in links.values()}
    behind = {f"GET {path}": hal({"here": path}, start="/") for path in paths}
    return table({"GET /": hal(self="/", **links), **behind})


def one_described() -> Api:
    """One URI, which is all that the description knows."""
    return table({"GET /": said([ONE]), "GET /openapi.json": openapi({"GET /": {}, "POST /": {}})})


def described() -> Api:
    """An entry point that says nothing, and a description with what can be read."""
    paths = openapi({"GET /things/{name}": {}, "GET /stuff/{name}": {}})
    return table({"GET /": said({"hello": "world"}), "GET /openapi.json": paths})


CASES: Cases = {
    "ManyResources": Pair(GOOD, judging(lambda: table({"GET /": said({"hello": "world"})}))),
    "ManyDescribed": Pair(judging(described), judging(one_described)),
    "OneResource": Pair(judging(one_described), judging(lambda: table({"GET /": said([ONE])}))),
    "NoResources": Pair(
        judging(lambda: table({"POST /": said({"result": []})})), judging(lambda: table({"PUT /": said({})}))
    ),
    "ItemsHaveUris": Pair(GOOD, judging(collections)),
    "PathsNameThings": Pair(GOOD, judging(lambda: linking(item="/getThing"))),
    "PathsAreActions": Pair(
        judging(lambda: linking(item="/getThing", related="/listThings")),
        judging(lambda: linking(item="/gettysburg", related="/listings")),
    ),
    "SomePathsAreActions": Pair(judging(lambda: linking(item="/getThing", up="/a", related="/b")), GOOD),
    "ActionInQuery": Pair(
        judging(lambda: linking(item="/things?action=list")), judging(lambda: linking(item="/things?size=2"))
    ),
    "ActionInSomeQueries": Pair(
        judging(lambda: linking(item="/things?action=list", up="/a", related="/b")),
        judging(lambda: linking(item="/things?action=list")),
    ),
}


# -- how many ------------------------------------------------------------------------------------------------


def test_a_query_makes_no_other_resource() -> None:
    api = table({"GET /": hal(next="/?page=2", last="/?page=3")})
    assert not {"ManyResources", "OneResource"} & names(judge(api))


def test_an_error_is_no_resource() -> None:
    api = table({"GET /": said({"href": "/broken"}), "GET /broken": said({"error": "This is broken."})})
    assert not {"ManyResources", "OneResource"} & names(judge(api))


def test_what_is_said_about_an_api_is_none_of_its_resources() -> None:
    api = table({"GET /": hal(service_doc="/docs", license="/license"), "GET /docs": page(), "GET /license": page()})
    assert not {"ManyResources", "OneResource"} & names(judge(api))


def test_the_resources_are_counted() -> None:
    assert found(GOOD(), "ManyResources").details == {"number": 5}


# -- their members -------------------------------------------------------------------------------------------


def test_members_that_could_not_be_guessed_were_not_tested() -> None:
    report = judge(collections())
    [left] = [each for each in report.untested if each.bearing == 1]
    assert left.why == "No link leads to a member of http://localhost/things, and no URL that was guessed gives one."
    assert left.how == "Name the URL of a member on the command line, or give --openapi."
    assert report.level == 2, "there are three resources, whatever is below them"


def test_one_uri_alone_leaves_it_open_how_many_there_are() -> None:
    report = judge(table({"GET /": said([ONE])}))
    assert (report.level, report.at_least, report.at_most) == (None, 0, 2)
    assert report.verdict == "Not to be told from here"
    assert report.next_step in report.untested
    assert [each.how for each in report.untested if each.bearing == 1] == [
        "I found one URI. Name one more on the command line, or give --openapi.",
        "Name the URL of a member on the command line, or give --openapi.",
    ]


def test_another_uri_that_is_named_is_another_resource() -> None:
    api = table({"GET /things": said([{"size": 1}]), "GET /things/first": said({"size": 1})})
    report = judge(api, "/things", "/things/first")
    assert {"ManyResources", "ItemsHaveUris"} <= names(report)
    assert report.level == 2


@pytest.mark.parametrize("status, expected", [(405, 2), (401, 2), (404, None), (500, None)])
def test_another_uri_that_is_named_and_refused_is_there_unless_it_is_missing(
    status: int, expected: int | None
) -> None:
    api = table({"GET /things": said({"size": 1}), "GET /other": problem(status)})
    assert judge(api, "/things", "/other").level == expected


def test_procedures_that_a_description_names_are_several_uris_of_which_none_is_read() -> None:
    paths = openapi({"POST /users.list": {}, "POST /users.info": {}})
    report = judge(table({"GET /": problem(405), "GET /openapi.json": paths}))
    assert {"ManyDescribed", "NothingToGet"} <= names(report)
    assert (report.level, report.verdict) == (1, "Approaching REST")


def test_members_that_could_not_be_guessed_are_not_tested_where_others_were_found() -> None:
    report = judge(collections("stuff"))
    assert [each.how for each in report.untested if each.bearing == 1] == [
        "Name the URL of a member on the command line, or give --openapi."
    ]


def test_what_cannot_be_read_at_all_leaves_everything_open() -> None:
    report = judge(table({"PUT /": said({})}))
    assert (report.level, report.at_least, report.at_most) == (None, 0, 3)
    assert not [each for each in report.findings if each.severity == "bad"]
    assert "broken" not in {each.state for each in report.constraints}


@pytest.mark.parametrize("identity", ["id", "_id", "uuid", "slug", "name", "title"])
def test_a_member_is_looked_for_by_what_usually_names_one(identity: str) -> None:
    members = [{identity: "a b/c", "size": 1}]
    api = table({"GET /things": said(members), "GET /things/a b/c": said(members[0])})
    assert "ItemsHaveUris" in names(judge(api, "/things"))


def test_a_member_that_is_an_error_was_not_found() -> None:
    api = table({"GET /things": said([ONE]), "GET /things/one": said({"error": "There is no such thing."})})
    assert "ItemsHaveUris" not in names(judge(api, "/things"))


def test_an_empty_list_says_nothing_about_its_members() -> None:
    report = judge(table({"GET /things": said([])}), "/things")
    assert "ItemsHaveUris" not in names(report)
    assert (report.level, report.at_most) == (None, 2)


# -- what paths say ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [
    "/getUser", "/get_user", "/get-user", "/delete", "/users/1/delete", "/user-delete", "/v1/createOrder", "/doLogin",
    "/api/list", "/users/{id}/activate", "/listThings", "/user/register",
])  # fmt: skip
def test_a_verb_in_a_path_is_an_action(path: str) -> None:
    assert is_action(path)


@pytest.mark.parametrize("path", [
    "/", "", "/users", "/users/1", "/getters", "/listings/1", "/settings", "/updates", "/newsletters", "/addresses",
    "/postcodes", "/{delete}", "/shows", "/running-shoes", "/news", "/docs/lists", "/makers/Acme", "/executives",
    "/post/1", "/wish-list", "/blog_post/7", "/process-definitions", "/data-set/1", "/set/3/parts", "/list",
])  # fmt: skip
def test_a_noun_that_begins_like_a_verb_is_none(path: str) -> None:
    assert not is_action(path)


@pytest.mark.parametrize("name", ["new", "edit", "create"])
def test_a_page_with_a_form_is_a_thing(name: str) -> None:
    assert is_action(f"/things/{name}")
    assert not is_action(f"/things/{name}", page=True)


@given(st.sampled_from(VERBS), st.lists(st.from_regex(r"[a-z]{1,8}s", fullmatch=True), max_size=3))
def test_a_verb_is_seen_wherever_it_stands(verb: str, things: list[str]) -> None:
    for place in range(len(things) + 1):
        assert is_action("/" + "/".join([*things[:place], verb, *things[place:]]))


@given(st.lists(st.from_regex(r"[0-9]{1,9}|\{[a-zA-Z]{1,8}\}|[a-f0-9]{8}-[a-f0-9]{4}", fullmatch=True)))
def test_identities_and_variables_are_no_actions(segments: list[str]) -> None:
    assert not is_action("/" + "/".join(segments))


def test_what_an_item_is_called_is_no_action() -> None:
    things = [{"name": "create-react-app"}]
    api = table({"GET /things": said(things), "GET /things/create-react-app": said(things[0])})
    assert "PathsNameThings" in names(judge(api, "/things"))


def test_a_few_actions_among_many_things_are_a_warning_and_most_of_them_are_the_style() -> None:
    few = judge(linking(item="/getThing", up="/a", related="/b"))
    assert found(few, "SomePathsAreActions").details == {"actions": "/getThing", "number": 1, "of": 4}
    many = judge(linking(item="/getThing", related="/listThings"))
    assert found(many, "PathsAreActions").details == {"actions": "/getThing, /listThings", "number": 2, "of": 3}


def test_actions_are_read_from_a_description_too() -> None:
    paths = openapi({"GET /getThing": {}, "POST /createThing": {}})
    report = judge(table({"GET /openapi.json": paths, "GET /getThing": said(ONE), "GET /": said({"hello": "world"})}))
    assert found(report, "PathsAreActions").details["of"] == 3


def test_a_description_is_not_one_of_the_paths() -> None:
    api = table({"GET /": hal(service_desc="/get-openapi"), "GET /get-openapi": openapi({"GET /": {}})})
    assert "PathsNameThings" in names(judge(api))


# -- what queries say ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("parameter", sorted(ACTION_PARAMETERS))
def test_a_parameter_that_chooses_a_procedure_is_found_whatever_its_case(parameter: str) -> None:
    finding = found(judge(linking(item=f"/things?{parameter.upper()}=list")), "ActionInQuery")
    assert finding.details == {"parameter": parameter}
    assert finding.subject.endswith(f"/things?{parameter.upper()}=list")


# -- below ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path, parent, expected", [
    ("/things/1", "/things", True), ("/things/1", "/things/", True), ("/things/", "/things", True),
    ("/things", "/things", False), ("/thingsandmore", "/things", False), ("/a", "/", True),
])  # fmt: skip
def test_below_is_by_segments(path: str, parent: str, expected: bool) -> None:
    assert is_below(path, parent) is expected


def test_nothing_of_this_depends_on_more_than_paths_and_contents() -> None:
    """Fields of caching and the like bear on other levels."""
    bare = good(having(Cache_Control="no-store"))()
    assert {each.id() for each in bare.rungs[1].findings} == {each.id() for each in GOOD().rungs[1].findings}


def test_paths_that_are_actions_are_not_one_uri() -> None:
    """Many URIs are level 1, whatever they are called; that they call procedures keeps the API from level 2."""
    report = judge(linking(item="/getThing", related="/listThings"))
    assert (report.level, report.verdict) == (1, "Approaching REST")
