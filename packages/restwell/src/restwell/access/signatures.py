"""The keys that tokens are signed with, and whether a signature is right: by joserfc, the extra `tokens`.

joserfc is given the algorithm that is declared and a key, never the header of a token.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..model.errors import DeclarationError

KINDS: Mapping[str, str] = {"RS256": "RSA", "ES256": "EC", "EdDSA": "OKP", "HS256": "oct"}
"""The algorithms that are taken, and the type of key that each has (RFC 7518, RFC 8037)."""
CURVES: Mapping[str, str] = {"ES256": "P-256", "EdDSA": "Ed25519"}
MIN_BITS, MIN_BYTES = 2048, 32
"""Of a key for RS256 (RFC 7518, section 3.3), and of one for HS256 (section 3.2)."""
LEAST: Mapping[str, tuple[str, int]] = {"RS256": ("n", 342), "HS256": ("k", 43)}
"""The same for a JWK: characters of Base64 in one of its members."""
MAX_KEYS = 32
"""Keys of a set that are looked at."""
MISSING = "Jwt(...) verifies signatures with joserfc, which is not installed: pip install 'restwell[tokens]'."


class Signatures:
    """Verifies by one algorithm. Raises DeclarationError for another one, and where joserfc is not installed."""

    def __init__(self, algorithm: str) -> None:
        if algorithm not in KINDS:
            raise DeclarationError(
                f"Jwt has algorithm={algorithm!r}: give that of its issuer, one of {', '.join(KINDS)}."
            )
        try:
            # An extra, and 60 ms: who takes no tokens does without.
            from joserfc import jws
            from joserfc.errors import JoseError
            from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
        except ImportError as error:
            raise DeclarationError(MISSING) from error
        self.algorithm = algorithm
        self._verify = jws.JWSRegistry.algorithms[algorithm].verify
        self._key_class: Any = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey, "oct": OctKey}[KINDS[algorithm]]
        self._errors = (JoseError, ValueError, TypeError)

    def are_right(self, signed: bytes, signature: bytes, key: Any) -> bool:
        """Whether a signature was made of these bytes with this key."""
        try:
            return bool(self._verify(signed, signature, key))
        except self._errors:
            return False

    def key(self, given: object) -> Any:
        """The key that is given to Jwt: PEM, a JWK, or the bytes of a shared secret. Raises DeclarationError."""
        text = given.encode() if isinstance(given, str) else given
        is_shared = KINDS[self.algorithm] == "oct"
        wanted = f"a shared secret of {MIN_BYTES} bytes or more" if is_shared else "a public key, as PEM or as a JWK"
        try:
            if not isinstance(text, (bytes, Mapping)) or (is_shared and isinstance(text, bytes) and b"-----" in text):
                raise ValueError("its form")
            return self._imported(dict(text) if isinstance(text, Mapping) else text)
        except self._errors as error:
            raise DeclarationError(f"Jwt has a key that is not one for {self.algorithm}: give {wanted}.") from error

    def keys(self, given: Iterable[object]) -> dict[str | None, Any]:
        """The keys of a set (RFC 7517, section 5) that are for this algorithm, by `kid`; others are left out.

        None stands for a token without `kid`, where there is one key alone. Of two with one `kid` the first is taken.
        """
        found: dict[str | None, Any] = {}
        imported = [
            (each.get("kid"), key) for each in list(given)[:MAX_KEYS]
            if isinstance(each, dict) and self._is_meant(each) and (key := self._key_or_none(each)) is not None
        ]  # fmt: skip
        for kid, key in imported:
            if isinstance(kid, str):
                found.setdefault(kid, key)
        if len(imported) == 1:
            found[None] = imported[0][1]
        return found

    def _is_meant(self, given: Mapping[str, Any]) -> bool:
        """Whether a key of a set is for this, and is public: a set that is published has no shared secret."""
        operations = given.get("key_ops", ["verify"])
        return (
            given.get("kty") == KINDS[self.algorithm] != "oct"
            and given.get("use", "sig") == "sig"
            and isinstance(operations, list) and "verify" in operations
            and given.get("alg", self.algorithm) == self.algorithm
            and "d" not in given
        )  # fmt: skip

    def _key_or_none(self, given: dict[str, Any]) -> Any:
        try:
            return self._imported(given)
        except self._errors:
            return None

    def _imported(self, given: dict[str, Any] | bytes) -> Any:
        """A key, if it is strong enough. Raises ValueError, and what joserfc raises."""
        if isinstance(given, dict):
            if given.get("kty") != KINDS[self.algorithm]:
                raise ValueError("its type")
            member, least = LEAST.get(self.algorithm, ("kty", 0))
            if len(given.get(member, "")) < least:  # of which joserfc would only warn
                raise ValueError("its length")
        if isinstance(given, bytes) and KINDS[self.algorithm] == "oct" and len(given) < MIN_BYTES:
            raise ValueError("its length")
        key = self._key_class.import_key(given)
        if KINDS[self.algorithm] == "RSA" and key.public_key.key_size < MIN_BITS:
            raise ValueError("its size")
        if KINDS[self.algorithm] == "oct" and len(key.raw_value) < MIN_BYTES:
            raise ValueError("its length")
        if self.algorithm in CURVES and key.curve_name != CURVES[self.algorithm]:
            raise ValueError("its curve")
        return key
