"""Links that act: following one may remove, change or end something, so the audit does not follow them.

GET is safe (RFC 9110, section 9.2.1), but not every server respects that. A link acts if its method, its relation,
its URL, its text or its title says so. The name of an item says nothing about a link: an item may have the name
`delete-me`, and `/orders/cancelled` is a list.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from .reading import Link
from .reading.targets import without_query

ACTIONS: Final[Mapping[str, frozenset[str]]] = {
    "removes": frozenset([
        "delete", "del", "remove", "destroy", "purge", "erase", "wipe", "truncate", "uninstall", "unlink", "discard",
        "rm",
    ]),
    "ends a session or revokes a permission": frozenset([
        "logout", "logoff", "signout", "signoff", "endsession", "disconnect", "revoke", "deauthorize", "invalidate",
        "expire",
    ]),
    "answers a question in place of the user": frozenset([
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
        "rename", "flush", "increment", "decrement", "enqueue", "dequeue", "mute", "unmute", "hide", "unhide",
        "clearall", "clearcache", "dropall", "droptable", "dropdatabase", "emptycache", "emptytrash",
    ]),
    "creates or changes something": frozenset([
        "create", "add", "insert", "save", "update", "modify", "replace", "upload", "duplicate", "clone",
    ]),
}  # fmt: skip
"""Imperatives by what they do. Other forms, such as `deleted`, `deletions` and `deleting`, do not act."""
ALONE: Final = frozenset([
    "block", "clear", "close", "drop", "empty", "exit", "kick", "leave", "lock", "merge", "move", "pause", "pop",
    "quit", "reopen", "run", "stop", "sync", "trash", "vote",
])  # fmt: skip
"""Words that act where a relation or a text consists of nothing else."""
NOUNS_TOO: Final = ALONE | {
    "archive", "copy", "export", "follow", "import", "like", "open", "register", "release", "share", "start",
}  # fmt: skip
"""Words that also name resources: in a URL they act at the end of the path, after an identity (`/orders/4/close`)."""
ENDINGS: Final = frozenset(["clear", "drop", "exit", "kick", "pop", "quit", "refresh", "stop"])
"""Words that act as the last segment of a path, whatever is before it (`/cache/clear`, `/stop`)."""
SAFE_RELATIONS: Final = frozenset(["create-form", "duplicate", "edit", "edit-form", "edit-media"])
"""Relations registered with IANA that look like actions, but lead to a form, a copy or a resource to edit."""
FORM_RELATIONS: Final = frozenset(["create-form", "edit-form", "edit"])
FORMS: Final = frozenset(["add", "create", "edit", "new", "update"])
"""Names of pages with forms, which are followed where a registered relation says that they are forms."""
COMMANDS: Final = frozenset([
    "a", "act", "action", "btn", "button", "cmd", "command", "do", "event", "func", "function", "method", "mode",
    "op", "operation", "option", "perform", "submit", "task",
])  # fmt: skip
"""Parameters, without underscores before them, whose value is the action, as in `?action=delete`."""
VERBATIM: Final = frozenset(
    ["act", "action", "cmd", "command", "do", "func", "function", "op", "operation", "perform"]
)
"""Parameters of these whose value always says what is done, so that one acts unless it is known to read."""
READING: Final = frozenset([
    "browse", "detail", "details", "diff", "display", "download", "edit", "feed", "fetch", "find", "get", "help",
    "history", "home", "index", "info", "list", "login", "lookup", "page", "preview", "print", "query", "raw", "read",
    "refresh", "render", "retrieve", "rss", "search", "show", "status", "view",
])  # fmt: skip
"""Words in values that read."""
FLAGS: Final = frozenset(["clear", "drop", "kick", "refresh", "trash", "vote"])
"""Parameters that act and are not actions elsewhere."""
NOT_SAFE: Final = frozenset(["POST", "PUT", "PATCH", "DELETE"])
MAX_WORDS: Final = 4
"""Words of a text that names an action; longer texts are sentences and titles."""

_ACTING: Final = frozenset().union(*ACTIONS.values())
_REMOVING: Final = tuple([word] for word in ACTIONS["removes"])
_SUFFIXES: Final = frozenset(["url", "uri", "href", "link", "links", "action", "form", "button", "btn"])
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_IDENTITY = re.compile(r"\{.*\}|[^/]*[0-9][^/]*|[0-9a-f]{8,}(?:-[0-9a-f]+)*", re.IGNORECASE)
_EXTENSION = re.compile(r"\.(?:php|aspx?|jsp|do|action|cgi|html?|json|xml)$", re.IGNORECASE)


def why_acts(link: Link, *, base: str = "", named: bool = False) -> str:
    """The reason why a link acts, such as "its relation"; "" for a link that does not act.

    `base` is the URL at which it was found; `named` says that its last segment is the name of a member.
    """
    if link.method.upper() in NOT_SAFE:
        return "its method"
    if any(names_action(_name_of(rel)) for rel in link.rel.split() if rel.lower() not in SAFE_RELATIONS):
        return "its relation"
    if acts_by_address(link.target, base, named=named) and not _is_form(link):
        return "its address"
    if not named and any(map(text_names_action, (link.title, *link.text.split("\n")))):
        return "its text"
    return ""


def why_left_out(target: str, links: Sequence[Link], base: str, named_members: Collection[str]) -> str:
    """The reason why a target must not be requested, from all links to it at `base`; or "".

    A target that another relation, such as `self`, also links is followed. `named_members` are those of `base`.
    """
    named = target in named_members
    reasons = [why_acts(link, base=base, named=named) for link in links]
    read_too = any(link.rel and not why for link, why in zip(links, reasons, strict=True))
    if read_too and not acts_by_address(target, base):
        reasons = [why for why in reasons if why == "its text"]
    return next(filter(None, reasons), "")


def named_among(members: Sequence[str], base: str) -> frozenset[str]:
    """Those of the members of the collection at `base` whose last segment is a name, not an action.

    A list of actions has members too: where more than half of the members have names that act, none is a name.
    """
    collection = without_query(base)
    below = [each for each in members if without_query(each).rpartition("/")[0] == collection]
    acting = sum(acts_by_address(each, base) for each in below)
    return frozenset(below) if 1 < len(below) >= 2 * acting else frozenset()


def names_action(name: str) -> bool:
    """Whether a name is that of an action: `delete_url`, `deleteUrl`, `user-remove`, `logout`, `close`."""
    words = [word for word in words_of(name) if word not in _SUFFIXES]
    return _names_action(words) or (len(words) == 1 and words[0] in ALONE)


def changes_state(name: str) -> bool:
    """Whether a name is that of a change, as in `?action=stop`: an action that does not only end a session."""
    first = next(iter(words_of(name)), "")
    session = ACTIONS["ends a session or revokes a permission"]
    return (names_action(name) or first in ALONE) and not any(
        each in session for each in (first, "".join(words_of(name)))
    )


def text_names_action(text: str) -> bool:
    """Whether a label names an action and is not a sentence or a title: `Log out`, `Delete this thing`."""
    return len(text.split()) <= MAX_WORDS and names_action(text)


@lru_cache(4096)
def acts_by_address(url: str, base: str = "", *, named: bool = False) -> bool:
    """Whether a URL names an action, in a segment of its path or in its query.

    The leading segments that it shares with `base` do not count.
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
    return any(map(_is_action, middle)) or _is_last_action(last, before, named=named)


def _segments(path: str) -> list[str]:
    return [unquote(each) for each in path.split("/") if each]


def _is_last_action(segment: str, before: str, *, named: bool) -> bool:
    """Whether the last segment of a path names an action. `delete` alone is never taken for the name of an item."""
    words = words_of(_EXTENSION.sub("", segment))
    if named:
        return "".join(words) in _ACTING
    joined = "".join(words)
    return (
        _is_action(segment)
        or joined in ENDINGS
        or (joined in NOUNS_TOO and _IDENTITY.fullmatch(before) is not None)
        or (joined == "end" and before.lower() in {"session", "sessions"})
    )


def _is_action(segment: str) -> bool:
    """Whether a segment names an action: `delete`, `deleteThing`, `delete.php`, `thing-remove`."""
    return not segment.startswith("{") and _names_action(words_of(_EXTENSION.sub("", segment)))


def _names_action(words: list[str]) -> bool:
    """Whether words begin with an action or, if they are few, end with one, such as `log out` and `mark as read`."""
    if not words:
        return False
    beginnings = ("".join(words[:number]) for number in (1, 2, 3))
    few = len(words) <= MAX_WORDS
    return any(each in _ACTING for each in beginnings) or (
        few and (words[-1] in _ACTING or "".join(words[-2:]) in _ACTING)
    )


def _is_command(name: str, value: str) -> bool:
    """Whether a parameter names an action: `action=delete`, `_method=DELETE`, `delete_all=1`, `logout`."""
    parameter = name.lower().strip("_")
    if parameter in COMMANDS:
        words = words_of(value)
        unknown = parameter in VERBATIM and bool(words) and READING.isdisjoint(words)
        return unknown or names_action(value) or value.upper() in NOT_SAFE
    words = words_of(name)
    joined = "".join(words)
    acts = joined in _ACTING or joined in FLAGS or words[:1] in _REMOVING or words[:2] == ["add", "to"]
    return acts and value.lower() not in {"0", "false", "no", "off"}


def words_of(text: str) -> list[str]:
    """The words of a name or a text in lower case, whether written `deleteUrl`, `DELETE_URL` or `Delete it`."""
    return [word.lower() for word in _WORD.findall(text[:200])]


def _name_of(rel: str) -> str:
    """The name in a relation: the last part of a URI, or the part of a CURIE after the colon."""
    return re.split(r"[/#:]", rel.rstrip("/#:"))[-1]


def _is_form(link: Link) -> bool:
    """Whether a registered relation says that a URL such as `/items/new` is that of a form."""
    last = urlsplit(link.target).path.rstrip("/").rpartition("/")[2]
    return not FORM_RELATIONS.isdisjoint(link.rel.lower().split()) and last in FORMS and "?" not in link.target
