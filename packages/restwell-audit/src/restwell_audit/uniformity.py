"""The constraint uniform interface: one URI for each resource, self-descriptive messages, hypermedia."""

from __future__ import annotations

from .checks import Case, Results, check
from .deadlinks import follow_links
from .exchanges import Exchange
from .findings import HYPERTEXT_DRIVEN, Finding, Untested, fielding, rfc
from .hypermedia import evidence_of, look_at_formats, look_at_the_entry, measure_reach, offered, steps
from .operations import look_for_operations
from .resources import nothing_read
from .tunnels import is_shown_to_be_one

# -- are messages self-descriptive? --------------------------------------------------------------------------


@check("uniform-interface", "whether messages are self-descriptive")
def read_media_types(case: Case) -> Results:
    """Content-Type names the format of the content, and the content matches it."""
    sample = evidence_of([each for each in case.survey.found.values() if each.alive])
    silent = [each for each in sample if each.body and not each.media_type]
    mislabelled = [each for each in sample if is_mislabelled(each)]
    if silent:
        yield NoMediaType(silent[0].url, silent[0], number=len(silent))
    if mislabelled:
        first = mislabelled[0]
        yield MediaTypeIsWrong(first.url, first, media_type=first.media_type)
    if sample and not silent and not mislabelled:
        yield MessagesDescribeThemselves(sample[0].url, sample[0], number=len(sample))


def is_mislabelled(exchange: Exchange) -> bool:
    """Whether content does not match its media type: JSON that cannot be parsed, or JSON labelled as HTML or text."""
    if not exchange.body or not exchange.complete:
        return False
    media_type, start = exchange.media_type, exchange.body.lstrip()[:1]
    if media_type == "application/json" or media_type.endswith("+json"):
        return exchange.data is None and exchange.body.strip() != b"null"
    return (
        media_type in {"text/html", "text/plain"}
        and start in {b"{", b"["}
        and isinstance(exchange.data, (dict, list))
    )


class MessagesDescribeThemselves(Finding):
    severity = "good"
    bearing = "uniform-interface"
    summary = (
        "{number:!The one representation has a media type, and its|All # representations have a media type, and "
        "their} content matches it."
    )
    explanation = "Content-Type names the format, so that every client that knows the format can read the message."
    reference = fielding("5.2.1.2")


class NoMediaType(Finding):
    severity = "bad"
    bearing = "uniform-interface"
    summary = "{number:representation has|representations have} no Content-Type, such as {subject}."
    explanation = "Without Content-Type the recipient has to guess how to read the content."
    remedy = "Send Content-Type with all content."
    reference = rfc(9110, "8.3")


class MediaTypeIsWrong(Finding):
    severity = "bad"
    bearing = "uniform-interface"
    summary = "The content of {subject} does not match its media type {media_type}."
    explanation = "A client that reads the content by its Content-Type misreads it, or cannot read it."
    remedy = "Send the media type that matches the content."
    reference = rfc(9110, "8.3")


# -- has each resource one URI? ------------------------------------------------------------------------------


@check("uniform-interface", "whether each resource has one URI")
def look_for_second_uris(case: Case) -> Results:
    """Two URIs with the same representation are two resources to caches and links, unless one names the other."""
    asked = 0
    for found in case.of_each_kind(lambda each: each.path != "/" and "?" not in each.url):
        first = found.exchange
        if first is None:
            continue
        other_url = found.url.rstrip("/") if found.url.endswith("/") else f"{found.url}/"
        other = case.once("GET", other_url)
        if other is None or not other.answered:
            continue
        asked += 1
        canonical = any(link.target == found.url for link in found.reading.linked("canonical"))
        if other.succeeded and case.noise.same(first, other) and not canonical:
            yield SecondUri(found.url, first, other, other=other_url)
            return
    if asked:
        yield OneUri(case.sample()[0].url, number=asked)


class OneUri(Finding):
    severity = "good"
    bearing = "uniform-interface"
    summary = (
        "No second URI was found: with a slash added or removed at the end, {number:URI does|URIs do} not give the "
        "same representation."
    )
    explanation = "Each resource has one identifier, by which it is linked, cached and protected."
    reference = fielding("5.2.1.1")


class SecondUri(Finding):
    severity = "warn"
    bearing = "uniform-interface"
    summary = "{other} gives the same representation as {subject}."
    explanation = (
        "Caches and links treat them as two resources, so that a copy of one is outdated when the other is changed."
    )
    remedy = "Redirect one URI to the other, or answer it with 404."
    reference = rfc(3986, "6.1")


# -- does hypermedia drive? ----------------------------------------------------------------------------------


IDENTIFIED = "whether resources are identified"


@check("uniform-interface", "whether hypermedia is the engine of application state")
def check_hypermedia(case: Case) -> Results:
    """The fourth part of the uniform interface, and the subject of level 3."""
    start = case.survey.entries()[0]
    checks = (look_at_the_entry, look_at_formats, measure_reach, follow_links, look_for_operations)
    results = [each for check in checks for each in case.outcome(check)[0] if not isinstance(each, Untested)]
    wrong = [each for each in results if each.severity == "bad"]
    if not offered(case.survey) and not is_shown_to_be_one(case):
        yield Untested(
            "uniform-interface", IDENTIFIED, *nothing_read(case, "No resource was found that its URI identifies.")
        )
    elif not offered(case.survey):
        yield NothingIsIdentified(start.url, *evidence_of([start]))
    elif wrong:
        yield HypermediaIsMissing(wrong[0].subject, *wrong[0].evidence, why=wrong[0].line)
    else:
        yield HypermediaDrives(start.url, *evidence_of([start]), number=len(steps(case.survey)))


class HypermediaDrives(Finding):
    severity = "good"
    bearing = "uniform-interface"
    summary = "Representations say what a client can do next: {number:step} by links."
    explanation = "The client moves from state to state by the links and operations in the representations."
    reference = fielding("5.1.5")


class HypermediaIsMissing(Finding):
    severity = "bad"
    bearing = "uniform-interface"
    summary = "Hypermedia does not drive the client. {why}"
    explanation = (
        "Hypermedia as the engine of application state is one of the four constraints of the uniform interface."
    )
    remedy = "Add what level 3 lacks: links and operations in the representations."
    reference = HYPERTEXT_DRIVEN


class NothingIsIdentified(Finding):
    severity = "bad"
    bearing = "uniform-interface"
    summary = "No resource is identified by a URI of its own."
    explanation = (
        "The uniform interface begins with the identification of resources. Here the content of a request says what "
        "it is about, in a form that only this API defines."
    )
    remedy = "Give each resource that clients work with a URI that answers GET with its representation."
    reference = fielding("5.1.5")
