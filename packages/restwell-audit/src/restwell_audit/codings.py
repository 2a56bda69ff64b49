"""Content codings undone within a limit: a few bytes may unfold to more than there is memory."""

from __future__ import annotations

import gzip
import io
import re
import zlib

MAX_CODINGS = 5
"""Content codings that are undone, one upon the other; more of them are an attack."""


def decoded(body: bytes, coding: str, most: int) -> tuple[bytes, bool, str]:
    """Content without its codings (RFC 9110, section 8.4), whether that is all of it, and what went wrong.

    Nothing grows beyond `most` bytes, whatever a few bytes would unfold to. Where it cannot be decoded the content
    is given as it came.
    """
    codings = [name for name in re.split(r"[\s,]+", coding.lower()) if name not in {"", "identity"}]
    if len(codings) > MAX_CODINGS:
        return body, False, f"The content is coded {len(codings)} times over."
    plain = body
    for name in reversed(codings):
        try:
            plain = _decoded(plain, name, most + 1)
        except (OSError, EOFError, zlib.error):
            return body, False, f"The content is not whole, or not what its coding says: {name[:40]}."
        except LookupError:
            return body, False, f"The content has a coding that was not asked for: {name[:40]}."
        if len(plain) > most:
            return plain[:most], False, ""
    return plain, True, ""


def _decoded(body: bytes, coding: str, most: int) -> bytes:
    """At most so many bytes of what is coded; LookupError for a coding that is not known here."""
    if coding in {"gzip", "x-gzip"}:
        return gzip.GzipFile(fileobj=io.BytesIO(body)).read(most)
    if coding == "deflate":
        try:
            return _inflated(body, zlib.MAX_WBITS, most)
        except zlib.error:  # some send it without the wrapper of zlib (section 8.4.1.2)
            return _inflated(body, -zlib.MAX_WBITS, most)
    raise LookupError(coding)


def _inflated(body: bytes, bits: int, most: int) -> bytes:
    inflating = zlib.decompressobj(bits)
    plain = inflating.decompress(body, most)
    if len(plain) < most and not inflating.eof:
        raise EOFError
    return plain
