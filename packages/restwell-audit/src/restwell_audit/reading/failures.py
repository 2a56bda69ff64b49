"""Whether JSON content reports an error, although the response is successful.

A resource such as a job may have a member `error` or a status `failed`. So content reports an error only if it has no
other data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .shapes import objects, text

COMPANIONS = frozenset([
    "$schema", "@context", "@id", "@type", "_links", "cause", "code", "correlationid", "description", "detail",
    "details", "documentationurl", "error", "errorcode", "errordescription", "errormessage", "errors", "erroruri",
    "hint", "instance", "jsonapi", "links", "message", "messages", "meta", "method", "moreinfo", "msg", "ok", "path",
    "reason", "requestid", "stack", "stacktrace", "status", "statuscode", "success", "timestamp", "title", "trace",
    "traceid", "type", "violations",
])  # fmt: skip
"""Further members of error reports, in lower case, without - and _. Identities are not among them."""
EMPTY = frozenset(["data", "result", "results", "payload", "response"])
"""Members for data, which are empty in an error report."""
FAILED = frozenset(["error", "fail", "failed", "failure"])
TEXTS = ("message", "error", "detail", "title", "msg", "reason")


def reports_failure(data: object) -> bool:
    """Whether JSON content reports an error and has no other data."""
    if not isinstance(data, dict) or not data:
        return False
    members = {name.lower().replace("-", "").replace("_", "")[:50]: value for name, value in list(data.items())[:50]}
    if isinstance(data.get("jsonrpc"), str) and "error" in data:  # JSON-RPC 2.0, section 5
        return isinstance(data["error"], dict)
    if _is_jsend(members):
        return True
    if len(data) > 50 or not all(name in COMPANIONS or _is_empty(name, value) for name, value in members.items()):
        return False
    return _reports(members)


def _reports(members: Mapping[str, Any]) -> bool:
    return (
        _has_failure(members.get("error"))
        or _has_failure(members.get("errors"))
        or members.get("success") is False
        or members.get("ok") is False
        or (_has_text(members) and (text(members.get("status")).lower() in FAILED or _is_code(members)))
        or (set(members) == {"detail"} and _has_failure(members["detail"]))
    )


def _is_jsend(members: Mapping[str, Any]) -> bool:
    """Whether members are those of JSend: `fail` with the errors in `data`, or `error` with a message."""
    status = members.get("status")
    if status == "fail":
        return set(members) == {"status", "data"}
    return status == "error" and "message" in members and set(members) <= {"status", "message", "code", "data"}


def _has_failure(value: object) -> bool:
    """Whether a member for errors has one: an object, as in GraphQL, a text, or objects by field."""
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, list):
        return bool(objects(value)) or any(isinstance(each, str) and each for each in value[:10])
    return value is True or (isinstance(value, dict) and bool(value))


def _is_code(members: Mapping[str, Any]) -> bool:
    codes = [members.get(name) for name in ("status", "statuscode", "code", "errorcode")]
    return any(isinstance(each, int) and 400 <= each < 600 for each in codes)


def _has_text(members: Mapping[str, Any]) -> bool:
    return any(text(members.get(name)).strip() for name in TEXTS)


def _is_empty(name: str, value: object) -> bool:
    """Whether a member for data is empty; GraphQL gives null for each field that failed."""
    if name not in EMPTY:
        return False
    return not value or (isinstance(value, dict) and all(each is None for each in value.values()))
