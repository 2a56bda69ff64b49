"""How other people's software is started and filled, and where a client enters. Nothing is started here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Software:
    """How one of them is started, and where a client enters.

    In `command`, `{port}` is the port of 127.0.0.1 to listen on, and `{more[0]}` to `{more[2]}` are further free
    ones. `files` are copied from `apps/` to where it runs, since it changes them. `status` and `media_type` are what
    a GET of the entry point is answered with. `filling` is what is sent once it answers: method, path, media type and
    content. It answers when the entry point `says` this, a pattern, and is filled when that says `filled`. `headers`
    are sent with every request, the auditor's as well: a credential, say.
    """

    command: Sequence[str]
    entry: str = "/"
    status: int = 200
    media_type: str = "application/json"
    files: Sequence[str] = ()
    filling: Sequence[tuple[str, str, str, bytes]] = ()
    says: bytes = b""
    filled: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
