"""Reads Turtle (RDF 1.1) as the JSON-LD that means the same; what is not well-formed ends the reading."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from . import jsonld
from .affordances import Reading
from .targets import resolve

TYPES = ("text/turtle",)
SYNTAX = "turtle"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
MAX_LENGTH = 1_000_000
"""Characters that are read."""
MAX_TOKENS = 40_000
MAX_DEPTH = 50
_TOKEN = re.compile(
    r'''(?:\s++|\#[^\n]*+)*(?:
        (?P<iri><[^<>"{}|^`\\\s]*+>)
      | (?P<text>"""[^"\\]*+(?:(?:\\.|"(?!""))[^"\\]*+)*""" | \'\'\'[^'\\]*+(?:(?:\\.|'(?!''))[^'\\]*+)*\'\'\'
          | "[^"\\\n]*+(?:\\.[^"\\\n]*+)*" | '[^'\\\n]*+(?:\\.[^'\\\n]*+)*')
      | (?P<directive>@prefix\b|@base\b|(?i:prefix|base)(?=\s))
      | (?P<mark>\^\^|@[A-Za-z]++(?:-[A-Za-z0-9]++)*|\.(?![0-9])|[;,\[\]()])
      | (?P<number>[+-]?(?:[0-9]++(?:\.[0-9]++)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)
      | (?P<name>[^\s<>"'{}|^`\\\[\](),;\#:]*+:[^\s<>"'{}|^`\\\[\](),;\#.]*+
          (?:\.(?=[^\s;,)\]])[^\s<>"'{}|^`\\\[\](),;\#.]*+)* | [A-Za-z]++)
    )''',
    re.VERBOSE | re.DOTALL,
)
Token = tuple[str, str]
Node = dict[str, Any]


class NotTurtle(Exception):
    """The text is not well-formed."""


def read(content: str, base: str) -> Reading:
    """The links and members of a graph."""
    parser = _Parser(content[:MAX_LENGTH], base)
    try:
        parser.document()
    except NotTurtle:
        if not parser.nodes:
            return Reading()
    return replace(jsonld.read(list(parser.nodes.values()), parser.base), syntax=SYNTAX)


@dataclass
class _Parser:
    content: str
    base: str
    nodes: dict[str, Node] = field(default_factory=dict)
    """The nodes by their identifier, in expanded JSON-LD."""
    prefixes: dict[str, str] = field(default_factory=dict)
    position: int = 0
    taken: int = 0
    blank: int = 0

    def document(self) -> None:
        """Read statements to the end."""
        while (token := self.next())[0]:
            if token[0] == "directive":
                self.directive(token[1])
            else:
                self.statements(self.subject(token, 0), 0)
                self.expect(".")

    def next(self) -> Token:
        """The next token and its kind; "" at the end."""
        found = _TOKEN.match(self.content, self.position)
        self.taken += 1
        if found is None or self.taken > MAX_TOKENS:
            if self.taken <= MAX_TOKENS and not self.content[self.position :].strip():
                return "", ""
            raise NotTurtle
        self.position = found.end()
        return str(found.lastgroup), found[str(found.lastgroup)]

    def peek(self) -> Token:
        """The next token, which is taken again."""
        position, taken = self.position, self.taken
        token = self.next()
        self.position, self.taken = position, taken
        return token

    def expect(self, mark: str) -> None:
        """Take a mark."""
        if self.next() != ("mark", mark):
            raise NotTurtle

    def directive(self, word: str) -> None:
        """Take a prefix or a base."""
        name = self.next()[1].removesuffix(":") if "prefix" in word.lower() else None
        kind, iri = self.next()
        if kind != "iri":
            raise NotTurtle
        if name is None:
            self.base = resolve(self.base, iri[1:-1]) or self.base
        else:
            self.prefixes[name] = iri[1:-1]
        if word.startswith("@"):
            self.expect(".")

    def statements(self, subject: str, depth: int) -> None:
        """Take predicates with their objects, up to what ends them."""
        node = self.nodes.setdefault(subject, {"@id": subject})
        while self.peek()[1] not in {".", "]", ""}:
            kind, word = self.next()
            if word == ";":
                continue
            predicate = TYPE if (kind, word) == ("name", "a") else self.iri(kind, word)
            while True:
                value = self.object(self.next(), depth)
                key, kept = ("@type", value["@id"]) if predicate == TYPE and "@id" in value else (predicate, value)
                node.setdefault(key, []).append(kept)
                if self.peek()[1] != ",":
                    break
                self.next()

    def subject(self, token: Token, depth: int) -> str:
        """The identifier of a subject."""
        return str(self.object(token, depth).get("@id", ""))

    def object(self, token: Token, depth: int) -> Node:
        """A value: a reference to a node, or a literal."""
        kind, word = token
        if depth > MAX_DEPTH:
            raise NotTurtle
        if word == "[":
            identity = self.new()
            self.statements(identity, depth + 1)
            self.expect("]")
            return {"@id": identity}
        if word == "(":
            while self.peek()[1] not in {")", ""}:
                self.object(self.next(), depth + 1)
            self.expect(")")
            return {"@id": self.new()}
        if kind == "text":
            self.annotation()
            return {"@value": word.strip("\"'")}
        if kind == "number" or word in {"true", "false"}:
            return {"@value": word}
        return {"@id": self.iri(kind, word)}

    def annotation(self) -> None:
        """Take the language or the type of a literal."""
        mark = self.peek()[1]
        if mark.startswith("@") or mark == "^^":
            self.next()
            if mark == "^^":
                self.iri(*self.next())

    def iri(self, kind: str, word: str) -> str:
        """The identifier that a reference or a name with a prefix stands for."""
        if kind == "iri":
            return resolve(self.base, word[1:-1]) if ":" not in word else word[1:-1]
        prefix, colon, local = word.partition(":")
        if kind != "name" or not colon:
            raise NotTurtle
        return word if prefix == "_" else self.prefixes.get(prefix, f"{prefix}:") + local

    def new(self) -> str:
        """The identifier of a node without one."""
        self.blank += 1
        return f"_:b{self.blank}-"
