"""Level 2, removing: what the audit created is removed, and what is left behind is reported."""

from __future__ import annotations

from .checks import Results
from .exchanges import Exchange
from .findings import Finding, Untested, rfc
from .ownership import canonical, doubt_about
from .probe import BudgetSpent
from .reading import read
from .reading.targets import without_query
from .trials import Made, Trial, in_listing, known_items, send, trusted

OWN = "whether created resources can be replaced and removed as HTTP specifies"
MAX_ASKED = 5
"""Members of which the collection says nothing any more that are requested by themselves."""
BY_HAND = (
    "Answer 201 with one Location below the collection, and serve there what was sent. Remove by hand what is left "
    "behind."
)


def remove(trial: Trial) -> Results:
    """Remove what was created, and report what could not be removed."""
    said: list[Finding | Untested] = []
    try:
        said += judge_removing(trial)
        if not any(isinstance(each, RemovedMore) for each in said):
            remove_others(trial)
    except BudgetSpent:
        for made in (trial.made, *trial.others):
            made.doubt = made.doubt or ("" if made.removed else "the budget of requests was used up")
    yield from said
    for made in (trial.made, *trial.others):
        if not made.removed:
            yield left_behind(trial, made)
    if trial.made.doubt and not trial.made.removed:
        where = trial.made.url or trial.collection.url
        yield Untested(
            2, OWN, f"The created resource is not known to be the audit's own: {trial.made.doubt} ({where}).", BY_HAND
        )


def judge_removing(trial: Trial) -> Results:
    """Remove the created resource, and judge whether it alone is gone and whether a second DELETE fails."""
    made = trial.made
    first = trial.change("DELETE", made)
    if first is None or not first.succeeded:
        made.doubt = made.doubt or "DELETE is refused" + (f" with {first.status}" if first else "")
        return
    gone = trial.read(made)
    if gone is not None and gone.succeeded:
        if not doubt_about(gone, made.mark):
            made.removed = True  # so that `CouldNotRemove` does not report it once more
            yield RemovedIsStillThere(made.url, first, gone, status=first.status)
        return
    made.removed = True
    missing, listing = gone_with_it(trial)
    if missing and listing is not None:
        names = ", ".join(each.url for each in missing)
        yield RemovedMore(made.url, first, listing, *missing, names=names, collection=trial.collection.url)
        return
    if gone is None or not gone.is_gone:
        return
    # Somebody else may create another at its URL by now, which a condition protects.
    again = send(trial.case, trial.collection, "DELETE", made.url, **made.condition)
    yield RemovedIsGone(made.url, first, gone)
    if again is not None and again.status >= 500:
        yield RemovingTwiceBreaks(made.url, again, status=again.status)


def gone_with_it(trial: Trial) -> tuple[list[Exchange], Exchange | None]:
    """The refusals for members that the collection listed before and does not list now, and the listing.

    A page may show others now, so that what is not listed has to be missing at its URL as well.
    """
    known = set(known_items(trial.case, trial.collection))
    listing = send(trial.case, trial.collection, "GET", trial.collection.url)
    if listing is None or not listing.answered:
        return [], None
    listed = {member.target for member in read(listing).members or ()}
    absent = sorted(known - listed)[:MAX_ASKED]
    answers = [send(trial.case, trial.collection, "GET", url) for url in absent]
    return [each for each in answers if each is not None and each.is_gone], listing


def remove_others(trial: Trial) -> None:
    """Remove what else was created: by later requests, or by one that was refused and that the collection lists."""
    listing = send(trial.case, trial.collection, "GET", trial.collection.url)
    said = {canonical(made.url) for made in (trial.made, *trial.others) if made.url}
    for listed in in_listing(trial.collection, listing, trial.made.answer, trial.made.mark, trial.before):
        if not listed.url or canonical(listed.url) not in said:
            trial.others.append(trusted(trial.case, trial.collection, listed, trial.before, listing))
    for other in trial.others:
        answer = trial.change("DELETE", other)
        found = trial.read(other) if answer is not None and answer.succeeded else None
        other.removed = found is not None and found.is_gone


def left_behind(trial: Trial, made: Made) -> Finding:
    """The finding for what is left behind, by its URL; where that is not trusted, by its mark and the collection."""
    elsewhere = not made.url.startswith(without_query(trial.collection.url) + "/")
    where = trial.collection.url if elsewhere else made.url
    why = f"{made.doubt or 'DELETE did not remove it'}{f', {made.url}' if elsewhere and made.url else ''}"
    return CouldNotRemove(where, made.answer, name=made.mark.text, why=why)


class RemovedMore(Finding):
    severity = "bad"
    bearing = 2
    summary = "DELETE on {subject} is answered with success, and others of {collection} are gone since: {names}."
    explanation = (
        "They were there before the audit created and removed a resource of its own, and are missing now. Either "
        "DELETE removes more than the resource at its URL, or another client removed them at the same time. "
        "The audit has removed nothing after that."
    )
    remedy = "Let DELETE remove the resource that its URL identifies, and no other."
    reference = rfc(9110, "9.3.5")


class RemovedIsStillThere(Finding):
    severity = "bad"
    bearing = 2
    summary = "DELETE on {subject} is answered with {status}, and the resource still exists."
    explanation = (
        "The client is told that the resource was removed. The audit created it, and it has to be removed by hand."
    )
    remedy = "Remove the resource, answer with 202 if that takes time, or refuse the request."
    reference = rfc(9110, "9.3.5")


class RemovedIsGone(Finding):
    severity = "good"
    bearing = 2
    summary = "A resource that was removed with DELETE no longer exists."
    explanation = "After DELETE, GET answers 404 or 410."
    reference = rfc(9110, "9.3.5")


class RemovingTwiceBreaks(Finding):
    severity = "bad"
    bearing = 2
    summary = "A repeated DELETE on {subject} is answered with {status}."
    explanation = (
        "DELETE is idempotent: a client that lost the response repeats the request. A 5xx status code says that the "
        "server failed."
    )
    remedy = "Answer with 404 or 204."
    reference = rfc(9110, "9.2.2")


class CouldNotRemove(Finding):
    severity = "warn"
    bearing = 2
    summary = "A resource that the audit created was left behind: {subject}, {name}; {why}."
    explanation = (
        "It was created to test how the API creates resources. DELETE did not remove it, or was not sent because it "
        "is not certain that the resource is the audit's own. Remove it by hand: its mark is the name in the "
        "summary."
    )
    remedy = "Let DELETE remove what POST creates, at the URL that Location gives."
    reference = rfc(9110, "9.3.5")
