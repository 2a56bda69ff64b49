from __future__ import annotations

from functools import cache

import pytest

from restwell_audit import Report, Unreadable, audit
from tests.restwell_audit.apis import Api, Request, Response, served
from tests.restwell_audit.cases import GOOD, Cases, Pair, found
from tests.restwell_audit.good import Good
from tests.restwell_audit.hostile import CERTIFICATE


@cache
def unchecked() -> Report:
    with served(Good(), CERTIFICATE) as url:
        return audit(url, insecure=True, per_second=10_000)


@cache
def ignoring() -> Report:
    with served(excluding(b"User-agent: *\nDisallow: /")) as url:
        return audit(url, ignore_robots=True, per_second=10_000)


def excluding(text: bytes, status: int = 200, media_type: str = "text/plain") -> Api:
    good = Good()

    def respond(request: Request) -> Response:
        answer = Response(status, (("Content-Type", media_type),), text)
        return answer if request.path == "/robots.txt" else good(request)

    return respond


CASES: Cases = {"CertificateIsNotChecked": Pair(unchecked, GOOD), "RobotsAreIgnored": Pair(ignoring, GOOD)}


def test_of_a_server_of_ones_own_all_is_read_and_the_report_says_so() -> None:
    report = ignoring()
    assert report.verdict == "RESTful"
    assert report.coverage["robots"] == "ignored, as --ignore-robots says"
    assert "/robots.txt" not in {each.url for finding in report.findings for each in finding.evidence}
    assert found(report, "RobotsAreIgnored").severity == "info"


@pytest.mark.parametrize("text, status, said", [
    (b"User-agent: *\nDisallow: /", 200, "robots.txt excludes this URL, so that nothing"),
    (b"", 503, "robots.txt was answered with 503, so that nothing"),
], ids=["excludes all", "fails"])  # fmt: skip
def test_what_excludes_everything_says_why_and_which_option_helps(text: bytes, status: int, said: str) -> None:
    with served(excluding(text, status)) as url, pytest.raises(Unreadable) as error:
        audit(url, per_second=10_000)
    assert said in str(error.value)
    assert str(error.value).endswith("for a server of your own, use --ignore-robots.")


def test_a_start_that_fails_is_not_laid_to_robots_txt() -> None:
    with pytest.raises(Unreadable) as error, served(excluding(b"")) as url:
        audit(f"{url}", per_second=10_000, max_requests=1)
    assert str(error.value) == "No request could be sent: allow more with --max-requests."


@pytest.mark.parametrize("text, status, media_type, said", [
    (b"User-agent: *\nDisallow: /nothing", 200, "text/plain", "excludes 1 pattern"),
    (b"", 200, "text/plain", "excludes nothing"), (b"", 404, "text/plain", "none (404)"),
    (b"<!doctype html><title>Shop</title>", 200, "text/html", "not one, but text/html"),
], ids=["a pattern", "empty", "missing", "a page"])  # fmt: skip
def test_what_robots_txt_asks_for_is_in_the_coverage(text: bytes, status: int, media_type: str, said: str) -> None:
    with served(excluding(text, status, media_type)) as url:
        assert audit(url, per_second=10_000, max_requests=20).coverage["robots"] == said
