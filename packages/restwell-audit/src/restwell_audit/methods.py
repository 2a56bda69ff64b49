"""Level 2, methods: GET reads and changes nothing, others change, and the status code says how it went."""

from __future__ import annotations

import re

from .checks import UNKNOWN_METHOD, Case, Said, check
from .exchanges import Exchange
from .findings import Finding, fowler, rfc
from .reading import read
from .resources import acting_paths, is_action
from .survey import Found

CHANGING = frozenset(["POST", "PUT", "PATCH", "DELETE"])
CHANGES = re.compile(
    r"(create|add|update|edit|modify|delete|remove|set|insert|save|change|replace|cancel|register|activate)",
    re.IGNORECASE,
)
"""A path with one of these in it, asked for with GET, is likely to change something."""


# -- is GET safe? --------------------------------------------------------------------------------------------


@check(2, "whether safe methods are safe")
def read_again(case: Case) -> Said:
    """What was read before is read again after everything else: reading must not have changed it."""
    described = [
        path
        for method, path in case.survey.operations()
        if method == "GET" and is_action(path) and CHANGES.search(path)
    ]
    for path in described[:3]:
        yield GetThatChanges(path, path=path)
    for path, (link, why, via) in acting_paths(case).items():
        if why == "its address" or not link.typed:  # a relation such as `delete` may stand for another method
            yield GetThatChanges(link.target, *([via.exchange] if via.exchange else []), path=path)
            break
    same: list[Exchange] = []
    for found in case.sample():
        first = found.exchange
        second = case.ask("GET", found.url)
        if first is None or second is None or not second.answered:
            continue
        if second.status != first.status or size_of(found) != len(read(second).members or ()):
            yield ReadingChanged(found.url, first, second)
            return
        same.append(second)
    if same:
        yield ReadingIsSafe(same[0].url, same[0], number=len(same))


def size_of(found: Found) -> int:
    """How many members a representation shows."""
    return len(found.reading.members or ())


class ReadingIsSafe(Finding):
    severity = "good"
    bearing = 2
    summary = "Reading changed nothing: {number} resources are there as before."
    explanation = (
        "GET is safe: asking has no effect that the client answers for, so crawlers, caches and retries do no harm."
    )
    reference = rfc(9110, "9.2.1")


class ReadingChanged(Finding):
    severity = "bad"
    bearing = 2
    summary = "After reading alone, {subject} is another."
    explanation = (
        "It was read twice, with nothing but safe requests in between, and the second answer has another status or "
        "another number "
        "of members. Either reading changes something, or somebody else does at the same time."
    )
    remedy = "Let GET, HEAD and OPTIONS change nothing; use POST, PUT, PATCH or DELETE for what does."
    reference = rfc(9110, "9.2.1")


class GetThatChanges(Finding):
    severity = "bad"
    bearing = 2
    summary = "GET on {path} seems to change something."
    explanation = (
        "Its name says that something is created, changed or removed. Clients, caches and crawlers send GET "
        "whenever they like, and so would do it. The audit did not."
    )
    remedy = "Use POST, PUT, PATCH or DELETE for what changes something."
    reference = rfc(9110, "9.2.1")


# -- do different things use different methods? --------------------------------------------------------------


@check(2, "whether methods mean different things")
def compare_methods(case: Case) -> Said:
    """Reading by GET, changing by methods of its own; not everything by one of them."""
    sample = case.sample()
    if not sample:
        start = case.survey.entries()[0]
        yield NothingToGet(start.url, *([start.exchange] if start.exchange else []))
        return
    known: dict[str, frozenset[str]] = {found.url: case.methods(found) for found in sample}
    promised = {method for method, _ in case.survey.operations()}
    every = frozenset().union(*known.values(), promised)
    changing = every & CHANGING
    evidence = [each for found in sample[:2] if (each := case.options(found)) is not None]
    posts = [path for method, path in case.survey.operations() if method == "POST"]
    actions = [path for path in posts if is_action(path)]
    posting_items = [
        found
        for found in case.survey.items()
        if found.url in known and "POST" in known[found.url] and not known[found.url] & {"PUT", "PATCH", "DELETE"}
    ]
    if changing == {"POST"} and (len(actions) * 2 > len(posts) > 0 or posting_items):
        yield EverythingIsPosted(
            sample[0].url, *evidence, paths=", ".join((actions or [each.path for each in posting_items])[:3])
        )
    elif changing:
        yield MethodsDiffer(sample[0].url, *evidence, methods=", ".join(sorted(every & (CHANGING | {"GET", "HEAD"}))))
    else:
        yield OnlyReading(sample[0].url, *evidence)


class MethodsDiffer(Finding):
    severity = "good"
    bearing = 2
    summary = "What is done is said by the method: {methods}."
    explanation = "Reading and changing are different methods, so that everything on the way knows which is which."
    reference = fowler(2)


class OnlyReading(Finding):
    severity = "info"
    bearing = 2
    summary = "Nothing but reading is known to be possible here."
    explanation = (
        "No method that changes something was found in Allow, in a form or in a description. An API may be for "
        "reading alone."
    )
    reference = rfc(9110, "9.1")


class EverythingIsPosted(Finding):
    severity = "bad"
    bearing = 2
    summary = "Whatever changes something is a POST: {paths}."
    explanation = (
        "Creating, changing and removing are all POST, told apart by the path or the content. POST promises "
        "nothing, so a client cannot "
        "repeat it when the answer is lost, and nobody on the way knows what happens."
    )
    remedy = "Create with POST or PUT, replace with PUT, change with PATCH, remove with DELETE."
    reference = fowler(2)


class NothingToGet(Finding):
    severity = "bad"
    bearing = 2
    summary = "GET gives no representation anywhere."
    explanation = "Reading is not done with GET, so it cannot be cached, linked or repeated without care."
    remedy = "Let GET give the representation of what a URI names."
    reference = rfc(9110, "9.3.1")


# -- what of methods that a resource does not have? ----------------------------------------------------------


@check(2, "whether a method that is not supported is refused")
def ask_with_unknown_method(case: Case) -> Said:
    """405 with Allow tells what is possible; 200 tells that methods mean nothing here."""
    for found in case.sample()[:2]:
        answer = case.unknown_method(found)
        if answer is None or not answer.answered:
            continue
        if answer.status == 405 and answer.header("allow") is not None:
            yield UnsupportedIsRefused(found.url, answer, allow=answer.header("allow"))
        elif (
            answer.status == 501
            and (other := case.once("TRACE", found.url))
            and other.status == 405
            and other.header("allow")
        ):
            yield UnsupportedIsRefused(found.url, answer, other, allow=other.header("allow"))
        elif answer.status in {405, 501}:
            yield RefusedWithoutAllow(found.url, answer, status=answer.status)
        elif answer.succeeded and answer.status != 207:
            yield AnyMethodWorks(found.url, answer, method=UNKNOWN_METHOD)
        elif answer.status not in {401, 403, 207}:
            yield UnsupportedIsSomethingElse(found.url, answer, status=answer.status)
        else:
            continue
        return


class UnsupportedIsRefused(Finding):
    severity = "good"
    bearing = 2
    summary = "A method that a resource does not have is 405, and Allow says what it has: {allow}."
    explanation = "The client learns from the refusal what it may do instead."
    reference = rfc(9110, "15.5.6")


class RefusedWithoutAllow(Finding):
    severity = "info"
    bearing = 2
    summary = "A method that nobody has is refused with {status}, and nothing says which there are."
    explanation = (
        "405 has to come with Allow, which lists the methods of the resource; 501 is for methods that the server "
        "does not know at all."
    )
    remedy = "Answer with 405 and Allow."
    reference = rfc(9110, "15.5.6")


class UnsupportedIsSomethingElse(Finding):
    severity = "warn"
    bearing = 2
    summary = "A method that {subject} does not have is answered with {status} rather than 405."
    explanation = (
        "The resource exists, and a client that is told otherwise cannot know that another method would work."
    )
    remedy = "Answer with 405 and Allow."
    reference = rfc(9110, "15.5.6")


class AnyMethodWorks(Finding):
    severity = "bad"
    bearing = 2
    summary = "{subject} answers {method} as if it were GET."
    explanation = "A method that no resource here can have was successful, so the method means nothing to this API."
    remedy = "Answer only the methods that the resource has, and refuse others with 405 and Allow."
    reference = rfc(9110, "9.1")


# -- HEAD and OPTIONS ----------------------------------------------------------------------------------------


@check(2, "whether HEAD is GET without content")
def compare_head(case: Case) -> Said:
    """HEAD lets a client look whether something is there or has changed, for the price of a header."""
    for found in case.sample()[:2]:
        answer = case.head(found)
        if answer is None or not answer.answered or found.exchange is None:
            continue
        differs = [
            n for n in ("content-type", "etag", "last-modified") if answer.header(n) != found.exchange.header(n)
        ]
        if answer.status != found.exchange.status:
            yield HeadIsRefused(found.url, answer, status=answer.status)
        elif differs:
            yield HeadDiffers(found.url, found.exchange, answer, fields=", ".join(differs))
        else:
            yield HeadIsGet(found.url, answer)
        return


class HeadIsGet(Finding):
    severity = "good"
    bearing = 2
    summary = "HEAD answers as GET does, without content."
    explanation = "A client can look whether something is there, or has changed, without having it sent."
    reference = rfc(9110, "9.3.2")


class HeadIsRefused(Finding):
    severity = "warn"
    bearing = 2
    summary = "HEAD on {subject} is answered with {status}, where GET succeeds."
    explanation = "Every server for general use has to support GET and HEAD."
    remedy = "Answer HEAD as GET, and leave out the content."
    reference = rfc(9110, "9.1")


class HeadDiffers(Finding):
    severity = "warn"
    bearing = 2
    summary = "HEAD on {subject} says something else than GET: {fields}."
    explanation = (
        "The fields of a HEAD response are those that GET would have sent, but for what is known only when the "
        "content is made."
    )
    remedy = "Send the same fields."
    reference = rfc(9110, "9.3.2")


@check(2, "whether OPTIONS and Allow say what is possible")
def ask_options(case: Case) -> Said:
    """What may be done with a resource can be asked of the resource itself."""
    for found in case.sample()[:2]:
        answer = case.options(found)
        if answer is None or not answer.answered:
            continue
        if answer.succeeded and answer.header("allow"):
            yield OptionsAreTold(found.url, answer, allow=answer.header("allow"))
        else:
            yield OptionsAreNotTold(found.url, answer, status=answer.status)
        return


class OptionsAreTold(Finding):
    severity = "good"
    bearing = 2
    summary = "OPTIONS says which methods there are: {allow}."
    explanation = "A client can ask a resource what may be done with it."
    reference = rfc(9110, "9.3.7")


class OptionsAreNotTold(Finding):
    severity = "info"
    bearing = 2
    summary = "OPTIONS on {subject} is answered with {status} and does not say which methods there are."
    explanation = "OPTIONS is optional; with Allow it tells a client what may be done with a resource."
    remedy = "Answer OPTIONS with 204 and Allow."
    reference = rfc(9110, "9.3.7")
