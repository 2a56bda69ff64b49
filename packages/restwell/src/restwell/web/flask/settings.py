"""The settings of an application that have a part in its API, as they are written there or in the environment."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from werkzeug.sansio.utils import host_is_trusted

from ...edge.cors import Cors, declared_origins
from ...http.origin import Hosts, hosts_of
from ...model.errors import DeclarationError
from ...rates.counters import Counters, MemoryCounters
from ...rates.redis import RedisCounters

SETTINGS = {
    "DATABASE": "sqlite:///restwell.db", "BASE_URL": None, "ALLOWED_HOSTS": "", "CORS": None,
    "READ_ONLY": False, "READ_ONLY_SECRET": None, "REDIS": None,
}  # fmt: skip
"""Every setting and its default: `RESTWELL_NAME` in the application's config, or else in the environment."""

SWITCHES = {"": False, "0": False, "false": False, "1": True, "true": True}
"""What a setting that is on or off may be, in small letters."""


def read_setting(config: Mapping[str, Any], name: str) -> Any:
    """A setting by its name without `RESTWELL_`; hosts and origins as one text, however they were given."""
    key = f"RESTWELL_{name}"
    found = config.get(key)
    if found is None:
        return os.environ.get(key, SETTINGS[name])
    return " ".join(map(str, found)) if isinstance(found, list | tuple | set | frozenset) else found


def check_settings(config: Mapping[str, Any]) -> None:
    """Refuse a setting that would have no effect, such as one that does not exist. Raises DeclarationError.

    The environment also has the options of the command, and an application may have copied all of it.
    """
    if config.get("TRUSTED_HOSTS") and read_setting(config, "ALLOWED_HOSTS"):
        raise DeclarationError(
            "The application has TRUSTED_HOSTS, beside which Flask answers no other host, so that "
            "RESTWELL_ALLOWED_HOSTS (the option --allow-host) would add nothing: name every host in TRUSTED_HOSTS."
        )
    for key, value in config.items():
        if not key.startswith("RESTWELL_") or key.removeprefix("RESTWELL_") in SETTINGS:
            continue
        if os.environ.get(key) == str(value):
            continue
        close = difflib.get_close_matches(key.removeprefix("RESTWELL_"), SETTINGS, 1)
        known = ", ".join(sorted(f"RESTWELL_{name}" for name in SETTINGS))
        told = f"write RESTWELL_{close[0]}." if close else f"there are {known}."
        raise DeclarationError(f"The application's config has {key}, which is not a setting: {told}")


def hosts_from(config: Mapping[str, Any], domain: str | None = None) -> Hosts:
    """The hosts that the settings allow; `domain` is the subdomain of SERVER_NAME that the API is on.

    TRUSTED_HOSTS are those that Flask answers at all, so that nothing else adds to them. Raises InvalidHost.
    """
    allowed = hosts_of(read_setting(config, "ALLOWED_HOSTS"))
    server = str(config.get("SERVER_NAME") or "")
    if server:
        name = server if server.endswith("]") else server.rpartition(":")[0] or server
        allowed += [name] if not domain else [name, f"{domain}.{name}"]
    trusted = hosts_of(config.get("TRUSTED_HOSTS"))
    trusts = partial(host_is_trusted, trusted_list=trusted) if trusted else None
    return Hosts(read_setting(config, "BASE_URL"), allowed, trusts)


def cors_from(config: Mapping[str, Any], declared: Sequence[str], reads: Iterable[str]) -> Cors | None:
    """What is said to pages of other origins: those of the setting, or else the `declared` ones; None without any.

    `reads` are the header fields that authenticators look at. Raises DeclarationError.
    """
    found = read_setting(config, "CORS")
    origins = declared
    if found is not None:
        origins = declared_origins(hosts_of(found) if isinstance(found, str) else found, "RESTWELL_CORS")
    return Cors(origins, reads) if origins else None


def is_read_only(config: Mapping[str, Any]) -> bool:
    """Whether changes are refused. Raises DeclarationError."""
    found = read_setting(config, "READ_ONLY")
    text = str(found).lower()
    if not isinstance(found, bool | str) or text not in SWITCHES:
        raise DeclarationError(f"RESTWELL_READ_ONLY is {found!r}: write 1 or 0, or True or False in the config.")
    return SWITCHES[text]


def counters_from(config: Mapping[str, Any]) -> Counters:
    """What counts requests: the Redis that the setting names, or each worker for itself. Raises DeclarationError."""
    url = read_setting(config, "REDIS")
    if not url:
        return MemoryCounters()
    try:
        return RedisCounters(url)
    except ImportError:
        raise DeclarationError("RESTWELL_REDIS needs a client of Redis: pip install 'restwell[redis]'.") from None
    except ValueError as error:
        raise DeclarationError(f"RESTWELL_REDIS is not a URL as redis://localhost:6379/0 is: {error}.") from error
