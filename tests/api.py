"""An API of its own for each test, and requests to it, handed over as a WSGI server would, without a network.

`serving()` gives a `Served`, by default the Frameworks of the contract; `Served.send` gives an `Answer`.
"""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit
from uuid import UUID

from flask import Flask
from pydantic import HttpUrl

from restwell import Api, Field, Resource, public, scope
from restwell.access.assumed import assumed_credential
from restwell.access.grant import Grant
from tests.examples import Framework, Place

HOST = "localhost"
BASE = f"http://{HOST}"
PROBLEM = "application/problem+json"
JSON = "application/json"
JSON_LD = "application/ld+json"
HAL = "application/hal+json"
HAL_FORMS = "application/prs.hal-forms+json"
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
API_DOCUMENTATION = "http://www.w3.org/ns/hydra/core#apiDocumentation"
FOUR = (
    {
        "name": "Flask",
        "created": 2010,
        "relatedName": "Flask-RESTPlus",
        "relatedDocs": "https://flask-restplus.readthedocs.io/",
    },
    {"name": "Django", "created": 2005},
    {"name": "Bottle", "created": 2009},
    {"name": "Tornado", "created": 2010},
)
PER_ANSWER = {"date", "server-timing", "x-request-id"}
"""The header fields that differ between two answers to the same request."""


class Colour(Enum):
    RED = "red"
    GREEN = "green"
    BLUE = "blue"


class Sample(Resource):
    """One field of every kind that a query can name, all of which may be missing, and some that it cannot."""

    number: int = Field(identity=True)
    label: str | None = None
    amount: int | None = None
    weight: float | None = None
    good: bool | None = None
    price: Decimal | None = Field(None, max_digits=12, decimal_places=4)
    day: date | None = None
    moment: datetime | None = None
    code: UUID | None = None
    colour: Colour | None = None
    site: HttpUrl | None = None
    place: Place | None = None
    tags: list[str] = Field([])
    extra: dict[str, Any] | None = None
    serial: int = Field(0, read_only=True)


Register = Callable[[Api], object]


def frameworks(**options: Any) -> Register:
    """The Frameworks of the contract; `options` change the arguments of its declaration."""
    arguments = {"read": public(max_age=60), "write": scope("frameworks"), "initial": FOUR, **options}
    path = arguments.pop("path", "/frameworks")
    return lambda api: api.resource(path, **arguments)(Framework)


def samples(**options: Any) -> Register:
    """The Samples, at /samples, read by everybody; `options` change the arguments of the declaration."""
    arguments = {"read": public(), "write": scope("samples"), **options}
    return lambda api: api.resource("/samples", **arguments)(Sample)


@dataclass(frozen=True)
class Link:
    """One link of a Link header field (RFC 8288, section 3)."""

    target: str
    parameters: tuple[tuple[str, str], ...]

    @property
    def relations(self) -> list[str]:
        return dict(self.parameters).get("rel", "").split()


@dataclass(frozen=True)
class Answer:
    """A response as it would be sent: header names in lower case, in their order."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __getitem__(self, name: str) -> str:
        """The value of a field that is there once."""
        [value] = self.all(name)
        return value

    def get(self, name: str) -> str | None:
        """The value of a field that is there at most once; None without it."""
        values = self.all(name)
        assert len(values) < 2, f"{name} is there {len(values)} times"
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name.lower()]

    def words(self, name: str) -> list[str]:
        """The members of a comma-separated field without quoted strings, in order; none without the field."""
        return [word.strip() for value in self.all(name) for word in value.split(",") if word.strip()]

    def json(self) -> Any:
        return json.loads(self.body)

    def links(self, relation: str | None = None) -> list[Link]:
        """Every link in the Link fields, or those of one relation."""
        found = [link for value in self.all("link") for link in parse_links(value)]
        return found if relation is None else [link for link in found if relation in link.relations]

    def link(self, relation: str) -> str:
        """The target of the one link with this relation."""
        [link] = self.links(relation)
        return link.target

    def lasting(self) -> tuple[int, list[tuple[str, str]], bytes]:
        """What is the same when the same request comes again."""
        return self.status, [field for field in self.headers if field[0] not in PER_ANSWER], self.body


def parse_links(value: str) -> Iterator[Link]:
    """Read one Link field. Raises AssertionError where it breaks the grammar of RFC 8288."""
    place = 0
    while place < len(value):
        assert value[place] == "<", f"no link begins at {value[place:]!r}"
        end = value.index(">", place)
        target, place = value[place + 1 : end], end + 1
        parameters = []
        while place < len(value) and value[place] == ";":
            place = skip_space(value, place + 1)
            equals = value.index("=", place)
            name, place = value[place:equals], equals + 1
            text, place = read_value(value, place)
            parameters.append((name, text))
            place = skip_space(value, place)
        yield Link(target, tuple(parameters))
        place = skip_space(value, place)
        assert place == len(value) or value[place] == ",", f"a link goes on with {value[place:]!r}"
        place = skip_space(value, place + 1)


def skip_space(value: str, place: int) -> int:
    while place < len(value) and value[place] in " \t":
        place += 1
    return place


def read_value(value: str, place: int) -> tuple[str, int]:
    """A token or a quoted string at this place, and where it ends."""
    if value[place] != '"':
        end = place
        while end < len(value) and value[end] not in ",; \t":
            end += 1
        return value[place:end], end
    text, place = "", place + 1
    while value[place] != '"':
        place += value[place] == "\\"
        text, place = text + value[place], place + 1
    return text, place + 1


class Client:
    """Sends requests to a WSGI application."""

    def __init__(self, application: Callable[..., Iterable[bytes]], host: str = HOST, mount: str = "") -> None:
        self.application = application
        self.host = host
        self.mount = mount

    def send(
        self,
        method: str,
        target: str = "/",
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        content: Any = None,
        *,
        key: str | None = None,
        accept: str | None = None,
        environ: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Send a request. `content` that is no bytes is sent as JSON; `target` may be an absolute URL."""
        fields = list(headers.items() if isinstance(headers, Mapping) else headers)
        names = {name.lower() for name, _ in fields}
        if key is not None:
            fields.append(("Authorization", f"Bearer {key}"))
        if accept is not None:
            fields.append(("Accept", accept))
        if content is not None and not isinstance(content, bytes):
            content = json.dumps(content).encode()
            fields += [] if "content-type" in names else [("Content-Type", JSON)]
        if content is not None and not {"content-length", "transfer-encoding"} & names:
            fields.append(("Content-Length", str(len(content))))
        return self.exchange({**self.environ(method, target, fields, content or b""), **(environ or {})})

    def environ(self, method: str, target: str, fields: Sequence[tuple[str, str]], content: bytes) -> dict[str, Any]:
        """The environment of PEP 3333 that a server makes of a request."""
        if target.startswith("http://"):
            parts = urlsplit(target)
            assert parts.netloc == self.host, f"{target} is on another host"
            assert parts.path.startswith(self.mount), f"{target} is not below {self.mount}"
            target = parts.path.removeprefix(self.mount) + (f"?{parts.query}" if "?" in target else "")
        path, _, query = target.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": self.mount,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": self.host,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(content),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        seen = set()
        for name, value in fields:
            variable = name.upper().replace("-", "_")
            if variable not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
                variable = f"HTTP_{variable}"
            environ[variable] = f"{environ[variable]},{value}" if variable in seen else value
            seen.add(variable)
        return environ

    def exchange(self, environ: dict[str, Any]) -> Answer:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            started.append((status, headers))

        chunks = self.application(environ, start_response)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        [(status, headers)] = started
        assert status[3] == " ", f"{status!r} is no status line"
        return Answer(int(status[:3]), tuple((name.lower(), value) for name, value in headers), body)


class Served(Client):
    """An application with an API, and requests to it."""

    def __init__(self, app: Flask, api: Api, mount: str = "") -> None:
        super().__init__(self.call, mount=mount)
        self.app = app
        self.api = api

    def call(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Call the application as it is now: whoever wraps it later is called too."""
        return self.app.wsgi_app(environ, start_response)

    def key(self, *scopes: str, **options: Any) -> str:
        """Make an API key with these scopes."""
        with self.app.app_context():
            return self.api.keys.create("a test", *(scopes or ("frameworks:write",)), **options)

    def credential(self, grant: Grant) -> str:
        """The value of Authorization that stands for a grant."""
        found = assumed_credential()
        self.api.binding(self.app).assume(found, grant)
        return found

    def change(self, statement: str, *parameters: Any) -> None:
        """Run one statement behind the API's back; `?` stands for each parameter."""
        driver = self.api.binding(self.app).store.driver
        text = statement if driver.name == "sqlite" else statement.replace("?", "%s")
        with driver.transaction() as connection:
            connection.execute(text, parameters)

    def close(self) -> None:
        self.api.binding(self.app).store.close()


def serve(
    *resources: Register,
    database: str | None = "sqlite://",
    app: Flask | None = None,
    mount: str = "",
    config: Mapping[str, Any] | None = None,
    **options: Any,
) -> Served:
    """Serve resources, or the Frameworks, from a new application; `options` go to `Api`."""
    app = app or Flask("tests")
    app.config["RESTWELL_DATABASE"] = database
    app.config.update(config or {})
    api = Api(app, **options)
    for register in resources or [frameworks()]:
        register(api)
    return Served(app, api, mount)


@contextmanager
def serving(*resources: Register, **options: Any) -> Iterator[Served]:
    """As `serve`, and close the store at the end."""
    served = serve(*resources, **options)
    try:
        yield served
    finally:
        served.close()


@contextmanager
def without_request_lines() -> Iterator[None]:
    """No line of the log for each request, as long as nobody sets the level of its logger again."""
    logger = logging.getLogger("restwell.requests")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def is_problem(answer: Answer, status: int) -> bool:
    """Whether this is a refusal with this status, as RFC 9457 and the contract want one. Says what is amiss."""
    assert answer.status == status, f"{answer.status} instead of {status}: {answer.body[:500]!r}"
    assert answer["content-type"] == PROBLEM
    problem = answer.json()
    assert problem["status"] == status
    assert {"type", "title", "detail", "instance"} <= set(problem)
    assert len(answer.body) <= 4096
    return True


def ids_by_pages(client: Any, url: str | None, most: int = 9) -> list[Any]:
    """The ids on the page at a URL and on those behind it, as far as so many: pages that never end are told, too."""
    found: list[Any] = []
    while url and len(found) < most:
        page = client.get(url).get_json()
        found += [each["id"] for each in page["member"]]
        url = page["view"].get("next")
    return found
