"""CORS: which pages of other origins may read the answers of an API, and send what takes leave (the Fetch standard).

It stands around the service, which answers as if there were no origins: what is refused is shared like all else, and
a preflight is its own answer to OPTIONS, with the methods that Allow has. Without `cors=` there is nothing of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..flow.service import Failed, Service, ignore
from ..http.cross_origin import ANY, EXAMPLE, InvalidOrigin, checked_origins
from ..http.keeping import kept
from ..http.messages import Headers, Request, Response
from ..model.errors import DeclarationError
from ..surface.addresses import Address

EXPOSED = (
    "Accept-Encoding, Accept-Patch, Accept-Post, Allow, Content-Location, Date, ETag, Link, Link-Template, Location, "
    "Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, Server-Timing, WWW-Authenticate, X-Request-Id"
)
"""What pages may read, beside the fields that browsers always show, such as Cache-Control and Content-Type."""
SENT = (
    "Accept", "Authorization", "Content-Type", "If-Match", "If-Modified-Since", "If-None-Match",
    "If-Unmodified-Since", "Prefer", "X-Request-Id",
)  # fmt: skip
"""What pages may send. Browsers always let them send Accept, but not with a quoted parameter such as a profile."""
NEVER_SENT = frozenset(["cookie"])
"""What authenticators read, and no page can set."""
MAX_AGE = 7200
"""Seconds for which a browser may remember the answer to a preflight; Chromium remembers none for longer."""
ORIGIN = ("Origin",)
PREFLIGHT = ("Access-Control-Request-Method", "Access-Control-Request-Headers")


class Cors:
    """What pages of other origins are told; `reads` are the header fields that authenticators look at."""

    __slots__ = ("_allowed", "_differs_by", "_is_open", "_sent")

    def __init__(self, origins: Collection[str], reads: Iterable[str] = ()) -> None:
        self._is_open = ANY in origins
        self._allowed: dict[str, Headers] = {
            origin: (("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", EXPOSED))
            for origin in origins
        }
        # Where all are told the same, a copy for one is good for all (Fetch, "CORS protocol and HTTP caches").
        self._differs_by = () if self._is_open else ORIGIN
        known = {*map(str.lower, SENT), *NEVER_SENT}
        more = {name.lower(): name for name in reads if name.lower() not in known}
        self._sent: Headers = (
            ("Access-Control-Allow-Headers", ", ".join([*SENT, *more.values()])),
            ("Access-Control-Max-Age", str(MAX_AGE)),
        )

    def allowing(self, origin: str | None) -> Headers:
        """The fields by which pages of an origin may read an answer; none where it is not allowed.

        Never Access-Control-Allow-Credentials: cookies count for the pages of the API's own origin alone.
        """
        return self._allowed.get(ANY if self._is_open else origin or "", ())

    def alone(self, origin: str | None) -> Headers:
        """The same for an answer that has no other fields of its own, with what it varies on."""
        return self.varying(self.allowing(origin))

    def leave(self, allowing: Headers, response: Response) -> Headers:
        """The fields that let a page use the methods that an answer to OPTIONS has."""
        methods = ("Access-Control-Allow-Methods", response.header("Allow") or "")
        return (allowing[0], methods, *self._sent)

    def varying(self, headers: Headers, *, options: bool = False) -> Headers:
        """The fields of an answer, whose one Vary has what these depend on: of two, nginx 1.22 heeds the last."""
        names = (*self._differs_by, *PREFLIGHT) if options else self._differs_by
        if not names:
            return headers
        for place, (name, value) in enumerate(headers):
            if name == "Vary":
                return (*headers[:place], ("Vary", together(value, names)), *headers[place + 1 :])
        return (*headers, ("Vary", ", ".join(names)))


class SharingService(Service):
    """A service whose answers pages of other origins may read."""

    def __init__(self, service: Service, cors: Cors) -> None:
        super().__init__(service.setting, service.responder, service.listeners)
        self.cors = cors

    def respond(self, request: Request, address: Address, failed: Failed = ignore) -> Response:
        """The response, with the fields of CORS; a preflight is asked for no credential. `failed` may raise."""
        origin, options = request.headers.get("origin"), request.method == "OPTIONS"
        is_preflight = options and origin is not None and "access-control-request-method" in request.headers
        if is_preflight and address.kind == "moved":  # 308 would end it here: the request behind it is led on
            address = address._replace(kind="item")
        response = super().respond(request, address, failed)
        fields = self.cors.allowing(origin)
        if fields and is_preflight and response.status < 300:
            fields = self.cors.leave(fields, response)
        headers = self.cors.varying(response.headers, options=options)
        return Response(response.status, headers + fields, response.body)


@kept(32 * 1024)
def together(vary: str, names: tuple[str, ...]) -> str:
    """A value of Vary, with further names that it does not have yet."""
    there = {name.strip().lower() for name in vary.split(",")}
    return ", ".join([vary, *(name for name in names if name.lower() not in there)])


def declared_origins(given: Collection[str] | None, where: str) -> tuple[str, ...]:
    """The origins that `where` allows. Raises DeclarationError."""
    if given is None:
        return ()
    if not isinstance(given, list | tuple | set | frozenset) or not all(isinstance(each, str) for each in given):
        raise DeclarationError(f"{where} is {given!r}: give a list of origins, as in [{EXAMPLE!r}].")
    try:
        return checked_origins(given)
    except InvalidOrigin as error:
        raise DeclarationError(f"In {where}, {error}") from error
