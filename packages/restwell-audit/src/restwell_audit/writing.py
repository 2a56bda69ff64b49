"""Level 2, changing: checks that create resources of the audit's own, change them and remove them again.

Only what is known to be the audit's own is changed (`ownership.py`). What is left behind is reported.
"""

from __future__ import annotations

from .acting import acts_by_address
from .checks import ALLOW_MORE, Case, Results, check
from .contents import MARK, contents
from .findings import Finding, Untested, rfc
from .found import Found
from .ownership import Mark
from .probe import BudgetSpent
from .removability import doubt_of_removal
from .removing import remove
from .trials import Trial, create, send

MAX_NEEDED = 60
"""Requests that creating a resource, judging it and removing it again may need."""
GIVE_CREDENTIAL = "Give a credential that may create with --header."
GIVE_EXAMPLE = "Give --openapi, a description with an example that has a text member."
NAME_COLLECTION = (
    "Name the URL of a collection that takes POST on the command line, or give --openapi, or a credential with "
    "--header."
)
WHAT = "whether resources are created, changed and removed as HTTP specifies"


# -- the check -----------------------------------------------------------------------------------------------


@check(2, WHAT, writes=True)
def change_things(case: Case) -> Results:
    """Create, read, replace and remove a resource, at the collections that support POST."""
    if case.probe.budget.left < MAX_NEEDED:
        raise BudgetSpent(f"Fewer than {MAX_NEEDED} requests are left, which creating and removing may need.")
    tried = False
    held: list[Untested] = []
    for collection in writable(case)[:3]:
        if not case.keeping and (why := doubt_of_removal(case, collection)):
            known = case.methods(collection) - {"GET"}
            held += [not_created(collection, why)] if "POST" in known or not known else []
            continue
        outcome = create(case, collection)
        if not isinstance(outcome, Trial):
            if outcome is not None and outcome.status in {401, 403}:
                yield Untested(2, WHAT, f"Creating at {collection.url} needs a credential.", GIVE_CREDENTIAL)
                tried = True
            elif outcome is not None and outcome.status >= 500:
                yield CreatingBreaks(collection.url, outcome, status=outcome.status)
                tried = True
            elif outcome is None and any(contents(case, collection, MARK)):
                why = f"No content known for {collection.url} has a text member, which the mark of the audit needs."
                yield Untested(2, WHAT, why, GIVE_EXAMPLE)
                tried = True
            continue
        tried = True
        yield from judge(outcome)
        return
    if not tried:
        nowhere = "No collection was found at which a resource could be created."
        yield from held[:1] or [Untested(2, WHAT, nowhere, NAME_COLLECTION)]


def not_created(collection: Found, why: str) -> Untested:
    """What is not tested where a created resource could stay behind."""
    how = "Allow it with --write=keep, which creates a resource in any case and names it where it is left behind."
    return Untested(2, WHAT, f"Nothing was created at {collection.url}, since it might stay there: {why}.", how)


def writable(case: Case) -> list[Found]:
    """The collections at which to create: those that support POST, else any; no queries, and no URLs that act."""
    plain = [each for each in case.survey.collections() if not acts_by_address(each.url)]
    plain = [each for each in plain if "?" not in each.url] or plain
    return [each for each in plain if "POST" in case.methods(each)] or plain


def judge(trial: Trial) -> Results:
    """The findings about one created resource, which is removed whatever happens in between."""
    said: list[Finding | Untested] = []
    try:
        said += judge_creating(trial)
        if trial.look(trial.made) is not None:
            said += judge_replacing(trial)
            said += judge_conditions(trial)
        said += judge_bad_content(trial)
    except BudgetSpent:
        said.append(Untested(2, WHAT, "The budget of requests was used up amid the changes.", ALLOW_MORE))
    finally:
        said += remove(trial)
    yield from said


def judge_creating(trial: Trial) -> Results:
    """Whether creating answers 201 with Location."""
    answer = trial.made.answer
    location = answer.header("location")
    found = trial.read(trial.made)
    if found is None or not found.succeeded or (location and trial.made.source == "listing"):
        yield CreatedNowhere(trial.collection.url, answer, *([found] if found else []))
    elif answer.status == 201 and location:
        yield CreatedWithLocation(trial.collection.url, answer, found, location=location)
    elif answer.status == 201:
        yield CreatedWithoutLocation(trial.collection.url, answer)
    else:
        yield CreatedAsSomethingElse(trial.collection.url, answer, status=answer.status)


class CreatedWithLocation(Finding):
    severity = "good"
    bearing = 2
    summary = "POST answers 201, and Location leads to the created resource: {location}."
    explanation = "The client learns that a resource was created, and its URL."
    reference = rfc(9110, "15.3.2")


class CreatedWithoutLocation(Finding):
    severity = "warn"
    bearing = 2
    summary = "POST on {subject} answers 201 without Location."
    explanation = "The client learns that a resource was created, but not its URL."
    remedy = "Send Location with 201."
    reference = rfc(9110, "15.3.2")


class CreatedAsSomethingElse(Finding):
    severity = "warn"
    bearing = 2
    summary = "POST on {subject} creates a resource and answers {status} instead of 201."
    explanation = "201 says that a resource was created. Other successful status codes do not say so."
    remedy = "Answer with 201 and Location."
    reference = rfc(9110, "15.3.2")


class CreatedNowhere(Finding):
    severity = "warn"
    bearing = 2
    summary = "The response to POST on {subject} does not lead to the created resource."
    explanation = "It can be read neither at the URL in Location, nor at one in the content."
    remedy = "Answer with 201 and Location, and serve the created resource at that URL."
    reference = rfc(9110, "15.3.2")


class CreatingBreaks(Finding):
    severity = "bad"
    bearing = 2
    summary = "POST on {subject} with plausible content is answered with {status}."
    explanation = (
        "The content was derived from an existing member, the description or a form. A 5xx status code says that "
        "the server failed."
    )
    remedy = "Create the resource if the content is valid, and otherwise answer with 422 and the reason."
    reference = rfc(9110, "15.6.1")


def judge_replacing(trial: Trial) -> Results:
    """Whether PUT is idempotent."""
    made = trial.made
    first = trial.change("PUT", made, trial.content)
    if first is None or first.status in {404, 405, 501}:
        return
    state = trial.read(made)
    second = trial.change("PUT", made, trial.content)
    after = trial.read(made)
    if first.succeeded and second is not None and second.succeeded and state is not None and after is not None:
        if trial.case.noise.same(state, after):
            yield PutIsIdempotent(made.url, first, second)
        else:
            yield PutIsNotIdempotent(made.url, first, state, second, after)
    elif first.status >= 500:
        yield ReplacingBreaks(made.url, first, status=first.status)


class PutIsIdempotent(Finding):
    severity = "good"
    bearing = 2
    summary = "A repeated PUT leaves the resource in the same state."
    explanation = "PUT is idempotent: a client that lost the response can repeat the request."
    reference = rfc(9110, "9.2.2")


class PutIsNotIdempotent(Finding):
    severity = "bad"
    bearing = 2
    summary = "A repeated PUT on {subject} leaves the resource in another state."
    explanation = "PUT has to be idempotent: repeating the same request leaves the same state."
    remedy = "Let PUT replace the state with the content, and change nothing else."
    reference = rfc(9110, "9.2.2")


class ReplacingBreaks(Finding):
    severity = "bad"
    bearing = 2
    summary = "PUT on {subject} is answered with {status}."
    explanation = (
        "The content was the same with which the resource was created. A 5xx status code says that the server failed."
    )
    remedy = "Replace the resource if the content is valid, and otherwise answer with 422 and the reason."
    reference = rfc(9110, "15.6.1")


def judge_conditions(trial: Trial) -> Results:
    """Whether a change whose If-Match does not match is refused."""
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
    summary = "A change whose If-Match does not match the current entity tag is refused with 412."
    explanation = "When two clients change the same resource, the second learns that it has changed in between."
    reference = rfc(9110, "13.1.1")


class ConditionIsIgnored(Finding):
    severity = "bad"
    bearing = 2
    summary = "{method} on {subject} with an If-Match that does not match is answered with {status}."
    explanation = (
        "The resource sends entity tags but does not check If-Match, so that a client that sends it still "
        "overwrites the change of another client."
    )
    remedy = "Answer with 412 when If-Match does not match the current entity tag."
    reference = rfc(9110, "13.1.1")


class NoConditions(Finding):
    severity = "warn"
    bearing = 2
    summary = "{method} on {subject} cannot be made conditional."
    explanation = (
        "There is no entity tag. When two clients change the same resource, the later change overwrites the earlier "
        "one, and neither client learns of it."
    )
    remedy = "Send a strong ETag, and answer with 412 when If-Match does not match it."
    reference = rfc(9110, "13.1.1")


def judge_bad_content(trial: Trial) -> Results:
    """Whether malformed content, and content of an unknown media type, is refused with 4xx."""
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
    summary = "Malformed content is refused with {status}."
    explanation = "The status code tells the client that its request is at fault."
    reference = rfc(9110, "15.5.1")


class BadContentBreaks(Finding):
    severity = "bad"
    bearing = 2
    summary = "Malformed content sent to {subject} is answered with {status}."
    explanation = "A 5xx status code says that the server is at fault and that a retry may succeed."
    remedy = "Answer with 400."
    reference = rfc(9110, "15.5.1")


class BadContentIsTaken(Finding):
    severity = "bad"
    bearing = 2
    summary = "{subject} accepts content that it cannot read, and answers {status}."
    explanation = "What the client sent is lost, and the response reports a success."
    remedy = "Answer with 400 for malformed content, and with 415 for an unsupported media type."
    reference = rfc(9110, "15.5.1")


class StrangeTypeIsRefused(Finding):
    severity = "good"
    bearing = 2
    summary = "Content of an unsupported media type is refused with 415."
    explanation = "The client learns that the media type is the reason of the refusal."
    reference = rfc(9110, "15.5.16")


class StrangeTypeIsSomethingElse(Finding):
    severity = "warn"
    bearing = 2
    summary = "Content of an unsupported media type is answered with {status} instead of 415."
    explanation = "415 tells the client that the media type is the reason of the refusal, and not the data."
    remedy = "Answer with 415, and send Accept-Post or Accept-Patch."
    reference = rfc(9110, "15.5.16")
