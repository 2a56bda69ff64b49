from __future__ import annotations

import itertools
import random
import re
import string
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest

from restwell_audit.ladder import Report
from restwell_audit.noise import REPEATS
from restwell_audit.statelessness import SESSION, AnswersStandAlone, repeat_in_another_order
from tests.restwell_audit.apis import Api, Change, Request, Response, changed, hal, page, said, table
from tests.restwell_audit.cases import GOOD, Cases, Pair, found, good, judge, judging, names
from tests.restwell_audit.changes import (
    contents,
    counting,
    having,
    instead,
    raffling,
    remembering,
    responses,
    sniffing,
)
from tests.restwell_audit.good import Good
from tests.restwell_audit.test_checks import explored

BROWSER = "Mozilla/5.0"


def state(report: Report, constraint: str) -> str:
    return next(each.state for each in report.constraints if each.constraint == constraint)


def welcoming() -> Api:
    """An API that greets the first visitor, and remembers that it did."""
    greetings = iter([{"hello": "stranger"}])
    return table({
        "GET /": lambda _: hal(next(greetings, {"hello": "again"}), item="/one"), "GET /one": hal(up="/"),
    })  # fmt: skip


CASES: Cases = {
    "AnswersStandAlone": Pair(GOOD, good(remembering)),
    "DependsOnTheOrder": Pair(good(remembering), good(raffling())),
    "ChangesByItself": Pair(good(counting()), judging(welcoming)),
    "SessionCookie": Pair(good(having(Set_Cookie="session=abc; HttpOnly")), good(having(Set_Cookie="theme=dark"))),
    "AnyClientCanAsk": Pair(GOOD, good(sniffing)),
    "ClientsAreToldApart": Pair(good(sniffing), GOOD),
}


# -- stateless -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["DependsOnTheOrder", "SessionCookie"])
def test_state_of_the_client_on_the_server_breaks_the_constraint(name: str) -> None:
    assert state(CASES[name].found(), "stateless") == "broken"


def test_what_the_client_asked_before_is_state_of_the_client() -> None:
    report = good(remembering)()
    assert "DependsOnTheOrder" in names(report)
    assert state(report, "stateless") == "broken"


def test_what_was_remembered_is_shown_by_both_answers() -> None:
    first, second = found(CASES["DependsOnTheOrder"].found(), "DependsOnTheOrder").evidence
    assert first.url == second.url
    assert first.data["before"] != second.data["before"]


def test_what_changed_once_is_no_memory_of_who_asks() -> None:
    report = CASES["ChangesByItself"].not_found()
    assert state(report, "stateless") == "met"


@pytest.mark.parametrize("moment", [
    "2026-11-23T03:00:0{}Z", "2026-11-23 03:00:0{}", "2026-11-23T03:00:0{}.123456+00:00", "179000000{}",
    "179000000{}.25",
])  # fmt: skip
def test_a_moment_in_an_answer_is_no_memory(moment: str) -> None:
    seconds = itertools.count()
    ticking = contents(lambda _, data: data | {"now": moment.format(next(seconds) % 10)})
    assert "AnswersStandAlone" in names(good(ticking)())


@pytest.mark.parametrize("cookie", [
    "session=1", "sessionid=1", "session_id=1; Path=/", "sid=1", "PHPSESSID=1", "JSESSIONID=1", "connect.sid=1",
    "ASP.NET_SessionId=1", "Sess=1", "theme=dark, session=1",
])  # fmt: skip
def test_a_cookie_of_a_session_is_known_by_its_name(cookie: str) -> None:
    assert SESSION.search(cookie)
    report = judge(table({"GET /": said({"a": 1}, Set_Cookie=cookie)}))
    shown = found(report, "SessionCookie").evidence[0].header("set-cookie")
    assert shown == re.sub("=(?:1|dark)", "=(not shown)", cookie)
    assert SESSION.search(shown or "")


@pytest.mark.parametrize("cookie", ["theme=dark", "csrftoken=1", "lang=en", "obsession=tea", "side=left", "_ga=1"])
def test_other_cookies_are_no_sessions(cookie: str) -> None:
    assert "SessionCookie" not in names(judge(table({"GET /": said({"a": 1}, Set_Cookie=cookie)})))


def test_no_cookie_is_ever_sent_back() -> None:
    cookies: list[str] = []
    api = Good()

    def respond(request: Request) -> Response:
        cookies.append(request.field("cookie"))
        return api(request).having(Set_Cookie="session=abc")

    judge(respond)
    assert set(cookies) == {""}


# -- noise ---------------------------------------------------------------------------------------------------

RANDOM = random.Random(12)


def token(length: int = 20) -> str:
    return "".join(RANDOM.choices(string.ascii_letters, k=length))


def shuffled(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: shuffled(data[name]) for name in RANDOM.sample(list(data), len(data))}
    return [shuffled(each) for each in RANDOM.sample(data, len(data))] if isinstance(data, list) else data


def in_html(markup: Callable[[], str]) -> Change:
    """Every answer is a page with this in it."""
    return responses(
        lambda _, response: page(markup(), '<a href="/things">Things</a>') if response.content else response
    )


def metrics(_: Request) -> Response:
    lines = [f'requests_total{{code="{code}"}} {next(NUMBERS)}' for code in (200, 404)]
    lines += [f"cpu_seconds {RANDOM.random()}", f'build_info{{version="{1}"}} 1']
    return Response(200, (("Content-Type", "text/plain; version=0.0.4"),), "\n".join(lines).encode())


NUMBERS = itertools.count()
NOISE: dict[str, Change] = {
    "the order of members and lists": contents(lambda _, data: shuffled(data)),
    "an identifier of the request": contents(lambda _, data: {"meta": {"request_id": token()}} | data),
    "an identifier as a name": contents(lambda _, data: {"traces": {token(): {"took": next(NUMBERS)}}} | data),
    "which of two servers answered": contents(lambda _, data: data | {"served_by": RANDOM.choice("ab")}),
    "which of three servers answered, in turn": contents(lambda _, data: data | {"by": "abc"[next(NUMBERS) % 3]}),
    "a member that comes and goes": contents(lambda _, data: data | RANDOM.choice([{}, {"debug": True}])),
    "a duration": contents(lambda _, data: data | {"took": f"{RANDOM.random():.3f} ms"}),
    "a date of HTTP": contents(lambda _, data: data | {"now": formatdate(next(NUMBERS) * 1000, usegmt=True)}),
    "a date in words": contents(lambda _, data: data | {"now": time.ctime(next(NUMBERS) * 1000)}),
    "a nonce": in_html(lambda: f"<script nonce='{token()}'>1</script>"),
    "a token in a form": in_html(lambda: f'<form method="post"><input name="csrf" value="{token()}"></form>'),
    "a token in a text": in_html(lambda: f"<p>Request {token()}</p>"),
    "measurements": instead("GET /things/one", metrics),
}  # fmt: skip


@pytest.mark.parametrize("name", NOISE)
def test_noise_is_no_memory_however_often_it_is_judged(name: str) -> None:
    for _ in range(5):
        results = repeat_in_another_order(explored(changed(Good(), NOISE[name])))
        kinds = {type(each).__name__ for each in results}
        assert kinds in ({"AnswersStandAlone"}, {"AnswersStandAlone", "ChangesByItself"})


@pytest.mark.parametrize("name", [
    "the order of members and lists", "an identifier of the request", "an identifier as a name", "a duration",
])  # fmt: skip
def test_what_was_asked_before_is_found_in_noise(name: str) -> None:
    case = explored(changed(Good(), remembering, NOISE[name]))
    assert "DependsOnTheOrder" in {type(each).__name__ for each in repeat_in_another_order(case)}


def test_one_request_is_not_said_to_be_repeated_in_another_order() -> None:
    [alone] = list(repeat_in_another_order(explored(table({"GET /": said({"a": 1})}))))
    assert isinstance(alone, AnswersStandAlone)
    assert alone.line == "1 request, repeated on a new connection and without cookies, had the same response."


def test_noise_costs_little() -> None:
    quiet, noisy = explored(Good()), explored(changed(Good(), NOISE["an identifier of the request"]))
    for case in (quiet, noisy):
        list(repeat_in_another_order(case))
    assert len(noisy.probe.exchanges) - len(quiet.probe.exchanges) == REPEATS


# -- client and server ---------------------------------------------------------------------------------------


def test_browser_and_command_line_are_tried() -> None:
    report = CASES["ClientsAreToldApart"].found()
    agents = [dict(each.sent)["User-Agent"] for each in found(report, "ClientsAreToldApart").evidence]
    assert [agent.partition("/")[0] for agent in agents] == ["restwell-audit", "Mozilla"]
    assert state(report, "client-server") == "broken"


def test_who_refuses_strange_programs_tells_clients_apart() -> None:
    api = Good()
    report = judge(lambda request: Response(403) if "curl" in request.field("user-agent") else api(request))
    assert "ClientsAreToldApart" in names(report)


def test_a_page_for_who_asks_for_one_is_negotiation() -> None:
    assert found(GOOD(), "AnyClientCanAsk").evidence[1].media_type == "application/prs.hal-forms+json"
