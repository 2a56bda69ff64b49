"""Level 2, methods: GET reads and changes nothing, other methods change, and unsupported ones are refused."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from .acting import NOT_SAFE
from .checks import UNKNOWN_METHOD, Case, Results, check
from .dav import MULTI_STATUS
from .exchanges import Exchange
from .findings import Finding, Untested, fowler, rfc
from .noise import REPEATS
from .reading import read
from .resources import acting_paths, acting_queries, described_at, evidence_at, is_action, nothing_read
from .tunnels import is_shown_to_be_one

CHANGES = re.compile(
    r"(create|add|update|edit|modify|delete|remove|set|insert|save|change|replace|cancel|register|activate)",
    re.IGNORECASE,
)
"""Words in a path on which GET is likely to change something."""


# -- is GET safe? --------------------------------------------------------------------------------------------


@check(2, "whether safe methods are safe")
def read_again(case: Case) -> Results:
    """Reads the sample again after all other reading: it must not have changed."""
    described = [
        path
        for method, path in case.survey.operations()
        if method == "GET" and is_action(path) and CHANGES.search(path)
    ]
    for path in described[:3]:
        evidence = described_at(case, path)
        yield GetThatChanges(evidence[0].url if evidence else case.survey.starts[0], *evidence, path=path)
    for path, (link, why, via) in acting_paths(case).items():
        if why == "its address" or not link.typed:  # a relation such as `delete` may stand for another method
            yield GetThatChanges(link.target, *([via.exchange] if via.exchange else []), path=path)
            break
    for url, (link, _, via) in list(acting_queries(case).items())[:1]:
        yield GetThatChanges(link.target, *([via.exchange] if via.exchange else []), path=path_and_query(url))
    same: list[Exchange] = []
    for found in case.sample():
        first = found.exchange
        second = case.ask("GET", found.url)
        if first is None or second is None or not second.answered:
            continue
        if kept(second) != kept(first):
            again = [each for _ in range(REPEATS) if (each := case.ask("GET", found.url)) is not None]
            if all(kept(each) != kept(first) for each in again):  # else it comes and goes by itself
                yield ReadingChanged(found.url, first, second)
                return
        same.append(second)
    if same:
        yield ReadingIsSafe(same[0].url, same[0], number=len(same))


def kept(exchange: Exchange) -> tuple[int, int]:
    """What reading does not change: the status, and how many members a representation shows."""
    return exchange.status, len(read(exchange).members or ())


def path_and_query(url: str) -> str:
    """A URL without its origin."""
    return urlunsplit(urlsplit(url)._replace(scheme="", netloc=""))


class ReadingIsSafe(Finding):
    severity = "good"
    bearing = 2
    summary = (
        "Reading changed nothing: {number:resource has|resources have} the same status and number of members as "
        "before."
    )
    explanation = "GET is safe, so that crawlers, caches and retries do no harm."
    reference = rfc(9110, "9.2.1")


class ReadingChanged(Finding):
    severity = "bad"
    bearing = 2
    summary = "{subject} changed while it was only read."
    explanation = (
        "It was read twice with only safe requests in between, and the second response has another status or "
        "another number of members. Either reading changes something, or another client changed it at the same "
        "time."
    )
    remedy = "Let GET, HEAD and OPTIONS change nothing; use POST, PUT, PATCH or DELETE for changes."
    reference = rfc(9110, "9.2.1")


class GetThatChanges(Finding):
    severity = "bad"
    bearing = 2
    summary = "GET on {path} seems to change something."
    explanation = (
        "The name says that something is created, changed or removed. Clients, caches and crawlers send GET at any "
        "time, and would do it."
    )
    remedy = "Use POST, PUT, PATCH or DELETE for changes."
    reference = rfc(9110, "9.2.1")


# -- do reading and changing differ by method? ---------------------------------------------------------------


READ_AND_CHANGE = "whether reading and changing use different methods"


@check(2, READ_AND_CHANGE)
def compare_methods(case: Case) -> Results:
    """Reading uses GET, and changes use methods according to what they do."""
    sample = case.sample()
    promised = {method for method, _ in case.survey.operations()}
    if not sample and not is_shown_to_be_one(case) and (not promised or "GET" in promised):
        yield Untested(2, READ_AND_CHANGE, *nothing_read(case, "No URI was found whose methods could be compared."))
        return
    if not sample:
        start = case.survey.entries()[0]
        documents = [each.document for each in case.survey.descriptions[:1]]
        yield NothingToGet(start.url, *[each for url in (start.url, *documents) for each in evidence_at(case, url)])
        return
    known: dict[str, frozenset[str]] = {found.url: case.methods(found) for found in sample}
    every = frozenset().union(*known.values(), promised)
    changing = every & NOT_SAFE
    evidence = [each for found in sample[:2] if (each := case.options(found)) is not None]
    posts = [path for method, path in case.survey.operations() if method == "POST"]
    actions = [path for path in posts if is_action(path)]
    posting_items = [
        found
        for found in case.survey.items()
        if found.url in known and "POST" in known[found.url] and not known[found.url] & {"PUT", "PATCH", "DELETE"}
    ]
    if changing == {"POST"} and (len(actions) * 2 > len(posts) > 0 or posting_items):
        paths = (actions or [each.path for each in posting_items])[:3]
        shown = [*evidence, *described_at(case, *paths), *[e for f in posting_items[:3] if (e := case.options(f))]]
        yield EverythingIsPosted(sample[0].url, *dict.fromkeys(shown), paths=", ".join(paths))
    elif changing:
        yield MethodsDiffer(sample[0].url, *evidence, methods=", ".join(sorted(every & (NOT_SAFE | {"GET", "HEAD"}))))
    else:
        yield OnlyReading(sample[0].url, *evidence)


class MethodsDiffer(Finding):
    severity = "good"
    bearing = 2
    summary = "The method says what is done: {methods}."
    explanation = "Reading and changing use different methods, so that every intermediary can tell them apart."
    reference = fowler(2)


class OnlyReading(Finding):
    severity = "info"
    bearing = 2
    summary = "No method that changes something was found in an Allow field, a form or a description."
    explanation = (
        "An API may be read-only. Where this one is not, it does not say so: the audit only reads, and does not try "
        "such methods."
    )
    reference = rfc(9110, "9.1")


class EverythingIsPosted(Finding):
    severity = "bad"
    bearing = 2
    summary = "All changes are made with POST: {paths}."
    explanation = (
        "Creating, changing and removing all use POST, and are told apart by the path or the content. POST is not "
        "idempotent, so that a client cannot safely repeat it when the response is lost, and no intermediary can "
        "tell what is done."
    )
    remedy = "Create with POST or PUT, replace with PUT, change with PATCH, remove with DELETE."
    reference = fowler(2)


class NothingToGet(Finding):
    severity = "bad"
    bearing = 2
    summary = "Nothing can be read with GET."
    explanation = "Reading uses another method, so that it cannot be cached, linked or safely repeated."
    remedy = "Answer GET with the representation of the resource that the URI identifies."
    reference = rfc(9110, "9.3.1")


# -- are unsupported methods refused? ------------------------------------------------------------------------


@check(2, "whether a method that is not supported is refused")
def send_unsupported_method(case: Case) -> Results:
    """405 with Allow lists the supported methods; 200 shows that the method is ignored."""
    for found in case.sample()[:2]:
        answer = case.unknown_method(found)
        if answer is None or not answer.answered:
            continue
        if answer.status == 405 and answer.header("allow") is not None:
            yield UnsupportedIsRefused(found.url, answer, allow=answer.header("allow"))
        elif (
            answer.status == 501
            and (other := case.once("TRACE", found.url))
            and other.status == 405
            and other.header("allow")
        ):
            yield UnsupportedIsRefused(found.url, answer, other, allow=other.header("allow"))
        elif answer.status in {405, 501}:
            yield RefusedWithoutAllow(found.url, answer, status=answer.status)
        elif answer.succeeded and answer.status != MULTI_STATUS:
            yield AnyMethodWorks(found.url, answer, method=UNKNOWN_METHOD)
        elif answer.status not in {401, 403, MULTI_STATUS}:
            yield UnsupportedIsSomethingElse(found.url, answer, status=answer.status)
        else:
            continue
        return


class UnsupportedIsRefused(Finding):
    severity = "good"
    bearing = 2
    summary = "An unsupported method is refused with 405, and Allow lists the supported ones: {allow}."
    explanation = "The client learns from the refusal which methods it can use instead."
    reference = rfc(9110, "15.5.6")


class RefusedWithoutAllow(Finding):
    severity = "info"
    bearing = 2
    summary = "An unsupported method is refused with {status}, without a list of the supported ones."
    explanation = (
        "405 has to be sent with Allow, which lists the methods of the resource; 501 is for methods that the server "
        "does not implement at all."
    )
    remedy = "Answer with 405 and Allow."
    reference = rfc(9110, "15.5.6")


class UnsupportedIsSomethingElse(Finding):
    severity = "warn"
    bearing = 2
    summary = "A method that {subject} does not support is answered with {status} instead of 405."
    explanation = "The resource exists, and the client does not learn that another method would work."
    remedy = "Answer with 405 and Allow."
    reference = rfc(9110, "15.5.6")


class AnyMethodWorks(Finding):
    severity = "warn"
    bearing = 2
    summary = "{subject} answers {method} with success."
    explanation = (
        "The audit sent a WebDAV method that hardly any API supports, and got no response of WebDAV. So the API "
        "seems to ignore the method."
    )
    remedy = "Answer only the methods that the resource supports, and refuse others with 405 and Allow."
    reference = rfc(9110, "9.1")


# -- HEAD and OPTIONS ----------------------------------------------------------------------------------------


@check(2, "whether HEAD is GET without content")
def compare_head(case: Case) -> Results:
    """HEAD lets a client check whether a resource exists or has changed, without its content."""
    for found in case.sample()[:2]:
        answer = case.head(found)
        if answer is not None and answer.body:
            yield HeadHasContent(found.url, answer)
            return
        if answer is None or not answer.answered or found.exchange is None:
            continue
        differs = differing_fields(found.exchange, answer)
        if differs and (again := case.ask("GET", found.url)) is not None:
            by_itself = differing_fields(found.exchange, again)
            differs = [name for name in differs if name not in by_itself]
        if answer.status != found.exchange.status:
            yield HeadIsRefused(found.url, answer, status=answer.status)
        elif differs:
            yield HeadDiffers(found.url, found.exchange, answer, fields=", ".join(differs))
        else:
            yield HeadIsGet(found.url, answer)
        return


def differing_fields(first: Exchange, second: Exchange) -> list[str]:
    """The fields that identify a representation in which two responses differ."""
    return [name for name in ("content-type", "etag", "last-modified") if first.header(name) != second.header(name)]


class HeadIsGet(Finding):
    severity = "good"
    bearing = 2
    summary = "HEAD answers as GET does, without content."
    explanation = "A client can check whether a resource exists or has changed without receiving its content."
    reference = rfc(9110, "9.3.2")


class HeadIsRefused(Finding):
    severity = "warn"
    bearing = 2
    summary = "HEAD on {subject} is answered with {status}, although GET succeeds."
    explanation = "General-purpose servers have to support GET and HEAD."
    remedy = "Answer HEAD as GET, without the content."
    reference = rfc(9110, "9.1")


class HeadHasContent(Finding):
    severity = "warn"
    bearing = 2
    summary = "HEAD on {subject} is answered with content."
    explanation = (
        "A response to HEAD ends with its header section. What follows it is taken for the next response on the "
        "connection."
    )
    remedy = "Send the header fields that GET would have, and no content."
    reference = rfc(9110, "9.3.2")


class HeadDiffers(Finding):
    severity = "warn"
    bearing = 2
    summary = "HEAD on {subject} has other values than GET in {fields}."
    explanation = (
        "A HEAD response has the fields that GET would send, except those that are known only when the content is "
        "generated."
    )
    remedy = "Send the same fields as for GET."
    reference = rfc(9110, "9.3.2")


@check(2, "whether OPTIONS lists the supported methods")
def send_options(case: Case) -> Results:
    """A client can ask a resource which methods it supports."""
    for found in case.sample()[:2]:
        answer = case.options(found)
        if answer is None or not answer.answered:
            continue
        if answer.succeeded and answer.header("allow"):
            yield OptionsAreTold(found.url, answer, allow=answer.header("allow"))
        else:
            yield OptionsAreNotTold(found.url, answer, status=answer.status)
        return


class OptionsAreTold(Finding):
    severity = "good"
    bearing = 2
    summary = "OPTIONS lists the supported methods: {allow}."
    explanation = "A client can ask a resource which methods it supports."
    reference = rfc(9110, "9.3.7")


class OptionsAreNotTold(Finding):
    severity = "info"
    bearing = 2
    summary = "OPTIONS on {subject} is answered with {status}, without a list of the supported methods."
    explanation = "OPTIONS is optional; with Allow it tells a client which methods a resource supports."
    remedy = "Answer OPTIONS with 204 and Allow."
    reference = rfc(9110, "9.3.7")
