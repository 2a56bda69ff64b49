"""The intermediary of the auditor: nginx as a reverse proxy in front of the audited server, for a few requests."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from .politeness import VIA
from .transports import Origin
from .trust import SYSTEM, Trust

UNREACHABLE = "1.1 restwell-audit-unreachable"
"""Via of a response that is nginx's own, since it does not reach the server."""
CONFIGURATION = """
daemon off;
pid {directory}/pid;
error_log stderr error;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  merge_slashes off;
  underscores_in_headers on;
  ignore_invalid_headers off;
  large_client_header_buffers 4 64k;
  client_max_body_size 0;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass {origin};
      proxy_http_version 1.1;
      proxy_redirect off;
      proxy_buffering off;
      proxy_buffer_size 64k;
      proxy_buffers 4 64k;
      proxy_request_buffering off;
      proxy_ssl_server_name on;
      proxy_ssl_name {host};
{checking}      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_set_header Via "{via}";
      proxy_pass_header Date;
      proxy_pass_header Server;
      proxy_pass_header X-Pad;
      proxy_ignore_headers {instructions};
      {passed}
      add_header Via "{via}" always;
    }}
    error_page 502 504 @unreachable;
    location @unreachable {{
      internal;
      add_header Via "{unreachable}" always;
      return 502;
    }}
  }}
}}
"""
"""A proxy that changes nothing but Connection and Via. Without a path in `proxy_pass`, targets are passed on as they
came, encoded as they were."""
INSTRUCTIONS = tuple(f"X-Accel-{name}" for name in ("Redirect", "Expires", "Limit-Rate", "Buffering", "Charset"))
"""Fields of a response by which a server tells nginx what to do, which are only passed on."""


CHECKING = """      proxy_ssl_verify on;
      proxy_ssl_verify_depth 9;
      proxy_ssl_trusted_certificate {file};
"""
INSTALL = "Install nginx (apt-get install nginx-light)."


class NoIntermediary(Exception):
    """There is no intermediary; the message says why, and `how` what to do."""

    def __init__(self, why: str, how: str = INSTALL) -> None:
        super().__init__(why)
        self.how = how


@contextlib.contextmanager
def intermediary(target: str, trust: Trust = SYSTEM) -> Iterator[str]:
    """Start nginx in front of the origin of a URL, and give the base URL of nginx. Raises NoIntermediary.

    nginx checks the certificate of the server as the audit does, since it is sent the same credentials.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise NoIntermediary("nginx is not installed.")
    origin = Origin.of(target)
    checking = checks_certificate(origin.host, trust) if origin.scheme == "https" else ""
    with tempfile.TemporaryDirectory(prefix="restwell-audit-") as directory, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        free.close()
        configuration = Path(directory, "nginx.conf")
        configuration.write_text(
            CONFIGURATION.format(
                directory=directory,
                port=port,
                origin=origin,
                host=origin.host,
                checking=checking,
                unreachable=UNREACHABLE,
                via=VIA,
                instructions=" ".join(INSTRUCTIONS),
                passed=" ".join(f"proxy_pass_header {name};" for name in INSTRUCTIONS),
            )
        )
        command = [program, "-p", directory, "-c", str(configuration)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # noqa: S603 - ours
        try:
            _wait(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=10)
            if process.stderr is not None:
                process.stderr.close()


def checks_certificate(host: str, trust: Trust) -> str:
    """The lines of the configuration by which nginx checks a certificate. Raises NoIntermediary where it cannot."""
    if trust.insecure:
        return ""
    with contextlib.suppress(ValueError):
        ip_address(host)
        raise NoIntermediary(
            "nginx cannot check the certificate of an IP address.",
            "Audit the URL with the name of the server, or with --insecure.",
        )
    if not (file := trust.file()):
        raise NoIntermediary(
            "nginx was given no file of the certificates that are trusted.",
            "Give the certificate with --cacert FILE.",
        )
    return CHECKING.format(file=json.dumps(str(Path(file).resolve())))


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(100):
        if process.poll() is not None:
            output = process.stderr.read().decode(errors="replace").strip() if process.stderr else ""
            raise NoIntermediary(f"nginx does not start: {output[:200]}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise NoIntermediary("nginx does not answer.")
