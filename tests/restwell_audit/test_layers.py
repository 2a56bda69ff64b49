from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from restwell_audit import Report
from restwell_audit.exchanges import Exchange
from restwell_audit.layers import inner_address
from tests.restwell_audit.apis import Api, Request, Response, hal
from tests.restwell_audit.cases import GOOD, Cases, Judge, Pair, found, names, over_a_socket
from tests.restwell_audit.changes import contents, sniffing
from tests.restwell_audit.good import Good

LAYERS = {"LayersAreUnseen", "DiffersThroughIntermediary", "InnerAddressLeaks"}


def knowing_proxies(api: Api) -> Api:
    """An API that answers what comes through a proxy in another way."""

    def respond(request: Request) -> Response:
        return hal({"error": "no proxies"}) if request.field("via") else api(request)

    return respond


def by_its_own_name(api: Api) -> Api:
    """An API whose links begin with the address that the server has inside, whatever the client asked for."""

    def respond(request: Request) -> Response:
        response = api(request)
        if not request.field("via") or not response.media_type.endswith("json"):
            return response
        inner = b'"href": "http://127.0.0.1:1'
        return response.without("content-length")._replace(content=response.content.replace(b'"href": "', inner))

    return respond


def over(make: Api, host: str = "127.0.0.1") -> Judge:
    """To judge an API over a socket."""
    reports: list[Report] = []

    def run() -> Report:
        if not reports:
            reports.append(over_a_socket(make, host))
        return reports[0]

    return run


UNSEEN = over(Good())
CASES: Cases = {
    "LayersAreUnseen": Pair(UNSEEN, GOOD),
    "DiffersThroughIntermediary": Pair(over(knowing_proxies(Good())), UNSEEN),
    "InnerAddressLeaks": Pair(over(by_its_own_name(Good())), UNSEEN),
}


def state(report: Report) -> str:
    return next(each.state for each in report.constraints if each.constraint == "layered")


def test_an_api_that_does_everything_right_is_restful() -> None:
    report = UNSEEN()
    assert (report.level, report.verdict, report.untested) == (3, "RESTful", tuple(writes_of(report)))
    assert {each.constraint: each.state for each in report.constraints} == dict.fromkeys(
        ["client-server", "stateless", "cacheable", "layered", "uniform-interface"], "met"
    )


def writes_of(report: Report) -> list[object]:
    """What was not tested because it changes something."""
    return [each for each in report.untested if "--write" in each.how]


def test_requests_went_through_a_proxy_that_says_so() -> None:
    direct, through = found(UNSEEN(), "LayersAreUnseen").evidence
    assert (direct.intermediary, through.intermediary) == (False, True)
    assert direct.body == through.body
    assert through.header("via") == "1.1 restwell-audit"


@pytest.mark.parametrize("name", ["DiffersThroughIntermediary", "InnerAddressLeaks"])
def test_a_layer_that_shows_breaks_the_constraint(name: str) -> None:
    report = CASES[name].found()
    assert names(report) & LAYERS == {name}
    assert (state(report), report.verdict) == ("broken", "Likely RESTful, but not layered")


def test_the_address_that_leaks_is_named() -> None:
    address = found(CASES["InnerAddressLeaks"].found(), "InnerAddressLeaks").details["address"]
    assert str(address).startswith("http://127.0.0.1:1/")


def test_what_changes_by_itself_is_not_laid_to_the_proxy() -> None:
    numbers = itertools.count()
    moving = contents(lambda _, data: data | {"word": f"w{next(numbers)}"})
    assert not names(over_a_socket(moving(Good()))) & LAYERS


def test_who_is_called_in_process_is_not_tested_and_never_counted_as_met() -> None:
    report = GOOD()
    [left] = [each for each in report.untested if each.bearing == "layered"]
    assert (state(report), left.how) == ("not tested", "Audit the URL at which it is served.")
    assert (report.level, report.verdict) == (3, "Likely RESTful")


def test_without_nginx_it_is_not_tested_and_how_to_have_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    report = over_a_socket(Good())
    [left] = [each for each in report.untested if each.bearing == "layered"]
    assert (left.why, state(report)) == ("nginx is not installed.", "not tested")
    assert "nginx" in left.how


def test_an_nginx_that_does_not_start_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "nginx"
    broken.write_text("#!/bin/sh\necho something is wrong >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: str(broken))
    report = over_a_socket(Good())
    [left] = [each for each in report.untested if each.bearing == "layered"]
    assert left.why == "nginx does not start: something is wrong"


def test_to_know_browsers_by_name_is_another_constraint() -> None:
    report = over_a_socket(sniffing(Good()))
    assert (state(report), "ClientsAreToldApart" in names(report)) == ("met", True)


@pytest.mark.parametrize("link, leaks", [
    ("http://localhost:8000/x", True), ("http://127.0.0.1/x", True), ("http://[::1]:80/x", True),
    ("http://db.internal/x", True), ("http://printer.local/x", True), ("http://other.example/x", False),
    ("http://api.example/x", False), ("/x", False), ("http://localhost.example/x", False),
])  # fmt: skip
def test_an_inner_address_is_one_that_nobody_outside_can_reach(link: str, leaks: bool) -> None:
    answer = hal(next=link)
    exchange = Exchange(1, "GET", "http://api.example/", status=200, headers=answer.fields, body=answer.content)
    assert inner_address(exchange) == (link if leaks else "")


def test_a_redirect_leaks_as_well() -> None:
    moved = (("Location", "http://localhost:8080/"),)
    assert inner_address(Exchange(1, "GET", "http://api.example/", status=301, headers=moved))


def test_who_is_judged_at_an_inner_address_may_link_it() -> None:
    answer = hal(next="http://127.0.0.1:8000/x")
    at = Exchange(1, "GET", "http://127.0.0.1:8000/", status=200, headers=answer.fields, body=answer.content)
    assert inner_address(at) == ""
