"""Links that act: whoever follows one may remove, change or end something. Reading leaves them out.

GET is safe (RFC 9110, section 9.2.1), but not every server keeps to that. A link acts where its relation, its text or
title, its method or its address says so. What a thing is called is not what a link does: an item may be called
`delete-me`, and `/orders/cancelled` is a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from .reading import Link

DEEDS: Final[Mapping[str, frozenset[str]]] = {
    "removes": frozenset([
        "delete", "del", "remove", "destroy", "purge", "erase", "wipe", "truncate", "uninstall", "unlink", "discard",
        "rm",
    ]),
    "ends a session or takes a right away": frozenset([
        "logout", "logoff", "signout", "signoff", "disconnect", "revoke", "deauthorize", "invalidate",
    ]),
    "answers a question for somebody": frozenset([
        "confirm", "approve", "reject", "accept", "decline", "deny", "dismiss", "acknowledge", "verify", "authorize",
        "subscribe", "unsubscribe", "optout", "optin", "unfollow", "upvote", "downvote", "markread", "markasread",
    ]),
    "costs or sends something": frozenset([
        "pay", "purchase", "buy", "checkout", "refund", "donate", "send", "resend", "submit", "invite", "notify",
    ]),
    "changes a state": frozenset([
        "cancel", "activate", "deactivate", "enable", "disable", "publish", "unpublish", "reset", "restart", "reboot",
        "shutdown", "terminate", "kill", "abort", "suspend", "resume", "restore", "rollback", "revert", "unarchive",
        "unlock", "ban", "unban", "unblock", "promote", "demote", "assign", "unassign", "toggle", "rotate",
        "regenerate", "reindex", "rebuild", "redeploy", "deploy", "undeploy", "execute", "invoke", "trigger", "retry",
        "rename", "flush",
    ]),
    "creates or changes something": frozenset([
        "create", "add", "insert", "save", "update", "modify", "replace", "upload", "duplicate", "clone",
    ]),
}  # fmt: skip
"""What a word does, in the imperative: `deleted`, `deletions` and `deleting` do nothing."""
WHOLE: Final = frozenset([
    "clear", "close", "drop", "empty", "kick", "leave", "lock", "merge", "move", "pause", "reopen", "stop", "sync",
    "trash",
])  # fmt: skip
"""Words that are an order where they are all that a relation or a text says."""
NOUNS_TOO: Final = WHOLE | {
    "archive", "block", "copy", "export", "follow", "import", "like", "open", "register", "release", "run", "share",
    "start", "vote",
}  # fmt: skip
"""Words that name things as well: in an address they act at its end, behind an identity (`/orders/4/close`)."""
SAFE_RELATIONS: Final = frozenset(["create-form", "duplicate", "edit", "edit-form", "edit-media"])
"""Relations that look like deeds, and are registered with IANA: they lead to a form, a copy, a thing to be edited."""
FORM_RELATIONS: Final = frozenset(["create-form", "edit-form", "edit"])
FORMS: Final = frozenset(["add", "create", "edit", "new", "update"])
"""What pages with forms are called: read where a registered relation says that it is one."""
COMMANDS: Final = frozenset([
    "_method", "act", "action", "btn", "cmd", "command", "do", "event", "func", "function", "method", "mode", "op",
    "operation", "perform", "task",
])  # fmt: skip
"""Parameters whose value is the deed, as in `?action=delete`."""
NOT_SAFE: Final = frozenset(["POST", "PUT", "PATCH", "DELETE"])
MAX_ORDER: Final = 4
"""Words of an order, at most: longer texts are sentences and titles."""

_DOES: Final = frozenset().union(*DEEDS.values())
_SUFFIXES: Final = frozenset(["url", "uri", "href", "link", "links", "action", "form", "button", "btn"])
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_IDENTITY = re.compile(r"\{.*\}|[^/]*[0-9][^/]*|[0-9a-f]{8,}(?:-[0-9a-f]+)*", re.IGNORECASE)
_EXTENSION = re.compile(r"\.(?:php|aspx?|jsp|do|action|cgi|html?|json|xml)$", re.IGNORECASE)


def why_acts(link: Link, *, base: str = "", named: bool = False) -> str:
    """What says that a link acts, as in "its relation"; "" for one that only leads somewhere.

    `base` is the URL that it was found at, `named` says that its end is what a member of a collection is called.
    """
    if link.method.upper() in NOT_SAFE:
        return "its method"
    if any(is_order(_name_of(rel)) for rel in link.rel.split() if rel.lower() not in SAFE_RELATIONS):
        return "its relation"
    if is_deed_by_address(link.target, base, named=named) and not _is_form(link):
        return "its address"
    if not named and any(map(is_short_order, (link.title, *link.text.split("\n")))):
        return "its text"
    return ""


def why_left_out(target: str, links: Sequence[Link], base: str, members: Sequence[str]) -> str:
    """What says that a target must not be asked for, by all links to it at `base`, which lists `members`; or "".

    What is linked as something to read as well, as `self` beside `delete` is, is read.
    """
    named = is_named(target, base, members)
    reasons = [why_acts(link, base=base, named=named) for link in links]
    read_too = any(link.rel and not why for link, why in zip(links, reasons, strict=True))
    if read_too and not is_deed_by_address(target, base):
        reasons = [why for why in reasons if why == "its text"]
    return next(filter(None, reasons), "")


def is_named(target: str, base: str, members: Sequence[str]) -> bool:
    """Whether the end of a target is what a member of a collection is called, rather than what is done with it.

    A list of what can be done has members too: where more than half have names that act, none of them is a thing.
    """
    collection = base.partition("?")[0].rstrip("/")
    below = [each for each in members if each.partition("?")[0].rstrip("/").rpartition("/")[0] == collection]
    acting = sum(is_deed_by_address(each, base) for each in below)
    return target in below and 1 < len(below) >= 2 * acting


def is_order(name: str) -> bool:
    """Whether a name says what is done: `delete_url`, `deleteUrl`, `user-remove`, `logout`, `close`."""
    words = [word for word in words_of(name) if word not in _SUFFIXES]
    return _is_order(words) or (len(words) == 1 and words[0] in WHOLE)


def is_short_order(text: str) -> bool:
    """Whether a text for people is an order, and no sentence or title: `Log out`, `Delete this thing`."""
    return len(text.split()) <= MAX_ORDER and is_order(text)


@lru_cache(4096)
def is_deed_by_address(url: str, base: str = "", *, named: bool = False) -> bool:
    """Whether an address says that asking for it does something: by a segment of its path, or by its query.

    Segments that it shares with `base`, where the reader is already, say nothing new.
    """
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=100)
        segments, known = _segments(parts.path), _segments(urlsplit(base).path)
    except ValueError:
        return False
    if any(_is_command(name, value) for name, value in query):
        return True
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(segments, known, strict=False)))
    *middle, last = segments[shared:] or [""]
    before = segments[-2] if len(segments) > 1 else ""
    return any(map(_is_deed, middle)) or _is_last_deed(last, before, named=named)


def _segments(path: str) -> list[str]:
    return [unquote(each) for each in path.split("/") if each]


def _is_last_deed(segment: str, before: str, *, named: bool) -> bool:
    """Whether the end of a path is a deed. What is called `delete` and nothing else is never taken for a name."""
    words = words_of(_EXTENSION.sub("", segment))
    if named:
        return "".join(words) in _DOES
    return _is_deed(segment) or ("".join(words) in NOUNS_TOO and _IDENTITY.fullmatch(before) is not None)


def _is_deed(segment: str) -> bool:
    """Whether a segment is a deed: `delete`, `deleteThing`, `delete.php`, `thing-remove`."""
    return not segment.startswith("{") and _is_order(words_of(_EXTENSION.sub("", segment)))


def _is_order(words: list[str]) -> bool:
    """Whether words begin with a deed or, if they are few, end with one; `log out` and `mark as read` are one."""
    if not words:
        return False
    beginnings = ("".join(words[:number]) for number in (1, 2, 3))
    few = len(words) <= MAX_ORDER
    return any(each in _DOES for each in beginnings) or (few and (words[-1] in _DOES or "".join(words[-2:]) in _DOES))


def _is_command(name: str, value: str) -> bool:
    """Whether a parameter orders something: `action=delete`, `_method=DELETE`, `delete=1`, `logout`."""
    if name.lower() in COMMANDS:
        return is_order(value) or value.upper() in NOT_SAFE
    return "".join(words_of(name)) in _DOES and value.lower() not in {"0", "false", "no", "off"}


def words_of(text: str) -> list[str]:
    """The words of a name or a text, in lower case: of `deleteUrl`, `DELETE_URL` and `Delete it` alike."""
    return [word.lower() for word in _WORD.findall(text[:200])]


def _name_of(rel: str) -> str:
    """The name in a relation: that of a URI is its end, that of a CURIE what comes after the colon."""
    return re.split(r"[/#:]", rel.rstrip("/#:"))[-1]


def _is_form(link: Link) -> bool:
    """Whether a registered relation says that the address, which is called so, is that of a form."""
    last = urlsplit(link.target).path.rstrip("/").rpartition("/")[2]
    return not FORM_RELATIONS.isdisjoint(link.rel.lower().split()) and last in FORMS and "?" not in link.target
