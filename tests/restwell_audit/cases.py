"""For every kind of finding an API that it is found in, and one, hardly different, that it is not found in.

The tests of each module of checks keep such pairs in a table, `CASES`; `test_catalogue.py` reads all of these tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

from restwell_audit import Finding, Report, audit
from restwell_audit.auditing import Write
from tests.restwell_audit.apis import Api, Change, changed, served, wsgi
from tests.restwell_audit.good import Good

Judge = Callable[[], Report]


class Pair(NamedTuple):
    """How a kind of finding is found, and how it is not."""

    found: Judge
    not_found: Judge


Cases = Mapping[str, Pair]


def judge(api: Api, *starts: str, write: Write = False, openapi: str | None = None, most: int = 500) -> Report:
    """What the auditor says of an API, in process."""
    return audit(wsgi(api), *starts, write=write, openapi=openapi, max_requests=most)


def judging(api: Callable[[], Api], *starts: str, write: Write = False, openapi: str | None = None) -> Judge:
    """To judge an API that is made when it is needed, once."""
    return cache(lambda: judge(api(), *starts, write=write, openapi=openapi))


def good(*changes: Change, write: Write = False) -> Judge:
    """To judge the good API after some changes."""
    return judging(lambda: changed(Good(), *changes), write=write)


def over_a_socket(api: Api, host: str = "127.0.0.1", *, write: Write = False) -> Report:
    """What the auditor says of an API on a socket of ours, which it need not spare."""
    with served(api) as url:
        return audit(url.replace("127.0.0.1", host), write=write, per_second=10_000)


GOOD = good()
GOOD_WRITTEN = good(write=True)


def ids(report: Report) -> set[str]:
    """The kinds of finding in a report, but for the notes of httplint's."""
    return {each.id() for each in report.findings if each.reference.title != "httplint"}


def found(report: Report, name: str) -> Finding:
    """The first finding of a class."""
    return next(each for each in report.findings if type(each).__name__ == name)


def names(report: Report) -> set[str]:
    """The classes of the findings in a report."""
    return {type(each).__name__ for each in report.findings}
