"""Origins as they may be allowed: as browsers send them, and with what to write instead where they are not."""

import pytest

from restwell.http.cross_origin import MAX_LENGTH, InvalidOrigin, checked_origins

SENT = [
    "https://app.example.org", "https://app.example.org:8443", "http://localhost:5173", "http://127.0.0.1:3000",
    "http://[::1]:3000", "https://xn--bcher-kva.example", "https://a_b.example", "https://app.example.org.",
    "http://app.example.org:443", "capacitor://localhost", "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb",
]  # fmt: skip


@pytest.mark.parametrize("origin", SENT)
def test_what_browsers_send_is_taken_as_it_is(origin: str) -> None:
    assert checked_origins([origin]) == (origin,)


@pytest.mark.parametrize(
    "text, sent",
    [
        ("https://app.example.org/", "https://app.example.org"),
        ("https://app.example.org/shop?x#y", "https://app.example.org"),
        ("https://app.example.org?x", "https://app.example.org"),
        ("HTTPS://App.Example.org", "https://app.example.org"),
        ("https://app.example.org:443", "https://app.example.org"),
        ("http://app.example.org:80/", "http://app.example.org"),
        ("http://localhost:03000", "http://localhost:3000"),
        ("http://[0:0:0:0:0:0:0:1]:3000", "http://[::1]:3000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_another_spelling_is_told_the_right_one(text: str, sent: str) -> None:
    with pytest.raises(InvalidOrigin) as told:
        checked_origins([text])
    assert str(told.value) == f"{text!r} is not an origin as browsers send it: write {sent}."


@pytest.mark.parametrize(
    "text",
    [
        "", "app.example.org", "//app.example.org", "https://", "https:///x", "file:///home", "https:app.example.org",
        "https://a b", "https://me@app.example.org", "https://me:secret@app.example.org", "https://a,b", "https://a:x",
        "https://app.example.org:65536", "http://127.1", "http://1", "http://256.0.0.1", "http://[::1", "http://[x]",
        "https://app.example.org\n", "https://app.example.org\r\nX: y", " https://app.example.org",
    ],
)  # fmt: skip
def test_what_is_not_an_origin_is_told_its_form(text: str) -> None:
    with pytest.raises(InvalidOrigin, match=r"write a scheme, a host and a port if any, as in https://app\.example"):
        checked_origins([text])


@pytest.mark.parametrize(
    "given, told",
    [
        (["null"], "every sandboxed page sends"),
        (["https://*.example.org"], "name each, or '*' alone for all"),
        (["https://*"], "name each, or '*' alone for all"),
        (["*", "https://app.example.org"], "leave the others out"),
        ([f"https://{'a' * (MAX_LENGTH - 7)}"], f"an origin has room for {MAX_LENGTH}"),
    ],
)
def test_what_stands_for_others_is_refused(given: list[str], told: str) -> None:
    with pytest.raises(InvalidOrigin) as refused:
        checked_origins(given)
    assert told in str(refused.value)


def test_each_is_taken_once_and_all_may_be() -> None:
    assert checked_origins([SENT[0], SENT[1], SENT[0]]) == (SENT[0], SENT[1])
    assert checked_origins(["*"]) == ("*",)
    assert checked_origins([]) == ()
    assert checked_origins([f"https://{'a' * (MAX_LENGTH - 8)}"])
