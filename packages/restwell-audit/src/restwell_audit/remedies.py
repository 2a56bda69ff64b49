"""Remedies that fit the server at hand, by the formats that it sends and the software that it seems to be.

A kind of finding says what to change in general. Where that is no use to the owner of a file server, of an object
store or of a site of pages, the table here says what is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy

from .checks import Case
from .dav import MULTI_STATUS
from .exchanges import Exchange
from .findings import Finding
from .reading import html, xml

S3, WEBDAV, READ_ONLY = "s3", "webdav", "read-only"
STORES = ("amazons3", "minio", "ceph", "rgw", "garage", "seaweedfs", "riakcs")
"""What object stores call themselves in Server."""
ORDER = (S3, WEBDAV, READ_ONLY, "hal", "siren", "json-ld", "json:api", "collection+json", "html", "xml")
"""What is asked first where several hold: software before formats."""
FIELDS = "Send Link header fields (RFC 8288) with relations, from the server or from a proxy before it."
INDEX = "Serve an index page that links the objects, or send Link header fields from a proxy before the store."
PAGES = "Link them from the pages on which a reader would look for them, with <a href>."

OPERATIONS: Mapping[str, str] = {
    S3: "Say which protocol it is, by a Link header field with rel=profile or service-doc.",
    WEBDAV: "Say with DAV in the responses to OPTIONS that these are the methods of WebDAV (RFC 4918).",
    "html": "Give the page a form for each operation.",
    "hal": "Send application/prs.hal-forms+json with _templates for them.",
    "siren": "Describe them in the actions of the entity.",
    "json-ld": "Describe them with hydra:operation.",
    "xml": "Describe them with Link header fields that name what may be sent, or with an Atom service document.",
}
REMEDIES: Mapping[str, Mapping[str, str]] = {
    "entry-leads-nowhere": {
        S3: INDEX,
        WEBDAV: "Name the folder as the entry point, and let the server list it, by PROPFIND or by a page.",
        "html": "Link the other pages from this one, with <a href>.",
        "hal": "Link every collection in the _links of the entry point.",
        "siren": "Link every collection in the links or entities of the entry point.",
        "json-ld": "Serve a hydra:entrypoint that links every collection.",
        "json:api": "Serve a document with links to every collection at the entry point.",
        "xml": f"Link every collection, in a vocabulary with links such as Atom or XLink. {FIELDS}",
    },
    "links-are-text": {
        S3: INDEX,
        WEBDAV: FIELDS,
        "html": "Write each URL as a link, <a href>, instead of as text.",
        "hal": "Move them to _links, and send application/hal+json.",
        "siren": "Move them to links, and send application/vnd.siren+json.",
        "json-ld": "Give their members @type: @id in the context, and send application/ld+json.",
        "json:api": "Move them to links or relationships, and send application/vnd.api+json.",
        "xml": f"Use a vocabulary that defines links, such as Atom or XLink. {FIELDS}",
    },
    "no-links": {
        S3: INDEX,
        WEBDAV: FIELDS,
        "html": "Link the pages with <a href>: lists to what they list, and everything to the start.",
        "xml": f"Use a vocabulary that defines links, such as Atom or XLink. {FIELDS}",
    },
    "little-is-reached": {S3: INDEX, "html": PAGES},
    "most-is-reached": {S3: INDEX, "html": PAGES},
    "operations-out-of-band": OPERATIONS,
    "operations-nowhere": OPERATIONS,
    "hypermedia-is-missing": {S3: INDEX, WEBDAV: "Let clients find every file from the folder that they know."},
    "queries-out-of-band": {
        "html": "Give the page a form with method GET for them.",
        "hal": "Link a URI template, with templated: true.",
        "siren": "Describe them by an action with method GET.",
        "json-ld": "Describe them with hydra:search.",
        "xml": "Describe them with an OpenSearch document, or with Link-Template header fields (RFC 9652).",
    },
    "relations-are-homemade": {
        "hal": "Use registered relations where they fit, and CURIEs or URIs for others.",
        "html": "Use registered relations in rel.",
    },
    "error-as-success": {
        S3: "Answer with 404, and with the XML error document of the protocol.",
        "html": "Answer with the status code that fits, such as 404 for a page that does not exist; the page may say "
        "whatever helps a reader.",
        "xml": "Answer with the status code that fits, such as 404 for what is missing and 400 for invalid content.",
    },
    "paths-are-actions": {READ_ONLY: "Let paths name resources, and GET read them."},
    "some-paths-are-actions": {READ_ONLY: "Name the path after what is read there."},
    "reading-changed": {READ_ONLY: "Let GET, HEAD and OPTIONS change nothing."},
    "lacks-validators": {READ_ONLY: "Send ETag or Last-Modified with every representation."},
}
"""Remedies by the kind of finding and by what the server is."""
EXPLANATIONS: Mapping[str, Mapping[str, str]] = {
    "lacks-validators": {READ_ONLY: "Without a validator a copy cannot be confirmed, and is sent again as a whole."},
}


def fitting(findings: Iterable[Finding], case: Case) -> Iterator[Finding]:
    """The findings, each with the remedy that fits the server."""
    findings = tuple(findings)
    traits = traits_of(case, findings)
    for finding in findings:
        remedy = _chosen(REMEDIES, finding, traits)
        explanation = _chosen(EXPLANATIONS, finding, traits)
        if remedy or explanation:
            finding = copy(finding)  # noqa: PLW2901 -- as it is shown
            finding.remedy = remedy or finding.remedy  # type: ignore[misc]  # its own
            finding.explanation = explanation or finding.explanation  # type: ignore[misc]  # its own
        yield finding


def _chosen(table: Mapping[str, Mapping[str, str]], finding: Finding, traits: frozenset[str]) -> str:
    own = table.get(finding.id(), {})
    return next((own[trait] for trait in ORDER if trait in traits and trait in own), "")


def traits_of(case: Case, findings: Iterable[Finding]) -> frozenset[str]:
    """What is known of the server: its software, whether it can only be read, and the format that it sends."""
    exchanges = [each for each in case.probe.exchanges if not each.intermediary and each.answered]
    traits = set()
    if any(map(is_store, exchanges)):
        traits.add(S3)
    if any(each.header("dav") is not None or each.status == MULTI_STATUS for each in exchanges):
        traits.add(WEBDAV)
    if any(each.id() == "only-reading" for each in findings):
        traits.add(READ_ONLY)
    resources = [each for each in case.survey.resources() if each.exchange is not None and each.exchange.body]
    syntaxes = [each.reading.syntax for each in resources if each.reading.syntax]
    known = {syntax for syntax in syntaxes if syntax in ORDER}
    if "html" in known and set(syntaxes) != {"html"}:
        known.discard("html")  # pages beside an API
    if syntaxes and all(is_data_in_xml(each.exchange.media_type) for each in resources if each.exchange is not None):
        known.add("xml")
    return frozenset(traits | known)


def is_data_in_xml(media_type: str) -> bool:
    """Whether a media type is XML, but not that of a page."""
    return xml.is_xml(media_type) and media_type != html.XHTML


def is_store(exchange: Exchange) -> bool:
    """Whether a response is that of an object store with the protocol of S3."""
    named = (exchange.header("server") or "").lower().replace(" ", "")
    is_named = any(each in named for each in STORES)
    listing = "<listbucketresult" in exchange.text[:2000].lower()
    return is_named or listing or exchange.header("x-amz-request-id") is not None
