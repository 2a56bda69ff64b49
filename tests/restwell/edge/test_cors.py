"""What of CORS is made at start: the fields for each origin, for preflights, and what answers vary on."""

import pytest

from restwell import DeclarationError
from restwell.edge.cors import EXPOSED, Cors, declared_origins, together
from restwell.http.messages import Response

APP, OTHER = "https://app.example.org", "https://other.example.org"
PREFLIGHT = "Access-Control-Request-Method, Access-Control-Request-Headers"


@pytest.mark.parametrize(
    "origin",
    [None, "", "null", OTHER, "HTTPS://app.example.org", f"{APP}:443", f"{APP}, {APP}", f"{APP}.evil.example"],
)
def test_an_origin_is_allowed_character_by_character(origin: str | None) -> None:
    assert Cors([APP]).allowing(origin) == ()
    assert dict(Cors([APP, OTHER]).allowing(APP))["Access-Control-Allow-Origin"] == APP


@pytest.mark.parametrize("origin", [None, "null", APP])
def test_all_are_told_the_same_where_all_are_allowed(origin: str | None) -> None:
    expected = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", EXPOSED))
    assert Cors(["*"]).allowing(origin) == Cors(["*"]).alone(origin) == expected


def test_what_an_answer_varies_on_stands_in_one_field() -> None:
    headers = (("A", "1"), ("Vary", "Accept"), ("B", "2"))
    named, everybody = Cors([APP]), Cors(["*"])
    assert named.varying(headers) == (("A", "1"), ("Vary", "Accept, Origin"), ("B", "2"))
    assert named.varying(()) == (("Vary", "Origin"),)
    assert named.varying((), options=True) == (("Vary", f"Origin, {PREFLIGHT}"),)
    assert everybody.varying(headers) == headers
    assert everybody.varying((), options=True) == (("Vary", PREFLIGHT),)
    assert named.alone(OTHER) == (("Vary", "Origin"),)


def test_what_it_varies_on_already_is_not_named_again() -> None:
    assert together("Accept, origin", ("Origin",)) == "Accept, origin"
    assert together("Accept", ("Origin", "Cookie")) == "Accept, Origin, Cookie"


def test_pages_may_send_what_authenticators_read_and_no_cookie() -> None:
    cors = Cors([APP], ["Authorization", "X-Token", "Cookie", "x-token", "X-Tenant"])
    fields = dict(cors.leave(cors.allowing(APP), Response(204, (("Allow", "GET, PUT"),))))
    sent = fields["Access-Control-Allow-Headers"].split(", ")
    assert sent[-2:] == ["x-token", "X-Tenant"]
    assert [name.lower() for name in sent].count("authorization") == 1
    assert "cookie" not in fields["Access-Control-Allow-Headers"].lower()
    assert fields["Access-Control-Allow-Methods"] == "GET, PUT"
    assert fields["Access-Control-Max-Age"] == "7200"
    assert "Access-Control-Allow-Credentials" not in fields


@pytest.mark.parametrize("given", [APP, b"x", 1, True, [1], [None], {"a": 1}])
def test_what_is_not_a_list_of_origins_is_refused(given: object) -> None:
    with pytest.raises(
        DeclarationError, match=r"cors is .*: give a list of origins, as in \['https://app.example.org'\]"
    ):
        declared_origins(given, "cors")  # type: ignore[arg-type]  # which is what is refused


def test_a_wrong_origin_is_named_with_where_it_stands() -> None:
    with pytest.raises(DeclarationError, match=r"^In RESTWELL_CORS, 'app' is not an origin: write"):
        declared_origins(["app"], "RESTWELL_CORS")
    assert declared_origins(None, "cors") == declared_origins([], "cors") == ()
    assert declared_origins({APP}, "cors") == (APP,)
