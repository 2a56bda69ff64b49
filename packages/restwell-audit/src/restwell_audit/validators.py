"""Level 2, the fields that methods need: validators for conditional requests, and how long a copy is good."""

from __future__ import annotations

from .checks import Case, Said, check
from .exchanges import Exchange
from .findings import Finding, rfc


@check(2, "whether representations have validators")
def look_for_validators(case: Case) -> Said:
    """With a validator a client can ask whether its copy is still good, and change only what it has seen."""
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
    summary = "Every representation looked at ({number}) has a validator."
    explanation = "ETag or Last-Modified names the state, so that reading and changing can be made conditional on it."
    reference = rfc(9110, "8.8")


class LacksValidators(Finding):
    severity = "warn"
    bearing = 2
    summary = "{number} of {of} representations have neither ETag nor Last-Modified, as {subject}."
    explanation = (
        "Without a validator a copy cannot be revalidated, and of two who change the same thing the later one wins "
        "without knowing."
    )
    remedy = "Send a strong ETag with every representation."
    reference = rfc(9110, "8.8")


@check(2, "whether it is said how long a copy is good")
def look_for_freshness(case: Case) -> Said:
    """A response that says nothing about caching leaves it to guesses."""
    sample = [found.exchange for found in case.sample() if found.exchange is not None]
    silent = [each for each in sample if not states_caching(each)]
    if not sample:
        return
    if silent:
        yield SaysNothingOfCaching(silent[0].url, silent[0], number=len(silent), of=len(sample))
    else:
        yield SaysHowLong(sample[0].url, sample[0], caching=sample[0].header("cache-control") or "Expires")


def states_caching(exchange: Exchange) -> bool:
    """Whether a response says if and for how long it may be kept."""
    return exchange.header("cache-control") is not None or exchange.header("expires") is not None


class SaysHowLong(Finding):
    severity = "good"
    bearing = 2
    summary = "Every representation says whether it may be kept: {caching}."
    explanation = "Caches need not guess."
    reference = rfc(9111, "5.2")


class SaysNothingOfCaching(Finding):
    severity = "warn"
    bearing = 2
    summary = "{number} of {of} representations say nothing about caching, as {subject}."
    explanation = "Where nothing is said, caches guess how long to keep a response, and each guesses differently."
    remedy = "Send Cache-Control: with max-age, or no-cache, or no-store."
    reference = rfc(9111, "4.2.2")
