"""What `/me` says, in the vocabulary of the API: the terms of its context, and the classes that define them."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..surface.addresses import vocabulary_url
from .terms import RDFS, XSD

TEXT, RESOURCE = f"{XSD}string", f"{RDFS}Resource"


class Said(NamedTuple):
    """A member: its name, what it is, and what its values are; of an object, the members of that."""

    name: str
    text: str
    range: str = TEXT
    parts: tuple[Said, ...] = ()


OPERATIONS = (
    Said("method", "The method."),
    Said("template", "The URI template of what it is performed on (RFC 6570), where that is an item."),
    Said("title", "What it does."),
    Said(
        "permitted",
        "Whether it is open to who asks: always, sometimes (with the items that its rule holds for), never.",
    ),
    Said("needs", "What it needs."),
)
MEMBERS = (
    Said("read", "Whether who asks may read it: always, sometimes (of the items that its rule holds for), never."),
    Said("set", "Whether who asks may set it, in creating or changing an item."),
)
SAID = (
    Said("subject", "Who asks; missing for an anonymous caller."),
    Said("credential", "By which credential.", RESOURCE, (
        Said("kind", "What it is: key, password, session, token or other."),
        Said("id", "The id of a key."),
        Said("name", "What a key, a resource, an operation or a member is called."),
        Said("expires", "When it ends.", f"{XSD}dateTime"),
    )),
    Said("scopes", "The scopes that they have."),
    Said("groups", "The groups that they are in."),
    Said("signIn", "How an anonymous caller can be known.", RESOURCE, (
        Said("scheme", "The security scheme of OpenAPI."),
        Said("description", "What to send."),
        Said("challenge", "The challenge of WWW-Authenticate."),
        Said("url", "Where a resource is, where an operation is performed, or where to sign in.", RESOURCE),
    )),
    Said("resources", "The resources with which they may do something.", RESOURCE, (
        Said("operations", "What can be done with it.", RESOURCE, OPERATIONS),
        Said("members", "What its items have.", RESOURCE, MEMBERS),
    )),
)  # fmt: skip


def every(said: tuple[Said, ...] = SAID) -> list[Said]:
    """The members at every depth: each name means one thing."""
    return [one for each in said for one in (each, *every(each.parts))]


def me_terms(base: str) -> dict[str, Any]:
    """The terms of the context."""
    found: dict[str, Any] = {"Me": vocabulary_url(base, "Me")}
    for each in every():
        term: dict[str, Any] = {"@id": vocabulary_url(base, f"Me/{each.name}")}
        if each.name == "url":
            term["@type"] = "@id"
        elif each.range not in {TEXT, RESOURCE}:
            term["@type"] = each.range
        found[each.name] = term
    return found
