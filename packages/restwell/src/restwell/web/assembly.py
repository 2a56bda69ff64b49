"""One service, put together from what is declared, a store and the formats: the only place that does."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from importlib import metadata
from types import MappingProxyType

import orjson

from .. import descriptions
from ..access.authenticators import ApiKeys, Authenticator
from ..data.judging import judging
from ..data.ports import StorePort
from ..flow.answers import Responder
from ..flow.calling import Calling
from ..flow.endings import endings
from ..flow.service import Service
from ..flow.setting import Setting
from ..http.entity_tags import digest
from ..http.origin import Hosts
from ..model.resource import Declaration
from ..observe import logs
from ..rates.limiting import NO_LIMITS, Limiter
from ..representations import Format, described
from ..surface.addresses import Addresses
from ..surface.offers import Offers
from ..surface.schema import representing
from ..surface.surface import compile_all

RELEASE = metadata.version("restwell")


def assemble(
    about: descriptions.About,
    formats: Sequence[Format],
    addresses: Addresses,
    store: StorePort,
    hosts: Hosts,
    *,
    max_content: int | None,
    around: Callable[[], AbstractContextManager[object]] = nullcontext,
    apart: Mapping[Declaration, Hashable] = MappingProxyType({}),
) -> Service:
    """The service of an API. `max_content`: bytes of content that the application takes, None without a limit.

    `around` gives what code of the application's is called in; `apart` names the database of resources that are not
    in the main one.
    """
    compile_all(addresses.declarations, apart)
    store = judging(store, addresses.declarations)
    describe = descriptions.Descriptions(addresses, about).at
    responder = Responder(formats, described, describe, about.title, about.description)
    totals = frozenset(each.media_type for each in formats if each.shows_total)
    naming = frozenset(each.media_type for each in formats if getattr(each, "names_caller", False))
    setting = Setting(
        addresses, store, Offers(formats, describe).at, describe, hosts.base, totals=totals, naming=naming,
        edition=edition_of(addresses.declarations), max_content=max_content, around=around,
        differing=addresses.declarations if about.differs else (),
    )  # fmt: skip
    if store.calls is not None:
        setting.calling = Calling(store.calls, addresses.declarations, around)
        setting.calling.notice()
    return Service(setting, responder, [logs.write_line])


def about_of(
    title: str,
    version: str,
    description: str,
    formats: tuple[Format, ...],
    authenticators: Sequence[Authenticator] = (ApiKeys(),),
    *,
    differs: bool = False,
    limiter: Limiter = NO_LIMITS,
) -> descriptions.About:
    """What an API says of itself, with what its operations can end in, and how callers are known.

    `differs` says whether descriptions are not the same for everybody, `limiter` by what limits requests are counted.
    """
    schemes = {each.name: dict(each.scheme) for each in authenticators}
    return descriptions.About(
        title, version, description, partial(endings, differs=differs, limiter=limiter), formats,
        differs=differs, schemes=schemes,
        issuers=tuple(issuer for each in authenticators for issuer in each.issuers),
        protection={name: value for each in authenticators for name, value in each.metadata.items()},
    )  # fmt: skip


def edition_of(declarations: Sequence[Declaration]) -> str:
    """A name for what representations are written by: another release or other fields make other ones."""
    schemas = [representing(declaration) for declaration in declarations]
    return digest(orjson.dumps([RELEASE, schemas]), 16)
