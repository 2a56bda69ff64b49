"""The constraint cacheable: responses say whether and how long they may be cached, and do so correctly."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from .checks import Case, Results, check
from .counting import SHARE
from .exchanges import Exchange
from .findings import Finding, Untested, fielding, rfc
from .found import Found
from .resources import nothing_read
from .tunnels import is_shown_to_be_one
from .validators import has_validator, states_caching


def looked_at(case: Case) -> list[tuple[Found, Exchange]]:
    """The sampled resources, each with its response to GET."""
    return [(each, each.exchange) for each in case.sample() if each.exchange is not None]


# -- is it stated? -------------------------------------------------------------------------------------------


CACHING = "whether responses say whether they may be cached"
NOTHING_TO_KEEP = "No representation was found that a cache could keep."


@check("cacheable", CACHING)
def read_freshness(case: Case) -> Results:
    """The constraint itself: a response is labelled as cacheable or not."""
    sample = looked_at(case)
    if not sample and not is_shown_to_be_one(case):
        yield Untested("cacheable", CACHING, *nothing_read(case, NOTHING_TO_KEEP))
    elif not sample:
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
    summary = (
        "{number:!The one representation that was looked at says whether it|All # representations that were looked "
        "at say whether they} may be cached."
    )
    explanation = "Each response is labelled, so that a cache knows whether it may answer in place of the server."
    reference = fielding("5.1.4")


class NothingToKeep(Finding):
    severity = "bad"
    bearing = "cacheable"
    summary = "Nothing can be read with GET, so nothing can be cached."
    explanation = (
        "Caches rarely store responses to other methods. Where reading is done with POST, every response has to "
        "come from the server itself."
    )
    remedy = "Let clients read with GET, and say with Cache-Control how long a response is fresh."
    reference = fielding("5.1.4")


class OnlyValidators(Finding):
    severity = "warn"
    bearing = "cacheable"
    summary = (
        SHARE + " {number:!has|!have} a validator but {number:!does|!do} not say how long "
        "{number:!it is|!they are} fresh, {number:!namely|!such as} {subject}."
    )
    explanation = "A cache can revalidate its copy, but has to guess when."
    remedy = "Send Cache-Control with every response to GET: max-age, no-cache or no-store."
    reference = rfc(9111, "4.2.2")


class CachingIsNotStated(Finding):
    severity = "bad"
    bearing = "cacheable"
    summary = (
        SHARE + " {number:!does not say whether it|!do not say whether they} may be cached, "
        "{number:!namely|!such as} {subject}."
    )
    explanation = (
        "The constraint requires that a response is labelled as cacheable or not. Without a label each cache has to "
        "guess."
    )
    remedy = "Send Cache-Control with every response to GET: max-age, no-cache or no-store."
    reference = fielding("5.1.4")


# -- does revalidation work? ---------------------------------------------------------------------------------


@check("cacheable", "whether cached responses can be revalidated")
def revalidate(case: Case) -> Results:
    """A current copy is confirmed with 304, and an outdated one is replaced."""
    for found, first in looked_at(case):
        tag, date = first.header("etag"), first.header("last-modified")
        if not tag and (not date or is_recent(first)):  # a recent date is a weak validator (RFC 9110, 8.8.2.2)
            continue
        condition = {"If-None-Match": tag} if tag else {"If-Modified-Since": date or ""}
        answer = case.ask("GET", found.url, headers=condition)
        if answer is None or not answer.answered:
            continue
        if tag and answer.succeeded and answer.header("etag") != tag:
            if answer.body == first.body:
                yield TagChangesByItself(found.url, first, answer)
                return
            continue  # it has changed meanwhile
        other = case.ask("GET", found.url, headers={"If-None-Match": '"no-such-tag"'}) if tag else None
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
    """Whether the response was modified within the last minute, by the clock of the server, or at an unknown time."""
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
    summary = "A stored response that is still current is confirmed with 304."
    explanation = "Revalidation then costs a header section instead of the whole representation."
    reference = rfc(9110, "15.4.5")


class ValidatorIsIgnored(Finding):
    severity = "bad"
    bearing = "cacheable"
    summary = "{subject} sends a validator and answers a conditional request with {status} instead of 304."
    explanation = "A cache that revalidates its copy is sent the whole representation each time."
    remedy = (
        "Answer with 304 when If-None-Match matches the current ETag, or when the resource was not modified since "
        "the date in If-Modified-Since."
    )
    reference = rfc(9110, "13.1.2")


class EveryTagMatches(Finding):
    severity = "bad"
    bearing = "cacheable"
    summary = "{subject} answers 304 to an entity tag that it never sent."
    explanation = "A cache would keep an outdated copy indefinitely."
    remedy = "Compare If-None-Match with the current entity tag."
    reference = rfc(9110, "13.1.2")


class NotModifiedLacks(Finding):
    severity = "warn"
    bearing = "cacheable"
    summary = "The 304 response of {subject} lacks {fields}."
    explanation = (
        "A 304 response has to repeat fields such as Cache-Control, ETag and Vary, with which a cache updates its "
        "copy."
    )
    remedy = "Send these fields with 304 as a 200 response would have them."
    reference = rfc(9110, "15.4.5")


class TagChangesByItself(Finding):
    severity = "bad"
    bearing = "cacheable"
    summary = "{subject} sends a different ETag each time for the same representation."
    explanation = (
        "A validator that changes although the representation does not never matches, so that no copy can be "
        "revalidated."
    )
    remedy = "Derive the entity tag from the state of the resource, so that it changes only when the state changes."
    reference = rfc(9110, "8.8.3")


# -- is Vary true? -------------------------------------------------------------------------------------------


@check("cacheable", "whether Vary names what responses depend on")
def compare_variants(case: Case) -> Results:
    """A cache relies on Vary: where a field is missing, one client is sent the response for another."""
    varied: Exchange | None = None
    for found in case.of_each_kind():
        first = found.exchange
        for media_type in ("application/json", "text/html", "application/xml"):
            if first is None or media_type == first.media_type:
                continue
            other = case.once("GET", found.url, Accept=media_type)
            if other is None or not other.succeeded or other.media_type == first.media_type:
                continue
            lacking = [each for each in (first, other) if "accept" not in varying(each) and "*" not in varying(each)]
            if lacking:
                yield VaryLacksAccept(found.url, first, other, one=first.media_type, another=other.media_type)
                return
            varied = other
    if varied is not None:
        yield VaryIsTrue(varied.url, varied, vary=varied.header("vary"))


def varying(exchange: Exchange) -> set[str]:
    """The names in Vary."""
    return {name.strip().lower() for name in (exchange.header("vary") or "").split(",")}


class VaryIsTrue(Finding):
    severity = "good"
    bearing = "cacheable"
    summary = "Representations are selected by Accept, and Vary names it: {vary}."
    explanation = "A cache knows for which requests it may reuse a response."
    reference = rfc(9110, "12.5.5")


class VaryLacksAccept(Finding):
    severity = "bad"
    bearing = "cacheable"
    summary = "{subject} gives {one} or {another} depending on Accept, and Vary does not name Accept."
    explanation = "A cache may send one representation to a client that asked for the other."
    remedy = "Send Vary: Accept with every response that is selected by Accept, refusals included."
    reference = rfc(9110, "12.5.5")
