"""Remedies fit the server at hand: what its owner cannot use is not said."""

from __future__ import annotations

import re

import pytest

from restwell_audit import Report
from restwell_audit.exchanges import Exchange
from restwell_audit.findings import every_finding
from restwell_audit.remedies import EXPLANATIONS, ORDER, REMEDIES, is_store
from tests.restwell_audit.apis import Api, Response, hal, page, said, table
from tests.restwell_audit.cases import judge

JSON_FORMATS = re.compile(r"\b(Hydra|JSON:API|HAL|HAL-FORMS|Siren|JSON-LD|problem document)\b")
BUCKET = b"""<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>photos</Name>
<Contents><Key>cat.jpg</Key><Size>10</Size></Contents></ListBucketResult>"""


def xml(text: bytes, **fields: str) -> Response:
    return Response(200, (("Content-Type", "application/xml"),), text).having(**fields)


def remedies(report: Report) -> str:
    return " ".join(each.remedy for each in report.findings if each.severity in {"bad", "warn"})


SERVERS: dict[str, Api] = {
    "s3": table({"GET /": xml(BUCKET, Server="MinIO"), "GET /cat.jpg": xml(b"<a/>", Server="MinIO")}),
    "html": table({"GET /": page("Nothing here."), "GET /about": page("About us.")}),
    "xml": table({"GET /": xml(b"<list><one>/1</one></list>"), "GET /1": xml(b"<one/>")}),
}


@pytest.mark.parametrize("name", SERVERS)
def test_what_is_no_json_is_not_told_of_formats_of_json(name: str) -> None:
    starts = {"s3": ("/", "/cat.jpg"), "html": ("/", "/about"), "xml": ("/", "/1")}[name]
    told = remedies(judge(SERVERS[name], *starts))
    assert told
    assert not JSON_FORMATS.search(told)


def test_json_is_told_of_its_formats() -> None:
    api = table({"GET /": said({"url": "http://localhost/things"}), "GET /things": said([])})
    assert JSON_FORMATS.search(remedies(judge(api, "/", "/things")))


def test_what_is_hal_is_told_of_hal() -> None:
    api = table({
        "GET /": hal(things="/things"), "GET /things": hal(self="/things"), "POST /things": Response(201),
    })  # fmt: skip
    [finding] = [each for each in judge(api).findings if each.id() == "operations-out-of-band"]
    assert finding.remedy == "Send application/prs.hal-forms+json with _templates for them."


def test_what_is_only_read_is_not_told_to_add_methods() -> None:
    told = remedies(judge(table({"GET /": said({"a": "/getThing"}), "GET /getThing": said({})}), "/", "/getThing"))
    assert not re.search(r"\b(POST|PUT|PATCH|DELETE)\b", told)
    assert not re.search(r"\boverwrites\b", told)


@pytest.mark.parametrize("fields, store", [
    ((("Server", "AmazonS3"),), True), ((("Server", "MinIO"),), True), ((("x-amz-request-id", "1"),), True),
    ((("Server", "nginx"),), False), ((), False),
])  # fmt: skip
def test_a_store_is_known_by_what_it_says(fields: tuple[tuple[str, str], ...], store: bool) -> None:
    assert is_store(Exchange(1, "GET", "http://a.example/", status=200, headers=fields)) is store


@pytest.mark.parametrize("table", [REMEDIES, EXPLANATIONS], ids=["remedies", "explanations"])
def test_every_text_is_for_a_kind_of_finding_and_something_that_can_be_known(
    table: dict[str, dict[str, str]],
) -> None:
    assert set(table) <= {kind.id() for kind in every_finding()}
    for own in table.values():
        assert set(own) <= set(ORDER)
        for text in own.values():
            assert re.fullmatch(r"[A-Z].*\.", text)
            assert "  " not in text
