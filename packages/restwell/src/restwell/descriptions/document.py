"""What descriptions are made of: the API's own title, and the media types that they come in."""

from __future__ import annotations

from typing import NamedTuple

from ..surface.endings import FindEndings

JSON = "application/json"
JSON_LD = "application/ld+json"
JSON_SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.1"  # RFC 9727, appendix A, writes it so
LINKSET = 'application/linkset+json;profile="https://www.rfc-editor.org/info/rfc9727"'  # RFC 9727, section 4.2


class About(NamedTuple):
    """What an API is called, which version it has, what it is for, and under which licence (an SPDX expression).

    `endings` says what each operation can be answered with: nothing else is promised.
    """

    title: str
    version: str
    description: str
    endings: FindEndings
    license: str = ""
