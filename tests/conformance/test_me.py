"""`/me` says who asks, by which credential, and what they may do: by the rules that requests are held to."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from flask import Blueprint, Flask

from restwell import (
    Api,
    ApiKeys,
    Authenticator,
    Basic,
    Change,
    CurrentUser,
    Field,
    Grant,
    Jwt,
    Resource,
    all_of,
    any_of,
    authenticated,
    owner,
    public,
    scope,
    when,
)
from restwell.model.errors import DeclarationError
from tests.api import BASE, HAL, HAL_FORMS, JSON, JSON_LD, Answer, Served, serve
from tests.tokens import AUDIENCE, ISSUER, Issuer, claims

HTML = "text/html"
FORMATS = [JSON_LD, JSON, HAL, HAL_FORMS, HTML]
ADA, EVE = Grant("ada", groups=["writers", "readers"]), Grant("eve", ["papers:edit"])


class Paper(Resource):
    """A paper."""

    title: str = Field(identity=True)
    author: str | None = Field(auto="creator")
    status: str = Field("draft", read_only=True)
    verdict: str | None = Field(None, read=any_of(owner("author"), scope("papers:edit")), write=scope("papers:edit"))
    secret: str = Field("", read=scope("papers:secret"))


def is_short(grant: Grant, row: Any) -> bool:
    return len(row.title) < 3


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = database_url
    api = Api(
        app, authenticate=[ApiKeys(), Basic(lambda name, password: Grant(name) if password == "pass" else None)]
    )
    is_draft = when(lambda paper: paper.status == "draft")
    api.resource(
        "/papers",
        read=any_of(owner("author"), scope("papers:edit"), when(lambda paper: paper.status == "published")),
        create=authenticated(),
        update=any_of(all_of(owner("author"), is_draft), scope("papers:edit")),
        delete=owner("author"),
    )(Paper)

    @api.operation(Paper, "publish", permission=all_of(owner("author"), is_draft))
    def publish(change: Change) -> None:
        """Publish it."""

    @api.resource("/letters", create=public(), read=scope("letters"))
    class Letter(Resource):
        """A letter, which whoever writes it does not see again."""

        name: str = Field(identity=True)

    @api.resource("/vaults", read=scope("vaults"), write=scope("vaults"))
    class Vault(Resource):
        """What others have never heard of."""

        name: str = Field(identity=True)

    @api.resource("/words", read=is_short, write=scope("words"))
    class Word(Resource):
        """What a function says."""

        title: str = Field(identity=True)

    found = Served(app, api)
    yield found
    found.close()


def send(
    served: Served, grant: Grant | None = None, method: str = "GET", accept: str = JSON, **fields: str
) -> Answer:
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    if grant is not None:
        headers["Authorization"] = served.credential(grant)
    return served.send(method, "/me", headers, accept=accept)


def of(found: Any, name: str) -> Any:
    [resource] = [each for each in found["resources"] if each["name"] == name]
    return resource


def permitted(found: Any, name: str) -> dict[str, str]:
    return {each["name"]: each["permitted"] for each in of(found, name)["operations"]}


def members(found: Any, name: str) -> dict[str, tuple[str, str]]:
    return {each["name"]: (each["read"], each["set"]) for each in of(found, name)["members"]}


# -- who asks -------------------------------------------------------------------------------------------------------


def test_an_anonymous_caller_is_told_how_to_be_known(served: Served) -> None:
    answer = send(served)
    found = answer.json()
    assert answer.status == 200
    assert [found[name] for name in ("subject", "credential", "scopes", "groups")] == [None, None, [], []]
    assert found["signIn"] == [
        {
            "scheme": "bearer",
            "description": "Authorization: Bearer KEY (RFC 6750), with an API key.",
            "challenge": 'Bearer realm="restwell"',
            "url": None,
        },
        {
            "scheme": "basic",
            "description": "A name and a password (RFC 7617).",
            "challenge": 'Basic realm="restwell", charset="UTF-8"',
            "url": None,
        },
    ]


def test_a_caller_is_told_subject_scopes_and_groups(served: Served) -> None:
    found = send(served, ADA).json()
    assert [found[name] for name in ("subject", "scopes", "groups", "signIn")] == [
        "ada",
        [],
        ["readers", "writers"],
        [],
    ]
    assert send(served, EVE).json()["scopes"] == ["papers:edit"]


def test_the_holder_of_a_key_is_told_its_id_its_name_and_its_end_and_nothing_secret(served: Served) -> None:
    with served.app.app_context():
        key = served.api.keys.create("Ada's laptop", "letters:read", subject="ada", groups=["writers"])
    answer = served.send("GET", "/me", key=key, accept=JSON)
    found = answer.json()
    end = found["credential"].pop("expires")
    assert found["credential"] == {"kind": "key", "id": key.split("_")[1], "name": "Ada's laptop"}
    assert 0 < time.mktime(time.strptime(end, "%Y-%m-%dT%H:%M:%SZ")) - time.time() < 91 * 24 * 3600
    assert (found["subject"], found["scopes"], found["groups"]) == ("ada", ["letters:read"], ["writers"])
    for each in FORMATS:
        assert key.encode() not in served.send("GET", "/me", key=key, accept=each).body


def test_a_password_is_named_as_one(served: Served) -> None:
    found = served.send("GET", "/me", {"Authorization": "Basic YWRhOnBhc3M="}, accept=JSON).json()
    assert found["subject"] == "ada"
    assert found["credential"] == {"kind": "password", "id": None, "name": None, "expires": None}


def test_the_holder_of_a_token_is_told_when_it_ends(sqlite_url: str) -> None:
    issuer, ends = Issuer(), int(time.time()) + 600
    jwt = Jwt(issuer=ISSUER, audience=AUDIENCE, algorithm="ES256", key=issuer.public)
    known = Authenticator(
        lambda request: Grant("ada") if request.headers.get("X-Token") == "t" else None, reads=["X-Token"]
    )
    served = serve(
        lambda api: api.resource("/papers", read=public())(Paper), database=sqlite_url, authenticate=[known, jwt]
    )
    token = issuer.token(claims(exp=ends))
    found = served.send("GET", "/me", key=token, accept=JSON)
    end = datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert found.json()["credential"] == {"kind": "token", "id": None, "name": None, "expires": end}
    assert found.json()["subject"] == claims()["sub"]
    assert token.encode() not in found.body
    assert served.send("GET", "/me", {"X-Token": "t"}, accept=JSON).json()["credential"]["kind"] == "other"
    served.close()


def test_a_wrong_credential_is_401(served: Served) -> None:
    answer = served.send("GET", "/me", {"Authorization": "Bearer wrong"}, accept=JSON)
    assert answer.status == 401
    assert answer["www-authenticate"].startswith('Bearer realm="restwell", error="invalid_token"')


def test_who_has_signed_in_is_told_of_the_session_and_functions_are_asked_once(sqlite_url: str) -> None:
    asked: list[str] = []

    def scopes(user: Any) -> list[str]:
        asked.append("scopes")
        return ["papers:read"]

    def groups(user: Any) -> list[str]:
        asked.append("groups")
        return ["writers"]

    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = sqlite_url
    user = type("User", (), {"id": "ada"})()
    login = CurrentUser(lambda: user, scopes=scopes, groups=groups, login="/sign-in?next=%2F")
    api = Api(app, url_prefix="/api", authenticate=[login])
    api.resource("/papers", read=any_of(scope("papers"), when(lambda row, grant: row.status.in_(grant.groups))))(
        Paper
    )
    served = Served(app, api)
    found = served.send("GET", "/api/me", {"Cookie": "session=x"}, accept=JSON).json()
    assert found["credential"]["kind"] == "session"
    assert (found["scopes"], found["groups"]) == (["papers:read"], ["writers"])
    assert sorted(asked) == ["groups", "scopes"]
    [way] = served.send("GET", "/api/me", accept=JSON).json()["signIn"]
    assert way["url"] == f"{BASE}/sign-in?next=%2F"
    page = served.send("GET", "/api/me", accept=HTML).body.decode()
    assert f'<a href="{BASE}/sign-in?next=%2F">Sign in</a>' in page
    served.close()


# -- what they may do -----------------------------------------------------------------------------------------------


def test_operations_are_open_always_sometimes_or_never(served: Served) -> None:
    anonymous, ada, eve = (send(served, each).json() for each in (None, ADA, EVE))
    assert permitted(anonymous, "papers") == {
        "list": "sometimes", "create": "never", "show": "sometimes", "change": "never", "replace": "never",
        "delete": "never", "publish": "never",
    }  # fmt: skip
    assert permitted(ada, "papers") == {
        "list": "sometimes", "create": "always", "show": "sometimes", "change": "sometimes", "replace": "sometimes",
        "delete": "sometimes", "publish": "sometimes",
    }  # fmt: skip
    assert permitted(eve, "papers") == {
        "list": "always", "create": "always", "show": "always", "change": "always", "replace": "always",
        "delete": "sometimes", "publish": "sometimes",
    }  # fmt: skip


def test_what_an_operation_needs_is_said_as_everywhere(served: Served) -> None:
    needs = {each["name"]: each["needs"] for each in of(send(served).json(), "papers")["operations"]}
    described = served.send("GET", "/openapi.json", accept=JSON).json()["paths"]["/papers"]["post"]["description"]
    assert needs["create"] == described == "Needs a credential."
    assert needs["delete"] == "Needs an item whose author is the caller."


def test_every_operation_has_its_method_and_where_it_is_performed(served: Served) -> None:
    found = of(send(served).json(), "papers")["operations"]
    targets = {each["name"]: (each["method"], each.get("url") or each["template"]) for each in found}
    assert targets["list"] == ("GET", f"{BASE}/papers")
    assert targets["change"] == ("PATCH", f"{BASE}/papers/{{title}}")
    assert targets["publish"] == ("POST", f"{BASE}/papers/{{title}}/publish")


def test_members_are_those_that_may_be_read_and_set(served: Served) -> None:
    assert members(send(served, ADA).json(), "papers") == {
        "title": ("sometimes", "always"),
        "author": ("sometimes", "never"),
        "status": ("sometimes", "never"),
        "verdict": ("sometimes", "never"),
    }
    assert members(send(served, EVE).json(), "papers")["verdict"] == ("always", "always")
    assert members(send(served).json(), "papers") == dict.fromkeys(
        ["title", "author", "status"], ("sometimes", "never")
    )


def test_who_may_create_what_they_may_not_read_sets_members_and_reads_none(served: Served) -> None:
    found = send(served).json()
    assert permitted(found, "letters") == {"list": "never", "create": "always", "show": "never"}
    assert members(found, "letters") == {"name": ("never", "always")}


def test_what_a_function_says_is_sometimes(served: Served) -> None:
    assert permitted(send(served).json(), "words")["list"] == "sometimes"


@pytest.mark.parametrize("accept", FORMATS)
def test_there_is_no_word_of_what_is_hidden(served: Served, accept: str) -> None:
    for grant in (None, ADA, EVE):
        body = send(served, grant, accept=accept).body.lower()
        assert b"vault" not in body
        assert b"secret" not in body
    assert b"vaults" in send(served, Grant("zoe", ["vaults:read"]), accept=accept).body


def test_what_is_said_holds_when_it_is_done(served: Served) -> None:
    for grant, status in ((None, 401), (ADA, 201), (EVE, 201)):
        says = permitted(send(served, grant).json(), "papers")["create"]
        headers = {"Authorization": served.credential(grant)} if grant is not None else {}
        done = served.send("POST", "/papers", headers, {"title": f"by-{grant and grant.subject}"})
        assert (says, done.status) == ("always" if status == 201 else "never", status)


# -- the address ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", FORMATS)
def test_it_is_in_every_format_of_the_entry_point(served: Served, accept: str) -> None:
    for grant in (None, ADA):
        answer, head = (send(served, grant, method, accept) for method in ("GET", "HEAD"))
        assert (answer.status, answer["content-type"].partition(";")[0]) == (200, accept)
        assert head.lasting()[:2] == answer.lasting()[:2]
        assert send(served, grant, accept=accept, if_none_match=answer["etag"]).status == 304


def test_what_is_preferred_is_sent_and_what_there_is_not_is_406(served: Served) -> None:
    assert send(served, accept="*/*")["content-type"] == JSON_LD
    assert send(served, accept=f"{HTML};q=0.5, {HAL}")["content-type"] == HAL
    answer = send(served, accept="image/png")
    assert answer.status == 406
    assert {link.target for link in answer.links("alternate")} == {f"{BASE}/me"}


def test_it_is_private_and_asked_again_for(served: Served) -> None:
    assert send(served)["cache-control"] == "no-cache"
    assert send(served, ADA)["cache-control"] == "private, no-cache"
    assert send(served)["vary"] == send(served, ADA)["vary"] == "Accept, Authorization"
    tags = [send(served, each)["etag"] for each in (None, ADA, EVE, Grant("ada", ["papers:edit"]))]
    assert len(set(tags)) == 4


def test_other_methods_are_405(served: Served) -> None:
    assert send(served, method="OPTIONS")["allow"] == "GET, HEAD, OPTIONS"
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = send(served, ADA, method)
        assert (answer.status, answer["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_below_a_prefix_and_on_a_blueprint_it_is_there_too(sqlite_url: str) -> None:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = sqlite_url
    blueprint = Blueprint("api", __name__, url_prefix="/v1")
    api = Api(blueprint)
    api.resource("/papers", read=public())(Paper)
    app.register_blueprint(blueprint)
    found = app.test_client().get("/v1/me", headers={"Accept": JSON}).json
    assert found is not None
    assert found["resources"][0]["url"] == f"{BASE}/v1/papers"
    assert app.test_client().get("/me").status_code == 404


def test_through_flask_it_is_the_same(served: Served) -> None:
    straight = [send(served, each, accept=accept).lasting() for each in (None, ADA) for accept in FORMATS]
    served.app.before_request(lambda: None)
    assert [send(served, each, accept=accept).lasting() for each in (None, ADA) for accept in FORMATS] == straight


def test_a_test_client_is_told_who_it_acts_as(served: Served) -> None:
    found, anonymous = (
        served.api.test_client(as_=each).get("/me", headers={"Accept": JSON}).get_json() for each in (ADA, None)
    )
    assert (found["subject"], found["credential"]["kind"]) == ("ada", "other")
    assert [each["scheme"] for each in anonymous["signIn"]] == ["bearer", "basic"]


def test_a_route_of_the_application_keeps_the_address_and_a_resource_is_refused(sqlite_url: str) -> None:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = sqlite_url

    @app.get("/me")
    def mine() -> str:
        return "mine"

    api = Api(app)
    api.resource("/papers", read=public())(Paper)
    assert app.test_client().get("/me").text == "mine"
    with pytest.raises(
        DeclarationError, match="path '/me', which Restwell uses itself: choose another first segment"
    ):
        api.resource("/me", read=public())(Paper)


# -- where it is linked, and described ------------------------------------------------------------------------------


def test_the_entry_point_links_to_it_by_a_relation_that_is_described(served: Served) -> None:
    relation = f"{BASE}/docs.jsonld#Me"
    for accept in (JSON, JSON_LD):
        assert served.send("GET", "/", accept=accept).link(relation) == f"{BASE}/me"
    for accept in (HAL, HAL_FORMS):
        assert served.send("GET", "/", accept=accept).json()["_links"][relation] == {"href": f"{BASE}/me"}
    assert f'<link rel="{relation}" href="{BASE}/me">' in served.send("GET", "/", accept=HTML).body.decode()
    [described] = [
        each for each in served.send("GET", "/docs.jsonld").json()["supportedClass"] if each["@id"] == relation
    ]
    assert described["title"] == "Me"


@pytest.mark.parametrize("target", ["/", "/papers", "/papers/a"])
def test_pages_link_to_it_where_they_say_who_is_signed_in(served: Served, target: str) -> None:
    served.send("POST", "/papers", {"Authorization": served.credential(ADA)}, {"title": "a"})
    page = served.send("GET", target, {"Authorization": served.credential(ADA)}, accept=HTML).body.decode()
    assert f'Signed in as <a href="{BASE}/me"><strong>ada</strong></a>.' in page


def test_it_is_in_the_catalogue_the_guide_and_openapi(served: Served) -> None:
    [_, api] = served.send("GET", "/.well-known/api-catalog").json()["linkset"]
    assert api[f"{BASE}/docs.jsonld#Me"] == [{"href": f"{BASE}/me"}]
    guide = served.send("GET", "/docs", accept=JSON).json()
    assert f"{BASE}/me" in [each["url"] for each in guide["links"]]
    described = served.send("GET", "/openapi.json", accept=JSON).json()
    operation = described["paths"]["/me"]["get"]
    assert list(operation["responses"]["200"]["content"]) == FORMATS
    assert operation["security"] == [{}, {"bearer": []}, {"basic": []}]


@pytest.mark.parametrize("accept", FORMATS[:-1])
def test_what_is_sent_is_what_openapi_says(served: Served, accept: str) -> None:
    described = served.send("GET", "/openapi.json", accept=JSON).json()
    content = described["paths"]["/me"]["get"]["responses"]["200"]["content"]
    schema = {**content[accept]["schema"], "components": described["components"]}
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    keyed = {"Authorization": f"Bearer {served.key('letters:read', lifetime=None)}"}
    sent = [send(served, each, accept=accept) for each in (None, ADA, EVE)]
    for each in (*sent, served.send("GET", "/me", keyed, accept=accept)):
        validator.validate(each.json())


def test_every_member_has_a_term(served: Served) -> None:
    context = served.send("GET", "/contexts/Me").json()["@context"]
    names: set[str] = set()

    def collect(node: Any) -> None:
        if isinstance(node, dict):
            names.update(name for name in node if not name.startswith("@"))
        for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            collect(each)

    for grant in (None, ADA):
        collect(send(served, grant, accept=JSON_LD).json())
    assert names == set(context) - {"@version", "Me"}


# -- for people -----------------------------------------------------------------------------------------------------


def lines(page: str, heading: str) -> list[str]:
    found = [part.partition("</ul>")[0] for part in page.split(f"<h3>{heading}</h3>")[1:]]
    items = [each for part in found for each in re.findall(r"<li>(.*?)</li>", part, re.DOTALL)]
    return [" ".join(re.sub(r"<[^>]*>", "", each).split()) for each in items]


def test_a_page_says_what_may_be_done_and_what_not_and_why(served: Served) -> None:
    page = send(served, ADA, accept=HTML).body.decode()
    assert "<h1>Signed in as ada</h1>" in page
    assert "POST Create a Paper" in lines(page, "You may")
    assert "DELETE Delete a Paper In part. Needs an item whose author is the caller." in lines(page, "You may")
    assert "GET List letters Needs the scope letters:read." in lines(page, "You may not")
    assert "<dd><code>title</code> (in part), <code>author</code> (in part), <code>status</code> (in part)" in page
    assert "<dt>You may set</dt><dd><code>title</code></dd>" in page
    assert "<h1>You are anonymous</h1>" in send(served, accept=HTML).body.decode()


def test_markup_in_names_is_text(served: Served) -> None:
    page = send(served, Grant("<b>x</b>", ["<i>"], groups=["<u>"]), accept=HTML).body.decode()
    assert not [markup for markup in ("<b>x", "<i>", "<u>") if markup in page]
    assert "&lt;b&gt;x&lt;/b&gt;" in page
