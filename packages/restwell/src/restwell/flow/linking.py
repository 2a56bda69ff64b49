"""What a change is to refer to: an item that the caller does not meet is refused as one that is not there.

A foreign key of the database would tell them apart, for whoever may set the member that it is of.
"""

from __future__ import annotations

from ..data.following import leads_somewhere
from ..data.store_errors import Rejected
from ..model.conditions import TRUE, Linked
from ..surface.references import References
from .phases import Valid

UNLINKED = "This refers to something that is not there."


def check_links(x: Valid) -> None:
    """Refuse new links to items that are not there, or hidden by a rule. Raises Rejected, StoreError.

    Where nothing is hidden of what a member refers to, the database is left to say that. So is a default that it has,
    which is the application's.
    """
    whole, before = x.resource.whole, x.before or {}
    for name, target in whole.compiled[References].items():
        value = x.wanted[name]
        if value in {None, before.get(name), whole.shape.defaults.get(name)}:
            continue
        rows = x.setting.sight(target, x.grant).rows
        if rows is not TRUE and not leads_somewhere(x.setting.store, Linked(name, target, rows), value):
            raise Rejected(UNLINKED, "unlinked", (name,))
