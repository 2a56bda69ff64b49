"""Level 3, hypermedia: who knows the entry point and the media types can find and do the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from .checks import Case, Said, check
from .exchanges import Exchange
from .findings import HYPERTEXT_DRIVEN, Finding, fielding, fowler, rfc
from .reading import Link, describe
from .reading.targets import resolve
from .survey import ABOUT, Found, Survey, is_dead, links_of

URL = re.compile(r'"((?:https?:/)?/[^"\s<>\\]{1,500})"')
MIN_SHARE = 0.8
"""The share of representations that have to do what is asked, so that the API does it."""
REGISTERED = frozenset(
    ["about", "acl", "alternate", "amphtml", "api-catalog", "appendix", "archives", "author", "blocked-by",
    "bookmark", "c2pa-manifest",
     "canonical", "chapter", "cite-as", "collection", "compression-dictionary", "contents", "convertedfrom",
     "copyright", "create-form",
     "current", "deprecation", "describedby", "describes", "disclosure", "dns-prefetch", "duplicate", "edit",
     "edit-form", "edit-media",
     "enclosure", "external", "first", "geofeed", "glossary", "help", "hosts", "hub", "ice-server", "icon", "index",
     "intervalafter",
     "intervalbefore", "intervalcontains", "intervaldisjoint", "intervalduring", "intervalequals",
     "intervalfinishedby",
     "intervalfinishes", "intervalin", "intervalmeets", "intervalmetby", "intervaloverlappedby", "intervaloverlaps",
     "intervalstartedby", "intervalstarts", "item", "last", "latest-version", "license", "linkset", "lrdd",
     "manifest", "mask-icon", "me",
     "media-feed", "memento", "micropub", "modulepreload", "monitor", "monitor-group", "next", "next-archive",
     "nofollow", "noopener",
     "noreferrer", "opener", "openid2.local_id", "openid2.provider", "original", "p3pv1", "payment", "pingback",
     "preconnect",
     "predecessor-version", "prefetch", "preload", "prerender", "prev", "preview", "previous", "prev-archive",
     "privacy-policy", "profile",
     "publication", "rdap-active", "rdap-bottom", "rdap-down", "rdap-top", "rdap-up", "related", "restconf",
     "replies", "ruleinput",
     "search", "section", "self", "service", "service-desc", "service-doc", "service-meta",
     "sip-trunking-capability", "sponsored",
     "start", "status", "stylesheet", "subsection", "successor-version", "sunset", "tag", "terms-of-service",
     "timegate", "timemap",
     "type", "ugc", "up", "version-history", "via", "webmention", "working-copy", "working-copy-of"]
)  # fmt: skip
"""The relations that IANA has registered (RFC 8288, section 4.2)."""


def offered(survey: Survey) -> list[Found]:
    """What the API offers and is no error."""
    return [each for each in survey.resources() if not each.reading.is_error]


# -- is there a way in? --------------------------------------------------------------------------------------


@check(3, "whether the entry point leads on")
def look_at_the_entry(case: Case) -> Said:
    """From the first URI on, what comes next is learnt from what was answered."""
    entries = [each for each in case.survey.entries() if each.alive]
    leading = [each for each in entries if defined_links(each)]
    if leading:
        number = sum(len(defined_links(each)) for each in leading)
        yield EntryLeadsOn(leading[0].url, *evidence_of(leading[:1]), number=number)
    else:
        start = case.survey.entries()[0]
        yield EntryLeadsNowhere(start.url, *evidence_of([start]))


def defined_links(found: Found) -> set[str]:
    """Where a representation leads by links that its media type or HTTP defines, but for what is about it."""
    own = found.url.partition("?")[0]
    onward = [link for link in links_of(found) if is_defined(link, found) and not is_about(link)]
    return {link.target for link in onward if link.target.partition("?")[0] != own}


def is_defined(link: Link, found: Found) -> bool:
    """Whether it is a link to anybody who knows the media type: not text in which a URL stands."""
    return link.place == "header" or (found.reading.hypermedia and link.typed)


def is_about(link: Link) -> bool:
    """Whether a link leads to what is said about the API rather than to what it offers."""
    return bool(link.rel) and set(link.rel.lower().split()) <= ABOUT


def evidence_of(found: list[Found]) -> list[Exchange]:
    """The exchanges of what was found."""
    return [each.exchange for each in found if each.exchange is not None]


class EntryLeadsOn(Finding):
    severity = "good"
    bearing = 3
    summary = "The entry point links {number} other resources."
    explanation = "A client needs to know one URI, and learns the others from what it is answered."
    reference = HYPERTEXT_DRIVEN


class EntryLeadsNowhere(Finding):
    severity = "bad"
    bearing = 3
    summary = "The entry point {subject} links nothing."
    explanation = (
        "Nothing that it answers links another resource, so that clients have to know the other URIs beforehand, "
        "and break when one changes."
    )
    remedy = "Serve an entry point at / that links every collection, in a format that has links or in Link fields."
    reference = HYPERTEXT_DRIVEN


# -- do media types define what links mean? ------------------------------------------------------------------


@check(3, "whether links are defined by the media type")
def look_at_formats(case: Case) -> Said:
    """A URL in plain JSON is text; that it is a link, and to what, is known from the documentation alone."""
    resources = offered(case.survey)
    if not resources:
        return
    edges = steps(case.survey)
    defined = [each for each in edges if each.defined]
    if not edges:
        yield NoLinks(resources[0].url, *evidence_of(resources[:1]), number=len(resources))
    elif len(defined) >= MIN_SHARE * len(edges):
        formats = sorted({each.syntax for each in defined})
        yield LinksAreDefined(defined[0].source.url, *evidence_of([defined[0].source]), formats=", ".join(formats))
    else:
        text = next(each for each in edges if not each.defined)
        media_type = text.source.exchange.media_type if text.source.exchange else ""
        yield LinksAreText(text.source.url, *evidence_of([text.source]), media_type=media_type)


class Step(NamedTuple):
    """A step from one representation to another resource of the API, and whether the first defines it as a link."""

    source: Found
    target: str
    defined: bool
    syntax: str


def steps(survey: Survey) -> list[Step]:
    """A step to each path that any representation leads to; where several do, one that is defined.

    The many queries of one path are one step: a table that links itself in another order is no further resource.
    """
    known = {each.url for each in survey.found.values() if each.alive}
    found_steps: dict[str, Step] = {}
    for found in offered(survey):
        for link in links_of(found):
            path = link.target.partition("?")[0]
            if is_about(link) or path == found.url.partition("?")[0] or link.target not in known:
                continue
            defined = is_defined(link, found)
            syntax = "Link fields" if link.place == "header" else found.reading.syntax
            if path not in found_steps or (defined and not found_steps[path].defined):
                found_steps[path] = Step(found, link.target, defined, syntax)
    return list(found_steps.values())


class LinksAreDefined(Finding):
    severity = "good"
    bearing = 3
    summary = "Links are defined by what is sent: {formats}."
    explanation = (
        "The media type, or the Link field, says what is a link and what it means, so that any client that knows "
        "them can follow."
    )
    reference = fielding("5.2.1.2")


class LinksAreText(Finding):
    severity = "bad"
    bearing = 3
    summary = "There are URLs in {media_type}, which does not say that they are links."
    explanation = (
        "The media type defines no links, so a client finds them by the names of members that only this API's "
        "documentation explains. A "
        "URL that is data, and one that is the next step, look the same."
    )
    remedy = (
        "Use a media type that defines links (JSON-LD with Hydra, HAL, Siren, JSON:API), or send Link fields with "
        "relations."
    )
    reference = HYPERTEXT_DRIVEN


class NoLinks(Finding):
    severity = "bad"
    bearing = 3
    summary = "None of {number} representations links another resource."
    explanation = (
        "Where an answer says nothing about what comes next, the client has to know it from elsewhere: from a "
        "description, or from its author."
    )
    remedy = (
        "Link from every representation: collections their items, items their collection, all of them the entry "
        "point."
    )
    reference = fowler(3)


# -- can everything be reached? ------------------------------------------------------------------------------


@check(3, "how much can be reached by links alone")
def measure_reach(case: Case) -> Said:
    """What is known only from a description, or by guessing, is not reached by hypermedia."""
    survey = case.survey
    known = offered(survey)
    reached = [each for each in known if each.how in {"start", "link"}]
    out_of_band = [each for each in known if each.how not in {"start", "link"}]
    unlinked = unlinked_templates(survey, mentioned(case.probe.exchanges))
    total = len(known) + len(unlinked)
    if total <= 1:
        return
    share = round(len(reached) / total, 2)
    missing = ", ".join([each.path for each in out_of_band] + unlinked)[:200]
    if share >= MIN_SHARE and not out_of_band:
        yield AllIsReached(survey.starts[0], *evidence_of(reached[1:2]), number=len(reached), of=total)
    elif share >= MIN_SHARE:
        yield MostIsReached(survey.starts[0], *evidence_of(out_of_band[:1]), missing=missing)
    else:
        yield LittleIsReached(
            survey.starts[0], *evidence_of(out_of_band[:2]), number=len(reached), of=total, missing=missing
        )


def mentioned(exchanges: Iterable[Exchange]) -> set[str]:
    """The URLs that stand in any answer, refusals included: what a problem's type and a context link is led to."""
    found: set[str] = set()
    for exchange in exchanges:
        if describe(exchange) is None:
            found |= {resolve(exchange.url, text) for text in URL.findall(exchange.text[:200_000])}
    return found


def unlinked_templates(survey: Survey, urls: set[str]) -> list[str]:
    """Paths that a description promises to GET, and that fit nothing that was found or mentioned."""
    known = urls | set(survey.found)
    lonely = [
        operation.path for description in survey.descriptions for operation in description.operations
        if operation.method == "GET" and "{" in operation.path
        and not any(description.matches(operation, url) for url in known)
    ]  # fmt: skip
    return list(dict.fromkeys(lonely))


class AllIsReached(Finding):
    severity = "good"
    bearing = 3
    summary = "Of {of} known resources {number} are reached by links alone."
    explanation = "A client that knows the entry point finds what there is without a description beside it."
    reference = HYPERTEXT_DRIVEN


class MostIsReached(Finding):
    severity = "warn"
    bearing = 3
    summary = "Most resources are reached by links, not so {missing}."
    explanation = "Some are known only from a description, or because their address could be guessed."
    remedy = "Link them from where a client would look for them."
    reference = HYPERTEXT_DRIVEN


class LittleIsReached(Finding):
    severity = "bad"
    bearing = 3
    summary = "Of {of} known resources {number} are reached by links; not so {missing}."
    explanation = (
        "They are known from a description beside the API, or because their address could be guessed. A client that "
        "uses them is built "
        "for these addresses, and breaks when they change."
    )
    remedy = "Link them: the entry point its collections, a collection its items, an item what belongs to it."
    reference = HYPERTEXT_DRIVEN


# -- do relations mean something to others? ------------------------------------------------------------------


@check(3, "whether links have relations that others know")
def look_at_relations(case: Case) -> Said:
    """A relation is registered or a URI, so that two APIs mean the same by it, or one can look it up."""
    known: set[str] = set()
    unknown: set[str] = set()
    for found in offered(case.survey):
        for link in found.reading.links:
            for rel in link.rel.split() if link.typed else ():
                (known if is_known_relation(rel, found) else unknown).add(rel)
    if not known and not unknown:
        return
    first = offered(case.survey)[0]
    if len(known) >= MIN_SHARE * (len(known) + len(unknown)):
        yield RelationsAreKnown(first.url, *evidence_of([first]), relations=", ".join(sorted(known)[:8]))
    else:
        yield RelationsAreHomemade(first.url, *evidence_of([first]), relations=", ".join(sorted(unknown)[:8]))


def is_known_relation(rel: str, found: Found) -> bool:
    """Whether a relation is registered, a URI, or a property that the format itself gives a URI to."""
    return rel.lower() in REGISTERED or ":" in rel or found.reading.syntax in {"json-ld", "html"}


class RelationsAreKnown(Finding):
    severity = "good"
    bearing = 3
    summary = "Links say what they mean in words that others know: {relations}."
    explanation = "Their relations are registered, or URIs that can be looked up."
    reference = rfc(8288, "2.1")


class RelationsAreHomemade(Finding):
    severity = "warn"
    bearing = 3
    summary = "Links have relations that nobody else knows: {relations}."
    explanation = "A relation that is neither registered nor a URI can be understood by clients of this API alone."
    remedy = "Use registered relations where they fit, and URIs (or CURIEs in HAL) for others."
    reference = rfc(8288, "2.1.2")


# -- do links lead somewhere? --------------------------------------------------------------------------------


@check(3, "whether links lead somewhere")
def follow_links(case: Case) -> Said:
    """A link is a promise."""
    followed = [each for each in case.survey.followed() if each.exchange is not None]
    dead = [each for each in followed if is_dead(each.exchange)]
    if not followed:
        return
    if not dead:
        yield LinksLive(followed[0].url, *evidence_of(followed[:1]), number=len(followed))
    elif len(dead) > (1 - MIN_SHARE) * len(followed):
        yield ManyLinksAreDead(
            dead[0].url, *evidence_of(dead[:3]), number=len(dead), of=len(followed), via=dead[0].via
        )
    else:
        yield SomeLinksAreDead(
            dead[0].url, *evidence_of(dead[:3]), number=len(dead), of=len(followed), via=dead[0].via
        )


class LinksLive(Finding):
    severity = "good"
    bearing = 3
    summary = "All {number} links that were followed lead somewhere."
    explanation = "What is linked is there."
    reference = fielding("5.2.1.1")


class SomeLinksAreDead(Finding):
    severity = "warn"
    bearing = 3
    summary = "{number} of {of} links lead nowhere, as {subject}, linked from {via}."
    explanation = "A client that follows a link expects something behind it."
    remedy = "Link only what there is."
    reference = fielding("5.2.1.1")


class ManyLinksAreDead(Finding):
    severity = "bad"
    bearing = 3
    summary = "{number} of {of} links lead nowhere, as {subject}, linked from {via}."
    explanation = "With so many dead links a client cannot rely on following them."
    remedy = "Link only what there is."
    reference = fielding("5.2.1.1")
