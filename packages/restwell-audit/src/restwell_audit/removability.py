"""Whether what is created at a collection could be removed again, judged before anything is created."""

from __future__ import annotations

from collections.abc import Iterator

from .checks import Case
from .found import Found
from .guessing import MISSING_NAME
from .ownership import Before, Claim, doubt_of
from .reading.targets import without_query
from .trials import known_items

MAX_ASKED = 2
"""Members whose methods are asked for."""
NOTHING: frozenset[str] = frozenset()


def doubt_of_removal(case: Case, collection: Found) -> str:
    """The reason why what is created could stay behind; "" where DELETE is known to be supported.

    It is known from the Allow field and the operations of members, or of a URL like that of a member, and from
    descriptions. Members must be where the audit removes something: below the collection, and without a query.
    """
    targets = [member.target for member in collection.reading.members or () if member.target]
    known = list(dict.fromkeys([*known_items(case, collection), *targets]))
    below = [url for url in known if is_removable_place(collection, url)]
    if known and not below:
        return f"members such as {known[0]} have URLs at which the audit removes nothing"
    base = without_query(collection.url)
    likely = below[:MAX_ASKED] or [f"{base}/{MISSING_NAME}"]
    if any("DELETE" in each for each in methods_of(case, collection, likely)):
        return ""
    return f"neither the members of the collection nor a description say that DELETE is supported ({likely[0]})"


def is_removable_place(collection: Found, url: str) -> bool:
    """Whether a URL could be that of a resource of the audit's own, were it new."""
    depth = without_query(url).count("/") - without_query(collection.url).count("/")
    return not doubt_of(Claim(url, url, collection.url, Before(NOTHING, NOTHING, depth=depth)))


def methods_of(case: Case, collection: Found, urls: list[str]) -> Iterator[frozenset[str]]:
    """The methods of each URL, and those that the collection itself shows for it."""
    for url in urls:
        shown = {each.method for each in collection.reading.operations if each.target == url}
        yield case.methods(case.survey.found.get(url) or Found(url, "guessed")) | shown
