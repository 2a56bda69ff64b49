"""Entity tags: strong, opaque, and of every variant of a state (RFC 9110, section 8.8.3)."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

VARIANT_LENGTH = 8
STATE_LENGTH = 24


def digest(data: bytes, length: int) -> str:
    """A hexadecimal digest of `data` with `length` digits."""
    return blake2b(data, digest_size=length // 2).hexdigest()


def variant_of(*parts: str) -> str:
    """A short name for one variant: everything but the state that shapes a representation's bytes."""
    return digest("\n".join(parts).encode(), VARIANT_LENGTH)


def entity_tag(secret: bytes, variant: str, state: bytes) -> str:
    """A strong, opaque entity tag for a variant of a state (RFC 9110, section 8.8.3).

    The variant stands in the tag beside a keyed hash of variant and state. So the tag of *any* variant,
    whoever read it, can be checked against the current state, and nobody can make one up.
    """
    keyed = blake2b(variant.encode() + state, digest_size=STATE_LENGTH // 2, key=secret)
    return f'"{variant}{keyed.hexdigest()}"'


def tag_is_current(secret: bytes, tag: str, state: bytes) -> bool:
    """Whether a strong tag, quotes included, belongs to this state in some variant."""
    if len(tag) != VARIANT_LENGTH + STATE_LENGTH + 2 or not tag.isascii():
        return False
    return entity_tag(secret, tag[1 : 1 + VARIANT_LENGTH], state) == tag


class CurrentTags(NamedTuple):
    """The entity tags of a current state: every one that some variant of one of `states` has, made with a secret."""

    secret: bytes
    states: tuple[bytes, ...]

    def include(self, tag: str) -> bool:
        """Whether a strong tag, quotes included, is one of them."""
        for state in self.states:  # noqa: SIM110 - a generator costs more than it says
            if tag_is_current(self.secret, tag, state):
                return True
        return False
