"""What descriptions are made of: the API's own title, and what its operations can end in."""

from __future__ import annotations

from typing import NamedTuple

from ..surface.endings import FindEndings


class About(NamedTuple):
    """What an API is called, which version it has, what it is for, and under which licence (an SPDX expression).

    `endings` says what each operation can be answered with: nothing else is promised.
    """

    title: str
    version: str
    description: str
    endings: FindEndings
    license: str = ""
