"""What no report shows: by its value, by the name before it, however it is written."""

# ruff: noqa: E501 - a table of texts reads best with a line for each

from __future__ import annotations

import json
import time
from base64 import b64encode
from urllib.parse import quote

import pytest

from restwell_audit.disclosure import MAX_EVIDENCE
from restwell_audit.redaction import BY_NAME, HIDDEN, HIDDEN_IN_TEXT, Redaction
from restwell_audit.secret_names import SECRET, is_secret_name

VALUE = 's3cr3t/"value"&<more>+é'


@pytest.mark.parametrize("name", [
    "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Auth-Token", "X-API-Key", "x_api_key", "apiKey", "API_KEY",
    "apikey", "key", "token", "accessToken", "accesstoken", "refresh_token", "id_token", "client_secret", "secret", "session",
    "session_id", "sessionid", "PHPSESSID", "JSESSIONID", "connect.sid", "password", "newPassword", "user[password]", "passwd",
    "credentials", "X-Amz-Signature", "X-Amz-Credential", "sig", "csrf_token", "XSRF-TOKEN", "jwt", "auth", "https://a.example/terms#token",
])  # fmt: skip
def test_it_is_named_like_a_secret(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", [
    "name", "author", "authored", "monkey", "keyboard", "keyword", "title", "WWW-Authenticate", "token_type", "expires_in",
    "key_count", "primary_key", "public_key", "ETag", "Access-Control-Allow-Credentials", "passenger", "compass", "side", "/sessions",
    "design", "signal", "signed", "",
])  # fmt: skip
def test_it_is_no_secret_by_its_name(name: str) -> None:
    assert not is_secret_name(name)


TEXTS = {
    "JSON": ('{"name": "one", "token": "abcdef"}', f'{{"name": "one", "token": "{HIDDEN}"}}'),
    "JSON, a number": ('{"pwd":12345,"n":1}', f'{{"pwd":"{HIDDEN}","n":1}}'),
    "JSON, nothing": ('{"token": null, "session": true}', '{"token": null, "session": true}'),
    "JSON, escapes": (r'{"token": "a\"b\\", "n": 1}', f'{{"token": "{HIDDEN}", "n": 1}}'),
    "JSON, an object": ('{"session": {"id": "abc", "n": [1, {"x": "abc"}]}, "n": 1}', f'{{"session": {{"id": "{HIDDEN}", "n": ["{HIDDEN}", {{"x": "{HIDDEN}"}}]}}, "n": 1}}'),
    "JSON, a list": ('{"keys":["abc","def"],"n":1}', f'{{"keys":["{HIDDEN}","{HIDDEN}"],"n":1}}'),
    "JSON in JSON": (r'{"body": "{\"token\": \"abc\", \"n\": 1}"}', rf'{{"body": "{{\"token\": \"{HIDDEN}\", \"n\": 1}}"}}'),
    "Python": ("{'token': 'abc', 'n': 1}", f"{{'token': '{HIDDEN}', 'n': 1}}"),
    "a name and a value": ('{"name": "X-Auth-Token", "value": "abc"}', f'{{"name": "X-Auth-Token", "value": "{HIDDEN}"}}'),
    "a pair": ('["X-Auth-Token", "abc"]', f'["X-Auth-Token", "{HIDDEN}"]'),
    "a query": ("http://a.example/?page=2&access_token=abc,d&n=1", f"http://a.example/?page=2&access_token={HIDDEN_IN_TEXT}&n=1"),
    "a query, in JSON": (r'{"next": "/?n=1\u0026token=abc"}', rf'{{"next": "/?n=1\u0026token={HIDDEN_IN_TEXT}"}}'),
    "a query, in HTML": ('<a href="/?n=1&amp;token=abc">', f'<a href="/?n=1&amp;token={HIDDEN_IN_TEXT}">'),
    "a query, encoded": ("/login?to=%2Fx%3Ftoken%3Dabc", f"/login?to=%2Fx%3Ftoken%3D{HIDDEN_IN_TEXT}"),
    "a form": ("name=one&password=abc&n=1", f"name=one&password={HIDDEN_IN_TEXT}&n=1"),
    "a user": ("http://me:abc@a.example/x", f"http://{HIDDEN_IN_TEXT}@a.example/x"),
    "header fields in text": ("GET / HTTP/1.1\nX-Auth-Token: abc\nAccept: a/b", f"GET / HTTP/1.1\nX-Auth-Token: {HIDDEN_IN_TEXT}\nAccept: a/b"),
    "YAML": ("name: one\n  token: abc\n", f"name: one\n  token: {HIDDEN_IN_TEXT}\n"),
    "XML": ("<a><token x='1'>abc</token><n>1</n></a>", f"<a><token x='1'>{HIDDEN_IN_TEXT}</token><n>1</n></a>"),
    "a field of a form": ('<input type=hidden name="csrf_token" value="abc">', f'<input type=hidden name="csrf_token" value="{HIDDEN}">'),
    "the head of a page": ('<meta name="csrf-token" content="abc">', f'<meta name="csrf-token" content="{HIDDEN}">'),
    "an attribute": ('<p data-token="abc" class="key">', f'<p data-token="{HIDDEN_IN_TEXT}" class="key">'),
    "a field for a password": ('<input type="password" name="x" value="abc">', f'<input type="password" name="x" value="{HIDDEN}">'),
    "a web token": ("as eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-d_e here", f"as {HIDDEN_IN_TEXT} here"),
    "a scheme": ("sent Bearer abcdef-123 and Basic YWJjOmRlZg== to it", f"sent Bearer {HIDDEN_IN_TEXT} and Basic YWJjOmRlZg== to it"),
    "a scheme in prose": ("Basic authentication is not Bearer", "Basic authentication is not Bearer"),
    "bytes of Python": ("{'token': b'abc'}, key=b'abc'", f"{{'token': b'{HIDDEN}'}}, key=b'{HIDDEN_IN_TEXT}'"),
    "pairs of Python": ("[('Accept', 'a'), ('X-Auth-Token', 'abc')]", f"[('Accept', 'a'), ('X-Auth-Token', \"{HIDDEN}\")]"),
    "names that are secrets": ('{"sessions": {"q1w2e3r4": {"n": 1}}}', f'{{"sessions": {{"{HIDDEN}": {{"n": "{HIDDEN}"}}}}}}'),
    "a sentence with a field": ('{"error": "X-Api-Key: abc, def"}', f'{{"error": "X-Api-Key: {HIDDEN_IN_TEXT}"}}'),
    "a path": ("GET /token/abc123def/x?n=1", f"GET /token/{HIDDEN_IN_TEXT}/x?n=1"),
    "an element within": ("<credentials><id>abc</id><n/></credentials><n>1</n>", f"<credentials><id>{HIDDEN_IN_TEXT}</id><n/></credentials><n>1</n>"),
    "a part of a form": ('name="token"\r\n\r\nabc\r\n--x', f'name="token"\r\n\r\n{HIDDEN_IN_TEXT}\r\n--x'),
    "nothing": ('{"name": "one", "made": "token"}', '{"name": "one", "made": "token"}'),
    "a sentence": ("It needs a key: give one with --header.", "It needs a key: give one with --header."),
}  # fmt: skip


@pytest.mark.parametrize("text, shown", TEXTS.values(), ids=TEXTS)
def test_it_is_hidden_by_the_name_before_it_and_nothing_else_is(text: str, shown: str) -> None:
    assert BY_NAME.text(text) == shown
    assert BY_NAME.text(shown) == shown
    assert BY_NAME.content(text.encode()) == shown.encode()


@pytest.mark.parametrize(
    "text",
    [
        '{"token": "abcdef',
        '{"session": {"id": "abcdef',
        '{"session": ["abc',
        "{'token': 'abc",
        '{"a": "{\\"token\\": \\"abc',
    ],
)
def test_what_is_broken_off_is_hidden_to_its_end(text: str) -> None:
    assert "abc" not in BY_NAME.text(text)


def test_header_fields_are_hidden_and_cookies_keep_their_name_and_attributes() -> None:
    fields = (
        ("Accept", "a/b"),
        ("X-Auth-Token", "abc"),
        ("Set-Cookie", "sid=abc; Path=/; HttpOnly"),
        ("Location", "/?key=abc"),
    )
    assert BY_NAME.fields(fields) == (
        ("Accept", "a/b"), ("X-Auth-Token", HIDDEN), ("Set-Cookie", f"sid={HIDDEN}; Path=/; HttpOnly"),
        ("Location", f"/?key={HIDDEN_IN_TEXT}"),
    )  # fmt: skip


@pytest.mark.parametrize("cookie, shown", [
    ("sid=abc; Max-Age=5; Path=/; SameSite=Lax", f"sid={HIDDEN}; Max-Age=5; Path=/; SameSite=Lax"),
    ("a=x, b=abc; Expires=Wed, 21 Oct 2026 07:28:00 GMT, c=abc", f"a={HIDDEN}, b={HIDDEN}; Expires=Wed, 21 Oct 2026 07:28:00 GMT, c={HIDDEN}"),
    ("sid=x,abc; Secure", f"sid={HIDDEN}; Secure"), ('sid="x=abc"', f"sid={HIDDEN}"), ("sid=", f"sid={HIDDEN}"),
])  # fmt: skip
def test_cookies_that_are_set_keep_their_names(cookie: str, shown: str) -> None:
    assert BY_NAME.fields((("set-cookie", cookie),)) == (("set-cookie", shown),)


# -- by value ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", [
    VALUE, quote(VALUE, safe=""), quote(VALUE), quote(VALUE, safe="").lower(), json.dumps(VALUE), json.dumps(VALUE, ensure_ascii=False),
    json.dumps(json.dumps(VALUE)), VALUE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), repr(VALUE), VALUE.upper(),
    f"x{VALUE}x", f"/things/{quote(VALUE)}/4",
])  # fmt: skip
def test_a_value_is_hidden_however_it_is_written(written: str) -> None:
    shown = Redaction({"X-Anything": VALUE}).text(f"before {written} after")
    assert "s3cr3t" not in shown.lower()
    assert shown.startswith("before ")
    assert shown.endswith(" after")


@pytest.mark.parametrize("header, secret", [
    ("Bearer abcdefgh", "abcdefgh"), (f"Basic {b64encode(b'me:hunter2!').decode()}", "hunter2!"),
    (f"Basic {b64encode(b'me:hunter2!').decode()}", "me:hunter2!"), ("theme=dark; sid=abcdefgh", "abcdefgh"),
    ('Digest username="me", response="abcdefgh"', "abcdefgh"), ("ApiKey abcdefgh", "abcdefgh"),
])  # fmt: skip
def test_the_parts_of_a_value_are_hidden_too(header: str, secret: str) -> None:
    assert secret not in Redaction({"X-Given": header}).text(f'{{"seen": "<{secret}>"}}')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-16"])
def test_a_value_is_hidden_in_content_of_any_encoding(encoding: str) -> None:
    content = Redaction({"X-Given": "abcdefgh"}).content('{"seen": "abcdefgh"}'.encode(encoding))
    assert "abcdefgh".encode(encoding)[-8:] not in content


def test_a_short_value_is_hidden_in_fields_of_its_name_alone() -> None:
    redaction = Redaction({"X-Tenant": "de", "X-Flag": "1"})
    assert (
        redaction.text('{"X-Tenant": "de", "made": "de", "x-flag": 1, "n": 1}')
        == f'{{"X-Tenant": "{HIDDEN}", "made": "de", "x-flag": "{HIDDEN}", "n": 1}}'
    )
    assert redaction.fields((("x-tenant", "de"), ("Content-Language", "de"))) == (
        ("x-tenant", HIDDEN),
        ("Content-Language", "de"),
    )


def test_a_value_of_a_few_characters_is_hidden_as_a_word() -> None:
    assert (
        Redaction({"X-Tenant": "acme"}).text("acme, /acme/1 %2Facme acmeology")
        == f"{HIDDEN_IN_TEXT}, /{HIDDEN_IN_TEXT}/1 %2F{HIDDEN_IN_TEXT} acmeology"
    )


def test_what_chooses_a_representation_is_hidden_in_its_field_alone() -> None:
    redaction = Redaction({"Accept": "text/html"})
    assert redaction.fields((("accept", "text/html"), ("Content-Type", "text/html"))) == (
        ("accept", HIDDEN),
        ("Content-Type", "text/html"),
    )
    assert redaction.fields((("accept", "a/b"),)) == (("accept", "a/b"),)


@pytest.mark.parametrize("cut", ["seen: abcdefghijkl", "It raised KeyError: abcdefghijkl.", 'b"abcdefghijkl…'])
def test_a_value_that_is_broken_off_is_hidden(cut: str) -> None:
    assert "abcdefgh" not in Redaction({"X-Given": "abcdefghijklmnop"}).text(cut)


def test_the_secrets_of_the_url_are_hidden_wherever_they_are_seen() -> None:
    redaction = Redaction(urls=["http://me:hunter2!@a.example/?api_key=abcdefgh&page=2"])
    assert (
        redaction.text('"args": ["abcdefgh", "hunter2!", "2"]')
        == f'"args": ["{HIDDEN_IN_TEXT}", "{HIDDEN_IN_TEXT}", "2"]'
    )


@pytest.mark.parametrize("piece", [
    "{", '"a":', '{"token":', '"token":[', "token=", "<", "<token ", "//", "//a", "a", '\\"', '["a",', "token:", "'", '"token":"\\',
    "/token/", "/token/a1b2c3d4", "<token>", '<a name="token">x', 'name="token"\r\n', "X-Api-Key: ", "x-y-", "eyJaaaaa.", "('a',", "Basic a",
    "<dt>token</dt> <dd>", "%2Ftoken%2F", "{token: 'a", "\\u0000", "<token><![CDATA[", "Bearer aaaaaaaa",
])  # fmt: skip
def test_no_evidence_takes_long(piece: str) -> None:
    text = piece * (MAX_EVIDENCE // len(piece))
    began = time.process_time()
    Redaction({"X-Given": "abcdefgh"}).text(text)
    assert time.process_time() - began < 2


def test_the_words_are_words() -> None:
    assert all(word.islower() and word.isalpha() for word in SECRET)
