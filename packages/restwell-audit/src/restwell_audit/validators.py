"""Level 2, validators for conditional requests, and explicit freshness."""

from __future__ import annotations

from .checks import Case, Results, check
from .counting import SHARE
from .exchanges import Exchange
from .findings import Finding, rfc


@check(2, "whether representations have validators")
def look_for_validators(case: Case) -> Results:
    """With a validator a client can revalidate its copy, and make a change conditional on the state it has read."""
    sample = [found.exchange for found in case.sample() if found.exchange is not None]
    having = [each for each in sample if has_validator(each)]
    if not sample:
        return
    if len(having) == len(sample):
        yield HasValidators(having[0].url, having[0], number=len(having))
    else:
        lacking = next(each for each in sample if each not in having)
        yield LacksValidators(lacking.url, lacking, number=len(sample) - len(having), of=len(sample))


def has_validator(exchange: Exchange) -> bool:
    """Whether a response has an entity tag or a date by which a copy can be revalidated."""
    return bool(exchange.header("etag") or exchange.header("last-modified"))


class HasValidators(Finding):
    severity = "good"
    bearing = 2
    summary = (
        "{number:!The one representation that was looked at has|All # representations that were looked at have} a "
        "validator."
    )
    explanation = (
        "ETag or Last-Modified identifies the state, so that reads and changes can be made conditional on it."
    )
    reference = rfc(9110, "8.8")


class LacksValidators(Finding):
    severity = "warn"
    bearing = 2
    summary = SHARE + " {number:!has|!have} neither ETag nor Last-Modified, {number:!namely|!such as} {subject}."
    explanation = (
        "Without a validator a copy cannot be revalidated, and when two clients change the same resource, the later "
        "change overwrites the earlier one unnoticed."
    )
    remedy = "Send a strong ETag with every representation."
    reference = rfc(9110, "8.8")


@check(2, "whether responses say how long they are fresh")
def look_for_freshness(case: Case) -> Results:
    """Without explicit freshness each cache has to guess."""
    sample = [found.exchange for found in case.sample() if found.exchange is not None]
    silent = [each for each in sample if not states_caching(each)]
    if not sample:
        return
    if silent:
        yield SaysNothingOfCaching(silent[0].url, silent[0], number=len(silent), of=len(sample))
    else:
        yield SaysHowLong(sample[0].url, sample[0], caching=sample[0].header("cache-control") or "Expires")


def states_caching(exchange: Exchange) -> bool:
    """Whether a response says whether and how long it may be cached."""
    return exchange.header("cache-control") is not None or exchange.header("expires") is not None


class SaysHowLong(Finding):
    severity = "good"
    bearing = 2
    summary = "All representations that were looked at say whether they may be cached: {caching}."
    explanation = "Caches do not have to guess how long a response is fresh."
    reference = rfc(9111, "5.2")


class SaysNothingOfCaching(Finding):
    severity = "warn"
    bearing = 2
    summary = SHARE + " {number:!says|!say} nothing about caching, {number:!namely|!such as} {subject}."
    explanation = (
        "Without explicit freshness each cache estimates how long a response may be reused, and each estimates "
        "differently."
    )
    remedy = "Send Cache-Control with max-age, no-cache or no-store."
    reference = rfc(9111, "4.2.2")
