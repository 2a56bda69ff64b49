"""Members that refer to items: in JSON-LD content they may be URLs of this API, which are read as identities."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..http.problems import FieldError
from ..model.resource import Declaration
from ..surface.addresses import identity_at
from ..surface.references import References
from .annotations import is_linked_data


class Referring(NamedTuple):
    """Content with identities in place of URLs, and what is wrong with those that are URLs of something else."""

    data: Any
    errors: tuple[FieldError, ...] = ()


def with_identities(declaration: Declaration, data: Any, media_type: str, base: str) -> Referring:
    """The content with the identity in place of each URL, be it alone or in an object with `@id`.

    Of JSON-LD only, also where it is sent as a merge patch, and only of members that refer to an item. A text with a
    `/` is meant to be a URL, unless it may be an identity with one.
    """
    targets = declaration.compiled[References]
    if not targets or not isinstance(data, dict) or not is_linked_data(data, media_type):
        return Referring(data)
    found, errors = dict(data), []
    for name in targets.keys() & data.keys():
        given, target = data[name], targets[name]
        url = given.get("@id") if isinstance(given, dict) else given
        identity = identity_at(base, target, url) if isinstance(url, str) else None
        if identity is not None:
            found[name] = identity
        elif isinstance(given, dict) or (isinstance(url, str) and "/" in url and not _may_be(target, url)):
            detail = f"Must be the identity of an item of {target.path}, or its URL below {base}{target.path}/."
            errors.append(FieldError(f"/{name}", detail, "reference"))
    return Referring(found, tuple(errors))


def _may_be(target: Declaration, text: str) -> bool:
    """Whether a text with a slash is no URL, and may be an identity."""
    return target.has_deep_identities and "://" not in text
