"""HTTP/1.1 over sockets, for servers that may be faulty or hostile: h11 parses, and one deadline covers an exchange.

Clients such as httpx limit the time of each read, so that a server that sends a byte now and then keeps them waiting
indefinitely, and they take surplus data after a response for the next response. Here both are errors.
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
from .trust import NOT_TRUSTED, SYSTEM, Trust

MAX_HEAD = 64 * 1024
"""Bytes that the head of a response may have, and each line of the chunked coding."""
PIECE = 64 * 1024
HEAD_SECONDS = 0.5
"""Seconds to wait for content that should not follow the head of a response to HEAD."""
STREAM_PIECE = 0.1
"""Seconds to wait for the next part of content without a length, before it is asked whether it has an end."""
IDEMPOTENT = SAFE | {"PUT", "DELETE"}
Address = tuple[socket.AddressFamily, Any]


class Broken(Exception):
    """An exchange failed or is incomplete; the message is a sentence that says why."""


class Sockets:
    """The transport over the network: keeps a connection open for each server, and opens a new one if it fails."""

    def __init__(self, limits: Limits, trust: Trust = SYSTEM) -> None:
        self.limits = limits
        self.trust = trust
        self._idle: dict[Origin, Connection] = {}
        self._addresses: dict[Origin, list[Address]] = {}

    def exchange(self, request: Outgoing) -> Incoming:
        """Send a request and read its response, whose `error` says what went wrong."""
        server = request.via or Origin.of(request.url)
        limits = self.limits.of(request)
        deadline = Deadline(limits.seconds)
        arriving = Arriving(request.method, limits)
        try:
            self._converse(server, request, arriving, deadline)
        except TimeoutError:
            arriving.endless = arriving.is_open and request.seconds is not None  # it was expected to take long
            return arriving.end("" if arriving.endless else arriving.late)
        except (h11.LocalProtocolError, UnicodeError) as error:
            return arriving.end(unsendable(error))
        except (Broken, h11.RemoteProtocolError, OSError) as error:
            return arriving.end(describe_error(error, arriving.status))
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
                if kept.has_received or request.method not in IDEMPOTENT:
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
        """One exchange over a connection, which is kept for the next one where both sides allow it."""
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
        """A new connection; the addresses of a server share the time, so that an unresponsive one leaves some."""
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
        return self._context.wrap_socket(connected, server_hostname=server.host)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self.trust.context()

    def _resolved(self, server: Origin, deadline: Deadline) -> list[Address]:
        """The addresses of a server, resolved once, so that a name always stands for the same machine."""
        if server not in self._addresses:
            self._addresses[server] = resolve(server, deadline)
        return self._addresses[server]


class Connection:
    """A connection to a server, with the state of HTTP on it."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.state = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        self.has_received = False
        """Whether any data was received since the last request."""

    def send(self, request: Outgoing, deadline: Deadline) -> None:
        """Send a request. A server that closed the connection may have answered before, so that is no error yet."""
        self.has_received = False
        data = self.state.send(request.head()) or b""
        if request.content:
            data += self.state.send(h11.Data(data=request.content)) or b""
        data += self.state.send(h11.EndOfMessage()) or b""
        rest = memoryview(data)
        with contextlib.suppress(ConnectionError):
            while rest:
                self.socket.settimeout(deadline.left())
                rest = rest[self.socket.send(rest) :]

    def receive(self, arriving: Arriving, deadline: Deadline) -> None:
        """Read the response to its end, or to the limit. Informational responses (1xx) are skipped."""
        while True:
            if arriving.seems_endless():
                return
            deadline.left()
            event = self.state.next_event()
            if event is h11.NEED_DATA:
                self._read_for(arriving, deadline)
            elif isinstance(event, h11.Response):
                arriving.begin(event.status_code, text_of(event.headers.raw_items()))
            elif isinstance(event, h11.Data):
                if not arriving.take(bytes(event.data)):
                    return
            elif not isinstance(event, h11.InformationalResponse):
                break
        self._check_nothing_follows(arriving)

    def _read_for(self, arriving: Arriving, deadline: Deadline) -> None:
        """Read what comes next; of content without a length in pieces of time, as it may have no end."""
        if not arriving.is_open:
            return self._read(deadline.left())
        with contextlib.suppress(TimeoutError):
            return self._read(min(deadline.left(), STREAM_PIECE))

    def _read(self, seconds: float) -> None:
        self.socket.settimeout(seconds)
        self._acknowledge_at_once()
        data = self.socket.recv(PIECE)
        self.has_received = self.has_received or bool(data)
        if not data and self.state.their_state is h11.SEND_RESPONSE:
            raise Broken(describe_end(self.state.trailing_data[0]))
        self.state.receive_data(data)

    def _acknowledge_at_once(self) -> None:
        """Have what arrives acknowledged without delay, where the system can do that.

        A server that sends head and content apart, as that of wsgiref does, waits for the acknowledgement of the head
        (RFC 896), which is delayed by 40 ms on Linux.
        """
        if hasattr(socket, "TCP_QUICKACK"):  # holds for a while only
            with contextlib.suppress(OSError):
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _check_nothing_follows(self, arriving: Arriving) -> None:
        """Raise Broken for data after a response, which would be taken for the next one (RFC 9112, section 9.2).

        What follows the head of a response to HEAD is kept.
        """
        surplus, _ = self.state.trailing_data
        if arriving.method == "HEAD" and self.state.our_state is h11.MUST_CLOSE:
            surplus = (surplus + self._heard_until_the_end()).strip(b"\r\n")
        surplus = surplus or self._waiting() or b""
        if surplus and arriving.method == "HEAD":
            arriving.take(surplus)
        if surplus:
            raise Broken("The server sent more data than the header fields of the response announce.")

    def _heard_until_the_end(self) -> bytes:
        """What comes before a server that was asked to end the connection does so, within `HEAD_SECONDS`."""
        deadline, heard = Deadline(HEAD_SECONDS), b""
        with contextlib.suppress(OSError):  # a reset, or the time is over
            while len(heard) < PIECE:
                self.socket.settimeout(deadline.left())
                data = self.socket.recv(PIECE)
                if not data:
                    break
                heard += data
        return heard

    def may_go_on(self) -> bool:
        """Whether the connection can be used for another request, for which it is then prepared."""
        if self.state.our_state is not h11.DONE or self.state.their_state is not h11.DONE:
            return False
        self.state.start_next_cycle()
        return True

    def is_quiet(self) -> bool:
        """Whether nothing waits to be read: neither the end of the connection nor unsolicited data."""
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
    """The addresses of a server. The system's resolver has no deadline, so it runs in a thread that is abandoned."""
    found: queue.SimpleQueue[list[Address] | OSError | UnicodeError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            results = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            found.put(error)
        else:
            found.put([(family, address) for family, _, _, _, address in results])

    threading.Thread(target=look_up, daemon=True).start()
    try:
        addresses = found.get(timeout=deadline.left())
    except queue.Empty:
        raise Broken(f"The name {server.host} was not resolved within {deadline.seconds:g} s.") from None
    if isinstance(addresses, Exception):
        raise Broken(f"The name {server.host} cannot be resolved.") from addresses
    return addresses


def describe_end(beginning: bytes) -> str:
    """The error for a connection that was closed after this beginning of a response."""
    if not beginning:
        return "The connection was closed without a response."
    if not beginning.startswith(b"HTTP/"):
        broken = "The server did not send a valid HTTP response: the data begins with"
        return sentence(broken, beginning[:20])
    return "The connection was closed within the header section."


def text_of(headers: list[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Header fields as text; Latin-1 preserves bytes beyond ASCII, which are opaque (RFC 9110, section 5.5)."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


def describe_error(error: Exception, status: int) -> str:
    """The error as a sentence. `status` is 0 where no response had begun."""
    if isinstance(error, Broken):
        return str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return sentence(NOT_TRUSTED, error.verify_message)
    if isinstance(error, ssl.SSLError):
        return sentence("TLS failed", error.reason or error)
    if isinstance(error, h11.RemoteProtocolError):
        return sentence(
            "The response is malformed or incomplete" if status else "The server did not send a valid HTTP response",
            error,
        )
    if isinstance(error, ConnectionError):
        return f"The connection was {'refused' if isinstance(error, ConnectionRefusedError) else 'reset'}."
    return sentence("The connection failed", error.strerror if isinstance(error, OSError) else error)
