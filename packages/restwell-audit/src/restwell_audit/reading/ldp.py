"""The Linked Data Platform: what says that a resource follows it, and what its containers contain (W3C, LDP 1.0)."""

from __future__ import annotations

from collections.abc import Iterable

from .affordances import Link

PROTOCOL = "LDP"
NAMESPACE = "http://www.w3.org/ns/ldp#"
CONTAINS = f"{NAMESPACE}contains"
CONTAINERS = frozenset(
    f"{NAMESPACE}{name}" for name in ("Container", "BasicContainer", "DirectContainer", "IndirectContainer")
)


def says_so(header: Iterable[Link]) -> bool:
    """Whether a response has a Link field `rel="type"` with a type of LDP (section 4.2.1.4); links lose fragments."""
    return any("type" in link.rel.lower().split() and f"{link.target}#" == NAMESPACE for link in header)
