"""One list of requests, and the same answers on every server that people put Flask behind.

The requests go over a socket, as bytes. What a server says itself before it asks us stands in `THEIRS` with the
reason: it is expected, and nothing is left out.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.api import JSON, MERGE_PATCH, PROBLEM, Answer, serve
from tests.servers import OtherServer, RestwellServer

from .raw import Conversation, request

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
APP = "restwell.frameworks:app"
SERVERS: dict[str, tuple[str, ...]] = {
    "restwell serve": (),
    "granian": ("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}", APP),
    "gunicorn sync": ("gunicorn", "--bind", "127.0.0.1:{port}", "--workers", "2", APP),
    "gunicorn preload": ("gunicorn", "--bind", "127.0.0.1:{port}", "--workers", "2", "--preload", APP),
    "gunicorn gthread": ("gunicorn", "--bind", "127.0.0.1:{port}", "-k", "gthread", "--threads", "4", APP),
    "gunicorn gevent": ("gunicorn", "--bind", "127.0.0.1:{port}", "-k", "gevent", APP),
    "waitress": ("waitress-serve", "--listen", "127.0.0.1:{port}", APP),
    "uwsgi": (
        "uwsgi", "--http11-socket", "127.0.0.1:{port}", "--master", "--processes", "2", "--need-app",
        "--buffer-size", "65535", "--max-vars", "256", "--post-buffering", "65536", "--module", APP,
    ),
    "werkzeug": ("flask", "--app", "restwell.frameworks", "run", "--port", "{port}"),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """Requests in a row, each with the statuses of its answers; `check` looks at all answers."""

    name: str
    exchanges: tuple[tuple[bytes, tuple[int, ...]], ...]
    check: Callable[[list[Answer]], bool] = lambda _: True


def case(name: str, sent: bytes, *statuses: int, check: Callable[[Answer], bool] = lambda _: True) -> Case:
    """One request; `statuses` are those that are right, more than one where a server may choose."""
    return Case(name, ((sent, statuses),), lambda answers: check(answers[0]))


KEY = "Authorization: Bearer {key}"
AS_JSON = f"Content-Type: {JSON}"


def content(**members: Any) -> bytes:
    return json.dumps(members).encode()


def write(method: str, target: str, members: bytes, *fields: str, media: str = JSON) -> bytes:
    return request(method, target, KEY, f"Content-Type: {media}", *fields, content=members)


def is_problem(answer: Answer) -> bool:
    return answer["content-type"] == PROBLEM and answer.json()["status"] == answer.status


def is_complete(answer: Answer) -> bool:
    """Whether every field is there once, and the length is told."""
    once = [len(answer.all(name)) == 1 for name in ("content-length", "date", "link", "x-request-id", "etag")]
    return all(once) and not answer.all("transfer-encoding")


FLASK = "/frameworks/Flask"
GET = request("GET", FLASK)
LONG, HUGE = "x" * 7000, "x" * 900_000
CASES = [
    case("entry point", request("GET", "/"), 200, check=lambda a: a.json()["@type"] == "Entrypoint"),
    case("collection", request("GET", "/frameworks"), 200, check=lambda a: a.json()["totalItems"] >= 4),
    case("item", GET, 200, check=lambda a: a.json()["created"] == 2010 and is_complete(a)),
    case("plain JSON", request("GET", FLASK, f"Accept: {JSON}"), 200, check=lambda a: a["content-type"] == JSON),
    case("page for people", request("GET", FLASK, "Accept: text/html"), 200, check=lambda a: b"<html" in a.body),
    case("description", request("GET", "/openapi.json"), 200, check=lambda a: a.json()["openapi"] == "3.1.0"),
    case("health", request("GET", "/health/ready"), 200),
    Case(
        "HEAD has the fields of GET and no content",
        ((GET, (200,)), (request("HEAD", FLASK), (200,)), (GET, (200,))),
        lambda answers: answers[1]["content-length"] == answers[0]["content-length"] == answers[2]["content-length"],
    ),
    case("OPTIONS", request("OPTIONS", FLASK), 204, check=lambda a: "DELETE" in a.words("allow")),
    case("304 for any", request("GET", FLASK, "If-None-Match: *"), 304, check=lambda a: bool(a["etag"])),
    Case("GET behind 304", ((request("GET", FLASK, "If-None-Match: *"), (304,)), (GET, (200,)))),
    case("412", request("GET", FLASK, 'If-Match: "x"'), 412, check=is_problem),
    case("404 for an item", request("GET", "/frameworks/Nobody"), 404, check=is_problem),
    case("404 for a path", request("GET", "/no/where"), 404, check=is_problem),
    case("405", request("DELETE", "/frameworks", KEY), 405, check=lambda a: "POST" in a.words("allow")),
    case("406", request("GET", FLASK, "Accept: image/png"), 406, check=is_problem),
    case("501", request("BREW", FLASK), 501, check=is_problem),
    case("401", request("POST", "/frameworks", AS_JSON, content=b"{}"), 401, check=is_problem),
    case("wrong key", request("GET", FLASK, "Authorization: Bearer x"), 401),
    case("POST", write("POST", "/frameworks", content(name="Posted", created=2000)), 201,
         check=lambda a: a["location"].endswith("/frameworks/Posted")),
    case("POST again", write("POST", "/frameworks", content(name="Posted", created=2000)), 409, check=is_problem),
    case("PUT creates", write("PUT", "/frameworks/Put", content(created=2000)), 201),
    case("PUT replaces", write("PUT", "/frameworks/Put", content(created=2001)), 200),
    case("PATCH", write("PATCH", "/frameworks/Put", content(created=2002), media=MERGE_PATCH), 200,
         check=lambda a: a.json()["created"] == 2002),
    case("If-Match of another state", write("PUT", "/frameworks/Put", content(created=1), 'If-Match: "x"'), 412),
    Case("DELETE and what comes behind it on the connection",
         ((request("DELETE", "/frameworks/Put", KEY), (204,)), (request("GET", "/frameworks/Put"), (404,))),
         lambda answers: answers[0].body == b"" and answers[0].get("content-type") is None),
    case("400 for JSON that breaks off", write("POST", "/frameworks", b'{"name"'), 400, check=is_problem),
    case("413", write("POST", "/frameworks", b" " * 2_000_000), 413),
    case("415", write("POST", "/frameworks", b"x", media="text/plain"), 415, check=is_problem),
    case("421", request("GET", FLASK, host="elsewhere.example"), 421, check=is_problem),
    case("422", write("POST", "/frameworks", content(name="x", created=1)), 422,
         check=lambda a: a.json()["errors"][0]["pointer"] == "/created"),
    case("content of 900 KB is read", write("POST", "/frameworks", content(name="x", created=2000, parent=HUGE)), 422,
         check=is_problem),
    case("chunked content", request("POST", "/frameworks", KEY, AS_JSON, "Transfer-Encoding: chunked",
         content=b'25\r\n{"name":"Chunked","created": 1999   }\r\n0\r\n\r\n'), 201, 411),
    case("414", request("GET", f"/frameworks?name={'x' * 5000}"), 414, check=is_problem),
    case("a long query", request("GET", f"/frameworks?name[in]={','.join(['x' * 50] * 30)}"), 200,
         check=lambda a: a.json()["member"] == []),
    case("431 for a field of 9 KB", request("GET", FLASK, f"X-Long: {'x' * 9000}"), 431, check=is_problem),
    case("fields of 28 KB in all", request("GET", FLASK, *[f"X-{n}: {LONG}" for n in range(4)]), 200),
    case("431 for fields of 35 KB in all", request("GET", FLASK, *[f"X-{n}: {LONG}" for n in range(5)]), 431),
    case("431 for 120 fields", request("GET", FLASK, *[f"X-{n}: x" for n in range(120)]), 431),
    case("percent-encoding of letters", request("GET", "/frameworks/%46l%61sk"), 200),
    case("a space", request("GET", "/frameworks/a%20b"), 404, check=is_problem),
    case("letters beyond ASCII", request("GET", "/frameworks/%C3%A4"), 404,
         check=lambda a: a.json()["instance"] == "/frameworks/%C3%A4"),
    case("letters beyond ASCII as they are", request("GET", "/frameworks/ä"), 404),
    case("bytes that are not text", request("GET", "/frameworks/%FF"), 404),
    case("a slash that is encoded", request("GET", "/frameworks%2FFlask"), 404, check=is_problem),
    case("a line feed in a path", request("GET", "/frameworks/a%0Ab"), 404, check=is_problem),
    case("two slashes", request("GET", "//frameworks"), 404),
    case("a slash more", request("GET", "/frameworks/"), 404),
    case("a path with dots", request("GET", "/x/../frameworks"), 404),
    case("the whole URL", request("GET", "http://{host}/frameworks/Flask"), 200),
    case("the whole URL of another", request("GET", "http://evil.example/frameworks/Flask"), 421, check=is_problem),
    case("the whole URL counts, not Host", request("GET", "http://{host}/frameworks", host="evil.example"), 200),
    case("400 without Host", b"GET /frameworks/Flask HTTP/1.1\r\n\r\n", 400),
    case("400 for an empty Host", request("GET", FLASK, host=""), 400),
    case("400 for two Hosts", request("GET", FLASK, "Host: evil.example"), 400),
    case("400 for a Host beyond ASCII", request("GET", FLASK, host="ü.example"), 400),
    case("HTTP/1.0 without Host", b"GET /frameworks/Flask HTTP/1.0\r\n\r\n", 200),
    case("400 for two types of content", request("POST", "/frameworks", KEY, AS_JSON, "Content-Type: text/plain",
         content=b"{}"), 400),
    case("a field with an underscore says nothing", request("GET", FLASK, "If_None_Match: *"), 200),
    case("a type with an underscore says nothing", request("POST", "/frameworks", KEY, f"Content_Type: {JSON}",
         content=b"{}"), 415),
    case("a query in brackets", request("GET", "/frameworks?created[gte]=2010&limit=1"), 200),
    case("a query without a name", request("GET", "/frameworks?"), 200),
    case("a request of HTTP/1.0", b"GET /frameworks/Flask HTTP/1.0\r\nHost: {host}\r\n\r\n", 200),
    case("Expect, content", write("PUT", "/frameworks/E", content(created=2000), "Expect: 100-continue"), 201, 200),
    case("Expect and a refusal", request("PUT", "/frameworks/E", AS_JSON, "Expect: 100-continue", content=b"{}"), 401,
         check=is_problem),
    Case("a connection is kept", ((GET, (200,)), (GET, (200,)), (request("HEAD", "/"), (200,)), (GET, (200,)))),
    Case("a refusal leaves the next request alone",
         ((write("POST", "/frameworks", b"x" * 1000, media="text/plain"), (415,)), (GET, (200,)),
          (request("POST", "/frameworks", AS_JSON, content=b"{}" * 500), (401,)), (GET, (200,)))),
    case("a request id is taken over", request("GET", FLASK, "X-Request-Id: mine-1"), 200,
         check=lambda a: a["x-request-id"] == "mine-1"),
    case("fields that look like variables", request("GET", FLASK, "X_Real: x", "Content-Encoding: gzip"), 200),
    case("a GET with content", request("GET", FLASK, content=b"ignored"), 200),
]  # fmt: skip
PIPELINED = request("GET", FLASK) + request("GET", "/frameworks/Nobody") + request("HEAD", "/")

GUNICORN = {
    "414": (414, "a line of a request may have 4094 bytes (--limit-request-line)"),
    "431 for a field of 9 KB": (431, "a field may have 8190 bytes (--limit-request-field_size)"),
    "431 for 120 fields": (431, "there may be 100 fields (--limit-request-fields)"),
    "letters beyond ASCII as they are": (400, "a request target is ASCII (RFC 9112, section 3.2)"),
}
OURS = {
    "the whole URL of another": (200, "Host counts, and the authority of the target is not shown"),
    "the whole URL counts, not Host": (421, "as above"),
}
GRANIAN = {
    "a slash that is encoded": (200, "%2F is decoded, and the target is not shown"),
    "the whole URL of another": (200, "Host counts, and the target is not shown"),
    "the whole URL counts, not Host": (421, "as above"),
    "400 for two types of content": (422, "the first one is handed over"),
    "a field with an underscore says nothing": (304, "it is handed over as the one with hyphens"),
}
THEIRS: dict[str, dict[str, tuple[int, str]]] = {
    "restwell serve": OURS,
    "granian": GRANIAN,
    "gunicorn sync": GUNICORN,
    "gunicorn preload": GUNICORN,
    "gunicorn gthread": GUNICORN,
    "gunicorn gevent": GUNICORN,
    "waitress": {
        "letters beyond ASCII as they are": (400, "a request target is ASCII (RFC 9112, section 3.2)"),
    },
    "uwsgi": {
        "a field with an underscore says nothing": (304, "it is handed over as the one with hyphens"),
        "a type with an underscore says nothing": (422, "as above"),
    },
    "werkzeug": {
        "two slashes": (200, "slashes at the beginning become one before we see them"),
        "400 for two types of content": (415, "the last one is handed over"),
    },
}
"""By server and case: the status that it gives itself, and why."""


@contextmanager
def started(name: str, directory: Path, command: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """The host and port of a server of the Frameworks API, and a key that may write."""
    url = f"sqlite:///{directory / 'test.db'}"
    made = serve(database=url)
    key = made.key()
    made.close()
    if name == "restwell serve":
        own = RestwellServer("--database", url, directory=directory)
        try:
            yield own.url.removeprefix("http://"), key
        finally:
            own.stop()
        return
    with OtherServer(*(command or SERVERS[name]), directory=directory, env={"RESTWELL_DATABASE": url}) as other:
        yield other.url.removeprefix("http://"), key


def conversation(name: str, host: str) -> Conversation:
    address, _, port = host.rpartition(":")
    # This one ends a connection without a word when it has not read all content.
    return Conversation(address, int(port), retries=name == "uwsgi")


def run(client: Conversation, each: Case, host: str, key: str, statuses: tuple[int, ...] | None) -> str | None:
    """What is wrong with the answers to a case; None when nothing is."""
    answers: list[Answer] = []
    with client:
        try:
            for sent, expected in each.exchanges:
                filled = sent.replace(b"{host}", host.encode()).replace(b"{key}", key.encode())
                answers += client.ask(filled)
                if answers[-1].status not in (statuses or expected):
                    return f"{each.name}: {answers[-1].status} instead of {statuses or expected}: {answers[-1]}"
        except (OSError, ValueError) as error:
            return f"{each.name}: {type(error).__name__}: {error}"
    try:
        return None if statuses or each.check(answers) else f"{each.name}: unexpected {answers}"
    except (AssertionError, ValueError, KeyError, IndexError) as error:
        return f"{each.name}: {type(error).__name__} {error} in {answers}"


def statuses_of(theirs: Mapping[str, tuple[int, str]], each: Case) -> tuple[int, ...] | None:
    return (theirs[each.name][0],) if each.name in theirs else None


@pytest.mark.parametrize("name", SERVERS)
def test_every_server_gives_the_same_answers(name: str, tmp_path: Path) -> None:
    theirs = THEIRS.get(name, {})
    assert theirs.keys() <= {each.name for each in CASES}
    with started(name, tmp_path) as (host, key):
        found = [run(conversation(name, host), each, host, key, statuses_of(theirs, each)) for each in CASES]
        wrong = [text[:600] for text in found if text]
    assert not wrong, "\n".join([f"{name}, {len(wrong)} of {len(CASES)}:", *wrong])


@pytest.mark.parametrize("name", SERVERS)
def test_requests_that_are_sent_without_waiting_are_answered_in_order(name: str, tmp_path: Path) -> None:
    with started(name, tmp_path) as (host, _), conversation(name, host) as client:
        sent = PIPELINED.replace(b"{host}", host.encode())
        answers = client.ask(sent, ["GET", "GET", "HEAD"] if name not in ONE_AT_A_TIME else ["GET"])
        expected = [200, 404, 200][: len(answers)]
        assert [answer.status for answer in answers] == expected


ONE_AT_A_TIME = {
    "gunicorn sync": "ends every connection behind its answer",
    "gunicorn preload": "as above",
    "uwsgi": "ends the connection when more than one request has come",
    "werkzeug": "ends every connection behind its answer",
}
"""Servers that answer only the first of several requests that are sent at once, and why."""

MOUNTED: dict[str, tuple[str, ...]] = {
    "granian": (*SERVERS["granian"][:-1], "--url-path-prefix", "/v1", APP),
    "gunicorn sync": (*SERVERS["gunicorn sync"][:-1], "--env", "SCRIPT_NAME=/v1", APP),
    "waitress": (*SERVERS["waitress"][:-1], "--url-prefix", "/v1", APP),
    "uwsgi": (*SERVERS["uwsgi"][:-2], "--manage-script-name", "--mount", f"/v1={APP}"),
}
"""Servers that can put an application below a path, on which links then begin."""


@pytest.mark.parametrize("name", MOUNTED)
def test_links_begin_where_the_server_has_put_us(name: str, tmp_path: Path) -> None:
    with started(name, tmp_path, MOUNTED[name]) as (host, _), conversation(name, host) as client:
        base = f"http://{host}/v1"
        [answer] = client.ask(request("GET", "/v1/frameworks/Flask").replace(b"{host}", host.encode()))
        assert (answer.status, answer.json()["@id"]) == (200, f"{base}/frameworks/Flask")
        links = [link.target for link in answer.links() if host in link.target]
        assert links
        assert all(target.startswith(f"{base}/") for target in links)


COLUMNS = {
    "restwell serve": ("restwell serve",),
    "granian": ("granian",),
    "gunicorn": ("gunicorn sync", "gunicorn preload", "gunicorn gthread", "gunicorn gevent"),
    "waitress": ("waitress",),
    "uWSGI": ("uwsgi",),
    "Werkzeug": ("werkzeug",),
}


def test_the_documentation_has_what_servers_hand_over_otherwise() -> None:
    page = (Path(__file__).parents[2] / "docs" / "servers.md").read_text()
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"]
    head, *rows = lines[: next(place for place, line in enumerate(lines) if line[0] == "server")]
    cases = {each.name: each for each in CASES}
    for name, right, *given in rows[1:]:
        assert int(right) == cases[name].exchanges[0][1][0]
        for column, status in zip(head[2:], given, strict=True):
            for server in COLUMNS[column]:
                theirs = THEIRS.get(server, {}).get(name)
                assert (str(theirs[0]) if theirs else "") == status, (name, server)
    told = {name for name, *_ in rows[1:]}
    refused = {*GUNICORN, "letters beyond ASCII as they are"}
    assert told == {name for theirs in THEIRS.values() for name in theirs} - refused
