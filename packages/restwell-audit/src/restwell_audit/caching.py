"""The constraint cacheable: whether and how long a copy is good is said, and what is said is true."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from .checks import Case, Said, check
from .exchanges import Exchange
from .findings import Finding, fielding, rfc
from .statelessness import same
from .survey import Found
from .validators import has_validator, states_caching


def looked_at(case: Case) -> list[tuple[Found, Exchange]]:
    """The resources that stand for all, each with what it answered to GET."""
    return [(each, each.exchange) for each in case.sample() if each.exchange is not None]


# -- is it said? ---------------------------------------------------------------------------------------------


@check("cacheable", "whether responses say if they may be kept")
def read_freshness(case: Case) -> Said:
    """The constraint itself: data within a response is labelled as cacheable or not."""
    sample = looked_at(case)
    if not sample:
        start = case.survey.entries()[0]
        yield NothingToKeep(start.url, *([start.exchange] if start.exchange else []))
    silent = [exchange for _, exchange in sample if not states_caching(exchange)]
    unknown = [each for each in silent if not has_validator(each)]
    if unknown:
        yield CachingIsNotStated(unknown[0].url, unknown[0], number=len(unknown), of=len(sample))
    elif silent:
        yield OnlyValidators(silent[0].url, silent[0], number=len(silent), of=len(sample))
    elif sample:
        yield CachingIsStated(sample[0][1].url, sample[0][1], number=len(sample))


class CachingIsStated(Finding):
    severity = "good"
    bearing = "cacheable"
    summary = "All {number} representations that were looked at say whether they may be kept."
    explanation = "Each is labelled, so that a cache may answer in place of the server and is never in doubt."
    reference = fielding("5.1.4")


class NothingToKeep(Finding):
    severity = "bad"
    bearing = "cacheable"
    summary = "Nothing can be read with GET, so no cache can keep anything."
    explanation = (
        "Answers to other methods are hardly ever kept. Where reading is done with POST every answer has to come "
        "from the "
        "server itself."
    )
    remedy = "Let what is read be read with GET, and say with Cache-Control for how long it is good."
    reference = fielding("5.1.4")


class OnlyValidators(Finding):
    severity = "warn"
    bearing = "cacheable"
    summary = (
        "{number} of {of} representations have a validator and do not say how long they may be kept, as {subject}."
    )
    explanation = "A cache can ask whether its copy is still good, but has to guess when to ask."
    remedy = "Send Cache-Control with every response to GET: max-age, no-cache or no-store."
    reference = rfc(9111, "4.2.2")


class CachingIsNotStated(Finding):
    severity = "bad"
    bearing = "cacheable"
    summary = "{number} of {of} representations do not say whether they may be kept, as {subject}."
    explanation = (
        "The constraint is that data within a response be labelled as cacheable or not. Without a label every cache "
        "guesses."
    )
    remedy = "Send Cache-Control with every response to GET: max-age, no-cache or no-store."
    reference = fielding("5.1.4")


# -- does revalidation work? ---------------------------------------------------------------------------------


@check("cacheable", "whether copies can be revalidated")
def revalidate(case: Case) -> Said:
    """A copy that is still good is confirmed with 304, one that is not is replaced."""
    for found, first in looked_at(case):
        tag, date = first.header("etag"), first.header("last-modified")
        if not tag and (not date or is_recent(first)):  # a date of a moment ago proves nothing (RFC 9110, 8.8.2.2)
            continue
        condition = {"If-None-Match": tag} if tag else {"If-Modified-Since": date or ""}
        again = case.ask("GET", found.url)
        if again is None or (tag and again.header("etag") != tag):
            if again is not None and same(first, again):
                yield TagChangesByItself(found.url, first, again)
                return
            continue
        answer = case.ask("GET", found.url, headers=condition)
        other = case.ask("GET", found.url, headers={"If-None-Match": '"no-such-tag"'}) if tag else None
        if answer is None or not answer.answered:
            continue
        if answer.status != 304:
            yield ValidatorIsIgnored(found.url, first, answer, status=answer.status)
        elif other is not None and other.status == 304:
            yield EveryTagMatches(found.url, other)
        else:
            yield CopiesAreRevalidated(found.url, first, answer)
            if missing := [n for n in ("etag", "cache-control", "vary") if first.header(n) and not answer.header(n)]:
                yield NotModifiedLacks(found.url, answer, fields=", ".join(missing))
        return


def is_recent(exchange: Exchange) -> bool:
    """Whether it was modified within the last minute, by the clock of the server, or nobody knows when."""
    try:
        modified = parsedate_to_datetime(exchange.header("last-modified") or "")
        date = exchange.header("date")
        answered = parsedate_to_datetime(date) if date else datetime.now(UTC)
        return (answered - modified).total_seconds() < 60
    except (ValueError, TypeError):
        return True


class CopiesAreRevalidated(Finding):
    severity = "good"
    bearing = "cacheable"
    summary = "A copy that is still good is confirmed with 304."
    explanation = "Asking whether a copy is still good costs a header rather than the whole."
    reference = rfc(9110, "15.4.5")


class ValidatorIsIgnored(Finding):
    severity = "bad"
    bearing = "cacheable"
    summary = "{subject} sends a validator and answers {status} when it is sent back."
    explanation = "A cache asks whether its copy is still good, and is sent all of it again, every time."
    remedy = "Answer 304 where If-None-Match names the current ETag (or If-Modified-Since the date)."
    reference = rfc(9110, "13.1.2")


class EveryTagMatches(Finding):
    severity = "bad"
    bearing = "cacheable"
    summary = "{subject} says 304 to an entity tag that it never had."
    explanation = "A cache would keep a stale copy for ever."
    remedy = "Compare If-None-Match with the current entity tag."
    reference = rfc(9110, "13.1.2")


class NotModifiedLacks(Finding):
    severity = "warn"
    bearing = "cacheable"
    summary = "304 from {subject} leaves out {fields}."
    explanation = "304 has to repeat Cache-Control, ETag, Vary and the like, with which the cache updates its copy."
    remedy = "Send with 304 the fields that 200 would have had."
    reference = rfc(9110, "15.4.5")


class TagChangesByItself(Finding):
    severity = "bad"
    bearing = "cacheable"
    summary = "{subject} has another ETag each time for the same representation."
    explanation = (
        "A validator that changes without the representation never matches, so that no copy can be revalidated."
    )
    remedy = "Make the entity tag from the state of the resource, so that it changes when that does."
    reference = rfc(9110, "8.8.3")


# -- is Vary true? -------------------------------------------------------------------------------------------


@check("cacheable", "whether Vary says what answers depend on")
def compare_variants(case: Case) -> Said:
    """A cache takes Vary at its word: what is missing there gives one client another's answer."""
    told: Exchange | None = None
    for found, first in looked_at(case)[:3]:
        for media_type in ("application/json", "text/html", "application/xml"):
            other = case.once("GET", found.url, Accept=media_type)
            if other is None or not other.succeeded or other.media_type == first.media_type:
                continue
            lacking = [each for each in (first, other) if "accept" not in varying(each) and "*" not in varying(each)]
            if lacking:
                yield VaryLacksAccept(found.url, first, other, one=first.media_type, another=other.media_type)
                return
            told = other
    if told is not None:
        yield VaryIsTrue(told.url, told, vary=told.header("vary"))


def varying(exchange: Exchange) -> set[str]:
    """The names in Vary."""
    return {name.strip().lower() for name in (exchange.header("vary") or "").split(",")}


class VaryIsTrue(Finding):
    severity = "good"
    bearing = "cacheable"
    summary = "Representations differ by Accept, and Vary says so: {vary}."
    explanation = "A cache knows which requests an answer is good for."
    reference = rfc(9110, "12.5.5")


class VaryLacksAccept(Finding):
    severity = "bad"
    bearing = "cacheable"
    summary = "{subject} is {one} or {another} by Accept, and Vary does not say so."
    explanation = "A cache would give the one to clients that asked for the other."
    remedy = "Send Vary: Accept with every representation that is chosen by Accept, refusals included."
    reference = rfc(9110, "12.5.5")
