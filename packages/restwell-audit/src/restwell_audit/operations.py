"""Level 3, operations: representations describe what can be done, and how to query."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from .acting import NOT_SAFE
from .checks import Case, Results, check, is_endless
from .exchanges import Exchange
from .findings import HYPERTEXT_DRIVEN, Finding, Untested, fowler, rfc
from .found import Found
from .hypermedia import evidence_of, offered, steps
from .reading.html import SYNTAX as HTML_SYNTAX
from .resources import described_at

GIVE_CREDENTIAL = "Give a credential that may change something with --header."
WHAT = "whether representations describe operations"


# -- do representations describe operations? -------------------------------------------------------------------


@check(3, WHAT)
def look_for_operations(case: Case) -> Results:
    """A client reads by following links; how to change something is described in band or out of band."""
    resources = offered(case.survey)
    shown = [each for each in resources if any(o.method in NOT_SAFE for o in each.reading.operations)]
    by_format = [each for each in resources if each.reading.protocol and each.reading.hypermedia]
    possible = [each for each in case.sample() if case.methods(each) & NOT_SAFE]
    if shown:
        names = ", ".join(sorted({f"{o.method} {o.name}".strip() for o in shown[0].reading.operations})[:4])
        yield OperationsInBand(shown[0].url, *evidence_of(shown[:1]), operations=names)
    elif by_format:
        yield OperationsByFormat(by_format[0].url, *evidence_of(by_format[:1]), format=by_format[0].reading.protocol)
    elif dav := [each for each in possible if is_webdav(case, each)]:
        yield OperationsByFormat(
            dav[0].url, *evidence_of(dav[:1]), *webdav_of(case, dav[0]), format="WebDAV (RFC 4918)"
        )
    elif not resources:
        return
    elif not possible:
        yield NothingToDescribe(case.survey.starts[0], *evidence_of(resources[:1]))
    elif files := files_said_to_take_posts(case):
        yield AllowIsOfTheServer(files[0].url, *filter(None, map(case.options, files[:2])))
    elif needs_credential(case, possible):
        yield Untested(
            3, WHAT, "Changes need a credential, and an API may show only what the caller may do.",
            GIVE_CREDENTIAL,
        )  # fmt: skip
    else:
        kind = OperationsOutOfBand if any(each.defined for each in steps(case.survey)) else OperationsNowhere
        evidence = [*evidence_of(possible[:1]), *saying_methods(case, possible[0])]
        yield kind(possible[0].url, *evidence, methods=methods_text(case, possible[0]))


def saying_methods(case: Case, found: Found) -> list[Exchange]:
    """The responses with Allow, and the descriptions, from which the methods of a resource are known."""
    told = [case.options(found), case.unknown_method(found)]
    paths = [
        operation.path for description in case.survey.descriptions for operation in description.operations
        if operation.method in NOT_SAFE and description.matches(operation, found.url)
    ]  # fmt: skip
    return [each for each in told if each is not None and each.header("allow")] + described_at(case, *paths)


def files_said_to_take_posts(case: Case) -> list[Found]:
    """Files that Allow says take POST, as it says of every resource, pages and files alike; else nothing.

    Static file servers say so, since their handler for POST is another one, or none. It shows no operation.
    """
    pages = [each for each in case.survey.resources() if each.reading.syntax == HTML_SYNTAX][:1]
    files = [each for each in case.survey.resources() if each.reading.syntax == "none" and not is_endless(each)][:2]
    if not pages or not files or case.survey.descriptions:
        return []
    answers = [case.options(each) for each in (*pages, *files, *case.sample())]
    allowed = {each.allowed if each is not None and each.succeeded else frozenset() for each in answers}
    return files if len(allowed) == 1 and next(iter(allowed)) & NOT_SAFE == {"POST"} else []


def is_webdav(case: Case, found: Found) -> bool:
    """Whether a resource says that it follows WebDAV, whose methods mean the same at every resource."""
    return bool(webdav_of(case, found))


def webdav_of(case: Case, found: Found) -> list[Exchange]:
    """The response to OPTIONS with the DAV field (RFC 4918, section 10.1), if there is one."""
    told = case.options(found)
    return [told] if told is not None and told.succeeded and told.header("dav") is not None else []


def methods_text(case: Case, found: Found) -> str:
    """The methods of a resource that change something."""
    return ", ".join(sorted(case.methods(found) & NOT_SAFE))


def needs_credential(case: Case, possible: list[Found]) -> bool:
    """Whether, by the descriptions, all changes need a credential, and the audit has none."""
    sent = any(name.lower() == "authorization" for name in case.probe.headers)
    secured = [
        operation.secured for description in case.survey.descriptions for operation in description.operations
        if operation.method in NOT_SAFE and any(description.matches(operation, each.url) for each in possible)
    ]  # fmt: skip
    return not sent and bool(secured) and all(secured)


class OperationsInBand(Finding):
    severity = "good"
    bearing = 3
    summary = "Representations describe operations: {operations}."
    explanation = (
        "A form, an action or a template in the representation gives the method and the content, where the "
        "operation is available."
    )
    reference = HYPERTEXT_DRIVEN


class OperationsByFormat(Finding):
    severity = "good"
    bearing = 3
    summary = "The format {format} defines how resources are created, changed and removed."
    explanation = "Its specification says what every client may do with a collection and an item."
    reference = HYPERTEXT_DRIVEN


class NothingToDescribe(Finding):
    severity = "info"
    bearing = 3
    summary = "There is no operation to describe: no method other than those for reading was found."
    explanation = (
        "No form, no Allow field and no description names another method. To read, links are all that a client needs."
    )
    reference = HYPERTEXT_DRIVEN


class AllowIsOfTheServer(Finding):
    severity = "info"
    bearing = 3
    summary = "Allow names POST for every resource, even for files such as {subject}, so that it shows no operation."
    explanation = "A server that gives the same Allow for pages and for files speaks of itself, not of a resource."
    remedy = "Name in Allow what each resource takes."
    reference = rfc(9110, "10.2.1")


class OperationsOutOfBand(Finding):
    severity = "bad"
    bearing = 3
    summary = "{subject} supports {methods}, and no representation says how to use them."
    explanation = "There are links, but a client has to learn from documentation what it can send, and when."
    remedy = (
        "Describe operations in the representation: Hydra's operation, HAL-FORMS' _templates, Siren's actions or an "
        "HTML form."
    )
    reference = fowler(3)


class OperationsNowhere(Finding):
    severity = "bad"
    bearing = 3
    summary = "{subject} supports {methods}, and representations have neither operations nor defined links."
    explanation = (
        "That these methods exist, and how to use them, is known only from Allow or from a separate description."
    )
    remedy = (
        "Describe operations in the representation: Hydra's operation, HAL-FORMS' _templates, Siren's actions or an "
        "HTML form."
    )
    reference = fowler(3)


# -- are there templates for queries? ------------------------------------------------------------------------


@check(3, "whether queries have templates")
def look_for_templates(case: Case) -> Results:
    """Without a template a client has to know how to construct the URLs of queries."""
    resources = offered(case.survey)
    templates = [each for each in resources if any(link.templated for link in each.reading.links)]
    promised = [
        each for each in resources for description in case.survey.descriptions for operation in description.operations
        if operation.method == "GET" and description.matches(operation, each.url)
        and any(parameter.location == "query" for parameter in operation.parameters)
    ]  # fmt: skip
    used = [each for each in resources if parse_qsl(urlsplit(each.url).query)]
    if templates:
        yield QueriesHaveTemplates(templates[0].url, *evidence_of(templates[:1]))
    elif promised and not used:
        yield QueriesOutOfBand(promised[0].url, *evidence_of(promised[:1]))


class QueriesHaveTemplates(Finding):
    severity = "good"
    bearing = 3
    summary = "Queries are described by a form or a URI template, such as at {subject}."
    explanation = "It names the parameters, so that a client does not have to construct URLs by itself."
    reference = rfc(6570)


class QueriesOutOfBand(Finding):
    severity = "warn"
    bearing = 3
    summary = "{subject} takes query parameters that only a separate description names."
    explanation = "To search, filter or page, a client has to know the parameters in advance."
    remedy = "Send a URI template: Hydra's search, a templated link or a form."
    reference = rfc(6570)
