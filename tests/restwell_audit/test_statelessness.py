from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.exchanges import Exchange
from restwell_audit.ladder import Report
from restwell_audit.statelessness import SESSION, same
from tests.restwell_audit.apis import Api, Request, Response, hal, said, table
from tests.restwell_audit.cases import GOOD, Cases, Pair, found, good, judge, judging, names
from tests.restwell_audit.changes import contents, counting, having, raffling, remembering, sniffing
from tests.restwell_audit.good import Good

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
    "AnswersStandAlone": Pair(GOOD, good(raffling())),
    "DependsOnTheOrder": Pair(judging(welcoming), GOOD),
    "NumbersDiffer": Pair(good(counting()), good(raffling())),
    "NeverTheSame": Pair(good(raffling()), GOOD),
    "SessionCookie": Pair(good(having(Set_Cookie="session=abc; HttpOnly")), good(having(Set_Cookie="theme=dark"))),
    "AnyClientCanAsk": Pair(GOOD, good(sniffing)),
    "ClientsAreToldApart": Pair(good(sniffing), GOOD),
}


# -- stateless -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["DependsOnTheOrder", "NeverTheSame", "SessionCookie"])
def test_state_of_the_client_on_the_server_breaks_the_constraint(name: str) -> None:
    assert state(CASES[name].found(), "stateless") == "broken"


def test_what_the_client_asked_before_is_state_of_the_client() -> None:
    report = good(remembering)()
    assert "DependsOnTheOrder" in names(report)
    assert state(report, "stateless") == "broken"


def test_what_was_remembered_is_shown_by_both_answers() -> None:
    first, second = found(judge(welcoming()), "DependsOnTheOrder").evidence
    assert (first.data["hello"], second.data["hello"]) == ("stranger", "again")


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


# -- the same answer -----------------------------------------------------------------------------------------

bodies = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b'{"at": "2026-11-23T03:00:00Z"}', b'{"at": "2026-11-23T03:00:01Z"}', b'{"at": 1700000000}']),
)
answers = st.builds(
    Exchange, number=st.integers(1, 9), method=st.just("GET"), url=st.just("http://a.example/"),
    status=st.sampled_from([200, 404]), body=bodies,
    headers=st.sampled_from([(), (("Content-Type", "text/plain"),), (("Content-Type", "TEXT/plain; charset=x"),)]),
)  # fmt: skip


@given(answers, answers)
def test_to_be_the_same_is_mutual_and_everything_is_the_same_as_itself(one: Exchange, other: Exchange) -> None:
    assert same(one, one)
    assert same(one, other) == same(other, one)


@given(answers, st.sampled_from([201, 404, 500]))
def test_another_status_is_another_answer(answer: Exchange, status: int) -> None:
    other = Exchange(2, "GET", answer.url, status=status, headers=answer.headers, body=answer.body)
    assert same(answer, other) == (answer.status == status)


# -- client and server ---------------------------------------------------------------------------------------


def test_browser_and_command_line_are_tried() -> None:
    report = CASES["ClientsAreToldApart"].found()
    agents = [dict(each.sent)["User-Agent"] for each in found(report, "ClientsAreToldApart").evidence]
    assert [agent.partition("/")[0] for agent in agents] == ["restwell-audit", "Mozilla", "curl"]
    assert state(report, "client-server") == "broken"


def test_who_refuses_strange_programs_tells_clients_apart() -> None:
    api = Good()
    report = judge(lambda request: Response(403) if "curl" in request.field("user-agent") else api(request))
    assert "ClientsAreToldApart" in names(report)


def test_a_page_for_who_asks_for_one_is_negotiation() -> None:
    assert found(GOOD(), "AnyClientCanAsk").evidence[1].media_type == "application/prs.hal-forms+json"
