"""The proxies of deploy/, started as they stand there, with other ports and a certificate of the tests' own."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.servers import MissingServerError, free_port, wait_until

DEPLOY = Path(__file__).parent.parent / "deploy"
HOST = "api.example.org"
PATIENCE = 20
"""Seconds within which a proxy answers; those of deploy/ give a server up after as many."""
NGINX = """
daemon off;
pid {here}/nginx.pid;
error_log {here}/nginx.log;
{user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {here}/body;
    proxy_temp_path {here}/proxy;
    fastcgi_temp_path {here}/fastcgi;
    uwsgi_temp_path {here}/uwsgi;
    scgi_temp_path {here}/scgi;
    include {here}/site.conf;
}}
"""


DEFAULTS = """
upstream backend {{ {servers} }}
server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass {to};{more} }}
}}
"""
"""What the first page of nginx's documentation has, and no more."""


@dataclass(frozen=True)
class Reply:
    """A response as it came through a proxy; names of header fields in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Proxy:
    """A proxy that answers for `HOST` by TLS, and the certificate to trust it by."""

    name: str
    port: int
    certificate: Path

    @property
    def url(self) -> str:
        """What clients call it."""
        return f"https://{HOST}:{self.port}"

    def ask(self, method: str, target: str, body: bytes | None = None, **fields: str) -> Reply:
        """Send a request and read the answer; `_` in a name stands for `-`."""
        connection = http.client.HTTPSConnection(HOST, self.port, timeout=PATIENCE, context=self._trust())
        connection.sock = self._trust().wrap_socket(
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE), server_hostname=HOST
        )
        try:
            headers = {name.replace("_", "-"): value for name, value in fields.items()}
            connection.request(method, target.removeprefix(self.url), body, headers)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, found, response.read())
        finally:
            connection.close()

    def raw(self, line: str, *fields: str, content: bytes = b"") -> Reply:
        """Send a request as it is written, for what no client library would send, and read the answer."""
        with self._trust().wrap_socket(
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE), server_hostname=HOST
        ) as connection:
            connection.sendall("\r\n".join([line, *fields, "Connection: close", "", ""]).encode() + content)
            response = http.client.HTTPResponse(connection)
            response.begin()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, found, response.read())

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))


class Echo:
    """A server of HTTP/1.1 that keeps the heads of requests, as they reached it, and answers each with 200."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def fields(self) -> dict[str, list[str]]:
        """The header fields of the last request; names in lower case."""
        found: dict[str, list[str]] = {}
        for line in self.heads[-1].decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            found.setdefault(name.lower(), []).append(value.strip())
        return found

    def _serve(self) -> None:
        while True:
            try:
                connection = self._socket.accept()[0]
            except OSError:
                return
            with connection:
                head = b""
                while b"\r\n\r\n" not in head and (part := connection.recv(65536)):
                    head += part
                if head:
                    self.heads.append(head.partition(b"\r\n\r\n")[0])
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@contextmanager
def in_front_of(backend: int, name: str, port: int, directory: Path) -> Iterator[Proxy]:
    """The proxy `nginx` or `caddy` on a port, in front of what listens on another."""
    certificate, key = _certificate(directory)
    write = {"nginx": _nginx, "caddy": _caddy}[name]
    command = write(backend, port, certificate, key, directory)
    environment = os.environ | {"HOME": str(directory), "XDG_DATA_HOME": str(directory)}
    with (directory / f"{name}.err").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        ready = wait_until(lambda: _listens(port) or process.poll() is not None, 10)
        if not ready or process.poll() is not None:
            raise RuntimeError(f"{name} did not start:\n{(directory / f'{name}.err').read_text()}")
        yield Proxy(name, port, certificate)
    finally:
        process.terminate()
        process.wait(timeout=10)


@contextmanager
def nginx_with_defaults(backend: int, directory: Path, *, group: bool = False) -> Iterator[int]:
    """nginx with nothing set, by its address or as a group of upstream servers; gives the port of plain HTTP."""
    to = "http://backend" if group else f"http://127.0.0.1:{backend}"
    with _plain_nginx(directory, servers=f"server 127.0.0.1:{backend};", to=to, more="") as port:
        yield port


@contextmanager
def nginx_before(backends: Sequence[int], directory: Path) -> Iterator[int]:
    """nginx before several servers, each of which may be away: it asks the next one, and passes Host on."""
    servers = " ".join(f"server 127.0.0.1:{backend} max_fails=0;" for backend in backends)
    more = " proxy_set_header Host $http_host;"
    with _plain_nginx(directory, servers=servers, to="http://backend", more=more) as port:
        yield port


@contextmanager
def _plain_nginx(directory: Path, **settings: str) -> Iterator[int]:
    port = free_port()
    (directory / "site.conf").write_text(DEFAULTS.format(port=port, **settings))
    main = directory / "nginx.conf"
    main.write_text(NGINX.format(here=directory, user="user root;" if os.geteuid() == 0 else ""))
    with (directory / "nginx.err").open("wb") as log:
        process = subprocess.Popen([_program("nginx", "nginx-light"), "-c", str(main)], stdout=log, stderr=log)
    try:
        if not wait_until(lambda: _listens(port), 10):
            raise RuntimeError(f"nginx did not start:\n{(directory / 'nginx.err').read_text()}")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


def _program(name: str, package: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise MissingServerError(f"no {name}: apt-get install {package}")
    return found


def _certificate(directory: Path) -> tuple[Path, Path]:
    certificate, key = directory / "tls.pem", directory / "tls.key"
    subject = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-days", "2"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run(
        [*command, *subject, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True
    )
    return certificate, key


def _nginx(backend: int, port: int, certificate: Path, key: Path, directory: Path) -> list[str]:
    site = _replaced(
        (DEPLOY / "nginx.conf").read_text(),
        {
            "127.0.0.1:8000": f"127.0.0.1:{backend}",
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "/etc/ssl/api.example.org.pem": str(certificate),
            "/etc/ssl/api.example.org.key": str(key),
        },
    )
    (directory / "site.conf").write_text(site)
    main = directory / "nginx.conf"
    main.write_text(NGINX.format(here=directory, user="user root;" if os.geteuid() == 0 else ""))
    return [_program("nginx", "nginx-light"), "-c", str(main)]


def _caddy(backend: int, port: int, certificate: Path, key: Path, directory: Path) -> list[str]:
    site = _replaced(
        (DEPLOY / "Caddyfile").read_text(),
        {
            "127.0.0.1:8000": f"127.0.0.1:{backend}",
            "\tservers {": "\tadmin off\n\tauto_https off\n\tservers {",
            "\napi.example.org {": f"\nhttps://{HOST}:{port} {{\n\ttls {certificate} {key}",
        },
    )
    file = directory / "Caddyfile"
    file.write_text(site)
    return [_program("caddy", "caddy"), "run", "--adapter", "caddyfile", "--config", str(file)]


def _replaced(text: str, changes: Mapping[str, str]) -> str:
    """The text with each of these, of which all are there, as something else."""
    for old, new in changes.items():
        assert old in text, f"{old!r} is not there"
        text = text.replace(old, new)
    return text


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
