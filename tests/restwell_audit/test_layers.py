from __future__ import annotations

import itertools
import shutil
import socket
import socketserver
import threading
from functools import cache
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest

from restwell_audit import Report, audit
from restwell_audit.exchanges import Exchange
from restwell_audit.layers import inner_address
from tests.restwell_audit.apis import Api, Request, Response, hal, said, served, table, wsgi
from tests.restwell_audit.cases import GOOD, Cases, Judge, Pair, found, judge, names, over_a_socket
from tests.restwell_audit.changes import contents, sniffing, texts
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


@cache
def elsewhere(address: str) -> Report:
    """What is said of an API that has links to itself at this address, whatever is asked."""
    return judge(texts(lambda text: text.replace('"href": "', f'"href": "{address}'))(Good()))


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
    "LinksLeadElsewhere": Pair(lambda: elsewhere("https://api.example"), UNSEEN),
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
    assert names(over_a_socket(moving(Good()))) & LAYERS == {"LayersAreUnseen"}


def test_what_tells_of_the_request_may_tell_of_the_proxy() -> None:
    api = table({"GET /": lambda request: said({"headers": dict(request.fields), "method": "GET"})})
    assert names(over_a_socket(api)) & LAYERS == {"LayersAreUnseen"}


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


def test_a_server_that_thinks_it_is_elsewhere_is_judged_where_it_is_and_that_is_said() -> None:
    report, at_home = elsewhere("https://api.example"), GOOD()
    assert report.level == 3
    assert names(report) - names(at_home) == {"LinksLeadElsewhere"}
    finding = found(report, "LinksLeadElsewhere")
    assert finding.details == {"address": "https://api.example"}
    assert finding.subject == "http://localhost/"


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_every_name_of_this_machine_is_one_place(name: str) -> None:
    with served(lambda request: naming(name, request)) as url:
        report = audit(url, f"http://localhost:{url.split(':')[2]}things", per_second=10_000)
    assert (report.level, state(report)) == (3, "met")
    assert not names(report) & {"InnerAddressLeaks", "LinksLeadElsewhere"}
    assert report.coverage["left_out"] == {}


class OverIPv6(WSGIServer):
    address_family = socket.AF_INET6

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "::1", self.server_address[1]
        self.setup_environ()


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="this machine has no IPv6")
def test_an_address_of_ipv6_is_judged_as_others_are() -> None:
    with OverIPv6(("::1", 0), Quiet) as server:
        server.set_app(wsgi(Good()))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        report = audit(f"http://[::1]:{server.server_port}/", per_second=10_000)
        server.shutdown()
        thread.join()
    assert (report.level, report.verdict) == (3, "RESTful")


GOODS = Good()


def naming(name: str, request: Request) -> Response:
    """The good API, whose links have this name of the machine."""
    port = request.field("host").partition(":")[2]
    return texts(lambda text: text.replace('"href": "', f'"href": "http://{name}:{port}'))(lambda _: GOODS(request))(
        request
    )


def test_a_redirect_leaks_as_well() -> None:
    moved = (("Location", "http://localhost:8080/"),)
    assert inner_address(Exchange(1, "GET", "http://api.example/", status=301, headers=moved))


def test_who_is_judged_at_an_inner_address_may_link_it() -> None:
    answer = hal(next="http://127.0.0.1:8000/x")
    at = Exchange(1, "GET", "http://127.0.0.1:8000/", status=200, headers=answer.fields, body=answer.content)
    assert inner_address(at) == ""
