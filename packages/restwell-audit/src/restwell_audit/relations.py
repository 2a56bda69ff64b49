"""Relations of links: those that IANA has registered, and those to information about an API."""

from __future__ import annotations

from .reading import Link

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
ABOUT = frozenset(
    ["describedby", "service-desc", "service-doc", "service-meta", "profile", "type", "license", "help", "about",
    "terms-of-service",
     "privacy-policy", "stylesheet", "icon", "shortcut", "manifest", "preload", "modulepreload", "canonical",
     "curies", "api-catalog",
     "http://www.w3.org/ns/hydra/core#apidocumentation", "http://www.w3.org/ns/json-ld#context", "context", "status",
     "http://www.w3.org/ns/solid/terms#storagedescription"]
)  # fmt: skip
"""Relations, in lower case, to information about the API, which is read but not counted as a resource."""
MAY_BE_MISSING = frozenset(["acl"])
"""Relations to what need not exist: without an access control list, that of the container holds (Solid, WAC)."""
LISTENING = frozenset(["http://www.w3.org/ns/solid/terms#updatesviastreaminghttp2023"])
"""Relations, in lower case, to responses that do not end."""
ONWARD = frozenset(["next", "prev", "previous", "first", "last"])


def is_about(link: Link) -> bool:
    """Whether a link leads to information about the API rather than to one of its resources."""
    return bool(link.rel) and set(link.rel.lower().split()) <= ABOUT
