"""Servers with certificates of their own: what is trusted, and that the intermediary trusts no more."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from restwell_audit import Report, Unreadable, audit
from restwell_audit.intermediary import NoIntermediary, checks_certificate
from restwell_audit.trust import BUNDLES, Trust
from tests.restwell_audit.apis import served
from tests.restwell_audit.good import Good
from tests.restwell_audit.hostile import CERTIFICATE


@pytest.fixture(scope="module")
def secured() -> Iterator[str]:
    """The good API with TLS; its certificate is of nobody's but its own."""
    with served(Good(), CERTIFICATE) as url:
        yield url


def layered(report: Report) -> tuple[str, str]:
    return next((each.state, each.why) for each in report.constraints if each.constraint == "layered")


def test_what_is_not_trusted_is_an_error_that_says_which_option_helps(secured: str) -> None:
    with pytest.raises(Unreadable, match=r"^The certificate is not trusted: self-signed .*--cacert FILE.*--insecure"):
        audit(secured)


def test_a_certificate_that_is_given_is_trusted_by_the_intermediary_too(secured: str) -> None:
    report = audit(secured, cacert=str(CERTIFICATE), per_second=10_000)
    assert (report.verdict, layered(report)[0]) == ("RESTful", "met")
    assert "certificate-is-not-checked" not in {each.id() for each in report.findings}


def test_without_a_check_the_intermediary_works_and_the_report_says_so(secured: str) -> None:
    report = audit(secured, insecure=True, per_second=10_000)
    assert layered(report)[0] == "met"
    [note] = [each for each in report.findings if each.id() == "certificate-is-not-checked"]
    assert (note.severity, note.line) == ("info", f"The certificate of {secured} was not checked (--insecure).")


def test_an_address_that_nginx_cannot_check_is_not_tested(secured: str) -> None:
    report = audit(secured.replace("localhost", "127.0.0.1"), cacert=str(CERTIFICATE), per_second=10_000)
    assert layered(report) == ("not tested", "nginx cannot check the certificate of an IP address.")
    assert report.verdict == "Likely RESTful"


def test_a_server_that_nginx_does_not_trust_is_not_tested(secured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trust, "file", lambda _: BUNDLES[0])
    report = audit(secured, cacert=str(CERTIFICATE), per_second=10_000)
    state, why = layered(report)
    assert (state, why.startswith("nginx, which was started for it, does not reach https://localhost:")) == (
        "not tested", True,
    )  # fmt: skip


def test_where_the_system_has_no_certificates_nginx_is_given_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trust, "file", lambda _: "")
    with pytest.raises(NoIntermediary, match="given no file") as error:
        checks_certificate("api.example", Trust())
    assert error.value.how == "Give the certificate with --cacert FILE."
    assert checks_certificate("api.example", Trust(insecure=True)) == ""


def test_a_file_without_a_certificate_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "none.pem"
    empty.write_text("hello")
    with pytest.raises(ValueError, match=r"none\.pem has no certificate in PEM\.$"):
        audit("https://127.0.0.1:1/", cacert=str(empty))
    with pytest.raises(ValueError, match=r"cannot be read: No such file"):
        Trust(str(tmp_path / "nothing")).context()


def test_to_check_and_not_to_check_is_refused() -> None:
    with pytest.raises(ValueError, match="use --cacert or --insecure, not both"):
        Trust(str(CERTIFICATE), insecure=True).context()


def test_nothing_is_trusted_that_need_not_be() -> None:
    assert Trust().context().verify_mode is ssl.CERT_REQUIRED
    assert Trust(str(CERTIFICATE)).context().check_hostname
    assert Trust(insecure=True).context().verify_mode is ssl.CERT_NONE
