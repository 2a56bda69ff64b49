"""Somebody to ask about, for commands: a key by its id, or a caller who is made up on the command line."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from .options import F, Failure, option

if TYPE_CHECKING:
    from ..access.grant import Grant
    from ..web.flask.binding import Binding

ANONYMOUS = "anonymous"


class Caller(NamedTuple):
    """Whom the options name."""

    key: str | None
    subject: str | None
    scopes: Sequence[str]
    groups: Sequence[str]

    @property
    def is_named(self) -> bool:
        """Whether any of the options was given."""
        return bool(self.key or self.subject or self.scopes or self.groups)


def with_caller(command: F) -> F:
    """Add the options that name a caller to a command, which takes `key`, `subject`, `scopes` and `groups`."""
    for add in (
        option("--as-group", "groups", metavar="GROUP", multiple=True, help="A group of the caller who is made up."),
        option("--as-scope", "scopes", metavar="SCOPE", multiple=True, help="A scope of the caller who is made up."),
        option("--as-subject", "subject", metavar="NAME", help="As a caller of this name, who need not exist."),
        option("--as", "key", metavar="KEY", help="As the holder of this key, by its id; or 'anonymous'."),
    ):
        command = add(command)
    return command


def grant_of(caller: Caller, bindings: Sequence[Binding]) -> Grant:
    """What the caller is granted; the keys of all APIs are in one table.

    Raises click.UsageError, and Failure for a key that is not valid.
    """
    from ..access.grant import ANONYMOUS as NOBODY  # not for `--help`
    from ..access.grant import Grant  # as above

    if caller.key is not None and (caller.subject or caller.scopes or caller.groups):
        raise click.UsageError("--as names a caller who exists, and the options --as-... make one up: give either.")
    if caller.key == ANONYMOUS:
        return NOBODY
    if caller.key is not None:
        return _of_key(caller.key, bindings[0].store.find_key)
    if not caller.subject:
        raise click.UsageError("A caller who is made up needs a name: add --as-subject NAME.")
    return Grant(caller.subject, caller.scopes, groups=caller.groups)


def _of_key(given: str, find_key: Callable[[str], Any]) -> Grant:
    from ..access.grant import Grant  # not for `--help`
    from ..access.keys import grant_for, identifier_of  # as above

    identifier = identifier_of(given)
    record = find_key(identifier or given)
    if record is None:
        raise Failure("There is no such key: name one by its id, as `restwell keys list` shows it.")
    is_over = record["revoked"] is not None or (record["expires"] is not None and record["expires"] <= time.time())
    if is_over or (identifier is not None and grant_for(given, record, now=time.time()) is None):
        raise Failure(f"The key {record['id']} is revoked, expired or has another secret: requests with it are 401.")
    return Grant(record["id"], record["scopes"].split(), credential=record["id"])


def caller_words(grant: Grant) -> str:
    """Who a grant is of, in words."""
    if grant.subject is None:
        return "an anonymous caller"
    scopes = f" with {', '.join(sorted(grant.scopes))}" if grant.scopes else ""
    groups = f" in {', '.join(sorted(grant.groups))}" if grant.groups else ""
    return f"{grant.subject}{scopes}{groups}"
