"""The four applications of examples/levels behave as their docstrings say: each shows one level, and no more."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
from flask.testing import FlaskClient

from examples.levels import level0, level1, level2, level3
from examples.levels.rows import four_rows, mistakes
from tests.servers import free_port, wait_until

FALCON = {"name": "Falcon", "created": 2013}
ROOT = Path(__file__).parents[1]
HAL_FORMS = "application/prs.hal-forms+json"


@pytest.fixture(autouse=True)
def four_again() -> Iterator[None]:
    """Begin with the four rows, whatever another test did."""
    yield
    for module in (level0, level1, level2):
        module.frameworks.clear()
        module.frameworks.update(four_rows())


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


class TestLevel0:
    @pytest.fixture
    def client(self) -> FlaskClient:
        return level0.app.test_client()

    def call(self, client: FlaskClient, **message: Any) -> dict[str, Any]:
        response = client.post("/", json=message)
        assert response.status_code == 200, "whatever happened"
        assert isinstance(response.json, dict)
        return response.json

    def test_every_procedure_is_a_post_to_the_one_uri(self, client: FlaskClient) -> None:
        assert names(self.call(client, action="list")["result"]) == ["Flask", "Django", "Bottle", "Tornado"]
        assert self.call(client, action="get", name="Django")["result"]["created"] == 2005
        assert self.call(client, action="create", framework=FALCON)["ok"]
        assert self.call(client, action="update", framework=FALCON | {"created": 2012})["ok"]
        assert self.call(client, action="get", name="Falcon")["result"]["created"] == 2012
        assert self.call(client, action="delete", name="Falcon")["ok"]
        assert "Falcon" not in names(self.call(client, action="list")["result"])
        assert [str(rule) for rule in level0.app.url_map.iter_rules() if rule.endpoint != "static"] == ["/"]

    @pytest.mark.parametrize("message, why", [
        ({"action": "get", "name": "Nobody"}, "there is no framework Nobody"),
        ({"action": "delete", "name": ["Flask"]}, "there is no framework ['Flask']"),
        ({"action": "create", "framework": {"name": "Flask", "created": 2010}}, "Flask is there already"),
        ({"action": "create"}, "name is missing; created is missing"),
        ({"action": "fly"}, "action must be one of list, get, create, update, delete"),
        ({}, "action must be one of list, get, create, update, delete"),
    ])  # fmt: skip
    def test_a_failure_is_a_success_with_an_error_inside(
        self, client: FlaskClient, message: dict[str, Any], why: str
    ) -> None:
        assert self.call(client, **message) == {"ok": False, "error": why}

    def test_what_is_no_message_is_answered_with_200_too(self, client: FlaskClient) -> None:
        assert client.post("/", data="<xml/>").status_code == 200


class TestLevel1:
    @pytest.fixture
    def client(self) -> FlaskClient:
        return level1.app.test_client()

    def test_every_framework_has_a_uri(self, client: FlaskClient) -> None:
        rows = client.get("/frameworks").json["frameworks"]  # type: ignore[index]  # it is JSON, or fails
        for row in rows:
            assert client.get(f"/frameworks/{row['name']}").json == {"status": "ok", "framework": row}

    def test_get_does_everything(self, client: FlaskClient) -> None:
        client.get("/frameworks/create?name=Falcon&created=2013")
        assert level1.frameworks["Falcon"] == FALCON
        client.get("/frameworks/Falcon/update?created=2012")
        assert level1.frameworks["Falcon"]["created"] == 2012
        client.get("/frameworks/Falcon/delete")
        assert "Falcon" not in level1.frameworks
        methods = {method for rule in level1.app.url_map.iter_rules() for method in rule.methods or ()}
        assert methods == {"GET", "HEAD", "OPTIONS"}

    @pytest.mark.parametrize("path, why", [
        ("/frameworks/Nobody", "there is no framework Nobody"),
        ("/frameworks/Nobody/update", "there is no framework Nobody"),
        ("/frameworks/Nobody/delete", "there is no framework Nobody"),
        ("/frameworks/create?name=Flask&created=1", "Flask is there already"),
        ("/frameworks/create?name=Falcon&created=soon", "created must be an integer"),
        ("/frameworks/Flask/update?colour=red", "colour is no member of a framework"),
    ])  # fmt: skip
    def test_an_error_is_200_with_the_outcome_inside(self, client: FlaskClient, path: str, why: str) -> None:
        response = client.get(path)
        assert (response.status_code, response.json) == (200, {"status": "error", "message": why})


class HttpAsItIs:
    """What levels 2 and 3 have in common, each in a media type of its own."""

    media_type = "application/json"

    def test_post_creates_and_says_where(self, client: FlaskClient) -> None:
        response = client.post("/frameworks", json=FALCON)
        assert response.status_code == 201
        assert response.location == "/frameworks/Falcon"
        created = client.get(response.location).json
        assert created is not None
        assert (created["name"], created["created"]) == ("Falcon", 2013)

    def test_put_replaces_and_delete_forgets(self, client: FlaskClient) -> None:
        row = {"name": "Flask", "created": 2011}
        assert client.put("/frameworks/Flask", json=row).status_code == 204
        assert level2.frameworks["Flask"] == row
        assert client.delete("/frameworks/Flask").status_code == 204
        assert client.get("/frameworks/Flask").status_code == 404

    @pytest.mark.parametrize("method, path, status", [
        ("GET", "/frameworks/Nobody", 404),
        ("PUT", "/frameworks/Nobody", 404),
        ("DELETE", "/frameworks/Nobody", 404),
        ("GET", "/nowhere", 404),
        ("DELETE", "/frameworks", 405),
    ])  # fmt: skip
    def test_a_refusal_is_a_status_with_problem_details(
        self, client: FlaskClient, method: str, path: str, status: int
    ) -> None:
        response = client.open(path, method=method, json=FALCON)
        assert (response.status_code, response.mimetype) == (status, "application/problem+json")
        assert response.get_json(force=True)["status"] == status

    def test_405_says_which_methods_there_are(self, client: FlaskClient) -> None:
        response = client.patch("/frameworks/Flask")
        assert response.status_code == 405
        assert set(response.headers["Allow"].split(", ")) == {"DELETE", "GET", "HEAD", "OPTIONS", "PUT"}

    @pytest.mark.parametrize("content, media_type, status", [
        (b'{"name": "Falcon", "created": 2013}', "text/plain", 415),
        (b'{"name": "Falcon", ', "application/json", 400),
        (b'{"name": "Falcon"}', "application/json", 422),
        (b'{"name": "Fal/con", "created": 2013}', "application/json", 422),
        (b'{"name": "Flask", "created": 2010}', "application/json", 409),
    ])  # fmt: skip
    def test_content_that_cannot_be_taken_has_the_status_that_says_why(
        self, client: FlaskClient, content: bytes, media_type: str, status: int
    ) -> None:
        assert client.post("/frameworks", data=content, content_type=media_type).status_code == status
        assert list(level2.frameworks) == ["Flask", "Django", "Bottle", "Tornado"]

    def test_a_put_cannot_give_another_name(self, client: FlaskClient) -> None:
        assert client.put("/frameworks/Flask", json=FALCON).status_code == 422

    @pytest.mark.parametrize("path", ["/frameworks", "/frameworks/Flask"])
    def test_a_copy_that_is_still_good_is_not_sent_again(self, client: FlaskClient, path: str) -> None:
        first = client.get(path)
        assert first.mimetype == self.media_type
        assert first.headers["Cache-Control"] == "public, max-age=60"
        second = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (second.status_code, second.data) == (304, b"")
        client.put("/frameworks/Flask", json={"name": "Flask", "created": 2011})
        assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200

    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    def test_a_change_that_was_decided_on_another_state_is_refused(self, client: FlaskClient, method: str) -> None:
        row = {"name": "Flask", "created": 2011}
        old = {"If-Match": client.get("/frameworks/Flask").headers["ETag"]}
        assert client.put("/frameworks/Flask", json=row, headers=old).status_code == 204
        assert client.open("/frameworks/Flask", method=method, json=row, headers=old).status_code == 412
        new = {"If-Match": client.get("/frameworks/Flask").headers["ETag"]}
        assert client.open("/frameworks/Flask", method=method, json=row, headers=new).status_code == 204

    def test_head_and_options_are_answered(self, client: FlaskClient) -> None:
        head = client.head("/frameworks/Flask")
        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["ETag"] == client.get("/frameworks/Flask").headers["ETag"]
        assert "PUT" in client.options("/frameworks/Flask").headers["Allow"]


class TestLevel2(HttpAsItIs):
    @pytest.fixture
    def client(self) -> FlaskClient:
        return level2.app.test_client()

    def test_it_has_no_hypertext(self, client: FlaskClient) -> None:
        rows = list(four_rows().values())
        assert client.get("/frameworks").json == {"frameworks": rows}
        assert client.get("/frameworks/Django").json == rows[1]
        assert "Link" not in client.get("/frameworks").headers
        assert client.get("/").status_code == 404, "no entry point either"


class TestLevel3(HttpAsItIs):
    media_type = HAL_FORMS

    @pytest.fixture
    def client(self) -> FlaskClient:
        return level3.app.test_client()

    def get(self, client: FlaskClient, url: str) -> dict[str, Any]:
        response = client.get(url)
        assert (response.status_code, response.mimetype) == (200, HAL_FORMS)
        document: dict[str, Any] = response.get_json(force=True)
        assert document["_links"]["self"]["href"] == url
        return document

    def collection(self, client: FlaskClient) -> dict[str, Any]:
        return self.get(client, self.get(client, "/")["_links"]["doc:frameworks"]["href"])

    def test_everything_is_found_from_the_entry_point(self, client: FlaskClient) -> None:
        items = self.collection(client)["_embedded"]["item"]
        assert names(items) == list(four_rows())
        for item in items:
            alone = self.get(client, item["_links"]["self"]["href"])
            assert {name: alone[name] for name in alone if name[0] != "_"} == four_rows()[item["name"]]

    def test_no_link_is_dead(self, client: FlaskClient) -> None:
        seen: set[str] = set()
        left = ["/"]
        while left:
            url = left.pop()
            seen.add(url)
            response = client.get(url)
            assert response.status_code == 200, url
            if response.mimetype == HAL_FORMS:
                left += set(hrefs(response.get_json(force=True))) - seen
        assert seen >= {"/", "/frameworks", "/frameworks/Flask", "/docs/framework"}

    def test_the_relation_of_its_own_is_explained_where_the_curie_says(self, client: FlaskClient) -> None:
        (curie,) = self.get(client, "/")["_links"]["curies"]
        assert curie["name"] == "doc"
        page = client.get(curie["href"].replace("{rel}", "frameworks"))
        assert (page.status_code, page.mimetype) == (200, "text/html")
        assert "link relation" in page.text
        assert client.get(curie["href"].replace("{rel}", "nothing")).status_code == 404

    def test_the_search_is_a_template_that_works(self, client: FlaskClient) -> None:
        search = self.collection(client)["_links"]["search"]
        assert (search["templated"], search["href"]) == (True, "/frameworks{?created,parent}")
        found = self.get(client, "/frameworks?created=2010&parent=Python")
        assert names(found["_embedded"]["item"]) == ["Flask", "Tornado"]

    def test_a_client_can_do_all_by_the_templates_alone(self, client: FlaskClient) -> None:
        """It fills in what a template asks for, and sends it as the template says."""
        create = self.collection(client)["_templates"]["default"]
        values = {"name": "Falcon", "created": 2013}
        assert {field["name"] for field in create["properties"] if field["required"]} == set(values)
        made = self.take(client, create, values)
        assert made.status_code == 201

        replace = self.get(client, made.location)["_templates"]["default"]
        kept = {field["name"]: field["value"] for field in replace["properties"] if "value" in field}
        assert kept == values
        assert self.take(client, replace, kept | {"parent": "Python"}).status_code == 204
        document = self.get(client, made.location)
        assert document["parent"] == "Python"

        assert self.take(client, document["_templates"]["delete"], None).status_code == 204
        assert client.get(made.location).status_code == 404

    def take(self, client: FlaskClient, template: dict[str, Any], values: dict[str, Any] | None) -> Any:
        assert template.get("contentType", "application/json") == "application/json"
        return client.open(template["target"], method=template["method"], json=values)

    def test_a_refusal_leads_on_too(self, client: FlaskClient) -> None:
        assert client.get("/frameworks/Nobody").headers["Link"] == '</>; rel="start"'


def hrefs(value: Any) -> Iterator[str]:
    """The links of a HAL document that are no templates, at every depth."""
    if isinstance(value, list):
        for each in value:
            yield from hrefs(each)
    elif isinstance(value, dict):
        if "href" in value and not value.get("templated"):
            yield value["href"]
        for each in value.values():
            yield from hrefs(each)


@pytest.mark.parametrize("row, wrong", [
    ({"name": "A", "created": 1}, []),
    ([], ["a framework is an object"]),
    ({"name": "A", "created": True}, ["created must be an integer"]),
    ({"name": 1, "created": 1}, ["name must be text"]),
    ({"name": "..", "created": 1}, ["name must be letters, digits, '.', '_', '~' and '-'"]),
])  # fmt: skip
def test_what_a_framework_has_to_look_like(row: object, wrong: list[str]) -> None:
    assert mistakes(row) == wrong


@pytest.mark.slow
@pytest.mark.parametrize("level, path, status", [(0, "/", 405), (1, "/frameworks", 200), (2, "/frameworks", 200),
                                                 (3, "/", 200)])  # fmt: skip
def test_it_runs_as_its_docstring_says(level: int, path: str, status: int) -> None:
    port = free_port()
    file = f"examples/levels/level{level}.py"
    assert f"flask --app {file} run" in (ROOT / file).read_text()
    command = [sys.executable, "-m", "flask", "--app", file, "run", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            assert wait_until(lambda: answered(port, path) is not None, 20)
            assert answered(port, path) == status
        finally:
            server.terminate()


def answered(port: int, path: str) -> int | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code
    except URLError:
        return None
