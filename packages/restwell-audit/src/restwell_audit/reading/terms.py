"""The terms of a JSON-LD document: those that its own context defines, and those of Hydra.

Remote contexts are not fetched; a name that they may define is taken for a term of Hydra if Hydra has it, and is kept
as written otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .shapes import entries, mapping, text, texts

HYDRA = "http://www.w3.org/ns/hydra/core#"
WORDS = frozenset([
    "Collection", "Error", "IriTemplate", "PartialCollectionView", "apiDocumentation", "collection", "entrypoint",
    "expects", "expectsHeader", "first", "headerName", "last", "mapping", "member", "method", "next", "operation",
    "possibleValue", "previous", "property", "required", "returns", "search", "statusCode", "supportedProperty",
    "template", "title", "totalItems", "view", "writeable",
])  # fmt: skip
"""The terms of Hydra that are read."""
MAX_TERMS = 5000


@dataclass(frozen=True, slots=True)
class Terms:
    """The meanings of names in a document.

    `expansions` has the names that the document itself defines, `references` those of them whose strings are IRIs.
    `whole` says that every context is in the document, so that a name without definition has no meaning.
    """

    expansions: Mapping[str, str] = field(default_factory=dict)
    references: frozenset[str] = frozenset()
    whole: bool = False
    vocabulary: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """The terms of Hydra, with the names that the document gives them."""

    @classmethod
    def of(cls, context: object) -> Terms:
        """The terms of a `@context`: an object, the URL of one, or several of both."""
        expansions: dict[str, str] = {}
        references: set[str] = set()
        parts = entries(context)
        for name, meaning in (pair for part in parts for pair in list(mapping(part).items())[:MAX_TERMS]):
            expansions[name] = text(meaning) or text(mapping(meaning).get("@id")) or name
            if mapping(meaning).get("@type") in ("@id", "@vocab"):
                references.add(name)
        whole = bool(parts) and all(isinstance(part, dict) for part in parts)
        found = cls(expansions, frozenset(references), whole, expansions.pop("@vocab", ""))
        aliases = {word: name for name in expansions if (word := found.word(name))}
        return replace(found, aliases=aliases)

    def relation(self, key: str) -> str:
        """The relation of a name: the term of Hydra, the IRI that the document defines, or the name as written."""
        return self.word(key) or self._expanded(key)

    def word(self, key: str) -> str:
        """The term of Hydra for a name; "" for other names."""
        expanded = self._expanded(key)
        if expanded.startswith(HYDRA):
            return expanded.removeprefix(HYDRA)
        return key if key in WORDS and key not in self.expansions and not self.whole else ""

    def is_certain(self, key: str) -> bool:
        """Whether a name is certainly a term of Hydra, and not only because a remote context may say so."""
        return self._expanded(key).startswith(HYDRA)

    def keyword(self, key: str) -> str:
        """The keyword that a name is or stands for, such as `@id`; "" for others."""
        found = self.expansions.get(key, key)
        return found if found.startswith("@") else ""

    def get(self, node: Mapping[str, Any], word: str) -> Any:
        """The value of a term of Hydra, under any of its names; None without it."""
        for key in (f"hydra:{word}", word, self.aliases.get(word, word), HYDRA + word):
            if key in node and self.word(key) == word:
                return _literal(node[key])
        return None

    def is_a(self, node: Mapping[str, Any], word: str, *, certainly: bool = False) -> bool:
        """Whether a node is an instance of a class of Hydra."""
        names = texts(node.get("@type", node.get("type")))
        return any(self.word(name) == word and (self.is_certain(name) or not certainly) for name in names)

    def id(self, node: Mapping[str, Any]) -> str:
        """The identifier of a node as written; "" for a blank node."""
        found, other = text(node.get("@id")), text(node.get("id"))
        if found.startswith("_:"):
            return ""
        if found or not other or self.keyword("id") == "@id":
            return found or other
        # A remote context may define this name as @id, if the value is a URL.
        return other if not self.whole and other.startswith(("http://", "https://")) else ""

    def _expanded(self, key: str) -> str:
        found = self.expansions.get(key, key)
        for _ in range(3):  # a prefix may be defined by a prefix
            prefix, colon, local = found.partition(":")
            meaning = self.expansions.get(prefix) or (HYDRA if prefix == "hydra" else "")
            if not colon or local.startswith("//") or not meaning:
                break
            found = meaning + local
        bare = found == key and ":" not in key and not key.startswith("@")
        return self.vocabulary + key if bare else found


def _literal(value: Any) -> Any:
    """A value without its wrapping in expanded JSON-LD."""
    inner = value[0] if isinstance(value, list) and len(value) == 1 else value
    return inner.get("@value", inner) if isinstance(inner, dict) else inner if isinstance(value, list) else value
