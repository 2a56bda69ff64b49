"""Request and Response are plain frozen values."""

import pytest

from restwell.http.messages import Request, Response

RESPONSE = Response(200, (("Vary", "Accept"), ("Link", "<a>"), ("link", "<b>")))


def test_a_header_field_is_found_whatever_its_case() -> None:
    assert RESPONSE.header("vary") == RESPONSE.header("VARY") == "Accept"


def test_of_a_repeated_header_field_the_first_is_given() -> None:
    assert RESPONSE.header("Link") == "<a>"


def test_a_missing_header_field_is_none() -> None:
    assert RESPONSE.header("ETag") is None


@pytest.mark.parametrize("value, name", [(Request("GET", "/"), "path"), (RESPONSE, "status")])
def test_messages_cannot_be_changed(value: object, name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(value, name, "other")


def test_a_request_that_says_no_more_has_no_query_no_fields_and_no_content() -> None:
    request = Request("GET", "/")
    assert (request.query, dict(request.headers), request.body.read(1), request.mount) == ("", {}, b"", "")
