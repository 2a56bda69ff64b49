"""Authenticators: each looks for one kind of credential in a request, and says what it grants.

One takes the credential or leaves it to the next: `grant` gives None for a request without its kind of credential, or
with one that is not valid. A request with an `Authorization` that nobody has taken is refused. Other fields, such as
Cookie, are sent by browsers for other reasons, too: without a grant, such a request is anonymous.

Each brings its challenge (RFC 9110, section 11.6.1), and the header fields that its answers vary on.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from ..http.messages import Request
from ..model.errors import DeclarationError
from .grant import NO_CLAIMS, Credential, Grant
from .keys import grant_for, identifier_of, note_use

FindKey = Callable[[str], Mapping[str, Any] | None]
"""Gives the record of a key by its id."""
BEARER = 'Bearer realm="restwell"'
EXPIRED = "The access token has expired: get another one."
"""What is told of a token that has been valid: of others nothing, so that nobody learns what is still wrong."""
OTHER = Credential("other")
"""What is told of a credential that an application's own function has taken."""
SESSION = "session"
"""What names the credential of who has signed in."""
MAX_BASIC = 4096
"""Characters of the credentials of HTTP Basic."""


class Authenticator:
    """Authenticates by a function of the application's: `function(request)` gives a Grant, or None.

    `reads` names the header fields that the function looks at: others are not there for it, and answers vary on
    these. `challenge` is what a 401 asks for (RFC 9110, section 11.6.1), and `description` is for people. `scheme` is
    the security scheme of OpenAPI, under `name`. Subclasses have a `grant` of their own. Raises DeclarationError.
    """

    needs_context = False
    """Whether it is called in the context of a request of Flask's."""
    is_sent_by_itself = False
    """Whether browsers send the credential whoever has made them ask, as they do cookies."""
    is_remembered = False
    """Whether browsers do so once somebody has typed it in, and programs send it, too."""
    needs_base = False
    """Whether it is to be given the base URL as the `origin` of a request."""
    metadata: Mapping[str, Any] = MappingProxyType({})
    """What the metadata of a protected resource say of it beside its issuers (RFC 9728)."""
    sign_in: str | None = None
    """Where people sign in: a path of the application, or a URL."""
    is_told = True
    """Whether callers are told of it."""
    issuers: tuple[str, ...] = ()
    """The authorization servers whose tokens it takes (RFC 9728)."""

    def __init__(
        self,
        function: Callable[[Request], Grant | None],
        *,
        reads: Sequence[str] = ("Authorization",),
        challenge: str = BEARER,
        name: str = "custom",
        description: str = "A credential of the application's own.",
        scheme: Mapping[str, Any] | None = None,
    ) -> None:
        if not callable(function):
            raise DeclarationError(f"authenticate= has {function!r}: give ApiKeys() or another, or a function.")
        self._describe(reads, challenge, name, description, scheme)
        self._function = function
        self.is_sent_by_itself = "cookie" in self._fields

    def _describe(
        self, reads: Sequence[str], challenge: str, name: str, description: str, scheme: Mapping[str, Any] | None
    ) -> None:
        if isinstance(reads, str) or not reads:
            raise DeclarationError(f"reads={reads!r} names no header fields: give a list, as in reads=['X-Token'].")
        self.reads = tuple(reads)
        self._fields = frozenset(each.lower() for each in reads)
        self.challenge = challenge
        self.challenges: tuple[str, ...] = (challenge,)
        self.name = name
        first = {"type": "apiKey", "in": "header", "name": self.reads[0]}
        bearer = {"type": "http", "scheme": "bearer"}
        taken = scheme or (bearer if self._fields == {"authorization"} else first)
        self.scheme = {**taken, "description": description}

    def grant(self, request: Request, find_key: FindKey) -> Grant | None:  # noqa: ARG002 - others look for keys
        """What the credential of a request grants; None without a valid one. Raises a Problem, and StoreError.

        `find_key` gives the record of an API key by its id.
        """
        found = self._function(request._replace(headers=OfThese(request.headers, self._fields)))
        if found is None or isinstance(found, Grant):
            return found
        raise TypeError(f"{self._function!r} has given {found!r}: an authenticator gives a Grant, or None.")

    def told(self, request: Request, grant: Grant, find_key: FindKey) -> Credential | None:  # noqa: ARG002 - as above
        """What is told of the credential that has this grant; None where it is not of this kind.

        One that might be of another kind, too, is `OTHER`. Raises StoreError.
        """
        return None if self._fields.isdisjoint(request.headers) else OTHER


class OfThese(Mapping[str, str]):
    """The header fields that an authenticator has named. To ask for another one is an error that says what to do."""

    def __init__(self, headers: Mapping[str, str], names: frozenset[str]) -> None:
        self._headers = headers
        self._names = names

    def __getitem__(self, name: str) -> str:
        lower = name.lower()
        if lower not in self._names:
            raise RuntimeError(
                f"The function looks at {name}, and answers are not known to vary on it: "
                f"name it, as in Authenticator(function, reads=[{name!r}])."
            )
        return self._headers[lower]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._headers if name in self._names)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class ApiKeys(Authenticator):
    """API keys of Restwell's own, as bearer tokens (RFC 6750, section 2.1).

    With a `path`, such as "/keys", callers make keys there that may do no more than they themselves, see those that
    act for the same subject, and revoke them: with the scopes `keys:create`, `keys:read` and `keys:delete`.
    """

    def __init__(self, path: str | None = None) -> None:
        self.path = path
        about = "`Authorization: Bearer KEY` (RFC 6750), with an API key."
        self._describe(("Authorization",), BEARER, "bearer", about, {"type": "http", "scheme": "bearer"})

    def told(self, request: Request, grant: Grant, find_key: FindKey) -> Credential | None:
        """The id, the name and the end of a key."""
        text = request.headers.get("authorization", "").partition(" ")[2]
        identifier = identifier_of(text.strip(" "))
        record = find_key(identifier) if identifier is not None and identifier == grant.credential else None
        return None if record is None else Credential("key", identifier, record["name"], record["expires"])

    def grant(self, request: Request, find_key: FindKey) -> Grant | None:
        """What a key grants by its record; None for what is not a valid key."""
        credential = request.headers.get("authorization", "")
        scheme, _, key = credential.partition(" ")
        key = key.strip(" ")
        identifier = identifier_of(key) if scheme.lower() == "bearer" else None
        if identifier is None:
            return None
        record, now = find_key(identifier), time.time()
        grant = grant_for(key, record, now=now, address=request.address)
        if grant is not None and record is not None:
            note_use(record, now=now)
        return grant


class Basic(Authenticator):
    """HTTP Basic (RFC 7617): `check(name, password)` gives a Grant, or None where they are not known.

    Over plain HTTP everybody on the way reads the password. A slow hash is right for passwords, and for whoever wants
    to spend the time of the server: limit how often an address may try. Browsers remember what was typed in, and send
    it along whoever makes them ask: where one says that this was a page of another origin, a change is refused.
    """

    is_remembered = True

    def __init__(self, check: Callable[[str, str], Grant | None]) -> None:
        about = "A name and a password (RFC 7617)."
        challenge = 'Basic realm="restwell", charset="UTF-8"'
        self._describe(("Authorization",), challenge, "basic", about, {"type": "http", "scheme": "basic"})
        self._check = check

    def grant(self, request: Request, find_key: FindKey) -> Grant | None:  # noqa: ARG002 - others look for keys
        """What the name and the password grant."""
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic" or len(encoded) > MAX_BASIC:
            return None
        try:
            text = base64.b64decode(encoded.strip(" "), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        name, colon, password = text.partition(":")
        if not colon or any(not each.isprintable() for each in text):
            return None
        return self._check(name, password)

    def told(self, request: Request, grant: Grant, find_key: FindKey) -> Credential | None:  # noqa: ARG002 - as above
        """That it is a password, and nothing else."""
        scheme = request.headers.get("authorization", "").partition(" ")[0]
        return Credential("password") if scheme.lower() == "basic" else None


class CurrentUser(Authenticator):
    """The user who has signed in to the application, as Flask-Login's `CurrentUser(lambda: current_user)`.

    `user()` is called in the context of the request, and gives None, or one whose `is_authenticated` is false, where
    nobody has signed in. The subject is `get_id()` of the user, or `id`, unless `subject` gives it; `scopes` and
    `groups` are texts, or functions that give them for a user: each is called once for a request, when a rule asks.
    `login` is the address to sign in at, for a 401. `reads` are the header fields that tell who the user is.

    Browsers send a cookie along whoever made them ask. So a change takes `Sec-Fetch-Site: same-origin`, or an
    `Origin` that is that of the API.
    """

    needs_context = True
    is_sent_by_itself = True

    def __init__(
        self,
        user: Callable[[], Any],
        *,
        scopes: Iterable[str] | Callable[[Any], Iterable[str]] = (),
        groups: Iterable[str] | Callable[[Any], Iterable[str]] = (),
        subject: Callable[[Any], str | None] | None = None,
        login: str = "/login",
        reads: Sequence[str] = ("Cookie",),
    ) -> None:
        about = f"Signed in to the application, at {login}."
        scheme = {"type": "apiKey", "in": "cookie", "name": "session"}
        self._describe(reads, f'Session realm="restwell", location="{_quotable(login)}"', "session", about, scheme)
        if not callable(user):
            raise DeclarationError("CurrentUser takes a function: CurrentUser(lambda: current_user).")
        for name, given in (("scopes", scopes), ("groups", groups)):
            if isinstance(given, str):
                raise DeclarationError(f"CurrentUser has {name}={given!r}: give several, as in [{given!r}].")
        self._user, self._scopes, self._groups, self._subject = user, scopes, groups, subject
        self.sign_in = login

    def grant(self, request: Request, find_key: FindKey) -> Grant | None:  # noqa: ARG002 - others look for keys
        """What the user who has signed in may do; None where nobody has, or nothing that tells who was sent."""
        if self._fields.isdisjoint(request.headers):
            return None
        user = self._user()
        if user is None or not getattr(user, "is_authenticated", True):
            return None
        subject = _subject_of(user) if self._subject is None else self._subject(user)
        if not subject:
            return None
        return Grant(str(subject), _for(self._scopes, user), NO_CLAIMS, _for(self._groups, user), SESSION)

    def told(self, request: Request, grant: Grant, find_key: FindKey) -> Credential | None:  # noqa: ARG002 - as above
        """That it is a session, and nothing else."""
        is_session = grant.credential == SESSION and "authorization" not in request.headers
        return Credential("session") if is_session else None


def _for(
    what: Iterable[str] | Callable[[Any], Iterable[str]], user: Any
) -> Iterable[str] | Callable[[], Iterable[str]]:
    return partial(what, user) if callable(what) else what


def _subject_of(user: Any) -> object:
    get_id = getattr(user, "get_id", None)
    return get_id() if callable(get_id) else getattr(user, "id", None)


def _quotable(text: str) -> str:
    """A text that can stand in a quoted string of a header field. Raises DeclarationError."""
    if not text.isascii() or not text.isprintable() or '"' in text or "\\" in text:
        raise DeclarationError(f"login={text!r} cannot stand in a header field: give a path or a URL.")
    return text


def authenticators_of(
    given: Sequence[Authenticator | Callable[[Request], Grant | None]] | None,
) -> list[Authenticator]:
    """What `authenticate=` stands for: API keys where it is not given. Raises DeclarationError."""
    if given is None:
        return [ApiKeys()]
    if isinstance(given, (str, bytes, Authenticator)) or callable(given) or not given:
        raise DeclarationError("authenticate= is a list, as in authenticate=[ApiKeys()].")
    for each in given:
        if isinstance(each, type) and issubclass(each, Authenticator):
            raise DeclarationError(f"authenticate= has {each!r}: call it, as in {each.__name__}().")
    found = [each if isinstance(each, Authenticator) else Authenticator(each) for each in given]
    issuers = [issuer for each in found for issuer in each.issuers]
    for issuer in issuers:
        if issuers.count(issuer) > 1:
            raise DeclarationError(f"authenticate= has {issuer!r} twice: an issuer has one authenticator.")
    names: set[str] = set()
    for each in found:
        while each.name in names:
            each.name += "_"
        names.add(each.name)
    return found
