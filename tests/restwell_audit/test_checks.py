from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.auditing import MODULES
from restwell_audit.checks import (
    ALLOW_MORE,
    ALLOW_WRITING,
    CHECKS,
    SAMPLE_SIZE,
    SPENT,
    UNKNOWN_METHOD,
    Case,
    Check,
    Results,
    run_checks,
)
from restwell_audit.exploring import Explorer
from restwell_audit.findings import CONSTRAINTS, Finding, Untested
from restwell_audit.guessing import MISSING_NAME, missing_item
from restwell_audit.negotiation import ACCEPT, accepting
from restwell_audit.politeness import SAFE
from restwell_audit.probe import Probe
from tests.restwell_audit.apis import (
    Api,
    Request,
    Response,
    changed,
    hal,
    openapi,
    page,
    problem,
    said,
    served,
    table,
    wsgi,
)
from tests.restwell_audit.changes import (
    errors_inside,
    plain_json,
    refusing,
    responses,
    slash_twins,
    statuses,
    without,
)
from tests.restwell_audit.good import Good


def explored(api: Api, *, most: int = 500, writing: bool = False) -> Case:
    """What was found of an API, in process."""
    probe = Probe(wsgi(api), max_requests=most, writing=writing)
    return Case(Explorer(probe, [probe.url]).explore(), probe, writing)


def many(number: int) -> Api:
    """An entry point with this many items."""
    links = {f"item_{each}": f"/{each}" for each in range(number)}
    return table({"GET /": hal(**links), **{f"GET /{each}": hal(up="/") for each in range(number)}})


def asked(case: Case) -> list[tuple[str, str]]:
    """The methods and paths of what was sent."""
    return [(each.method, each.url.removeprefix(str(case.probe.origin))) for each in case.probe.exchanges]


# -- the list of checks --------------------------------------------------------------------------------------


def test_every_module_of_checks_has_some() -> None:
    assert {module.__name__ for module in MODULES} == {each.run.__module__ for each in CHECKS}


def test_every_check_says_what_it_asks() -> None:
    whats = [each.what for each in CHECKS]
    assert len(whats) == len(set(whats))
    assert all(each.startswith(("whether ", "how ", "what ")) for each in whats)
    assert {each.bearing for each in CHECKS} == {0, 1, 2, 3, *CONSTRAINTS}
    assert [each.what for each in CHECKS if each.writes] == [
        "whether resources are created, changed and removed as HTTP specifies"
    ]


APIS: dict[str, Callable[[], Api]] = {
    "good": Good,
    "plain": lambda: changed(Good(), responses(plain_json), without("Link", "Allow", "ETag")),
    "lying": lambda: changed(Good(), errors_inside(404, 405), slash_twins),
    "failing": lambda: changed(Good(), statuses({404: 500, 406: 500, 405: 500})),
    "refusing": lambda: changed(Good(), refusing("HEAD", "OPTIONS", UNKNOWN_METHOD, status=403)),
    "silent": lambda: table({"POST /": said({})}),
}


@pytest.mark.parametrize("name", APIS)
def test_a_check_says_nothing_about_what_it_does_not_bear_on(name: str) -> None:
    case = explored(APIS[name](), writing=True)
    for each in CHECKS:
        assert {what.bearing for what in each.run(case)} <= {each.bearing}, each.what


@pytest.mark.parametrize("name", APIS)
def test_every_check_works_by_itself(name: str) -> None:
    """None depends on what another did before, but for what the case keeps for all."""
    together = explored(APIS[name]())
    said_together = {each.what: kinds(each.run(together)) for each in CHECKS if not each.writes}
    for each in CHECKS:
        if not each.writes and each.run.__name__ != "lint_messages":  # it looks at all that was exchanged
            assert kinds(each.run(explored(APIS[name]()))) == said_together[each.what], each.what


def kinds(said_by: Results) -> list[str]:
    return [each.id() if isinstance(each, Finding) else each.what for each in said_by]


# -- experiments ---------------------------------------------------------------------------------------------


def test_an_experiment_is_made_once() -> None:
    case = explored(Good())
    found = case.sample()[0]
    before = len(case.probe.exchanges)
    answers = [case.once("GET", found.url, Accept="text/x"), case.once("GET", found.url, Accept="text/x")]
    assert answers[0] is answers[1]
    assert len(case.probe.exchanges) == before + 1
    case.once("GET", found.url, Accept="text/y")
    assert len(case.probe.exchanges) == before + 2


def test_what_may_not_be_sent_is_none() -> None:
    case = explored(Good(), writing=True)
    assert case.ask("GET", "https://elsewhere.example/") is None
    assert case.once("GET", "ftp://localhost/") is None
    assert case.change("PUT", "https://elsewhere.example/", headers={}, content=b"") is None
    assert case.through("http://127.0.0.1:1", "https://elsewhere.example/") is None


def test_the_method_that_nobody_has_may_be_sent_to_anybody() -> None:
    assert UNKNOWN_METHOD in SAFE


# -- the sample ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 1, 2, 3, 30])
def test_a_few_stand_for_all(number: int) -> None:
    case = explored(many(number))
    sample = case.sample()
    assert len(sample) == min(SAMPLE_SIZE, len(case.survey.resources()), 2)
    assert len({each.url for each in sample}) == len(sample)
    assert all(each.alive for each in sample)


def test_of_each_kind_there_are_some() -> None:
    kinds_of = [each.kind for each in explored(Good()).sample()]
    assert kinds_of[:3] == ["collection", "item", "item"]
    assert "other" in kinds_of


def test_what_failed_stands_for_nothing() -> None:
    api = table({"GET /": hal(item="/gone", up="/broken"), "GET /broken": problem(500)})
    assert [each.path for each in explored(api).sample()] == ["/"]


# -- what cannot exist ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("url, expected", [
    ("http://a.example/things/7", "http://a.example/things/987654321"),
    ("http://a.example/things/7/", "http://a.example/things/987654321/"),
    ("http://a.example/things/one?x=1", f"http://a.example/things/{MISSING_NAME}"),
    ("http://a.example/v1/things/a%20b", f"http://a.example/v1/things/{MISSING_NAME}"),
])  # fmt: skip
def test_a_thing_that_cannot_exist_is_called_like_one_that_does(url: str, expected: str) -> None:
    assert missing_item(url) == expected


@given(st.from_regex(r"http://a\.example(/[a-z0-9.~-]{1,8}){1,4}/?(\?q=1)?", fullmatch=True))
def test_it_has_the_same_parent_and_is_another(url: str) -> None:
    path, missing = url.partition("?")[0], missing_item(url)
    assert missing.rstrip("/").rpartition("/")[0] == path.rstrip("/").rpartition("/")[0]
    assert missing.endswith("/") == path.endswith("/")
    assert missing_item(missing) == missing


def test_an_item_of_each_kind_is_looked_for_and_a_path() -> None:
    answers = explored(Good()).missing()
    assert [each.url for each in answers] == [
        f"http://localhost/things/{MISSING_NAME}",
        f"http://localhost/{MISSING_NAME}",
    ]
    assert {each.status for each in answers} == {404}


# -- methods -------------------------------------------------------------------------------------------------


def test_methods_are_known_from_allow_from_operations_and_from_descriptions() -> None:
    described: dict[str, dict[str, object]] = {"GET /": {}, "PATCH /": {}, "DELETE /{name}": {}}
    template = {"_links": {}, "_templates": {"default": {"method": "PUT", "target": "/"}}}
    api = table({
        "GET /": said(template, "application/prs.hal-forms+json", Link='</api>; rel="service-desc"'),
        "POST /": said({}), "GET /api": openapi(described),
    })  # fmt: skip
    case = explored(api)
    assert case.methods(case.survey.entries()[0]) == {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH"}


def test_allow_is_believed_however_it_is_written() -> None:
    def respond(request: Request) -> Response:
        return (
            Response(405, (("Allow", " get,,POST , put"), ("Allow", "delete"))) if request.method != "GET" else hal()
        )

    case = explored(respond)
    assert case.methods(case.survey.entries()[0]) == {"GET", "POST", "PUT", "DELETE"}


# -- running -------------------------------------------------------------------------------------------------


def test_a_check_for_which_the_budget_does_not_suffice_is_not_tested() -> None:
    case = explored(table({"GET /": hal()}), most=20)
    url = case.survey.entries()[0].url

    def spend(_: Case) -> Results:
        for _number in range(100):
            case.ask("GET", url)
        yield Untested(2, "nothing", "", "")

    answers = list(run_checks(case, [Check(2, "whether there is enough", spend)]))
    assert answers == [Untested(2, "whether there is enough", SPENT, ALLOW_MORE)]


def test_what_was_said_before_the_budget_was_spent_is_kept() -> None:
    def half(case: Case) -> Results:
        yield Untested(1, "first", "", "")
        for number in range(1000):
            case.ask("GET", f"{case.probe.url}{number}")

    answers = list(run_checks(explored(many(1), most=30), [Check(1, "half", half)]))
    assert [each.what for each in answers if isinstance(each, Untested)] == ["first", "half"]


def test_a_check_that_changes_something_is_not_run_without_permission() -> None:
    def never(_: Case) -> Iterator[Finding | Untested]:
        raise AssertionError("it was run")
        yield

    check = Check(2, "whether it can be changed", never, writes=True)
    [left] = run_checks(explored(Good()), [check])
    assert isinstance(left, Untested)
    assert (left.bearing, left.what, left.how) == (2, "whether it can be changed", ALLOW_WRITING)
    with pytest.raises(AssertionError, match="it was run"):
        list(run_checks(explored(Good(), writing=True), [check]))


def test_through_an_intermediary_a_request_goes_there() -> None:
    with served(lambda _: said({"door": "back"})) as back, served(lambda _: said({"door": "front"})) as front:
        probe = Probe(front, per_second=10_000)
        with probe:
            case = Case(Explorer(probe, [front]).explore(), probe)
            answer = case.through(back, front)
            assert answer is not None
            assert (answer.data, answer.intermediary) == ({"door": "back"}, True)


# -- what is not asked ---------------------------------------------------------------------------------------


def test_methods_that_options_lists_are_not_asked_for_by_an_unknown_one() -> None:
    case = explored(Good())
    found = case.survey.resources()[0]
    assert case.methods(found) == {"GET", "HEAD", "OPTIONS"}
    assert ("OPTIONS", found.path) in asked(case)
    assert (UNKNOWN_METHOD, found.path) not in asked(case)


def test_methods_that_options_does_not_list_are_learnt_from_the_refusal_of_an_unknown_one() -> None:
    def respond(request: Request) -> Response:
        refused = Response(405, (("Allow", "GET, PUT"),))
        return {"OPTIONS": Response(204), UNKNOWN_METHOD: refused}.get(request.method) or hal()

    case = explored(respond)
    assert case.methods(case.survey.resources()[0]) == {"GET", "PUT"}


def test_the_first_of_each_kind_stands_for_the_others() -> None:
    case = explored(Good())
    kinds = [each.kind for each in case.of_each_kind()]
    assert len(kinds) == len(set(kinds)) > 1
    assert all(each in case.sample() for each in case.of_each_kind())
    assert "/" not in [each.path for each in case.of_each_kind(lambda each: each.path != "/")]


def test_what_changes_something_asks_for_data_where_pages_are_judged() -> None:
    asked: list[tuple[bool, str]] = []

    def respond(request: Request) -> Response:
        if "text/html" in request.field("accept").split(",")[0]:
            return page('<a href="/one">one</a>')
        return said({"one_url": "/one"})

    def look(case: Case) -> Results:
        asked.append((case.changing, case.accept()["Accept"]))
        yield from ()

    def change(case: Case) -> Results:
        yield from look(case)

    list(run_checks(explored(respond, writing=True), [Check(2, "a", look), Check(2, "b", change, writes=True)]))
    assert asked == [(False, accepting("text/html")), (True, ACCEPT)]
