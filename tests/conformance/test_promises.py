"""What /openapi.json promises is what is sent, operation by operation: statuses, header fields and contents.

Every way to be refused, and every way to succeed, is tried on every operation: whatever is answered must be listed,
and whatever is listed must have been answered by something.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator

from restwell import Api, Field, Resource, public, scope
from restwell.http.problems import StorageFull, TooSlow, Unavailable
from tests.api import (
    HAL,
    HAL_FORMS,
    JSON,
    JSON_LD,
    JSON_PATCH,
    MERGE_PATCH,
    PROBLEM,
    Answer,
    Served,
    frameworks,
    samples,
    serving,
)

Node = dict[str, Any]
OF_EVERY_MESSAGE = {"content-type", "content-length", "date", "connection"}
"""Fields that OpenAPI leaves out (Content-Type), or that belong to HTTP itself (RFC 9110, 6.6 and 8.6; RFC 9112)."""
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class Letter(Resource):
    """What can be dropped in and not taken out."""

    number: int = Field(identity=True)
    text: str = "empty"


class Board(Resource):
    """What everybody may read and write."""

    number: int = Field(identity=True)
    text: str = "empty"


class Sign(Resource):
    """What can be changed, and neither made nor removed."""

    number: int = Field(identity=True)
    text: str = "empty"


class Badge(Resource):
    """What is named by a UUID, which can be spelled otherwise."""

    number: UUID = Field(identity=True)
    text: str = "empty"


class Shelf(Resource):
    """What can be read and made, and not changed."""

    number: int = Field(identity=True)
    text: str = "empty"


class Peg(Resource):
    """What may get another name."""

    number: int = Field(identity=True, renameable=True)
    text: str = "empty"


class Pin(Resource):
    """What may get another name, and can only be changed."""

    number: int = Field(identity=True, renameable=True)
    text: str = "empty"


def register(api: Api) -> None:
    frameworks(initial=())(api)
    samples(read=scope("samples"), require_if_match=True)(api)
    api.resource("/letters", create=scope("letters"))(Letter)
    api.resource("/boards", read=public(max_age=5), write=public())(Board)
    api.resource("/signs", read=public(), update=scope("signs"), initial=[{"number": 7}])(Sign)
    api.resource("/shelves", read=public(), create=public())(Shelf)
    api.resource("/badges", read=public(), write=public())(Badge)
    api.resource("/pegs", read=public(), write=public())(Peg)
    api.resource("/pins", update=public(), initial=[{"number": number} for number in (7, 8)])(Pin)


class Failing:
    """A store that refuses to do anything."""

    def __init__(self, store: Any, error: Exception) -> None:
        self._store = store
        self._error = error

    def __getattr__(self, name: str) -> Any:
        only_writes = isinstance(self._error, StorageFull)
        if name == "carry_out" or (name in {"look_up", "find_key", "is_ready"} and not only_writes):
            raise self._error
        return getattr(self._store, name)


class Case:
    """One operation of the description, and requests to it."""

    def __init__(self, served: Served, api: Node, path: str, method: str) -> None:
        self.served = served
        self.api = api
        self.path = path
        self.method = method.upper()
        self.operation: Node = api["paths"][path][method]
        self.slug = path.split("/")[1]
        self.is_resource = self.slug in {
            "frameworks", "samples", "letters", "boards", "signs", "shelves", "badges", "pegs", "pins",
        }  # fmt: skip
        self.identity = "name" if self.slug == "frameworks" else "number"
        self.accept: str | None = None
        self.carries = self.method in {"POST", "PUT", "PATCH"}

    @property
    def is_item(self) -> bool:
        return self.is_resource and "{" in self.path

    def new(self) -> Any:
        """An identity that is free."""
        number = next(NUMBERS)
        if self.slug == "badges":
            return f"abcdefab-0000-4000-8000-{number:012}"
        return f"n{number}" if self.slug == "frameworks" else number

    def there(self) -> Any:
        """The identity of an item that is there."""
        if self.slug in {"signs", "pins"}:
            return 7
        identity = self.new()
        content = self.content({self.identity: identity})
        answer = self.served.send("POST", f"/{self.slug}", content=content, key=key(self.served))
        assert answer.status == 201, answer.body
        return identity

    def change(self) -> Node:
        """A member that is not yet as it is here."""
        member = {"frameworks": "parent", "samples": "label"}.get(self.slug, "text")
        return {member: f"x{next(NUMBERS)}"}

    def content(self, members: Node) -> Node:
        """Content that is fine, with these members."""
        return {**({"created": 2001} if self.slug == "frameworks" else {}), **members}

    def fine(self, target: str | None = None) -> Node:
        """A request that succeeds."""
        parts: Node = {"headers": {}, "key": key(self.served), "target": target}
        if target is None and self.is_item:
            only_creates = self.method == "PUT" and self.slug in {"letters", "shelves"}
            parts["target"] = self.path.partition("{")[0] + str(self.new() if only_creates else self.there())
        elif target is None:
            parts["target"] = self.path.replace("{name}", self.operation_name())
        if self.method == "PATCH":
            parts["content"] = self.change()
            parts["headers"] = {"Content-Type": MERGE_PATCH}
        elif self.carries:
            own = {self.identity: self.new()} if self.method == "POST" else {}
            parts["content"] = self.content(own | self.change())
        if self.slug == "samples" and self.method in {"PUT", "PATCH", "DELETE"}:
            parts["headers"] = {**parts["headers"], "If-Match": "*"}
        return parts

    def operation_name(self) -> str:
        """A name that a named description has."""
        for parameter in self.operation["parameters"] if "{name}" in self.path else []:
            if parameter.get("in") == "path":
                return str(parameter["schema"]["enum"][0])
        return ""

    def send(self, parts: Node, headers: Node | None = None, **changes: Any) -> Answer:
        asked = {"accept": self.accept, **parts, **changes, "headers": {**parts["headers"], **(headers or {})}}
        return self.served.send(self.method, asked.pop("target"), asked.pop("headers"), **asked)

    def responses(self) -> dict[int, Node]:
        return {int(status): self.found(each) for status, each in self.operation["responses"].items()}

    def found(self, node: Node) -> Node:
        """What a reference leads to, or the thing itself."""
        while "$ref" in node:
            here: Any = self.api
            for step in node["$ref"].removeprefix("#/").split("/"):
                here = here[step]
            node = here
        return node


NUMBERS = itertools.count(1000)
KEYS: dict[int, str] = {}


def key(served: Served) -> str:
    """A key that may do everything."""
    scopes = ("frameworks:write", "samples:read", "samples:write", "letters:create", "signs:update")
    return KEYS.setdefault(id(served), served.key(*scopes)) if id(served) not in KEYS else KEYS[id(served)]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(register, config={"PROPAGATE_EXCEPTIONS": False}) as found:
        yield found


@contextmanager
def failing(served: Served, error: Exception) -> Iterator[None]:
    """The service with a store, and descriptions, that fail."""
    setting = served.api.binding(served.app).service.setting
    kept = setting.store, setting.describe, setting.addresses

    def fail(*_: object) -> Any:
        raise error

    setting.store = Failing(kept[0], error)
    if not isinstance(error, TooSlow | StorageFull | Unavailable):
        setting.describe = fail
        setting.addresses = None  # type: ignore[assignment]  # what no declaration can do to it
    try:
        yield
    finally:
        setting.store, setting.describe, setting.addresses = kept


# Each way yields the answers to some requests.

Way = Callable[[Case], Iterator[Answer]]
WAYS: list[Way] = []


def way(found: Way) -> Way:
    WAYS.append(found)
    return found


@way
def it_succeeds(case: Case) -> Iterator[Answer]:
    for accept in (None, JSON, JSON_LD, HAL, HAL_FORMS, "text/html"):
        if accept is not None and any(accept in each.get("content", {}) for each in case.responses().values()):
            yield case.send(case.fine(), accept=accept)
    yield case.send(case.fine())
    parts = case.fine()
    yield case.send(parts, {"Prefer": "handling=lenient"}, target=f"{parts['target']}?x=1")


@way
def it_creates_by_put(case: Case) -> Iterator[Answer]:
    if case.method == "PUT":
        for headers in ({}, {"Accept": "text/html"}, {"Prefer": "return=minimal"}):
            # nothing is there, so that nothing need be named
            parts = case.fine(case.path.partition("{")[0] + str(case.new()))
            parts["headers"].pop("If-Match", None)
            yield case.send(parts, headers)


@way
def it_is_brief(case: Case) -> Iterator[Answer]:
    yield case.send(case.fine(), {"Prefer": "return=minimal"})


@way
def it_is_counted(case: Case) -> Iterator[Answer]:
    yield case.send(case.fine(), {"Prefer": "count=exact"})


@way
def the_copy_is_good(case: Case) -> Iterator[Answer]:
    parts = case.fine()
    first = case.send(parts)
    if case.method == "GET" and first.get("etag"):
        yield case.send(parts, {"If-None-Match": first["etag"]})
        yield case.send(parts, {"If-None-Match": first["etag"], "Prefer": "count=exact"})
        query = parts["target"] + "?x=1"
        lenient = {"Prefer": "handling=lenient"}
        tag = case.send(parts, lenient, target=query)["etag"]
        yield case.send(parts, {"If-None-Match": tag, **lenient}, target=query)


@way
def a_parameter_is_unknown(case: Case) -> Iterator[Answer]:
    parts = case.fine()
    yield case.send(parts, target=f"{parts['target']}?nobody=1")


@way
def the_content_is_broken(case: Case) -> Iterator[Answer]:
    if case.carries:
        yield case.send(case.fine(), {"Content-Type": MERGE_PATCH if case.method == "PATCH" else JSON}, content=b"{")


@way
def the_key_is_wrong(case: Case) -> Iterator[Answer]:
    yield case.send(case.fine(), key="rw_nothing")


@way
def nobody_asks(case: Case) -> Iterator[Answer]:
    yield case.send(case.fine(), key=None)


@way
def the_scope_is_missing(case: Case) -> Iterator[Answer]:
    yield case.send(
        case.fine(), key=case.served.key("frameworks:create" if case.slug != "frameworks" else "signs:update")
    )


@way
def nothing_is_there(case: Case) -> Iterator[Answer]:
    if "{" in case.path:
        parts = case.fine()
        for name in (str(case.new()), "%20"):
            yield case.send(parts, target=case.path.partition("{")[0] + name)


@way
def nothing_is_acceptable(case: Case) -> Iterator[Answer]:
    yield case.send(case.fine(), accept="image/png")


@way
def it_is_there_already(case: Case) -> Iterator[Answer]:
    parts = case.fine()
    yield case.send(parts)
    yield case.send(parts)
    if case.method == "PATCH":
        patch = [{"op": "test", "path": f"/{case.identity}", "value": "another"}]
        yield case.send(case.fine(), {"Content-Type": JSON_PATCH}, content=patch)


@way
def the_length_is_unknown(case: Case) -> Iterator[Answer]:
    if case.carries:
        yield case.send(case.fine(), {"Transfer-Encoding": "chunked"})


@way
def a_condition_fails(case: Case) -> Iterator[Answer]:
    yield case.send(case.fine(), {"If-Match": '"another"'})


@way
def it_must_be_new(case: Case) -> Iterator[Answer]:
    yield case.send(case.fine(), {"If-None-Match": "*"})


@way
def it_has_no_condition(case: Case) -> Iterator[Answer]:
    parts = case.fine()
    parts["headers"].pop("If-Match", None)
    yield case.send(parts)


@way
def the_content_is_large(case: Case) -> Iterator[Answer]:
    if case.carries:
        yield case.send(case.fine(), content=b" " * (1024 * 1024 + 1), headers={"Content-Type": case_type(case)})


def case_type(case: Case) -> str:
    return MERGE_PATCH if case.method == "PATCH" else JSON


@way
def the_target_is_long(case: Case) -> Iterator[Answer]:
    parts = case.fine()
    yield case.send(parts, target=f"{parts['target']}?{'x' * 5000}")


@way
def the_type_is_another(case: Case) -> Iterator[Answer]:
    if case.carries:
        yield case.send(case.fine(), {"Content-Type": "text/plain"})
        yield case.send(case.fine(), {"Content-Type": case_type(case), "Content-Encoding": "gzip"})


@way
def the_host_is_another(case: Case) -> Iterator[Answer]:
    yield case.send(case.fine(), environ={"HTTP_HOST": "elsewhere.example"})


@way
def the_content_is_invalid(case: Case) -> Iterator[Answer]:
    if case.carries:
        yield case.send(case.fine(), {"Content-Type": case_type(case)}, content={"nobody": 1})


@way
def a_field_is_large(case: Case) -> Iterator[Answer]:
    yield case.send(case.fine(), {"X": "x" * 9000})


@way
def it_is_spelled_otherwise(case: Case) -> Iterator[Answer]:
    if case.slug == "badges" and case.is_item:
        parts = case.fine()
        start, _, identity = parts["target"].rpartition("/")
        yield case.send(parts, target=f"{start}/{identity.upper()}")


@way
def it_is_renamed(case: Case) -> Iterator[Answer]:
    if case.slug in {"pegs", "pins"} and case.method in {"PUT", "PATCH"}:
        for headers in ({}, {"Prefer": "return=minimal"}):
            parts = case.fine()
            start, _, former = parts["target"].rpartition("/")
            parts["content"] = {"number": case.new()}
            yield case.send(parts, headers)
            case.send(parts, target=f"{start}/{parts['content']['number']}", content={"number": int(former)})


@way
def it_was_renamed(case: Case) -> Iterator[Answer]:
    if case.slug == "pegs" and case.is_item:
        parts = case.fine()
        case.served.send("PATCH", parts["target"], {"Content-Type": MERGE_PATCH}, content={"number": case.new()})
        yield case.send(parts)


@way
def its_new_name_is_taken(case: Case) -> Iterator[Answer]:
    if case.slug in {"pegs", "pins"} and case.method in {"PUT", "PATCH"}:
        yield case.send(case.fine(), content={"number": 8 if case.slug == "pins" else case.there()})


@way
def a_rule_of_the_database_refuses(case: Case) -> Iterator[Answer]:
    if case.is_resource and case.method != "GET":
        parts = case.fine()
        whens = ("INSERT", "UPDATE", "DELETE")
        for when in whens:
            case.served.change(
                f"CREATE TRIGGER never_{when} BEFORE {when} ON {case.slug} BEGIN SELECT RAISE(ABORT, 'never'); END"
            )
        try:
            yield case.send(parts)
        finally:
            for when in whens:
                case.served.change(f"DROP TRIGGER never_{when}")


def under(error: Exception) -> Way:
    def found(case: Case) -> Iterator[Answer]:
        parts = case.fine()
        with failing(case.served, error):
            yield case.send(parts)

    found.__name__ = type(error).__name__
    return found


WAYS += [under(error) for error in (RuntimeError("broken"), TooSlow(), StorageFull(), Unavailable())]


@way
def it_is_not_available(case: Case) -> Iterator[Answer]:
    parts = case.fine()
    setting = case.served.api.binding(case.served.app).service.setting
    setting.available = False
    try:
        yield case.send(parts)
    finally:
        setting.available = True


@cache
def described() -> Node:
    with serving(register) as one:
        found: Node = one.send("GET", "/openapi.json", accept=JSON).json()
        return found


OPERATIONS = [(method, path) for path, methods in described()["paths"].items() for method in methods]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method, path", OPERATIONS)
def test_an_operation_is_answered_as_described(served: Served, method: str, path: str) -> None:
    case = Case(served, described(), path, method)
    listed = case.responses()
    sent: dict[int, list[Answer]] = {status: [] for status in listed}
    for each in WAYS:
        answers = list(each(case))
        # once for each status is enough to see its page
        if any(answer.status >= 400 and not sent.get(answer.status) for answer in answers):
            case.accept = BROWSER
            answers += each(case)
            case.accept = None
        for answer in answers:
            assert answer.status in listed, f"{each.__name__}: {answer.status} is sent and not listed"
            sent[answer.status].append(answer)
    never = [status for status, answers in sent.items() if not answers]
    assert not never, f"{never} is listed and never sent"
    for status, answers in sent.items():
        check_fields(case, listed[status], answers)
        check_contents(case, listed[status], answers)


def check_fields(case: Case, response: Node, answers: list[Answer]) -> None:
    fields = {name.lower(): case.found(each) for name, each in response["headers"].items()}
    required = {name for name, each in fields.items() if each.get("required")}
    seen = set()
    for answer in answers:
        names = {name for name, _ in answer.headers} - OF_EVERY_MESSAGE
        assert names <= set(fields), f"{answer.status}: {names - set(fields)} is sent and not described"
        assert required <= names, f"{answer.status}: {required - names} is required and not sent"
        seen |= names
    assert seen == set(fields), f"{answers[0].status}: {set(fields) - seen} is described and never sent"


def check_contents(case: Case, response: Node, answers: list[Answer]) -> None:
    content = {media.replace(" ", ""): each for media, each in response.get("content", {}).items()}
    for answer in answers:
        if not answer.body:
            continue
        media = answer["content-type"].removesuffix("; charset=utf-8").replace(" ", "")
        assert media in content, f"{answer.status} comes as {media}, which is not described"
        schema = content[media].get("schema")
        if schema and media in {JSON, JSON_LD, HAL, HAL_FORMS, PROBLEM}:
            errors = list(validator(json.dumps(schema)).iter_errors(answer.json()))
            assert not errors, f"{answer.status} as {media}: {errors[0].message}"


@cache
def validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**json.loads(schema), "components": described()["components"]})


def test_what_content_is_offered_is_read_and_served(served: Served) -> None:
    for method, path in OPERATIONS:
        case = Case(served, described(), path, method)
        offered = case.operation.get("requestBody", {}).get("content", {})
        for media in offered:
            if "patch" in media:
                assert method == "patch"
            else:
                everywhere = described()["paths"]["/boards/{number}"]["get"]["responses"]["200"]["content"]
                assert media in everywhere, f"{media} is read and not served"
