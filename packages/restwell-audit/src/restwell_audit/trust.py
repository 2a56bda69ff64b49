"""Which certificates of servers are trusted: those that the system trusts, those of a file, or any."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NamedTuple

BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
"""Where systems have the certificates that they trust in one file."""
OPTIONS = "For a server of your own, give its certificate, or that of its CA, with --cacert FILE, or use --insecure."
"""What helps where a certificate is not trusted."""
NOT_TRUSTED = "The certificate is not trusted"


class Trust(NamedTuple):
    """`cacert` is a file of certificates in PEM that are trusted instead of the system's; `insecure` trusts any."""

    cacert: str = ""
    insecure: bool = False

    def context(self) -> ssl.SSLContext:
        """The settings of TLS.

        Raises ValueError where the file cannot be read or has no certificate in PEM, and where it is given although
        none is checked.
        """
        if self.insecure and self.cacert:
            raise ValueError("A certificate is given, and none is checked: use --cacert or --insecure, not both.")
        try:
            context = ssl.create_default_context(cafile=self.cacert or None)
        except OSError as error:  # ssl.SSLError among them
            why = (
                "has no certificate in PEM"
                if isinstance(error, ssl.SSLError)
                else f"cannot be read: {error.strerror}"
            )
            raise ValueError(f"{self.cacert} {why}.") from None
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["http/1.1"])
        return context

    def file(self) -> str:
        """A file of the certificates that are trusted, for other programs; "" where the system has none."""
        candidates = [self.cacert or ssl.get_default_verify_paths().cafile or "", *BUNDLES]
        return next((each for each in candidates if each and Path(each).is_file()), "")


SYSTEM = Trust()
