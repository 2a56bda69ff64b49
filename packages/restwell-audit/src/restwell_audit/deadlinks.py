"""Level 3, dead links: whether there is something at the targets of links."""

from __future__ import annotations

from collections import Counter

from .checks import Case, Results, check
from .findings import Finding, fielding
from .following import Reason, why_unread
from .found import Found
from .hypermedia import MIN_SHARE, evidence_of
from .resources import evidence_at


@check(3, "whether linked resources exist")
def follow_links(case: Case) -> Results:
    """Links that were followed are broken where nothing is at their target, as its own method says."""
    followed = [each for each in case.survey.followed() if each.exchange is not None]
    dead = case.survey.dead()
    unread = {each.url: why for each in followed if each not in dead and (why := reason(each))}
    if not followed:
        return
    if not dead:
        yield LinksLive(followed[0].url, *evidence_of(followed[:1]), number=len(followed))
    else:
        kind = ManyLinksAreDead if len(followed) - len(dead) < MIN_SHARE * len(followed) else SomeLinksAreDead
        evidence = [*evidence_at(case, dead[0].via), *evidence_of(dead[:3])]
        yield kind(dead[0].url, *evidence, number=len(dead), of=len(followed), via=dead[0].via)
    if unread:
        first = [each for each in followed if each.url in unread]
        yield LinksAreNotRead(first[0].url, *evidence_of(first[:3]), why=counted(list(unread.values())))


def reason(found: Found) -> Reason | None:
    """Why the target of a link was not read; None if it was."""
    return why_unread(found.exchange) if found.exchange is not None else None


def counted(reasons: list[Reason]) -> str:
    """The reasons with the number of links that each holds for."""
    return ", ".join(
        f"{number} {why.one if number == 1 else why.several}" for why, number in Counter(reasons).items()
    )


class LinksLive(Finding):
    severity = "good"
    bearing = 3
    summary = "{number:!The one link that was followed is not|None of the # links that were followed is} broken."
    explanation = "No linked resource was answered with 404, 410 or a failure of the server."
    reference = fielding("5.2.1.1")


class LinksAreNotRead(Finding):
    severity = "info"
    bearing = 3
    summary = "Targets of links that are there and were not read: {why}."
    explanation = (
        "A link is not broken because its target needs a credential, another method or time. What is behind it was "
        "not looked at."
    )
    remedy = "Give a credential with --header to have more of the API looked at."
    reference = fielding("5.2.1.1")


class SomeLinksAreDead(Finding):
    severity = "warn"
    bearing = 3
    summary = "{number} of {of:link} {number:!is|!are} broken, such as {subject}, linked from {via}."
    explanation = "A client that follows a link expects a resource at its target."
    remedy = "Link only resources that exist."
    reference = fielding("5.2.1.1")


class ManyLinksAreDead(Finding):
    severity = "bad"
    bearing = 3
    summary = "{number} of {of:link} {number:!is|!are} broken, such as {subject}, linked from {via}."
    explanation = "With so many broken links a client cannot rely on following them."
    remedy = "Link only resources that exist."
    reference = fielding("5.2.1.1")
