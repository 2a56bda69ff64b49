"""Who asks, and what they may do: the document at `/me`, made once for a request."""

from __future__ import annotations

from urllib.parse import urljoin

from ..access.grant import known_as
from ..surface.me import Me, SignIn, open_to
from .phases import Admitted


def me_of(x: Admitted) -> Me:
    """Who asks, and what they may do with each resource that there is for them. Raises StoreError."""
    setting, grant, request = x.setting, x.grant, x.request
    identifying = setting.identifying
    sights = ((each, setting.sight(each, grant)) for each in setting.addresses.declarations)
    return Me(
        x.base,
        None if grant.subject is None else str(grant.subject),  # a function of the application may give a number
        known_as(grant),
        identifying.credential(request, grant, setting.store.find_key),
        tuple(sorted(map(str, grant.scopes))),
        tuple(sorted(map(str, grant.groups))),
        _sign_in(x) if grant.subject is None else (),
        tuple(open_to(each, sight) for each, sight in sights if sight.operations),
    )


def _sign_in(x: Admitted) -> tuple[SignIn, ...]:
    """How an anonymous caller can be known."""
    return tuple(
        SignIn(
            each.name,
            str(each.scheme["description"]),
            ", ".join(each.challenges),
            None if each.sign_in is None else urljoin(f"{x.base}/", each.sign_in),
        )
        for each in x.setting.identifying.authenticators
        if each.is_told
    )
