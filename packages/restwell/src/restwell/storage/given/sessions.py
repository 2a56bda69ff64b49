"""What an application gives to be used as it is: an engine, and the session of a request where it has one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session


class UnknownDatabase(Exception):
    """A database URL or an engine that Restwell cannot use; the message says which it can."""


class Sessions(NamedTuple):
    """The sessions of an application, one for each request."""

    begun: Callable[[], Session | None]
    """The session of this request, if there is a context that it can be of."""
    current: Callable[[], AbstractContextManager[Session]]
    """The session of this request, or else of a context that is made for it and ends with it."""


class Given(NamedTuple):
    """An engine of an application, and its sessions."""

    engine: sa.Engine
    sessions: Sessions | None = None
