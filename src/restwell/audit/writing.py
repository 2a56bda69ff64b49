"""Level 2, changing: creates things of its own, changes them, brings them into conflict and removes them again.

Nothing is changed but what was created here. What could not be removed is said.
"""

from __future__ import annotations

from .checks import Case, Said, check
from .findings import Finding, Untested, rfc
from .probe import BudgetSpent
from .statelessness import same
from .survey import Found
from .trials import Trial, create, url_of

NEEDED = 40
"""So many requests are needed at most to create something, judge it and remove it again."""
WHAT = "whether things are created, changed and removed as HTTP says"


# -- the check -----------------------------------------------------------------------------------------------


@check(2, WHAT, writes=True)
def change_things(case: Case) -> Said:
    """Create, read, replace, collide and remove, at the collections that take POST."""
    if case.probe.budget.left < NEEDED:
        raise BudgetSpent(f"Less than {NEEDED} requests are left, and what is created has to be removed again.")
    writable = [
        each for each in case.survey.collections() if "POST" in case.methods(each)
    ] or case.survey.collections()
    tried = False
    for collection in writable[:3]:
        outcome = create(case, collection)
        if not isinstance(outcome, Trial):
            if outcome is not None and outcome.status in {401, 403}:
                yield Untested(2, WHAT, f"{collection.url} asks for a credential to create something.", "--header")
                tried = True
            elif outcome is not None and outcome.status >= 500:
                yield CreatingBreaks(collection.url, outcome, status=outcome.status)
                tried = True
            continue
        tried = True
        yield from judge(outcome)
        return
    if not tried:
        yield Untested(2, WHAT, "Nothing was found that would let something be created.", "--header or --openapi")


def judge(trial: Trial) -> Said:
    """What was created is removed, whatever happens between."""
    said: list[Finding | Untested] = []
    try:
        said += judge_creating(trial)
        if trial.readable:
            said += judge_replacing(trial)
            said += judge_conditions(trial)
        said += judge_bad_content(trial)
    except BudgetSpent:
        said.append(Untested(2, WHAT, "The budget of requests was used up.", "--max-requests"))
    finally:
        said += remove(trial)
    yield from said


def remove(trial: Trial) -> Said:
    """Remove what was created, and say what could not be."""
    try:
        yield from judge_removing(trial)
    except BudgetSpent:
        yield CouldNotRemove(trial.url or trial.collection.url, trial.created, name=str(trial.content)[:80])


def judge_creating(trial: Trial) -> Said:
    """201, with Location."""
    answer = trial.created
    found = trial.send("GET", trial.url) if trial.url else None
    trial.readable = found is not None and found.succeeded
    if answer.status == 201 and answer.header("location") and found is not None and found.succeeded:
        yield CreatedWithLocation(trial.collection.url, answer, found, location=answer.header("location"))
    elif answer.status == 201 and found is not None and found.succeeded:
        yield CreatedWithoutLocation(trial.collection.url, answer)
    elif found is None or not found.succeeded:
        yield CreatedNowhere(trial.collection.url, answer, *([found] if found else []))
    else:
        yield CreatedAsSomethingElse(trial.collection.url, answer, status=answer.status)


class CreatedWithLocation(Finding):
    severity = "good"
    bearing = 2
    summary = "Creating is 201, and Location leads to what was created: {location}."
    explanation = "The client knows that something new exists, and where."
    reference = rfc(9110, "15.3.2")


class CreatedWithoutLocation(Finding):
    severity = "warn"
    bearing = 2
    summary = "Creating at {subject} is 201 without Location."
    explanation = "The client knows that something new exists and has to make up where."
    remedy = "Send Location with 201."
    reference = rfc(9110, "15.3.2")


class CreatedAsSomethingElse(Finding):
    severity = "warn"
    bearing = 2
    summary = "Creating at {subject} is answered with {status} rather than 201."
    explanation = "201 says that something new exists; another success leaves the client to find out."
    remedy = "Answer 201 with Location."
    reference = rfc(9110, "15.3.2")


class CreatedNowhere(Finding):
    severity = "warn"
    bearing = 2
    summary = "What was created at {subject} cannot be read afterwards."
    explanation = "Neither Location nor the content leads to it."
    remedy = "Answer 201 with Location, and serve what was created there."
    reference = rfc(9110, "15.3.2")


class CreatingBreaks(Finding):
    severity = "bad"
    bearing = 2
    summary = "Creating at {subject} makes the server fail: {status}."
    explanation = "The content was like that of the members that are there."
    remedy = "Create what is valid, and refuse what is not with 422 and the reason."
    reference = rfc(9110, "15.6.1")


def judge_replacing(trial: Trial) -> Said:
    """PUT twice is as good as once."""
    first = trial.send("PUT", trial.url, trial.content, **condition(trial))
    if first is None or first.status in {404, 405, 501}:
        return
    state = trial.send("GET", trial.url)
    second = trial.send("PUT", trial.url, trial.content, **condition(trial))
    after = trial.send("GET", trial.url)
    if first.succeeded and second is not None and second.succeeded and state is not None and after is not None:
        if same(state, after):
            yield PutIsIdempotent(trial.url, first, second)
        else:
            yield PutIsNotIdempotent(trial.url, first, second, after)
    elif first.status >= 500:
        yield ReplacingBreaks(trial.url, first, status=first.status)


def condition(trial: Trial) -> dict[str, str]:
    """If-Match with the current entity tag, for those who ask for it."""
    found = trial.send("GET", trial.url)
    tag = found.header("etag") if found is not None else None
    return {"If_Match": tag} if tag and not tag.startswith("W/") else {}


class PutIsIdempotent(Finding):
    severity = "good"
    bearing = 2
    summary = "PUT twice is as good as once."
    explanation = "A client whose answer was lost may simply send the request again."
    reference = rfc(9110, "9.2.2")


class PutIsNotIdempotent(Finding):
    severity = "bad"
    bearing = 2
    summary = "PUT on {subject} a second time made something else of it."
    explanation = "PUT has to be idempotent: the same request again leaves the same state."
    remedy = "Let PUT replace the state by the content, and nothing else."
    reference = rfc(9110, "9.2.2")


class ReplacingBreaks(Finding):
    severity = "bad"
    bearing = 2
    summary = "PUT on {subject} makes the server fail: {status}."
    explanation = "The content was that of the thing itself."
    remedy = "Replace what is valid, and refuse what is not with 422 and the reason."
    reference = rfc(9110, "15.6.1")


def judge_conditions(trial: Trial) -> Said:
    """A change on the condition of a state that never was is refused."""
    found = trial.send("GET", trial.url)
    if found is None or not found.succeeded:
        return
    methods = trial.case.methods(Found(trial.url, "guessed", exchange=found)) | {"PUT"}
    method = "PUT" if "PUT" in methods else "PATCH"
    answer = trial.send(method, trial.url, trial.content, If_Match='"no-such-state"')
    if answer is None or answer.status in {404, 405, 415, 501}:
        return
    if answer.status == 412:
        yield LostUpdatesAreRefused(trial.url, answer)
    elif answer.succeeded:
        if found.header("etag"):
            yield ConditionIsIgnored(trial.url, answer, status=answer.status, method=method)
        else:
            yield NoConditions(trial.url, answer, method=method)


class LostUpdatesAreRefused(Finding):
    severity = "good"
    bearing = 2
    summary = "A change of a state that is no more is refused with 412."
    explanation = "Of two who change the same thing, the second is told that it has changed."
    reference = rfc(9110, "13.1.1")


class ConditionIsIgnored(Finding):
    severity = "bad"
    bearing = 2
    summary = "{method} on {subject} with an If-Match that cannot hold is answered with {status}."
    explanation = (
        "It sends entity tags and does not look at them: a client that guards its change by one overwrites "
        "another's work unawares."
    )
    remedy = "Answer 412 when If-Match does not name the current entity tag."
    reference = rfc(9110, "13.1.1")


class NoConditions(Finding):
    severity = "warn"
    bearing = 2
    summary = "{method} on {subject} cannot be made conditional."
    explanation = "Without entity tags the later of two changes wins, and nobody knows."
    remedy = "Send a strong ETag, and answer 412 when If-Match does not name the current one."
    reference = rfc(9110, "13.1.1")


def judge_bad_content(trial: Trial) -> Said:
    """What cannot be read is refused, and said to be the client's mistake."""
    broken = trial.send("POST", trial.collection.url, b'{"name": ')
    if broken is not None and broken.answered:
        if broken.status >= 500:
            yield BadContentBreaks(trial.collection.url, broken, status=broken.status)
        elif broken.succeeded:
            trial.others.append((broken, url_of(trial.case, trial.collection, broken, {})))
            yield BadContentIsTaken(trial.collection.url, broken, status=broken.status)
        else:
            yield BadContentIsRefused(trial.collection.url, broken, status=broken.status)
    strange = trial.send("POST", trial.collection.url, b"no JSON", Content_Type="application/x-restwell-nothing")
    if strange is not None and strange.answered:
        if strange.status == 415:
            yield StrangeTypeIsRefused(trial.collection.url, strange)
        elif strange.succeeded:
            trial.others.append((strange, url_of(trial.case, trial.collection, strange, {})))
            yield BadContentIsTaken(trial.collection.url, strange, status=strange.status)
        elif strange.status < 500:
            yield StrangeTypeIsSomethingElse(trial.collection.url, strange, status=strange.status)


class BadContentIsRefused(Finding):
    severity = "good"
    bearing = 2
    summary = "Content that cannot be read is refused with {status}."
    explanation = "The client is told that the mistake is its own."
    reference = rfc(9110, "15.5.1")


class BadContentBreaks(Finding):
    severity = "bad"
    bearing = 2
    summary = "Content that cannot be read makes {subject} fail: {status}."
    explanation = "5xx says that the server is at fault, and that it may be asked again later."
    remedy = "Answer 400."
    reference = rfc(9110, "15.5.1")


class BadContentIsTaken(Finding):
    severity = "bad"
    bearing = 2
    summary = "Content that cannot be read is taken by {subject}: {status}."
    explanation = "What the client meant is lost, and it is told that all went well."
    remedy = "Answer 400 for content that cannot be read, 415 for a media type that is not known."
    reference = rfc(9110, "15.5.1")


class StrangeTypeIsRefused(Finding):
    severity = "good"
    bearing = 2
    summary = "A media type that is not known is refused with 415."
    explanation = "The client is told that it is the format that does not fit."
    reference = rfc(9110, "15.5.16")


class StrangeTypeIsSomethingElse(Finding):
    severity = "warn"
    bearing = 2
    summary = "A media type that is not known is answered with {status} rather than 415."
    explanation = "415 tells the client that it is the format that does not fit, not what it says."
    remedy = "Answer 415, and Accept-Post or Accept-Patch."
    reference = rfc(9110, "15.5.16")


def judge_removing(trial: Trial) -> Said:
    """Removed is gone; removing it again does no harm. Whatever was made on the way goes too."""
    for made, url in trial.others:
        answer = trial.send("DELETE", url) if url else None
        if answer is None or not answer.succeeded:
            yield CouldNotRemove(url or trial.collection.url, made, name="what cannot be read")
    if not trial.url:
        yield CouldNotRemove(trial.collection.url, trial.created, name=str(trial.content)[:80])
        return
    first = trial.send("DELETE", trial.url, **condition(trial))
    gone = trial.send("GET", trial.url)
    if first is None or not first.succeeded:
        yield CouldNotRemove(trial.url, *([first] if first else []), name=str(trial.content)[:80])
        return
    if gone is not None and gone.succeeded:
        yield RemovedIsStillThere(trial.url, first, gone, status=first.status)
        return
    again = trial.send("DELETE", trial.url)
    if gone is not None and gone.status in {404, 410}:
        yield RemovedIsGone(trial.url, first, gone)
    if again is not None and again.status >= 500:
        yield RemovingTwiceBreaks(trial.url, again, status=again.status)


class RemovedIsStillThere(Finding):
    severity = "bad"
    bearing = 2
    summary = "DELETE on {subject} is answered with {status}, and it is still there."
    explanation = "The client is told that it is gone. What the audit created there has to be removed by hand."
    remedy = "Remove it, or answer 202 where that takes time, or refuse."
    reference = rfc(9110, "9.3.5")


class RemovedIsGone(Finding):
    severity = "good"
    bearing = 2
    summary = "What was removed with DELETE is gone, and removing it again does no harm."
    explanation = "DELETE is idempotent: a client whose answer was lost may send it again."
    reference = rfc(9110, "9.3.5")


class RemovingTwiceBreaks(Finding):
    severity = "bad"
    bearing = 2
    summary = "DELETE on {subject} a second time makes the server fail: {status}."
    explanation = "A client whose answer was lost sends the request again."
    remedy = "Answer 404 or 204."
    reference = rfc(9110, "9.2.2")


class CouldNotRemove(Finding):
    severity = "warn"
    bearing = 2
    summary = "What the audit created could not be removed: {subject} {name}."
    explanation = "It was created to see how creating works, and DELETE did not remove it. Remove it by hand."
    remedy = "Let what can be created be removed with DELETE."
    reference = rfc(9110, "9.3.5")
