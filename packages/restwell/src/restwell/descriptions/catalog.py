"""The API catalogue: where the API is, where it is described, and what it has (RFC 9727, RFC 9264)."""

from __future__ import annotations

from typing import Any

from ..http.links import Link
from ..model.resource import Declaration
from ..surface.addresses import ENTRY, collection_url
from ..surface.site import service_links
from .document import About


def catalog(declarations: tuple[Declaration, ...], about: About, base: str) -> dict[str, Any]:
    """The linkset of `/.well-known/api-catalog`: the catalogue has one API, and the API its resources.

    The relations are those of RFC 8631 (service-desc, service-doc, service-meta, status) and RFC 6573 (item).
    """
    links = {each.relation: each for each in service_links(base)}
    own = links.pop("api-catalog")
    api = {
        "anchor": base + ENTRY,
        **{relation: [_target(each)] for relation, each in links.items()},
        "item": [{"href": collection_url(base, each), "title": each.slug} for each in declarations],
    }
    return {"linkset": [{"anchor": own.url, "item": [{"href": base + ENTRY, "title": about.title}]}, api]}


def _target(link: Link) -> dict[str, str]:
    return {"href": link.url, "type": link.type} if link.type else {"href": link.url}
