"""HTTP/1.1 over sockets, for servers that may be broken or hostile: h11 reads, and one deadline holds for everything.

Clients such as httpx count the time of each read, so that a server which sends a byte now and then holds them for
ever, and they leave what comes behind a response to be taken for the next one. Here both end in an error.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import ssl
import threading
from functools import cached_property
from typing import Any

import h11

from .politeness import SAFE
from .transports import Arriving, Deadline, Incoming, Limits, Origin, Outgoing, sentence, unsendable

MAX_HEAD = 64 * 1024
"""Bytes that the head of a response may have, and each line of a chunked one."""
PIECE = 64 * 1024
IDEMPOTENT = SAFE | {"PUT", "DELETE"}
Address = tuple[socket.AddressFamily, Any]


class Broken(Exception):
    """Why an exchange came to nothing, or broke off, in a sentence."""


class Sockets:
    """The transport over the network: keeps a connection open for each server, and opens others where that fails."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._idle: dict[Origin, Connection] = {}
        self._addresses: dict[Origin, list[Address]] = {}

    def exchange(self, request: Outgoing) -> Incoming:
        """Send a request and read the response to it; what goes wrong is said in its `error`."""
        server = request.via or Origin.of(request.url)
        deadline = Deadline(self.limits.seconds)
        arriving = Arriving(request.method, self.limits)
        try:
            self._converse(server, request, arriving, deadline)
        except TimeoutError:
            return arriving.end(arriving.late)
        except (h11.LocalProtocolError, UnicodeError) as error:
            return arriving.end(unsendable(error))
        except (Broken, h11.RemoteProtocolError, OSError) as error:
            return arriving.end(said_of(error, arriving.status))
        return arriving.end()

    def close(self) -> None:
        """Close the connections that are kept open."""
        while self._idle:
            self._idle.popitem()[1].close()

    def _converse(self, server: Origin, request: Outgoing, arriving: Arriving, deadline: Deadline) -> None:
        kept = None if request.fresh else self._kept(server)
        if kept is not None:
            try:
                return self._over(kept, server, request, arriving, deadline)
            except TimeoutError:
                raise
            except (Broken, OSError):
                # The server may end an idle connection at the very moment it is used (RFC 9112, section 9.3.1).
                if kept.heard or request.method not in IDEMPOTENT:
                    raise
        return self._over(self._connect(server, deadline), server, request, arriving, deadline)

    def _kept(self, server: Origin) -> Connection | None:
        kept = self._idle.pop(server, None)
        if kept is not None and not kept.is_quiet():
            kept.close()
            return None
        return kept

    def _over(
        self, connection: Connection, server: Origin, request: Outgoing, arriving: Arriving, deadline: Deadline
    ) -> None:
        """One exchange over a connection, which is kept for the next where both sides let it be."""
        reusable = False
        try:
            connection.send(request, deadline)
            connection.receive(arriving, deadline)
            reusable = not request.fresh and connection.may_go_on()
        finally:
            if reusable:
                self._idle[server] = connection
            else:
                connection.close()

    def _connect(self, server: Origin, deadline: Deadline) -> Connection:
        """A new connection; the addresses of a server share the time, so that one that is mute leaves some."""
        addresses = self._resolved(server, deadline)
        for number, (family, address) in enumerate(addresses):
            connected = socket.socket(family, socket.SOCK_STREAM)
            try:
                connected.settimeout(deadline.left() / (len(addresses) - number))
                connected.connect(address)
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return Connection(self._secured(connected, server, deadline))
            except BaseException as error:
                connected.close()
                if not isinstance(error, OSError) or number + 1 == len(addresses):
                    raise
        raise Broken(f"The name {server.host} has no address.")

    def _secured(self, connected: socket.socket, server: Origin, deadline: Deadline) -> socket.socket:
        if server.scheme == "http":
            return connected
        connected.settimeout(deadline.left())  # of the whole handshake
        return self._trust.wrap_socket(connected, server_hostname=server.host)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _resolved(self, server: Origin, deadline: Deadline) -> list[Address]:
        """The addresses of a server, asked for once, so that a name cannot come to mean another machine."""
        if server not in self._addresses:
            self._addresses[server] = resolve(server, deadline)
        return self._addresses[server]


class Connection:
    """One connection to a server, and how far HTTP has come on it."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.state = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        self.heard = False
        """Whether anything has come since the last request."""

    def send(self, request: Outgoing, deadline: Deadline) -> None:
        """Send a request. A server that no longer listens may still have answered, so that is no error yet."""
        self.heard = False
        said = self.state.send(request.head()) or b""
        if request.content:
            said += self.state.send(h11.Data(data=request.content)) or b""
        said += self.state.send(h11.EndOfMessage()) or b""
        rest = memoryview(said)
        with contextlib.suppress(ConnectionError):
            while rest:
                self.socket.settimeout(deadline.left())
                rest = rest[self.socket.send(rest) :]

    def receive(self, arriving: Arriving, deadline: Deadline) -> None:
        """Read the response to its end, or to the limit. Those that only inform (1xx) are passed over."""
        while True:
            deadline.left()
            event = self.state.next_event()
            if event is h11.NEED_DATA:
                self._read(deadline)
            elif isinstance(event, h11.Response):
                arriving.begin(event.status_code, text_of(event.headers.raw_items()))
            elif isinstance(event, h11.Data):
                if not arriving.take(bytes(event.data)):
                    return
            elif not isinstance(event, h11.InformationalResponse):
                break
        self._check_nothing_follows()

    def _read(self, deadline: Deadline) -> None:
        self.socket.settimeout(deadline.left())
        data = self.socket.recv(PIECE)
        self.heard = self.heard or bool(data)
        if not data and self.state.their_state is h11.SEND_RESPONSE:
            raise Broken(ended(self.state.trailing_data[0]))
        self.state.receive_data(data)

    def _check_nothing_follows(self) -> None:
        """What comes behind a response would be taken for the next one (RFC 9112, section 9.2)."""
        surplus, _ = self.state.trailing_data
        surplus = surplus or self._waiting() or b""
        if surplus:
            raise Broken("More came than the response says that it has: its end is not where its fields put it.")

    def may_go_on(self) -> bool:
        """Make ready for another request, if both sides let the connection live."""
        if self.state.our_state is not h11.DONE or self.state.their_state is not h11.DONE:
            return False
        self.state.start_next_cycle()
        return True

    def is_quiet(self) -> bool:
        """Whether nothing waits to be read: neither the end of the connection nor what nobody asked for."""
        return self._waiting() is None

    def _waiting(self) -> bytes | None:
        """Some of what waits to be read, b"" when the connection has ended, None when nothing waits."""
        self.socket.settimeout(0)
        try:
            return self.socket.recv(PIECE)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except OSError:
            return b""

    def close(self) -> None:
        """End the connection."""
        self.socket.close()


def resolve(server: Origin, deadline: Deadline) -> list[Address]:
    """The addresses of a server. The system's resolver knows no deadline, so it is left behind when time is up."""
    found: queue.SimpleQueue[list[Address] | OSError | UnicodeError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            all_of_them = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            found.put(error)
        else:
            found.put([(family, address) for family, _, _, _, address in all_of_them])

    threading.Thread(target=look_up, daemon=True).start()
    try:
        addresses = found.get(timeout=deadline.left())
    except queue.Empty:
        raise Broken(f"The name {server.host} was not resolved within {deadline.seconds:g} s.") from None
    if isinstance(addresses, Exception):
        raise Broken(f"The name {server.host} cannot be resolved.") from addresses
    return addresses


def ended(beginning: bytes) -> str:
    """What to say of a connection that ended before a response had come, but for this beginning of one."""
    if not beginning:
        return "The connection ended without a response."
    if not beginning.startswith(b"HTTP/"):
        return sentence("What came is no response in HTTP: it begins with", beginning[:20])
    return "The connection ended in the middle of the head."


def text_of(headers: list[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Header fields as text: bytes beyond ASCII are opaque, and Latin-1 keeps them (RFC 9110, section 5.5)."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


def said_of(error: Exception, status: int) -> str:
    """What went wrong, in a sentence. `status` is 0 where no response had begun."""
    if isinstance(error, Broken):
        return str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return sentence("The certificate is not to be trusted", error.verify_message)
    if isinstance(error, ssl.SSLError):
        return sentence("TLS failed", error.reason or error)
    if isinstance(error, h11.RemoteProtocolError):
        return sentence("The response broke off" if status else "What came is no response in HTTP", error)
    if isinstance(error, ConnectionError):
        return f"The connection was {'refused' if isinstance(error, ConnectionRefusedError) else 'reset'}."
    return sentence("The connection failed", error.strerror if isinstance(error, OSError) else error)
