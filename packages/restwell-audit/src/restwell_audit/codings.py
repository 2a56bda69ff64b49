"""Decodes content codings within a limit, since a few bytes may expand to more than the memory."""

from __future__ import annotations

import gzip
import io
import re
import zlib

MAX_CODINGS = 5
"""Content codings of one response that are decoded; more are taken for an attack."""


def decoded(body: bytes, coding: str, max_bytes: int) -> tuple[bytes, bool, str]:
    """The decoded content (RFC 9110, section 8.4), whether it is complete, and the error or "".

    At most `max_bytes` are decoded. Content that cannot be decoded is returned as it was received.
    """
    codings = [name for name in re.split(r"[\s,]+", coding.lower()) if name not in {"", "identity"}]
    if len(codings) > MAX_CODINGS:
        return body, False, f"The content has {len(codings)} content codings; at most {MAX_CODINGS} are decoded."
    plain = body
    for name in reversed(codings):
        try:
            plain = _decoded(plain, name, max_bytes + 1)
        except (OSError, EOFError, zlib.error):
            return body, False, f"The content is incomplete, or not valid for its coding: {name[:40]}."
        except LookupError:
            return body, False, f"The content has a coding that was not requested: {name[:40]}."
        if len(plain) > max_bytes:
            return plain[:max_bytes], False, ""
    return plain, True, ""


def _decoded(body: bytes, coding: str, max_bytes: int) -> bytes:
    """At most `max_bytes` of the decoded content. Raises LookupError for an unknown coding."""
    if coding in {"gzip", "x-gzip"}:
        return gzip.GzipFile(fileobj=io.BytesIO(body)).read(max_bytes)
    if coding == "deflate":
        try:
            return _inflated(body, zlib.MAX_WBITS, max_bytes)
        except zlib.error:  # some servers send it without the zlib wrapper (section 8.4.1.2)
            return _inflated(body, -zlib.MAX_WBITS, max_bytes)
    raise LookupError(coding)


def _inflated(body: bytes, bits: int, max_bytes: int) -> bytes:
    inflating = zlib.decompressobj(bits)
    plain = inflating.decompress(body, max_bytes)
    if len(plain) < max_bytes and not inflating.eof:
        raise EOFError
    return plain
