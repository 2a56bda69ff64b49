"""Reports of failures are told from resources that happen to speak of errors."""

from typing import Any

import pytest
from hypothesis import given

from restwell_audit.reading.failures import reports_failure
from tests.restwell_audit.reading.responses import reading
from tests.restwell_audit.reading.test_shapes import JSON

FAILURES: list[dict[str, Any]] = [
    {"error": "Not found"},
    {"error": {"code": 17, "message": "No such user"}},
    {"error": True, "message": "No such user"},
    {"errors": [{"message": "Name must not be empty", "path": ["user"]}]},
    {"errors": [{"message": "No such user"}], "data": None},
    {"errors": [{"message": "No such user"}], "data": {"user": None}},
    {"errors": {"name": ["must not be empty"]}},
    {"errors": ["must not be empty"]},
    {"detail": "Not found."},
    {"status": "error", "message": "The database is away"},
    {"status": "error", "message": "The database is away", "code": 17, "data": {"host": "db"}},
    {"status": "fail", "data": {"title": "A title is required"}},
    {"success": False},
    {"success": False, "message": "No such user", "data": None},
    {"ok": False, "error": "channel_not_found"},
    {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "Method not found"}},
    {"code": 404, "message": "No such user"},
    {"statusCode": 404, "error": "Not Found", "message": "No such user"},
    {"timestamp": "2024-05-17T12:00:00Z", "status": 404, "error": "Not Found", "path": "/users/7"},
    {"type": "about:blank", "title": "Not Found", "status": 404},
    {"message": "Not Found", "documentation_url": "https://docs.example/", "status": 404},
    {"error": "invalid_grant", "error_description": "The code has expired"},
]
RESOURCES: list[Any] = [
    {},
    [],
    [{"error": "x"}],
    "error",
    None,
    {"id": 7, "status": "failed", "error": "The disk is full"},
    {"name": "backup", "state": "done", "error": "The disk was full"},
    {"id": 7, "errors": []},
    {"errors": [], "data": {"user": {"id": 1}}},
    {"errors": [{"message": "No mail"}], "data": {"user": {"id": 1}}},
    {"error": None, "result": [1]},
    {"error": "", "data": []},
    {"error": False, "data": []},
    {"error": 0.05, "value": 3.2},
    {"jsonrpc": "2.0", "id": 1, "result": 19},
    {"status": "success", "data": {"id": 1}},
    {"status": "failed", "amount": 12, "message": "Card declined"},
    {"success": True},
    {"success": False, "id": 7, "amount": 12},
    {"detail": "All about it", "id": 7},
    {"detail": ""},
    {"message": "Welcome"},
    {"code": 404, "city": "Atlanta"},
    {"code": 404, "description": "The area code of Atlanta"},
    {"status": 200, "message": "fine"},
    {"status": 404, "orders": []},
    {"errorRate": 0.1, "errors": 12},
]


@pytest.mark.parametrize("content", FAILURES, ids=str)
def test_a_report_of_a_failure_is_one(content: Any) -> None:
    assert reports_failure(content)
    assert reading(content, "application/json").is_error
    assert reading(content, "application/json").members is None


@pytest.mark.parametrize("content", RESOURCES, ids=str)
def test_a_resource_is_no_report_of_a_failure(content: Any) -> None:
    assert not reports_failure(content)
    assert not reading(content, "application/json").is_error


@given(JSON)
def test_any_json_may_be_asked(content: Any) -> None:
    assert reports_failure(content) in {True, False}


def test_a_resource_that_is_called_errors_has_errors_and_has_not_failed() -> None:
    content = {"errors": [{"line": 3, "message": "No number"}]}
    found = reading(content, "application/json", url="http://api.example/imports/7/errors")
    assert not found.is_error
    assert len(found.members or ()) == 1
