"""Level 2, removing: what the audit created is removed, and what is left behind is reported."""

from __future__ import annotations

from .checks import Results
from .findings import Finding, Untested, rfc
from .ownership import doubt_about
from .probe import BudgetSpent
from .reading import read
from .trials import Made, Trial, send

OWN = "whether created resources can be replaced and removed as HTTP specifies"
BY_HAND = (
    "Answer 201 with one Location below the collection, and serve there what was sent. Remove by hand what is left "
    "behind."
)


def remove(trial: Trial) -> Results:
    """Remove what was created, and report what could not be removed."""
    said: list[Finding | Untested] = []
    try:
        said += judge_removing(trial)
        said += left_in_listing(trial)
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
    """Remove everything that was created, and judge whether it is gone and whether a second DELETE fails."""
    for other in trial.others:
        answer = trial.change("DELETE", other)
        found = trial.read(other) if answer is not None and answer.succeeded else None
        other.removed = found is not None and found.status in {404, 410}
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
    if gone is None or gone.status not in {404, 410}:
        return
    again = send(trial.case, trial.collection, "DELETE", made.url)
    yield RemovedIsGone(made.url, first, gone)
    if again is not None and again.status >= 500:
        yield RemovingTwiceBreaks(made.url, again, status=again.status)


def left_in_listing(trial: Trial) -> Results:
    """What the collection still lists with the audit's mark, although it was refused or is said to be elsewhere."""
    listing = send(trial.case, trial.collection, "GET", trial.collection.url)
    said = {made.url for made in (trial.made, *trial.others) if made.url}
    for member in read(listing).members or () if listing is not None and listing.succeeded else ():
        bears = any(isinstance(value, str) and trial.made.mark.text in value for value in member.data.values())
        if bears and (not member.target or member.target not in said) and listing is not None:
            where, name = member.target or trial.collection.url, trial.made.mark.text
            yield CouldNotRemove(where, listing, name=name, why="the collection lists it")


def left_behind(trial: Trial, made: Made) -> Finding:
    """The finding for what is left behind, by its URL; where that is not trusted, by its mark and the collection."""
    elsewhere = not made.url.startswith(trial.collection.url.partition("?")[0].rstrip("/") + "/")
    where = trial.collection.url if elsewhere else made.url
    why = f"{made.doubt or 'DELETE did not remove it'}{f', {made.url}' if elsewhere and made.url else ''}"
    return CouldNotRemove(where, made.answer, name=made.mark.text, why=why)


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
