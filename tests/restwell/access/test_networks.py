"""An address is in a network or not, however it is written; what is not known is in none."""

import pytest

from restwell.access.networks import MAX_NETWORKS, is_within, networks_as_text


@pytest.mark.parametrize(
    "address, within",
    [
        ("10.1.2.3", True), ("11.1.2.3", False), ("::ffff:10.1.2.3", True), ("::ffff:a01:203", True),
        ("::ffff:11.1.2.3", False), ("2001:db8::7", True), ("2001:DB8:0::7", True), ("2001:db9::7", False),
        ("192.0.2.1", True), ("192.0.2.2", False), ("", False), ("unix:", False), ("localhost", False),
        ("010.1.2.3", False), ("10.1.2.3, 10.1.2.4", False), ("10.1.2.3:80", False),
    ],
)  # fmt: skip
def test_an_address_is_within(address: str, within: bool) -> None:
    kept = networks_as_text(["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"])
    assert kept == "10.0.0.0/8 2001:db8::/32 192.0.2.1/32"
    assert is_within(address, kept) is within


def test_no_networks_are_none() -> None:
    assert networks_as_text([]) is None


@pytest.mark.parametrize("wrong", ["", "10", "10.0.0.1/8", "10.0.0.0/33", "example.org", "0.0.0.0/0 ", "::/129"])
def test_what_is_no_network_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"is no network: write one as 10\.0\.0\.0/8"):
        networks_as_text([wrong])


def test_a_key_has_not_too_many() -> None:
    with pytest.raises(ValueError, match="at most 100 networks, and 101"):
        networks_as_text(["10.0.0.0/8"] * (MAX_NETWORKS + 1))
    with pytest.raises(ValueError, match="is one text"):
        networks_as_text("10.0.0.0/8")
