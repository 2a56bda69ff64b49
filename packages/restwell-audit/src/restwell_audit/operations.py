"""Level 3, operations: it is said in band what can be done, and how queries are put."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from .checks import Case, Said, check
from .findings import HYPERTEXT_DRIVEN, Finding, Untested, fowler, rfc
from .hypermedia import evidence_of, offered, steps
from .methods import CHANGING
from .survey import Found

DESCRIBES_ITS_OPERATIONS = frozenset(["json:api", "collection+json"])
"""Formats whose specification says how to create, change and remove, so that no representation need say it."""


# -- is it said in band what can be done? --------------------------------------------------------------------


@check(3, "whether operations are described in band")
def look_for_operations(case: Case) -> Said:
    """Reading is following links; how to change something has to be learnt somewhere too: here, or out of band."""
    resources = offered(case.survey)
    shown = [each for each in resources if any(o.method in CHANGING for o in each.reading.operations)]
    by_format = [
        each for each in resources if each.reading.syntax in DESCRIBES_ITS_OPERATIONS and each.reading.hypermedia
    ]
    possible = [each for each in case.sample() if case.methods(each) & CHANGING]
    if shown:
        names = ", ".join(sorted({f"{o.method} {o.name}".strip() for o in shown[0].reading.operations})[:4])
        yield OperationsInBand(shown[0].url, *evidence_of(shown[:1]), operations=names)
    elif by_format:
        yield OperationsByFormat(by_format[0].url, *evidence_of(by_format[:1]), format=by_format[0].reading.syntax)
    elif not possible:
        yield NothingToDescribe(case.survey.starts[0], *evidence_of(resources[:1]))
    elif needs_credential(case, possible):
        yield Untested(
            3, "whether operations are described in band",
            "What changes something takes a credential, and only what the caller may do need be shown.", "--header",
        )  # fmt: skip
    elif any(each.defined for each in steps(case.survey)):
        yield OperationsOutOfBand(
            possible[0].url, *evidence_of(possible[:1]), methods=methods_text(case, possible[0])
        )
    else:
        yield OperationsNowhere(possible[0].url, *evidence_of(possible[:1]), methods=methods_text(case, possible[0]))


def methods_text(case: Case, found: Found) -> str:
    """The methods of a resource that change something."""
    return ", ".join(sorted(case.methods(found) & CHANGING))


def needs_credential(case: Case, possible: list[Found]) -> bool:
    """Whether a description says that changing takes a credential; without one nobody may be told how."""
    sent = any(name.lower() == "authorization" for name in case.probe.headers)
    secured = [
        operation.secured for description in case.survey.descriptions for operation in description.operations
        if operation.method in CHANGING and any(description.matches(operation, each.url) for each in possible)
    ]  # fmt: skip
    return not sent and bool(secured) and all(secured)


class OperationsInBand(Finding):
    severity = "good"
    bearing = 3
    summary = "Representations say what can be done: {operations}."
    explanation = (
        "A form, an action or a template in the representation says with which method and content, and shows it "
        "when it is possible."
    )
    reference = HYPERTEXT_DRIVEN


class OperationsByFormat(Finding):
    severity = "good"
    bearing = 3
    summary = "The format {format} defines how things are created, changed and removed."
    explanation = "Its specification says what every client of the format may do with a collection and an item."
    reference = HYPERTEXT_DRIVEN


class NothingToDescribe(Finding):
    severity = "info"
    bearing = 3
    summary = "There is nothing to do here but reading."
    explanation = "Following links is all that a client needs."
    reference = HYPERTEXT_DRIVEN


class OperationsOutOfBand(Finding):
    severity = "bad"
    bearing = 3
    summary = "{subject} has {methods}, and no representation says how to use them."
    explanation = (
        "Links lead everywhere, but what to send, and when it is possible, has to be learnt from documentation."
    )
    remedy = (
        "Describe operations in the representation: Hydra's operation, HAL-FORMS' _templates, Siren's actions, a "
        "form."
    )
    reference = fowler(3)


class OperationsNowhere(Finding):
    severity = "bad"
    bearing = 3
    summary = "{subject} has {methods}, and nothing that it answers says so."
    explanation = "What can be done, and how, is known from a description beside the API alone."
    remedy = (
        "Describe operations in the representation: Hydra's operation, HAL-FORMS' _templates, Siren's actions, a "
        "form."
    )
    reference = fowler(3)


# -- are there templates for queries? ------------------------------------------------------------------------


@check(3, "whether queries have templates")
def look_for_templates(case: Case) -> Said:
    """A query that a client has to make up is an address that it has to know."""
    resources = offered(case.survey)
    templates = [each for each in resources if any(link.templated for link in each.reading.links)]
    promised = [
        each for each in resources for description in case.survey.descriptions for operation in description.operations
        if operation.method == "GET" and description.matches(operation, each.url)
        and any(parameter.place == "query" for parameter in operation.parameters)
    ]  # fmt: skip
    used = [each for each in resources if parse_qsl(urlsplit(each.url).query)]
    if templates:
        yield QueriesHaveTemplates(templates[0].url, *evidence_of(templates[:1]))
    elif promised and not used:
        yield QueriesOutOfBand(promised[0].url, *evidence_of(promised[:1]))


class QueriesHaveTemplates(Finding):
    severity = "good"
    bearing = 3
    summary = "Queries have templates, as at {subject}."
    explanation = "A form or URI template says which parameters there are, so a client need not make up addresses."
    reference = rfc(6570)


class QueriesOutOfBand(Finding):
    severity = "warn"
    bearing = 3
    summary = "{subject} takes parameters that only a description tells."
    explanation = "To search, filter or page, a client has to know the parameters beforehand."
    remedy = "Send a URI template: Hydra's search, a templated link, a form."
    reference = rfc(6570)
