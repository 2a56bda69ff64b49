"""The networks that a key may be used from."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

MAX_NETWORKS = 100
"""Networks of one key."""


def networks_as_text(networks: Iterable[str]) -> str | None:
    """Networks such as 10.0.0.0/8 or 2001:db8::/32, and single addresses, as they are kept; None without any.

    Raises ValueError for what is not a network, and for one with bits behind its prefix.
    """
    if isinstance(networks, str):
        raise ValueError(f"networks={networks!r} is one text: give several, as in [{networks!r}].")  # noqa: TRY004 - as for other values
    found = []
    for each in networks:
        try:
            found.append(str(ip_network(each)))
        except ValueError as error:
            raise ValueError(f"{each!r} is no network: write one as 10.0.0.0/8 or 2001:db8::/32.") from error
    if len(found) > MAX_NETWORKS:
        raise ValueError(f"A key has at most {MAX_NETWORKS} networks, and {len(found)} are given.")
    return " ".join(found) or None


def is_within(address: str, networks: str) -> bool:
    """Whether an address is in one of the networks of a key; never where it is not known."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:  # of a socket that takes both
        found = found.ipv4_mapped
    return any(found in network for network in _read(networks))


@lru_cache(1000)
def _read(networks: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(map(ip_network, networks.split()))
