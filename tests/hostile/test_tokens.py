"""Rows 48 to 50: tokens that are wrong in one way each are 401, soon, in the same words, and harm nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.restwell.access.test_tokens import OURS, RIGHT, WRONG
from tests.tokens import AUDIENCE, ISSUER, SECRET, Issuer, claims

from .catalogue import Sent
from .stand import RawAnswer, Stand, standing

APPLICATION = f"""
from flask import Flask
from restwell import Api, ApiKeys, Field, Jwt, Resource, public, scope

app = Flask(__name__)
ours = Jwt(issuer={ISSUER!r}, audience={AUDIENCE!r}, algorithm="ES256", key=KEY)
shared = Jwt(issuer="urn:shared", audience={AUDIENCE!r}, algorithm="HS256", key={SECRET!r})
api = Api(app, authenticate=[ApiKeys(), ours, shared])


@api.resource("/frameworks", read=public(), write=scope("frameworks"))
class Framework(Resource):
    name: str = Field(identity=True)


@api.resource("/notes", read=scope("notes"), write=scope("notes"))
class Note(Resource):
    name: str = Field(identity=True)
"""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["direct", "nginx", "Flask"])
def tokens(
    request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stand]:
    text = APPLICATION.replace("KEY", repr(OURS.public))
    with standing(text, tmp_path_factory.mktemp("tokens"), database, request.param) as found:
        yield found


def ask(stand: Stand, token: str, target: str = "/notes") -> RawAnswer:
    return stand.ask(Sent("GET", target, fields=(f"Authorization: Bearer {token}",)))


def test_every_wrong_token_is_refused_in_the_same_words(tokens: Stand) -> None:
    sent = {name: make() for name, make in WRONG.items()}
    answers = {}
    with tokens.unharmed("/frameworks"):
        for name, token in sent.items():
            answer = ask(tokens, token)
            assert answer.status == 401, name
            assert answer.is_problem, name
            answers[name] = answer
    [_] = {str(answer.lasting) for answer in answers.values()}
    log = "\n".join(tokens.log())
    assert not [name for name, token in sent.items() if len(part := token.split(".")[1][:60]) > 20 and part in log]
    for name, make in RIGHT.items():
        assert ask(tokens, make(), "/frameworks").status == 200, name


def test_the_secret_of_one_issuer_signs_for_no_other(tokens: Stand) -> None:
    shared = Issuer("HS256")
    with tokens.unharmed("/frameworks"):
        assert ask(tokens, shared.token()).status == 401
        assert ask(tokens, shared.token({**claims(), "iss": "urn:shared"})).status == 200
        assert ask(tokens, OURS.token({**claims(), "iss": "urn:shared"})).status == 401


def test_a_public_resource_refuses_a_wrong_token_too(tokens: Stand) -> None:
    with tokens.unharmed("/frameworks"):
        refused = ask(tokens, WRONG["another key"](), "/frameworks")
        assert refused.status == 401
        assert json.loads(refused.content)["title"] == "The credential is not valid"
