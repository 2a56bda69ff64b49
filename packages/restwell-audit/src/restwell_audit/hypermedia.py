"""Level 3, hypermedia: a client that knows the entry point and the media types can find the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from .checks import Case, Results, check
from .exchanges import Exchange
from .findings import HYPERTEXT_DRIVEN, Finding, Untested, fielding, fowler, rfc
from .found import Found, links_of
from .reading import describe
from .reading.targets import resolve
from .relations import REGISTERED, is_about
from .resources import described_at, nothing_read
from .survey import Survey
from .tunnels import is_shown_to_be_one

URL = re.compile(r'"((?:https?:/)?/[^"\s<>\\]{1,500})"')
MAX_SHOWN = 5
"""Representations that are shown as the evidence of what holds for all."""
MIN_SHARE = 0.8
"""The share of representations, links or relations that have to fulfil a rule for the API to fulfil it."""


def offered(survey: Survey) -> list[Found]:
    """The resources of the API whose content does not report an error."""
    return [each for each in survey.resources() if not each.reading.is_error]


# -- does the entry point link? -------------------------------------------------------------------------------


ENTRY = "whether the entry point links other resources"
NAME_START = "Name the URL of the entry point on the command line, one that answers GET."


LINK_MEMBERS = (
    "Link each member from the list, and the list from an entry point that links every collection, in a media type "
    "that defines links or in Link header fields."
)
"""What to do where the URL given is that of a collection."""


@check(3, ENTRY)
def look_at_the_entry(case: Case) -> Results:
    """A client that knows the first URI learns the next ones from the representation."""
    entries = [each for each in case.survey.entries() if (each.alive and each.kind != "shell") or each.listed]
    leading = [each for each in entries if defined_links(each)]
    if leading:
        number = sum(len(defined_links(each)) for each in leading)
        yield EntryLeadsOn(leading[0].url, *evidence_of(leading[:1]), number=number)
    elif not entries and not is_shown_to_be_one(case):
        yield Untested(3, ENTRY, *nothing_read(case, "No representation was found at the entry point.", NAME_START))
    elif written := [each for each in entries if urls_in(each)]:
        yield EntryLinksAreText(written[0].url, *evidence_of(written[:1]), urls=undefined(written[0]))
    else:
        start = case.survey.entries()[0]
        finding = EntryLeadsNowhere(start.url, *evidence_of([start]))
        if start.kind == "collection":
            finding.remedy = LINK_MEMBERS  # type: ignore[misc]  # its own
        yield finding


def defined_links(found: Found) -> set[str]:
    """The targets of the links that the media type or HTTP defines, without those to information about the API."""
    own = found.url.partition("?")[0]
    onward = [link for link in links_of(found) if found.reading.defines(link) and not is_about(link)]
    return {link.target for link in onward if link.target.partition("?")[0] != own}


def urls_in(found: Found) -> set[str]:
    """The URLs of other resources in a representation that its media type does not define as links."""
    own = found.url.partition("?")[0]
    written = [link for link in links_of(found) if not found.reading.defines(link) and not is_about(link)]
    return {link.target for link in written if link.target.partition("?")[0] != own}


def undefined(found: Found) -> str:
    """What such URLs are, as in "6 URLs that application/json does not define as links"."""
    number = len(urls_in(found))
    media_type = (found.exchange.media_type if found.exchange else "") or "its content"
    kind, links = "name" if found.reading.by_name else "URL", "a link" if number == 1 else "links"
    return f"{number} {kind}{'' if number == 1 else 's'} that {media_type} does not define as {links}"


def evidence_of(found: list[Found]) -> list[Exchange]:
    """The exchanges of what was found: that which lists what is in it, if it is not the same."""
    exchanges = (each.listed or each.exchange for each in found)
    return [each for each in exchanges if each is not None]


class EntryLeadsOn(Finding):
    severity = "good"
    bearing = 3
    summary = "The entry point links {number:other resource}."
    explanation = "A client needs to know one URI, and finds the others in the representations."
    reference = HYPERTEXT_DRIVEN


class EntryLeadsNowhere(Finding):
    severity = "bad"
    bearing = 3
    summary = "The entry point {subject} links no other resource."
    explanation = "Clients have to know the other URIs in advance, and break when one changes."
    remedy = (
        "Link every collection from the entry point, in a media type that defines links or in Link header fields."
    )
    reference = HYPERTEXT_DRIVEN


class EntryLinksAreText(Finding):
    severity = "bad"
    bearing = 3
    summary = "The entry point {subject} has {urls}."
    explanation = (
        "A client that knows the media type finds no link in it, and has to be told by documentation which URLs lead "
        "on, and to what."
    )
    remedy = "Serve the links of the entry point in a media type that defines links, or in Link header fields."
    reference = HYPERTEXT_DRIVEN


# -- do media types define what links mean? ------------------------------------------------------------------


@check(3, "whether links are defined by the media type")
def look_at_formats(case: Case) -> Results:
    """A URL in plain JSON is text; that it is a link, and to what, only documentation says."""
    resources = offered(case.survey)
    if not resources:
        return
    edges = steps(case.survey)
    defined = [each for each in edges if each.defined]
    if not edges:
        if written := [each for each in resources if urls_in(each)]:
            yield LinksAreText(written[0].url, *evidence_of(written[:MAX_SHOWN]), urls=undefined(written[0]))
        else:
            yield NoLinks(resources[0].url, *evidence_of(resources[:MAX_SHOWN]), number=len(resources))
    elif len(defined) >= MIN_SHARE * len(edges):
        formats = sorted({each.syntax for each in defined})
        yield LinksAreDefined(defined[0].source.url, *evidence_of([defined[0].source]), formats=", ".join(formats))
    else:
        source = next(each for each in edges if not each.defined).source
        yield LinksAreText(source.url, *evidence_of([source]), urls=undefined(source))


class Step(NamedTuple):
    """A step from a representation to another resource; `defined` says that the format or HTTP makes it a link."""

    source: Found
    target: str
    defined: bool
    syntax: str


def steps(survey: Survey) -> list[Step]:
    """One step for each path that a representation leads to, preferably one that is defined.

    All queries of one path are one step: a table that links itself in another order is not a further resource.
    """
    known = {each.url for each in survey.found.values() if each.alive}
    found_steps: dict[str, Step] = {}
    listed = [each for each in survey.found.values() if each.listed and not each.alive]
    for found in [*offered(survey), *listed]:
        for link in links_of(found):
            path = link.target.partition("?")[0]
            if is_about(link) or path == found.url.partition("?")[0] or link.target not in known:
                continue
            defined = found.reading.defines(link)
            syntax = "Link fields" if link.place == "header" else found.reading.syntax
            if path not in found_steps or (defined and not found_steps[path].defined):
                found_steps[path] = Step(found, link.target, defined, syntax)
    return list(found_steps.values())


class LinksAreDefined(Finding):
    severity = "good"
    bearing = 3
    summary = "Links are defined by the media type or the Link header field: {formats}."
    explanation = (
        "Every client that knows the media type, or the Link header field, can recognise and follow the links."
    )
    reference = fielding("5.2.1.2")


class LinksAreText(Finding):
    severity = "bad"
    bearing = 3
    summary = "The content of {subject} has {urls}."
    explanation = (
        "A client finds the links by the names of members, which only the documentation of this API explains. A URL "
        "that is data and a URL to follow look the same."
    )
    remedy = (
        "Use a media type that defines links (for JSON: JSON-LD with Hydra, HAL, Siren, JSON:API), or send Link "
        "header fields with relations."
    )
    reference = HYPERTEXT_DRIVEN


class NoLinks(Finding):
    severity = "bad"
    bearing = 3
    summary = "{number:!The one representation links no other|None of # representations links another} resource."
    explanation = "A client has to know from documentation what it can request next."
    remedy = (
        "Add links to every representation: from collections to their items, from items to their collection, and "
        "from all of them to the entry point."
    )
    reference = fowler(3)


# -- can everything be reached? ------------------------------------------------------------------------------


@check(3, "how much can be reached by links alone")
def measure_reach(case: Case) -> Results:
    """Resources that are known only from a description, or by guessing, are not reached by hypermedia."""
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
        evidence = [*evidence_of(out_of_band[:2]), *described_at(case, *unlinked)]
        yield LittleIsReached(survey.starts[0], *evidence, number=len(reached), of=total, missing=missing)


def mentioned(exchanges: Iterable[Exchange]) -> set[str]:
    """The URLs that occur in any response, refusals included, such as the type of a problem or a context."""
    found: set[str] = set()
    for exchange in exchanges:
        if describe(exchange) is None:
            found |= {resolve(exchange.url, text) for text in URL.findall(exchange.text[:200_000])}
    return found


def unlinked_templates(survey: Survey, urls: set[str]) -> list[str]:
    """Path templates that a description promises for GET, and that match no URL that was found or mentioned."""
    known = urls | set(survey.found)
    unmatched = [
        operation.path for description in survey.descriptions for operation in description.operations
        if operation.method == "GET" and "{" in operation.path
        and not any(description.matches(operation, url) for url in known)
    ]  # fmt: skip
    return list(dict.fromkeys(unmatched))


class AllIsReached(Finding):
    severity = "good"
    bearing = 3
    summary = "{number} of {of:known resource} {number:!is|!are} reached by links alone."
    explanation = "A client that knows the entry point finds the resources without a separate description."
    reference = HYPERTEXT_DRIVEN


class MostIsReached(Finding):
    severity = "warn"
    bearing = 3
    summary = "Most resources are reached by links, but not {missing}."
    explanation = "These are known only from a description, or because their URL could be guessed."
    remedy = "Link them from the representations in which a client would look for them."
    reference = HYPERTEXT_DRIVEN


class LittleIsReached(Finding):
    severity = "bad"
    bearing = 3
    summary = "Only {number} of {of:known resource} {number:!is|!are} reached by links, not {missing}."
    explanation = (
        "The others are known from a separate description, or because their URL could be guessed. A client that "
        "uses them depends on these URLs, and breaks when they change."
    )
    remedy = (
        "Link them: collections from the entry point, items from their collection, and related resources from the "
        "item."
    )
    reference = HYPERTEXT_DRIVEN


# -- are relations known? -------------------------------------------------------------------------------------


@check(3, "whether link relations are registered or URIs")
def look_at_relations(case: Case) -> Results:
    """A relation that is registered or a URI means the same in every API."""
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
    """Whether a relation is registered, a URI, or a name to which the format itself gives a URI."""
    return rel.lower() in REGISTERED or ":" in rel or found.reading.syntax in {"json-ld", "html"}


class RelationsAreKnown(Finding):
    severity = "good"
    bearing = 3
    summary = "Link relations are registered or URIs: {relations}."
    explanation = "The meaning of the relations can be looked up, in the IANA registry or by the URI."
    reference = rfc(8288, "2.1")


class RelationsAreHomemade(Finding):
    severity = "warn"
    bearing = 3
    summary = "Link relations are neither registered nor URIs: {relations}."
    explanation = "Only clients that were written for this API understand such relations."
    remedy = "Use registered relations where they fit, and URIs (or CURIEs in HAL) for others."
    reference = rfc(8288, "2.1.2")
