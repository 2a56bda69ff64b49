"""Limits: every number that a request, a problem, a description or a declaration is held to, once.

What only one module needs for itself (the size of a buffer, how much is remembered) stands there.
"""

from __future__ import annotations

# -- a request (RFC 9110, RFC 9112) -----------------------------------------------------------------------------

MAX_TARGET = 4096
"""Characters of a request target."""
MAX_HEADER = 8 * 1024
"""Characters of one header field, with its name."""
MAX_HEADERS = 32 * 1024
"""Characters of all header fields of a request."""
MAX_HEADER_COUNT = 100
MAX_TOKEN = 4096
"""Characters of an access token, asked before anything of it is read."""

# -- content ----------------------------------------------------------------------------------------------------

MAX_BODY = 1024 * 1024
"""Bytes of content, where a resource does not say otherwise."""
MAX_DEPTH = 32
MAX_CONTAINERS, MAX_VALUES = 20_000, 100_000
"""Objects and arrays in one content, and values: each takes many times the memory of the bytes that it is sent in."""
MAX_OPERATIONS = 100
"""Operations of a JSON Patch."""

# -- values -----------------------------------------------------------------------------------------------------

MAX_INTEGER = 2**63 - 1
MAX_EXACT = 2**53 - 1
"""The greatest integer up to which a double holds every one (RFC 8259, section 6)."""
MAX_GIVEN_NUMBER = 2**62
"""The greatest number that an item may come with where identities are counted: as many are left behind it."""
MAX_TEXT = 64 * 1024
"""Characters of a text, where a field does not say otherwise."""
MAX_ITEMS = 10_000
MAX_MEMBERS = 1000
MAX_EXPONENT = 308
"""The power of ten that a decimal may reach, as a double: `1e308` is short to send, long to write out."""
IDENTITY_LENGTH = 128
MAX_SEGMENT = 12 * IDENTITY_LENGTH
"""Bytes that an identity takes at most, in a URI and in JSON: 128 characters of four bytes each, percent-encoded."""

# -- a query ----------------------------------------------------------------------------------------------------

DEFAULT_LIMIT, MAX_LIMIT = 25, 100
"""The page size: items on a page, where the query names no `limit`, and at most."""
MAX_KEYS = 4
"""Sort keys."""
MAX_FILTERS = 16
MAX_CHOICES = 100
"""Values of one `[in]`."""
MAX_FILTER_TEXT = 256
"""Characters that a filter takes, so that most fit the URI however they are encoded."""
MAX_PARAMETERS = MAX_FILTERS * 4
MAX_SUBMITTED = MAX_PARAMETERS * 2
"""Parameters of what the form of a page sends, which has those that are left empty as well."""
MAX_CURSOR = 496
"""Characters of a cursor, in Base64."""
LONG_CURSOR = 2496
"""The same where identities are any text, of up to MAX_SEGMENT bytes."""
MAX_JUDGED = 1000
"""Rows that functions of an application's are asked of for one page: it ends with the last of them."""
EXACT_TOTAL = 10_000
"""Up to this many rows a total is counted without being asked for."""
MAX_OFFSET = EXACT_TOTAL
"""Rows before a page that is asked for by its number are fewer than this: each of them is read to be counted, so that
such a page costs no more than a total does, and every page of a collection with a total can be reached."""
MAX_LOOK = 0.6
"""Seconds that the database may take for one look where another is to follow, so that all take 3 at most."""

# -- an answer --------------------------------------------------------------------------------------------------

MAX_SECTION = 4096
"""Bytes of a status line and the header fields behind it."""
MAX_PAGE_BYTES = 8 * 1024 * 1024
"""Bytes of the representation of a page: one that would have more has fewer items, and `next` leads to the others."""
MAX_ERRORS = 20
"""Mistakes that one problem tells of."""

# -- a declaration ----------------------------------------------------------------------------------------------

MAX_BASE = 400
"""Bytes that links begin with at most, so that the header fields of an answer have room for them."""
MAX_PREFIX = 100
"""Characters of a prefix, so that links have room."""
MAX_PATH = 200
"""Characters of a path, so that the header fields of an answer have room for links."""
MAX_NAME = 63
"""Bytes of a name in PostgreSQL."""
MAX_SCOPE = 100
"""Characters of a scope, so that the header fields of a refusal have room for those that would permit it."""

# -- a key that is made over HTTP ------------------------------------------------------------------------------

MAX_KEY_LIFETIME = 366 * 24 * 3600
"""Seconds that it is valid for at most."""
MAX_KEYS_MADE = 100
"""How many are made within a day that act for the same subject, until no other is."""

# -- a line of the log ------------------------------------------------------------------------------------------

MAX_PATH_SHOWN, MAX_METHOD = 1000, 32
"""Characters of each that are logged."""
