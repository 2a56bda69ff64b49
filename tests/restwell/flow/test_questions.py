"""What the rows of the table ask, where a case is too small for a test of the whole."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api import HAL, HAL_FORMS, JSON, JSON_LD, JSON_PATCH, MERGE_PATCH, Served, frameworks, is_problem, serving

FLASK = "/frameworks/Flask"


@pytest.fixture(params=["straight", "flask"])
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    with serving() as served:
        if request.param == "flask":
            served.app.before_request(lambda: None)
        yield served


@pytest.mark.parametrize("kind", [JSON, JSON_LD, MERGE_PATCH, f"{JSON}; charset=utf-8"])
def test_plain_json_is_read_as_a_merge_patch(api: Served, kind: str) -> None:
    content = {"created": 2011, "relatedName": None}
    assert api.send("PATCH", FLASK, {"Content-Type": kind}, content, key=api.key()).status == 200
    got = api.send("GET", FLASK, accept=JSON).json()
    assert (got["created"], got.get("relatedName")) == (2011, None)
    assert got["relatedDocs"] == "https://flask-restplus.readthedocs.io/"


def test_annotations_in_a_patch_are_left_out(api: Served) -> None:
    """A client changes what it was shown and sends it back."""
    shown = api.send("GET", FLASK, accept=JSON_LD).json()
    answer = api.send("PATCH", FLASK, {"Content-Type": JSON_LD}, {**shown, "created": 2012}, key=api.key())
    assert (answer.status, answer.json()["created"]) == (200, 2012)


@pytest.mark.parametrize("kind", [JSON, JSON_LD, MERGE_PATCH])
def test_operations_under_another_name_are_told_theirs(api: Served, kind: str) -> None:
    operations = [{"op": "replace", "path": "/created", "value": 2011}]
    answer = api.send("PATCH", FLASK, {"Content-Type": kind}, operations, key=api.key())
    assert is_problem(answer, 422)
    assert JSON_PATCH in answer.json()["detail"]
    assert api.send("GET", FLASK).json()["created"] == 2010


def test_what_patch_takes_is_offered_patches_first(api: Served) -> None:
    wanted = [MERGE_PATCH, JSON_PATCH, JSON, JSON_LD, HAL, HAL_FORMS]
    assert api.send("OPTIONS", FLASK).words("accept-patch") == wanted
    refusal = api.send("PATCH", FLASK, {"Content-Type": "text/plain"}, b"x", key=api.key())
    assert is_problem(refusal, 415)
    assert refusal.words("accept-patch") == wanted


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize(
    "charset, status",
    [
        ("utf8", 0), ("UTF8", 0), ("utf-8", 0), ('"UTF-8"', 0), ("us-ascii", 0),
        ("utf-16", 415), ("iso-8859-1", 415), ("latin-1", 415), ("windows-1252", 415), ("utf-8;charset=utf-16", 415),
    ],
)  # fmt: skip
def test_a_charset_that_changes_nothing_is_ignored(api: Served, method: str, charset: str, status: int) -> None:
    target = "/frameworks" if method == "POST" else FLASK
    content: dict[str, Any] = {"name": "New", "created": 2001} if method == "POST" else {"created": 2001}
    answer = api.send(method, target, {"Content-Type": f"{JSON}; charset={charset}"}, content, key=api.key())
    assert answer.status == (status or (201 if method == "POST" else 200))


@pytest.mark.parametrize("kind", [f"{JSON}; version=1", f"{JSON};odata=verbose", f"{JSON_LD};profile=x"])
def test_other_parameters_of_content_are_ignored(api: Served, kind: str) -> None:
    assert api.send("PUT", FLASK, {"Content-Type": kind}, {"created": 2001}, key=api.key()).status == 200


@pytest.mark.parametrize(
    "method, target, headers, status",
    [
        ("PUT", FLASK, {"If-None-Match": "*"}, 412),
        ("PUT", FLASK, {"If-None-Match": " * "}, 412),
        ("PUT", "/frameworks/New", {"If-None-Match": "*"}, 201),
        ("PUT", "/frameworks/New", {}, 201),
        ("PUT", FLASK, {}, 428),
        ("PUT", FLASK, {"If-None-Match": '"x"'}, 428),
        ("PATCH", FLASK, {"If-None-Match": "*"}, 428),
        ("DELETE", FLASK, {"If-None-Match": "*"}, 428),
        ("PUT", FLASK, {"If-None-Match": "*", "If-Match": '"x"'}, 412),
    ],
)
@pytest.mark.parametrize("door", ["straight", "flask"])
def test_who_creates_need_not_name_a_state(
    database_url: str, method: str, target: str, headers: dict[str, str], status: int, door: str
) -> None:
    with serving(frameworks(require_if_match=True), database=database_url) as strict:
        if door == "flask":
            strict.app.before_request(lambda: None)
        content = None if method == "DELETE" else {"created": 2001}
        assert strict.send(method, target, headers, content, key=strict.key()).status == status
        assert strict.send("GET", FLASK).json()["created"] == 2010
