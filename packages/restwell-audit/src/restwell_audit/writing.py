"""Level 2, changing: creates things of its own, changes them, brings them into conflict and removes them again.

Nothing is changed but what is known to be the audit's own (`ownership.py`). What is left behind is said.
"""

from __future__ import annotations

from .acting import is_deed_by_address
from .checks import Case, Said, check
from .findings import Finding, Untested, rfc
from .ownership import Mark
from .probe import BudgetSpent
from .removing import remove
from .statelessness import same
from .survey import Found
from .trials import MARK, Trial, contents, create, send

NEEDED = 60
"""So many requests are needed at most to create something, judge it and remove it again."""
WHAT = "whether things are created, changed and removed as HTTP says"


# -- the check -----------------------------------------------------------------------------------------------


@check(2, WHAT, writes=True)
def change_things(case: Case) -> Said:
    """Create, read, replace, collide and remove, at the collections that take POST."""
    if case.probe.budget.left < NEEDED:
        raise BudgetSpent(f"Less than {NEEDED} requests are left, and what is created has to be removed again.")
    tried = False
    for collection in writable(case)[:3]:
        outcome = create(case, collection)
        if not isinstance(outcome, Trial):
            if outcome is not None and outcome.status in {401, 403}:
                yield Untested(2, WHAT, f"{collection.url} asks for a credential to create something.", "--header")
                tried = True
            elif outcome is not None and outcome.status >= 500:
                yield CreatingBreaks(collection.url, outcome, status=outcome.status)
                tried = True
            elif outcome is None and any(contents(case, collection, MARK)):
                why = f"Nothing that {collection.url} takes has a text by which it could be known again."
                yield Untested(2, WHAT, why, "--openapi, with an example that has a text")
                tried = True
            continue
        tried = True
        yield from judge(outcome)
        return
    if not tried:
        yield Untested(2, WHAT, "Nothing was found that would let something be created.", "--header or --openapi")


def writable(case: Case) -> list[Found]:
    """The collections to create something at: those that take POST, else any; no query, and nothing that acts."""
    plain = [each for each in case.survey.collections() if not is_deed_by_address(each.url)]
    plain = [each for each in plain if "?" not in each.url] or plain
    return [each for each in plain if "POST" in case.methods(each)] or plain


def judge(trial: Trial) -> Said:
    """What was created is removed, whatever happens between."""
    said: list[Finding | Untested] = []
    try:
        said += judge_creating(trial)
        if trial.look(trial.made) is not None:
            said += judge_replacing(trial)
            said += judge_conditions(trial)
        said += judge_bad_content(trial)
    except BudgetSpent:
        said.append(Untested(2, WHAT, "The budget of requests was used up.", "--max-requests"))
    finally:
        said += remove(trial)
    yield from said


def judge_creating(trial: Trial) -> Said:
    """201, with Location."""
    answer = trial.made.answer
    found = trial.read(trial.made)
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
    made = trial.made
    first = trial.change("PUT", made, trial.content)
    if first is None or first.status in {404, 405, 501}:
        return
    state = trial.read(made)
    second = trial.change("PUT", made, trial.content)
    after = trial.read(made)
    if first.succeeded and second is not None and second.succeeded and state is not None and after is not None:
        if same(state, after):
            yield PutIsIdempotent(made.url, first, second)
        else:
            yield PutIsNotIdempotent(made.url, first, second, after)
    elif first.status >= 500:
        yield ReplacingBreaks(made.url, first, status=first.status)


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
    made = trial.made
    found = trial.look(made)
    if found is None:
        return
    methods = trial.case.methods(Found(made.url, "guessed", exchange=found)) | {"PUT"}
    method = "PUT" if "PUT" in methods else "PATCH"
    answer = trial.change(method, made, trial.content, If_Match='"no-such-state"')
    if answer is None or answer.status in {404, 405, 415, 501}:
        return
    if answer.status == 412:
        yield LostUpdatesAreRefused(made.url, answer)
    elif answer.succeeded:
        if found.header("etag"):
            yield ConditionIsIgnored(made.url, answer, status=answer.status, method=method)
        else:
            yield NoConditions(made.url, answer, method=method)


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
    mark, url = trial.made.mark, trial.collection.url
    broken_mark, strange_mark = (Mark(mark.members, f"{mark.text}-{number}") for number in (2, 3))
    content = f'{{"{mark.members[0]}": "{broken_mark.text}", '.encode()
    broken = send(trial.case, trial.collection, "POST", url, content)
    if broken is not None and broken.answered:
        if broken.status >= 500:
            yield BadContentBreaks(url, broken, status=broken.status)
        elif broken.succeeded:
            trial.take(broken, broken_mark)
            yield BadContentIsTaken(url, broken, status=broken.status)
        else:
            yield BadContentIsRefused(url, broken, status=broken.status)
    content = f"no JSON: {strange_mark.text}".encode()
    strange = send(trial.case, trial.collection, "POST", url, content, Content_Type="application/x-restwell-nothing")
    if strange is not None and strange.answered:
        if strange.status == 415:
            yield StrangeTypeIsRefused(url, strange)
        elif strange.succeeded:
            trial.take(strange, strange_mark)
            yield BadContentIsTaken(url, strange, status=strange.status)
        elif strange.status < 500:
            yield StrangeTypeIsSomethingElse(url, strange, status=strange.status)


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
