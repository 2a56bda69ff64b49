"""The constraint of a uniform interface: one URI for each thing, messages that describe themselves, hypermedia."""

from __future__ import annotations

from .checks import Case, Said, check
from .exchanges import Exchange
from .findings import HYPERTEXT_DRIVEN, Finding, Untested, fielding, rfc
from .hypermedia import evidence_of, follow_links, look_at_formats, look_at_the_entry, measure_reach, offered, steps
from .operations import look_for_operations
from .statelessness import same

# -- do messages describe themselves? ------------------------------------------------------------------------


@check("uniform-interface", "whether messages describe themselves")
def read_media_types(case: Case) -> Said:
    """What the content is, is said by Content-Type, and is true."""
    sample = evidence_of([each for each in case.survey.found.values() if each.alive])
    silent = [each for each in sample if each.body and not each.media_type]
    lying = [each for each in sample if is_lying(each)]
    if silent:
        yield NoMediaType(silent[0].url, silent[0], number=len(silent))
    if lying:
        yield MediaTypeIsWrong(lying[0].url, lying[0], media_type=lying[0].media_type)
    if sample and not silent and not lying:
        yield MessagesDescribeThemselves(sample[0].url, sample[0], number=len(sample))


def is_lying(exchange: Exchange) -> bool:
    """Whether content is not what its media type says, as far as can be told: no JSON, or JSON as a page."""
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
    summary = "All {number} representations say what they are, and are it."
    explanation = "Content-Type names the format, so that anybody who knows it can read the message."
    reference = fielding("5.2.1.2")


class NoMediaType(Finding):
    severity = "bad"
    bearing = "uniform-interface"
    summary = "{number} representations do not say what they are, as {subject}."
    explanation = "Without Content-Type the receiver has to guess how to read the content."
    remedy = "Send Content-Type with all content."
    reference = rfc(9110, "8.3")


class MediaTypeIsWrong(Finding):
    severity = "bad"
    bearing = "uniform-interface"
    summary = "{subject} is not the {media_type} that it says it is."
    explanation = "Who reads the message by its Content-Type reads something else than was meant, or nothing."
    remedy = "Send the media type that the content has, and content that its media type allows."
    reference = rfc(9110, "8.3")


# -- has each thing one URI? ---------------------------------------------------------------------------------


@check("uniform-interface", "whether each thing has one URI")
def look_for_second_names(case: Case) -> Said:
    """Two addresses with the same answer are two resources to every cache and link, unless one leads to the other."""
    asked = 0
    for found in case.sample()[:3]:
        first = found.exchange
        if first is None or found.path == "/" or "?" in found.url:
            continue
        other_url = found.url.rstrip("/") if found.url.endswith("/") else f"{found.url}/"
        other = case.once("GET", other_url)
        if other is None or not other.answered:
            continue
        asked += 1
        canonical = any(link.target == found.url for link in found.reading.linked("canonical"))
        if other.succeeded and same(first, other) and not canonical:
            yield SecondUri(found.url, first, other, other=other_url)
            return
    if asked:
        yield OneUri(case.sample()[0].url, number=asked)


class OneUri(Finding):
    severity = "good"
    bearing = "uniform-interface"
    summary = "Other spellings of {number} URIs do not give the same again."
    explanation = "Each thing has one identifier, by which it is linked, cached and protected."
    reference = fielding("5.2.1.1")


class SecondUri(Finding):
    severity = "warn"
    bearing = "uniform-interface"
    summary = "{other} gives the same as {subject}."
    explanation = (
        "To caches and links they are two resources, of which one stays as it was when the other is changed."
    )
    remedy = "Redirect the one to the other, or refuse it with 404."
    reference = rfc(3986, "6.1")


# -- is hypermedia the engine? -------------------------------------------------------------------------------


@check("uniform-interface", "whether hypermedia is the engine of application state")
def look_for_the_engine(case: Case) -> Said:
    """The fourth part of the uniform interface, and the one that most APIs leave out: level 3 is about it alone."""
    start = case.survey.entries()[0]
    asked = (look_at_the_entry, look_at_formats, measure_reach, follow_links, look_for_operations)
    said = [each for ask in asked for each in case.said(ask)[0] if not isinstance(each, Untested)]
    wrong = [each for each in said if each.severity == "bad"]
    if not offered(case.survey):
        yield NothingIsIdentified(start.url, *evidence_of([start]))
    elif wrong:
        yield HypermediaIsMissing(wrong[0].subject, *wrong[0].evidence, why=wrong[0].line)
    else:
        yield HypermediaDrives(start.url, *evidence_of([start]), number=len(steps(case.survey)))


class HypermediaDrives(Finding):
    severity = "good"
    bearing = "uniform-interface"
    summary = "What comes next is said by what is answered: {number} steps by links."
    explanation = "The client moves from state to state by the links and operations that it is given."
    reference = fielding("5.1.5")


class HypermediaIsMissing(Finding):
    severity = "bad"
    bearing = "uniform-interface"
    summary = "Hypermedia is not what drives a client here. {why}"
    explanation = (
        "Hypermedia as the engine of application state is one of the four constraints that make up the uniform "
        "interface."
    )
    remedy = "See what level 3 lacks: links and operations have to be in what is answered."
    reference = HYPERTEXT_DRIVEN


class NothingIsIdentified(Finding):
    severity = "bad"
    bearing = "uniform-interface"
    summary = "No resource is identified by a URI of its own."
    explanation = (
        "The uniform interface begins with the identification of resources; here the content of a request says what "
        "it is "
        "about, in a way of its own."
    )
    remedy = "Give each thing that clients work with a URI that answers GET with its representation."
    reference = fielding("5.1.5")
