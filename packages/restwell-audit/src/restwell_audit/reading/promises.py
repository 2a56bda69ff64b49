"""What a description of an API promises beside the API: the values that `openapi.py` makes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from .targets import origin


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation; `place` is where it goes: path, query, header or cookie. `example` may be None."""

    name: str
    place: str
    required: bool = False
    example: Any = None


@dataclass(frozen=True, slots=True)
class Content:
    """Content that an operation takes: its media type, and an example where one is given or easily made."""

    media_type: str
    example: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that is promised: its status as written, such as 200, 4XX or default."""

    status: str
    media_types: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    """The names of the Link Objects: what may be done with what is answered."""


@dataclass(frozen=True, slots=True)
class DescribedOperation:
    """A method on a path. `security` names the schemes of which it asks one; `secured` says that it needs one."""

    method: str
    path: str
    name: str = ""
    parameters: tuple[Parameter, ...] = ()
    contents: tuple[Content, ...] = ()
    content_required: bool = False
    answers: tuple[Answer, ...] = ()
    security: tuple[str, ...] = ()
    secured: bool = False

    @property
    def example(self) -> Any:
        """Content to send, JSON before others; None where none is known."""
        known = [each for each in self.contents if each.example is not None]
        return next((each.example for each in known if each.media_type.endswith("json")), None)


@dataclass(frozen=True, slots=True)
class Description:
    """A description as a whole: where it is, which version of OpenAPI, and what it promises.

    `servers` are absolute URLs without a slash at their end, those of the document's own origin first. `unread` says
    why nothing could be read of what is there.
    """

    document: str
    version: str = ""
    title: str = ""
    servers: tuple[str, ...] = ()
    operations: tuple[DescribedOperation, ...] = ()
    unread: str = ""

    def url(self, path: str) -> str:
        """The URL, or URI template, of a path."""
        return (self.servers[0] if self.servers else "") + path

    def matches(self, operation: DescribedOperation, url: str) -> bool:
        """Whether an operation is promised of a URL.

        Only paths are compared, for an API may be judged somewhere else than where its description says that it is.
        """
        path = urlsplit(url).path or "/"
        return any(_pattern(urlsplit(server).path + operation.path).fullmatch(path) for server in self.servers)


def ordered(servers: list[str], document: str) -> tuple[str, ...]:
    """Servers without repetition, those of the document's own origin first."""
    own = origin(document)
    return tuple(dict.fromkeys(sorted(servers, key=lambda each: origin(each) != own)))


@lru_cache(4096)
def _pattern(template: str) -> re.Pattern[str]:
    """What a path with parameters matches: each stands for one segment, or for a part of one."""
    return re.compile("/".join(map(_segment, template[:2000].split("/"))))


def _segment(template: str) -> str:
    beginning, brace, rest = template.partition("{")
    if not brace:
        return _either(template)
    return f"{_either(beginning)}[^/]+{_either(rest.rpartition('}')[2])}"


def _either(part: str) -> str:
    """A literal part, encoded or not."""
    plain = unquote(part)
    return re.escape(part) if plain == part else f"(?:{re.escape(part)}|{re.escape(plain)})"
