"""The API catalogue: where the API is, where it is described, and what it has (RFC 9727, RFC 9264)."""

from __future__ import annotations

from typing import Any

from ..model.resource import Declaration
from ..surface.addresses import ENTRY, collection_url, vocabulary_url
from .document import JSON_LD, OPENAPI, About

CATALOG = "/.well-known/api-catalog"


def catalog(declarations: tuple[Declaration, ...], about: About, base: str) -> dict[str, Any]:
    """The linkset of `/.well-known/api-catalog`: the catalogue has one API, and the API its resources.

    The relations are those of RFC 8631 (service-desc, service-doc, service-meta, status) and RFC 6573 (item).
    """
    api = {
        "anchor": base + ENTRY,
        "service-desc": [{"href": f"{base}/openapi.json", "type": OPENAPI}],
        "service-doc": [{"href": f"{base}/docs", "type": "text/html"}],
        "service-meta": [{"href": vocabulary_url(base), "type": JSON_LD}],
        "status": [{"href": f"{base}/health/ready", "type": "application/json"}],
        "item": [{"href": collection_url(base, each), "title": each.slug} for each in declarations],
    }
    own = {"anchor": base + CATALOG, "item": [{"href": base + ENTRY, "title": about.title}]}
    return {"linkset": [own, api]}
