"""The keys of an API as a resource of it: callers make keys that may do no more than they, see and revoke them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ...access.minting import NotMinted, Wish, wished_by
from ...http.cache_control import Caching
from ...http.problems import Refuse
from ...model.fields import Field
from ...model.hooks import Change
from ...model.policy import Rule, all_of, any_of, authenticated, owner, scope
from ...model.resource import Resource


class ApiKey(Resource):
    """A key by which a program acts for somebody, until it expires or is revoked."""

    id: str | None = Field(None, identity=True, description="By which the key is known; it opens nothing.")
    name: str = Field(min_length=1, max_length=200, description="By which its holder tells it from others.")
    scopes: list[str] = Field(min_length=1, max_length=100, description="What it permits: of what the caller may do.")
    groups: list[str] | None = Field(
        None, description="The groups that it is in, all those of the caller if nothing is said."
    )
    networks: list[str] | None = Field(
        None, max_length=100, description="The networks, such as 10.0.0.0/8, that it may be used from; [] for all."
    )
    subject: str | None = Field(auto="creator", description="Whom it acts for.")
    created: datetime | None = Field(None, read_only=True, description="When it was made.")
    expires: datetime | None = Field(None, description="When it ends, at most 366 days from now; usually in 90 days.")
    used: datetime | None = Field(None, read_only=True, description="When it was last used, to a minute.")
    parent: str | None = Field(
        None, read_only=True, description="The id of the key that it was made with, and with which it ends."
    )
    key: str | None = Field(None, shown_once=True, description="The key itself, in the answer that makes it alone.")


MINE = owner("subject")
RULES: Mapping[str, Any] = {
    "read": Rule(all_of(any_of(scope("keys:read"), scope("keys:create")), MINE).test, Caching(no_store=True)),
    "create": all_of(authenticated(), scope("keys:create")),
    "delete": all_of(scope("keys:delete"), MINE),
}
"""Who makes a key is shown it, which its answer alone does: so they may read, too."""


def narrow(change: Change) -> None:
    """Hold a key that is to be made against what the caller may do. Raises Refuse."""
    grant, new = change.grant, change.new
    end = None if new.expires is None else int(new.expires.timestamp())
    try:
        wish = wished_by(grant, Wish(new.name, new.scopes, new.groups, new.networks, end), now=time.time())
    except NotMinted as error:
        raise Refuse(422 if error.member == "expires" else 403, str(error), pointer=f"/{error.member}") from error
    new.groups = wish.groups
    new.expires = None if wish.expires is None else datetime.fromtimestamp(wish.expires, UTC)
    new.parent = grant.credential
