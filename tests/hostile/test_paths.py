"""Rows 12, 13, 20, 22, 23: paths that servers decode, control characters, cache deception, underscores."""

from typing import Any
from urllib.parse import quote

import pytest

from restwell.http.request_target import is_spelled_otherwise
from tests.api import JSON, MERGE_PATCH, Answer, Served, is_problem

FLASK = "/frameworks/Flask"


def ask(api: Served, target: str, variable: str | None = None, method: str = "GET", **fields: str) -> Answer:
    """Send a request, with the target as it is in one of the variables where servers show it."""
    environ = {variable: target} if variable else {}
    return api.send(
        method, target, {name.replace("_", "-"): value for name, value in fields.items()}, environ=environ
    )


# Row 20: a slash that is encoded is no separator (RFC 3986, section 2.2).

ENCODED = [
    "/frameworks%2FFlask", "/frameworks%2fFlask", "/%2Fframeworks", "/frameworks%2F",
    "/frameworks/Flask%2F", "/frameworks/%2FFlask", "/frameworks/..%2FFlask", "/health%2Flive",
    "/problems%2Fnot-found",
    "/contexts%2FFramework", "/.well-known%2Fapi-catalog", "/frameworks%2FFlask?fields=name", "/docs%2F..",
]  # fmt: skip


@pytest.mark.parametrize("variable", ["RAW_URI", "REQUEST_URI"])
def test_an_encoded_slash_does_not_separate(api: Served, variable: str) -> None:
    for target in ENCODED:
        assert is_problem(ask(api, target, variable), 404)
        environ = api.environ("GET", target, [], b"")
        assert is_problem(api.exchange(environ | {variable: f"http://localhost{target}"}), 404)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_an_encoded_slash_reaches_nothing_that_could_be_changed(api: Served, method: str) -> None:
    key = {"Authorization": f"Bearer {api.key()}", "Content_Type": MERGE_PATCH}
    assert ask(api, "/frameworks%2FFlask", "RAW_URI", method, **key).status == 404
    assert ask(api, FLASK).status == 200


OTHERWISE = [
    "//frameworks", "/frameworks//Flask", "/x/../frameworks", "/./frameworks", "/frameworks/.",
    "/frameworks/Flask/..",
]  # fmt: skip


@pytest.mark.parametrize("handed", ["/frameworks", FLASK])
def test_what_a_server_merges_or_resolves_is_another_path(api: Served, handed: str) -> None:
    """waitress merges slashes at the beginning, uWSGI resolves dots."""
    for target in OTHERWISE:
        assert is_problem(api.send("GET", handed, environ={"REQUEST_URI": target}), 404)


@pytest.mark.parametrize(
    "target",
    [FLASK, "/frameworks/%46lask", "/frameworks?name=a%2Fb", "/frameworks?name=a//b", "/.well-known/api-catalog",
     "/frameworks?sort=../x", "/...", "/a..b/.x", "*", "http://localhost/frameworks", "http://localhost"],
)  # fmt: skip
def test_every_other_target_is_spelled_as_it_is(target: str) -> None:
    assert not is_spelled_otherwise(target)


def test_a_query_may_hold_encoded_slashes(api: Served) -> None:
    target = "/frameworks?relatedDocs=https%3A%2F%2Fflask-restplus.readthedocs.io%2F"
    assert len(ask(api, target, "RAW_URI").json()["member"]) == 1


# Row 22: control characters, bytes that are not UTF-8.


CONTROLS = [*map(chr, range(32)), "\x7f", "\x85", "\u2028", "\u200b", "\ufeff"]


@pytest.mark.parametrize(
    "path", ["/{}", "/frameworks{}", "/frameworks/{}", "/frameworks/Fl{}ask", "/frameworks/Flask{}", "/{}/x"]
)
def test_control_characters_are_the_path_of_nothing(api: Served, path: str) -> None:
    for character in CONTROLS:
        answer = ask(api, path.format(quote(character)))
        assert is_problem(answer, 404)
        assert answer["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/%FF", "/frameworks/%FF", "/frameworks/%C3", "/%C0%AFframeworks", "/frameworks%00"]
)
def test_bytes_that_are_not_text_are_the_path_of_nothing(api: Served, path: str) -> None:
    assert is_problem(ask(api, path), 404)


# Row 23: what looks like a file to a cache that keeps files is no file here.

SUFFIXES = [
    ".css", "/x.css", ";x.css", "%3Bx.css", "%0A.css", "%0Ax.css", "%00.css", "%3F.css", "%23.css", "%2Fx.css",
            "/..%2Fx.css",
    "/.css", "/x.js", "/x.png", "/static/x.css", ";a=b/x.css", "%5Cx.css", "%20.css", "/%2e%2e/x.css", "..css",
            "%252Fx.css", "$x.css", "!x.css", "~x.css", "/favicon.ico", "/robots.txt"]  # fmt: skip


@pytest.mark.parametrize("variable", [None, "RAW_URI"])
@pytest.mark.parametrize("below", [FLASK, "/frameworks", "/health/live", "/docs"])
def test_what_looks_like_a_file_is_not_found_and_not_kept(api: Served, below: str, variable: str | None) -> None:
    key = api.key()
    for suffix in SUFFIXES:
        for credential in ({}, {"Authorization": f"Bearer {key}"}):
            answer = ask(api, below + suffix, variable, **credential)
            assert is_problem(answer, 404)
            assert answer["cache-control"] == "no-store"


# Row 12: fields with underscores, as far as WSGI lets it be known.


@pytest.mark.parametrize("name", ["HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"])
def test_a_field_with_an_underscore_says_nothing_of_the_content(api: Served, name: str) -> None:
    """granian hands Content_Type over under this name, beside the real one."""
    value = {"HTTP_CONTENT_TYPE": "text/plain", "HTTP_CONTENT_LENGTH": "3"}[name]
    content = b'{"name": "Under", "created": 2020}'
    for order in (0, 1):
        environ: dict[str, Any] = api.environ(
            "POST", "/frameworks", [("Content-Type", JSON), ("Content-Length", str(len(content)))], content
        )
        environ["HTTP_AUTHORIZATION"] = f"Bearer {api.key()}"
        forged = {name: value}
        answer = api.exchange({**forged, **environ} if order else {**environ, **forged})
        assert answer.status == (409 if order else 201)
    api.change("DELETE FROM frameworks WHERE name = 'Under'")


@pytest.mark.parametrize(
    "field", ["Script-Name", "Path-Info", "Request-Uri", "Raw-Uri", "X-Original-Url", "X-Rewrite-Url"]
)
def test_fields_that_are_called_like_variables_are_fields(api: Served, field: str) -> None:
    answer = api.send("GET", FLASK, {field: "/frameworks/Django"})
    assert answer.json()["name"] == "Flask"


# Two fields of one name that may be there once.


@pytest.mark.parametrize(
    "value",
    ["application/json, text/plain", "application/json,application/json",
     "application/json;charset=utf-8, text/plain",
     "text/plain, application/json", ", application/json", "application/json,", "a/b, c/d", ","],
)  # fmt: skip
def test_two_types_of_content_are_400(api: Served, value: str) -> None:
    """waitress and uWSGI join two fields; a comma outside of quotes is in no media type."""
    key = api.key()
    for method, target in [("POST", "/frameworks"), ("PUT", FLASK), ("PATCH", FLASK)]:
        assert is_problem(api.send(method, target, {"Content-Type": value}, b"{}", key=key), 400)


@pytest.mark.parametrize(
    "value", ['application/json; charset="utf-8, x"', "text/plain", "application/json; charset=x", "", "json"]
)
def test_one_type_that_is_not_read_is_415(api: Served, value: str) -> None:
    assert is_problem(api.send("POST", "/frameworks", {"Content-Type": value}, b"{}", key=api.key()), 415)
