"""Conditional requests over HTTP, held against RFC 9110, section 13, as `model.py` reads it."""

import itertools
import time
from collections.abc import Iterator, Mapping
from email.utils import formatdate
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api import JSON, JSON_LD, JSON_PATCH, MERGE_PATCH, Answer, Served, frameworks, is_problem, serving

from .model import SUCCESS, State, expected, read_tags

ITEM = "/frameworks/Case"
COLLECTION = "/frameworks"
OLD = int(time.time()) - 7200
BODY = {"name": "Case", "created": 2001}
COLUMNS = "name, created, parent, _version, _modified"
TAGS = [
    "absent", "*", "current", "other", "list with", "list without", "weak current", "of json", "of anybody",
    "list with a variant", "comma", "garbage", "no quotes", "quoted comma", "unfinished", "a space inside",
]  # fmt: skip
CROSSED = ["absent", "*", "current", "other", "list with", "weak current", "of json", "of anybody", "comma"]
DATES = ["absent", "past", "equal", "future", "garbage", "empty", "two", "rfc 850", "asctime", "lower case"]
CROSSED_DATES = ["absent", "past", "equal", "garbage"]
METHODS = [("GET", ITEM), ("HEAD", ITEM), ("PUT", ITEM), ("PATCH", ITEM), ("DELETE", ITEM)]
ON_COLLECTION = [("GET", COLLECTION), ("HEAD", COLLECTION), ("POST", COLLECTION)]
CASES = [(*case, exists) for case in METHODS for exists in (True, False)]
CASES += [(*case, True) for case in ON_COLLECTION]


def imf(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def obsolete(seconds: int, form: str) -> str:
    """A date in one of the two obsolete forms, which every recipient must accept (section 5.6.7)."""
    moment = time.gmtime(seconds)
    if form == "rfc 850":
        return time.strftime("%A, %d-%b-%y %H:%M:%S GMT", moment)
    return f"{time.strftime('%a %b', moment)} {moment.tm_mday:2d} {time.strftime('%H:%M:%S %Y', moment)}"


def date_text(kind: str, modified: int = OLD) -> str | None:
    return {
        "absent": None,
        "past": imf(modified - 3600),
        "equal": imf(modified),
        "future": imf(int(time.time()) + 86400),
        "garbage": "the day before yesterday",
        "empty": "",
        "two": f"{imf(modified)}, {imf(modified)}",
        "rfc 850": obsolete(modified, "rfc 850"),
        "asctime": obsolete(modified, "asctime"),
        "lower case": imf(modified).lower(),
    }[kind]


class Tags(NamedTuple):
    """The current entity tags of a resource, with their quotes."""

    current: str
    of_json: str
    of_anybody: str

    def text(self, kind: str) -> str | None:
        opaque = self.current.strip('"')
        return {
            "absent": None,
            "*": "*",
            "current": self.current,
            "other": '"something-else"',
            "list with": f'"one", W/"two",{self.current} ,"three"',
            "list without": '"one", "two"',
            "weak current": f"W/{self.current}",
            "of json": self.of_json,
            "of anybody": self.of_anybody,
            "list with a variant": f'"one", {self.of_json}',
            "comma": " , ,",
            "garbage": "\x7f what is this?",
            "no quotes": opaque,
            "quoted comma": f'"one,{opaque},two"',
            "unfinished": f'"{opaque}',
            "a space inside": f'"a {opaque}", "b {opaque} c"',
        }[kind]

    def state(self, *, exists: bool, modified: int | None) -> State:
        if not exists:
            return State(exists=False)
        tags = [tag.strip('"') for tag in self]
        return State(exists=True, selected=tags[0], current=frozenset(tags), modified=modified)


class Bench:
    """One API, whose item `Case` is brought back to the same state before each request that could change it."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.key = served.key()
        self.exists: bool | None = None
        self.put_back(exists=True)
        self.tags = {target: self.tags_of(target) for target in (ITEM, COLLECTION)}

    def tags_of(self, target: str) -> Tags:
        return Tags(
            self.served.send("GET", target, key=self.key)["etag"],
            self.served.send("GET", target, key=self.key, accept=JSON)["etag"],
            self.served.send("GET", target)["etag"],
        )

    def put_back(self, *, exists: bool) -> None:
        if self.exists is exists:
            return
        self.served.change("DELETE FROM frameworks WHERE name NOT IN ('Flask', 'Django', 'Bottle', 'Tornado')")
        if exists:
            values = "1001, 'Case', 2000, 'Python', 4711, ?"
            self.served.change(f"INSERT INTO frameworks (_id, {COLUMNS}) VALUES ({values})", OLD)
        self.exists = exists

    def send(self, method: str, target: str, headers: Mapping[str, str], *, exists: bool = True) -> Answer:
        """Send a request that would change the item, if nothing keeps it from doing so."""
        self.put_back(exists=exists)
        headers, content = dict(headers), None
        if method in {"PUT", "PATCH", "POST"}:
            content = {**BODY, "name": "Case" if target == ITEM else "Fresh"}
            headers["Content-Type"] = MERGE_PATCH if method == "PATCH" else JSON
        answer = self.served.send(method, target, headers, content, key=self.key)
        if answer.status < 300 and method not in {"GET", "HEAD"}:
            self.exists = None
        return answer

    def failures(self, case: tuple[str, str, bool], combinations: Iterator[dict[str, str | None]]) -> list[str]:
        """What is not as the model has it, one line for each."""
        method, target, exists = case
        state = self.tags[target].state(exists=exists, modified=OLD if target == ITEM else None)
        wrong = []
        for combination in combinations:
            headers = {name: value for name, value in combination.items() if value is not None}
            answer = self.send(method, target, headers, exists=exists)
            right = expected(method, state, headers)
            if answer.status not in right:
                wrong.append(f"{method} {target} {headers}: {answer.status} instead of {right}")
            elif answer.status >= 300:
                wrong += [f"{method} {headers}: {text}" for text in amiss(answer)]
        return wrong


def amiss(answer: Answer) -> list[str]:
    """What a 304 or a refusal lacks."""
    if answer.status == 304:
        needed = {"etag", "cache-control", "vary", "date"} - dict(answer.headers).keys()
        return [*(["a body with 304"] if answer.body else []), *(f"304 without {name}" for name in needed)]
    return [] if answer["content-type"] == "application/problem+json" else ["a refusal that is no problem"]


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with serving() as served:
        yield Bench(served)


def names(case: tuple[str, str, bool]) -> str:
    method, target, exists = case
    return f"{method} {'collection' if target == COLLECTION else 'item' if exists else 'missing'}"


@pytest.mark.parametrize("case", CASES, ids=names)
def test_every_combination_of_conditions(bench: Bench, case: tuple[str, str, bool]) -> None:
    tags = bench.tags[case[1]]
    combinations = (
        {
            "If-Match": tags.text(match),
            "If-None-Match": tags.text(none_match),
            "If-Modified-Since": date_text(modified),
            "If-Unmodified-Since": date_text(unmodified),
        }
        for match, none_match, modified, unmodified in itertools.product(
            CROSSED, CROSSED, CROSSED_DATES, CROSSED_DATES
        )
    )
    wrong = bench.failures(case, combinations)
    assert not wrong, "\n".join([f"{len(wrong)} of 1296, for example:", *wrong[:12]])


@pytest.mark.parametrize("case", CASES, ids=names)
def test_every_spelling_of_one_condition(bench: Bench, case: tuple[str, str, bool]) -> None:
    tags = bench.tags[case[1]]
    combinations: list[dict[str, str | None]] = []
    combinations += [{name: tags.text(kind)} for name in ("If-Match", "If-None-Match") for kind in TAGS]
    combinations += [
        {name: date_text(kind)} for name in ("If-Modified-Since", "If-Unmodified-Since") for kind in DATES
    ]
    wrong = bench.failures(case, iter(combinations))
    assert not wrong, "\n".join([f"{len(wrong)} of {len(combinations)}:", *wrong])


@pytest.mark.parametrize("case", CASES, ids=names)
def test_two_conditions_in_every_spelling(bench: Bench, case: tuple[str, str, bool]) -> None:
    tags = bench.tags[case[1]]
    combinations: Iterator[dict[str, str | None]] = (
        {"If-Match": tags.text(match), "If-None-Match": tags.text(none_match)}
        for match, none_match in itertools.product(TAGS, TAGS)
    )
    wrong = bench.failures(case, combinations)
    assert not wrong, "\n".join([f"{len(wrong)} of 256, for example:", *wrong[:12]])


@pytest.mark.parametrize("case", CASES, ids=names)
@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("value", ["", " ", "\t"])
def test_a_list_without_a_tag_matches_nothing(
    bench: Bench, case: tuple[str, str, bool], name: str, value: str
) -> None:
    """Sections 5.6.1 and 13.1.1: a field that is there and empty is not a field that is missing."""
    assert not bench.failures(case, iter([{name: value}]))


# Lists of any shape, beyond the kinds above.

opaque_tags = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='"'), max_size=8).map(
    lambda text: f'"{text}"'
)


@pytest.mark.slow
@settings(max_examples=200)
@given(data=st.data())
def test_lists_of_entity_tags(bench: Bench, data: st.DataObject) -> None:
    tags = bench.tags[ITEM]
    one = st.sampled_from([*tags, "W/" + tags.current]) | opaque_tags | opaque_tags.map(lambda tag: f"W/{tag}")
    separator = st.sampled_from([",", ", ", " ,", " , , ", "\t,"])
    parts = data.draw(st.lists(st.tuples(one, separator), min_size=1, max_size=6))
    value = "".join(tag + between for tag, between in parts)
    assert read_tags(value) is not None
    case = data.draw(st.sampled_from(CASES))
    name = data.draw(st.sampled_from(["If-Match", "If-None-Match"]))
    assert not bench.failures(case, iter([{name: value}]))


@settings(max_examples=200)
@given(data=st.data())
def test_any_text_in_a_condition_is_answered(bench: Bench, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"]))
    text = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)
    method, target, exists = data.draw(st.sampled_from(CASES))
    answer = bench.send(method, target, {name: data.draw(text)}, exists=exists)
    assert answer.status in {200, 201, 204, 304, 400, 404, 412}


# What the model does not say.


def test_not_modified_repeats_what_a_cache_needs(bench: Bench) -> None:
    """Section 15.4.5: every one of these that 200 would have had."""
    bench.put_back(exists=True)
    for target, headers in itertools.product((ITEM, COLLECTION, "/"), ({}, {"Accept": JSON})):
        fresh = bench.served.send("GET", target, headers)
        answer = bench.served.send("GET", target, {**headers, "If-None-Match": fresh["etag"]})
        assert answer.status == 304
        for name in ("cache-control", "content-location", "etag", "expires", "vary"):
            assert answer.get(name) == fresh.get(name), name
        assert answer.get("date")
        assert answer.get("content-length") in {None, fresh["content-length"]}
        assert not answer.body


def test_tags_differ_for_every_variant_and_are_strong(bench: Bench) -> None:
    bench.put_back(exists=True)
    for target in (ITEM, COLLECTION):
        assert len(set(bench.tags[target])) == 3
        assert not any(tag.startswith("W/") for tag in bench.tags[target])


def test_head_carries_the_tag_of_get(bench: Bench) -> None:
    bench.put_back(exists=True)
    for accept in (JSON, JSON_LD):
        assert (
            bench.served.send("HEAD", ITEM, accept=accept)["etag"]
            == bench.served.send("GET", ITEM, accept=accept)["etag"]
        )


def test_the_tag_in_the_answer_to_a_write_is_the_one_to_read_next(stored: Served) -> None:
    key = stored.key()
    made = stored.send("POST", "/frameworks", content={"name": "New", "created": 2020}, key=key)
    assert made["etag"] == stored.send("GET", "/frameworks/New", key=key)["etag"]
    put = stored.send("PUT", "/frameworks/New", content={"name": "New", "created": 2021}, key=key)
    assert put["etag"] == stored.send("GET", "/frameworks/New", key=key)["etag"] != made["etag"]
    patched = stored.send("PATCH", "/frameworks/New", {"Content-Type": MERGE_PATCH}, {"created": 2022}, key=key)
    assert patched["etag"] == stored.send("GET", "/frameworks/New", key=key)["etag"] != put["etag"]


def test_the_tag_of_a_created_again_resource_is_another(stored: Served) -> None:
    key = stored.key()
    new = {"name": "New", "created": 2020}
    first = stored.send("PUT", "/frameworks/New", content=new, key=key)["etag"]
    assert stored.send("DELETE", "/frameworks/New", {"If-Match": first}, key=key).status == 204
    second = stored.send("PUT", "/frameworks/New", content=new, key=key)["etag"]
    assert second != first
    assert stored.send("DELETE", "/frameworks/New", {"If-Match": first}, key=key).status == 412


def test_every_change_changes_the_collection_too(stored: Served) -> None:
    key = stored.key()
    tags = [stored.send("GET", "/frameworks")["etag"]]
    for method, content in [
        ("PUT", {"name": "New", "created": 2020}),
        ("PUT", {"name": "New", "created": 2021}),
        ("DELETE", None),
    ]:
        stored.send(method, "/frameworks/New", content=content, key=key)
        tags.append(stored.send("GET", "/frameworks")["etag"])
    assert len(set(tags[:3])) == 3
    assert tags[3] not in tags[1:3]


def test_a_lost_update_is_refused(stored: Served) -> None:
    key = stored.key()
    tag = stored.send("GET", "/frameworks/Flask", accept=JSON)["etag"]
    content = {"name": "Flask", "created": 2011}
    assert stored.send("PUT", "/frameworks/Flask", {"If-Match": tag}, content, key=key).status == 200
    again = {"name": "Flask", "created": 2012}
    assert is_problem(stored.send("PUT", "/frameworks/Flask", {"If-Match": tag}, again, key=key), 412)
    assert stored.send("GET", "/frameworks/Flask", accept=JSON).json()["created"] == 2011


def test_a_change_behind_the_api_changes_the_tag(stored: Served) -> None:
    tag = stored.send("GET", "/frameworks/Flask")["etag"]
    stored.change("UPDATE frameworks SET created = 2011 WHERE name = 'Flask'")
    answer = stored.send("GET", "/frameworks/Flask", {"If-None-Match": tag})
    assert (answer.status, answer.json()["created"]) == (200, 2011)


def test_a_fresh_date_is_not_trusted(stored: Served) -> None:
    """Contract, 5: a second holds more than one change."""
    key = stored.key()
    made = stored.send("PUT", "/frameworks/New", content={"name": "New", "created": 2020}, key=key)
    headers = {"If-Modified-Since": made["last-modified"]}
    assert stored.send("GET", "/frameworks/New", headers).status == 200
    stored.change("UPDATE frameworks SET _modified = _modified - 3600, _version = _version + 1 WHERE name = 'New'")
    date = stored.send("GET", "/frameworks/New")["last-modified"]
    assert stored.send("GET", "/frameworks/New", {"If-Modified-Since": date}).status == 304


def test_last_modified_is_never_in_the_future(stored: Served) -> None:
    """RFC 9110, section 8.8.2.1: a clock that was wrong is replaced by the moment of the response."""
    stored.change("UPDATE frameworks SET _modified = _modified + 86400, _version = _version + 1 WHERE name = 'Flask'")
    answer = stored.send("GET", "/frameworks/Flask")
    date = answer.get("last-modified")
    assert date is None or date == answer["date"]


@pytest.mark.parametrize("method, target", [*METHODS, ("POST", COLLECTION)])
def test_a_false_condition_comes_before_the_content(bench: Bench, method: str, target: str) -> None:
    """Section 13.2.1: evaluated before the content is processed; and nothing is changed."""
    if method in {"GET", "HEAD"}:
        return
    bench.put_back(exists=True)
    content: Any = None if method == "DELETE" else {"name": "Case", "created": "no year", "more": 1}
    kind = MERGE_PATCH if method == "PATCH" else JSON
    headers = {"If-Match": '"other"', "Content-Type": kind}
    assert is_problem(bench.served.send(method, target, headers, content, key=bench.key), 412)


def test_a_refusal_comes_before_the_conditions(bench: Bench) -> None:
    """Section 13.2.1, and reliability: a guessed tag tells nothing."""
    tag = bench.tags[ITEM].current
    for value in (tag, '"other"', "*"):
        answer = bench.served.send("DELETE", ITEM, {"If-Match": value})
        assert is_problem(answer, 401)
    weak = bench.served.key("frameworks:create")
    for value in (tag, '"other"', "*"):
        assert is_problem(bench.served.send("DELETE", ITEM, {"If-Match": value}, key=weak), 403)


def test_conditions_are_ignored_where_nothing_is_selected(bench: Bench) -> None:
    for headers in ({"If-Match": '"other"'}, {"If-None-Match": "*"}):
        assert bench.served.send("OPTIONS", ITEM, headers).status == 204
        assert bench.served.send("GET", "/frameworks/Nobody", headers).status == 404
        assert bench.served.send("DELETE", "/frameworks", headers, key=bench.key).status == 405


@pytest.mark.parametrize(
    "target", ["/", "/docs.jsonld", "/openapi.json", "/contexts/Framework", "/schemas/Framework"]
)
def test_documents_are_conditional_too(bench: Bench, target: str) -> None:
    fresh = bench.served.send("GET", target)
    assert fresh.status == 200
    assert bench.served.send("GET", target, {"If-None-Match": fresh["etag"]}).status == 304
    assert bench.served.send("GET", target, {"If-None-Match": '"other"'}).status == 200
    assert bench.served.send("GET", target, {"If-Match": '"other"'}).status == 412


# Resources that require If-Match.


@pytest.fixture
def strict() -> Iterator[Bench]:
    with serving(frameworks(require_if_match=True)) as served:
        yield Bench(served)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_change_without_if_match_is_refused_where_it_is_required(strict: Bench, method: str) -> None:
    """RFC 6585, section 3."""
    assert is_problem(strict.send(method, ITEM, {}), 428)
    assert is_problem(strict.send(method, ITEM, {"If-Unmodified-Since": imf(OLD)}), 428)
    assert is_problem(strict.send(method, ITEM, {"If-Match": '"other"'}), 412)
    for tag in (*strict.tags[ITEM], "*"):
        assert strict.send(method, ITEM, {"If-Match": tag}).status == SUCCESS[method]


def test_reading_and_creating_need_no_if_match(strict: Bench) -> None:
    assert strict.send("GET", ITEM, {}).status == 200
    assert strict.send("POST", COLLECTION, {}).status == 201
    assert is_problem(strict.send("DELETE", ITEM, {}, exists=False), 404)
    # The client may not know that it creates, so that asking for a condition is right too.
    assert strict.send("PUT", ITEM, {}, exists=False).status in {201, 428}
    assert strict.send("PUT", ITEM, {"If-None-Match": "*"}, exists=False).status == 201


def test_a_required_if_match_is_advertised(strict: Bench) -> None:
    """Contract, 5: somewhere in what describes the API."""
    described = strict.served.send("GET", "/openapi.json").json()["paths"]["/frameworks/{name}"]
    parameters = [
        parameter for parameter in described["put"].get("parameters", []) if parameter.get("name") == "If-Match"
    ]
    assert parameters or "If-Match" in str(described["put"])
    assert any("428" in described[method]["responses"] for method in ("put", "patch", "delete"))


def test_patches_of_both_kinds_are_conditional(bench: Bench) -> None:
    for kind, content in (
        (MERGE_PATCH, {"created": 2003}),
        (JSON_PATCH, [{"op": "replace", "path": "/created", "value": 2004}]),
    ):
        bench.put_back(exists=True)
        headers = {"Content-Type": kind, "If-Match": '"other"'}
        assert is_problem(bench.served.send("PATCH", ITEM, headers, content, key=bench.key), 412)
        bench.exists = None
        bench.put_back(exists=True)
        headers["If-Match"] = bench.tags[ITEM].of_anybody
        assert bench.served.send("PATCH", ITEM, headers, content, key=bench.key).status == 200
        bench.exists = None
