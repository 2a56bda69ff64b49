"""A key grants what its record says, as long as it says so; its record does not hold it."""

import hmac
import string
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell.access import keys
from restwell.access.keys import KEY, LIFETIME, checksum_of, digest_of, grant_for, identifier_of, issue_key
from restwell.http.masking import masked

NOW = 1_800_000_000.5


def issue(**options: Any) -> tuple[str, dict[str, Any]]:
    return issue_key("a test", ("notes:write",), now=NOW, **options)


def test_a_key_grants_its_scopes() -> None:
    key, record = issue()
    grant = grant_for(key, record, now=NOW)
    assert grant is not None
    assert grant.subject == record["id"]
    assert grant.scopes == {"notes:create", "notes:update", "notes:delete"}


def test_a_key_acts_for_itself_or_for_a_subject_and_the_groups_of_this_one() -> None:
    key, record = issue()
    alone = grant_for(key, record, now=NOW)
    assert alone is not None
    assert (alone.subject, alone.groups, alone.credential) == (record["id"], frozenset(), record["id"])
    key, record = issue(subject="ada", groups=["the editors", "admins", "admins"])
    grant = grant_for(key, record, now=NOW)
    assert grant is not None
    assert (grant.subject, grant.groups, grant.credential) == (
        "ada",
        frozenset({"the editors", "admins"}),
        record["id"],
    )


@pytest.mark.parametrize("options", [{"subject": ""}, {"subject": "a\nb"}, {"subject": "x" * 201},
    {"groups": [""]}, {"groups": ["a\x00"]}, {"groups": "editors"}])  # fmt: skip
def test_whom_a_key_acts_for_can_be_listed(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="1 to 200 printable"):
        issue(**options)


def test_a_key_has_its_form_and_256_bits() -> None:
    key, record = issue()
    assert KEY.fullmatch(key)
    assert identifier_of(key) == record["id"]
    assert len(key) == len("rw_") + 10 + 1 + 43 + 6


def test_no_two_keys_are_alike() -> None:
    every = [issue() for _ in range(50)]
    assert len({key for key, _ in every}) == len({record["id"] for _, record in every}) == 50


def test_the_key_is_not_in_its_record() -> None:
    key, record = issue()
    secret = key[14:]
    assert record["digest"] == digest_of(key)
    assert not any(secret in str(value) or key in str(value) for value in record.values())


def test_a_record_is_what_the_store_keeps() -> None:
    _, record = issue()
    assert set(record) == {
        "id", "name", "digest", "scopes", "created", "expires", "revoked", "subject", "groups", "networks", "used",
        "parent",
    }  # fmt: skip
    assert (record["name"], record["scopes"]) == ("a test", "notes:create notes:delete notes:update")


@pytest.mark.parametrize("after, valid", [(0, True), (LIFETIME - 1, True), (LIFETIME, False), (LIFETIME * 9, False)])
def test_a_key_is_valid_for_90_days(after: int, valid: bool) -> None:
    key, record = issue()
    assert LIFETIME == 90 * 86_400
    assert (grant_for(key, record, now=NOW + after) is not None) is valid


def test_a_key_may_be_valid_for_ever() -> None:
    key, record = issue(lifetime=None)
    assert record["expires"] is None
    assert grant_for(key, record, now=NOW * 2) is not None


def test_a_revoked_key_grants_nothing() -> None:
    key, record = issue()
    assert grant_for(key, record | {"revoked": int(NOW)}, now=NOW) is None


def test_a_key_with_another_secret_grants_nothing() -> None:
    key, record = issue()
    text = key[:20] + ("A" if key[20] != "A" else "B") + key[21:-6]
    other = text + checksum_of(text)
    assert identifier_of(other) == record["id"]
    assert grant_for(other, record, now=NOW) is None


def test_an_unknown_key_costs_a_comparison_too(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[str, str]] = []

    def compare(one: str, other: str) -> bool:
        compared.append((one, other))
        return hmac.compare_digest(one, other)

    class Counted:
        compare_digest = staticmethod(compare)

    monkeypatch.setattr(keys, "hmac", Counted)
    key, _ = issue()
    assert grant_for(key, None, now=NOW) is None
    [(given_digest, expected)] = compared
    assert given_digest == digest_of(key)
    assert len(expected) == len(given_digest)


@given(st.text(max_size=60) | st.from_regex(KEY, fullmatch=True).map(lambda key: key + "\n"))
def test_what_has_not_the_form_of_a_key_has_no_id(text: str) -> None:
    assert (identifier_of(text) is not None) is (KEY.fullmatch(text) is not None)
    assert identifier_of(text + "\n") is None


@pytest.mark.parametrize("scopes", [(), ("",), ("notes:write", "a b"), ("*",)])
def test_a_key_needs_scopes(scopes: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="scope"):
        issue_key("a test", scopes, now=NOW)


@pytest.mark.parametrize("name", ["", "x" * 201, "a\nb", "\x00"])
def test_a_key_needs_a_name_that_can_be_listed(name: str) -> None:
    with pytest.raises(ValueError, match="name of 1 to 200 printable"):
        issue_key(name, ("notes:read",), now=NOW)


@pytest.mark.parametrize("lifetime", [0, -1])
def test_a_key_without_a_lifetime_left_grants_nothing(lifetime: int) -> None:
    key, record = issue(lifetime=lifetime)
    assert grant_for(key, record, now=NOW) is None


def test_a_checksum_is_what_is_documented() -> None:
    """CRC-32 (ISO 3309) in base 62, with the digits 0-9, A-Z, a-z, the highest first."""
    text = "rw_abcdefghij_" + "S" * 43
    number = zlib.crc32(text.encode())
    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    assert sum(digits.index(each) * 62**place for place, each in enumerate(reversed(checksum_of(text)))) == number
    assert len(checksum_of("")) == 6


def test_a_key_of_before_goes_on() -> None:
    key, record = issue()
    old = key[:-6]
    assert identifier_of(old) == record["id"]
    assert grant_for(old, record | {"digest": digest_of(old)}, now=NOW) is not None
    assert grant_for(old, record, now=NOW) is None


def test_a_key_with_another_checksum_grants_nothing() -> None:
    key, record = issue()
    for place in range(len(key)):
        for each in "A0a_":
            other = key[:place] + each + key[place + 1 :]
            assert (grant_for(other, record, now=NOW) is None) is (other != key)
    assert grant_for(key[:-6], record, now=NOW) is None
    assert identifier_of(key + "A") is None
    assert identifier_of(key[:-1]) is None


def test_keys_with_and_without_a_checksum_are_masked() -> None:
    key, record = issue()
    for each in (key, key[:-6]):
        assert masked(f"see {each}/x") == f"see rw_{record['id']}_***/x"
