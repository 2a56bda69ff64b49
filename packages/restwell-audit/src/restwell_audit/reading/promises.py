"""The model of a description of an API, which `openapi.py` reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from .targets import origin


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation; `location` is path, query, header or cookie. `example` may be None."""

    name: str
    location: str
    required: bool = False
    example: Any = None


@dataclass(frozen=True, slots=True)
class Content:
    """Content that an operation takes: its media type, and an example where one is given or could be made."""

    media_type: str
    example: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A described response; its status is as written, such as 200, 4XX or default."""

    status: str
    media_types: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    """The names of the Link Objects."""


@dataclass(frozen=True, slots=True)
class DescribedOperation:
    """A method on a path. `security` names the possible schemes; `secured` says that one of them is required."""

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
        """An example of JSON content to send; None where none is known."""
        known = [each for each in self.contents if each.example is not None]
        return next((each.example for each in known if each.media_type.endswith("json")), None)


@dataclass(frozen=True, slots=True)
class Description:
    """A description of an API: the URL of its document, the version of OpenAPI, and the operations.

    `servers` are absolute URLs without trailing slash, those of the origin of the document first. `unread` says why
    the document could not be read, and is empty where it could.
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
        """Whether an operation is described for a URL.

        Only paths are compared, since an API may be audited at another origin than its description names.
        """
        path = urlsplit(url).path or "/"
        return any(_pattern(urlsplit(server).path + operation.path).fullmatch(path) for server in self.servers)


def ordered(servers: list[str], document: str) -> tuple[str, ...]:
    """Servers without duplicates, those of the origin of the document first."""
    own = origin(document)
    return tuple(dict.fromkeys(sorted(servers, key=lambda each: origin(each) != own)))


@lru_cache(4096)
def _pattern(template: str) -> re.Pattern[str]:
    """The pattern of a path template; a parameter matches one segment, or a part of one."""
    return re.compile("/".join(map(_segment, template[:2000].split("/"))))


def _segment(template: str) -> str:
    beginning, brace, rest = template.partition("{")
    if not brace:
        return _either(template)
    return f"{_either(beginning)}[^/]+{_either(rest.rpartition('}')[2])}"


def _either(part: str) -> str:
    """The pattern of a literal part, percent-encoded or not."""
    plain = unquote(part)
    return re.escape(part) if plain == part else f"(?:{re.escape(part)}|{re.escape(plain)})"
