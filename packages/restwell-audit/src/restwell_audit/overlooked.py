"""What the audit was told to overlook: a certificate that nobody checks, the wishes of robots.txt."""

from __future__ import annotations

from .checks import Case, Results, check
from .findings import Finding, rfc
from .hypermedia import evidence_of


@check(0, "what the audit was told to overlook")
def say_what_was_overlooked(case: Case) -> Results:
    """A report that was made with less care than usual says so."""
    start = case.survey.entries()[0]
    if case.probe.trust.insecure and start.url.startswith("https:"):
        yield CertificateIsNotChecked(start.url, *evidence_of([start]))
    if case.probe.ignores_robots:
        yield RobotsAreIgnored(start.url, *evidence_of([start]))


class CertificateIsNotChecked(Finding):
    severity = "info"
    bearing = 0
    summary = "The certificate of {subject} was not checked (--insecure)."
    explanation = (
        "Any certificate was accepted, so that nothing shows that the responses are those of this server. Clients "
        "that check certificates may refuse it."
    )
    remedy = "Audit without --insecure once the certificate is trusted, or give it with --cacert."
    reference = rfc(9110, "4.3.4")


class RobotsAreIgnored(Finding):
    severity = "info"
    bearing = 0
    summary = "Nothing that robots.txt may exclude was left out (--ignore-robots)."
    explanation = "What the server asks crawlers to leave alone was requested too, which only its owner should do."
    remedy = "Audit without --ignore-robots what is not your own."
    reference = rfc(9309, "2.2")
