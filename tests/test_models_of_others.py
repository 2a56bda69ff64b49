"""Models of packages of others, and of applications in the shapes that users have, are served untouched.

Each needs at most ten lines, and `restwell audit` says that what they give is truly RESTful.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import StartServer

ROOT = Path(__file__).parent.parent
APPS = ROOT / "tests" / "models_of_others"
PACKAGES = ("flask-appbuilder==5.3.0", "jupyterhub==6.1.1", "optuna==5.0.0")
"""Packages that ship models of SQLAlchemy's."""
MODELS = {
    "hub": "jupyterhub.orm:Base",
    "studies": "optuna.storages._rdb.models:BaseModel",
    "admin": "flask_appbuilder.security.sqla.models:Role",
    "blog": "tests.models_of_others.blog:Base",
    "old": "tests.models_of_others.old",
    "many": "tests.models_of_others.many:Base",
}
"""Where the tables of each application are."""
MAKING = """
import importlib, sys
import sqlalchemy as sa
name, _, base = sys.argv[1].partition(":")
home = importlib.import_module(name)
(getattr(home, base) if base else home).metadata.create_all(sa.create_engine(sys.argv[2]))
"""
CONTENT: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "hub": ("/users", {"name": "ada"}, {"admin": True}),
    "studies": ("/studies", {"study_name": "first"}, {"study_name": "second"}),
    "admin": ("/roles", {"name": "Reader"}, {"name": "Writer"}),
    "blog": ("/users", {"name": "ada"}, {"name": "bob"}),
    "old": ("/customers", {"CUST_NO": "A 1/2", "Cust_Name": "Ada"}, {"select": 3}),
    "many": ("/hero", {"name": "Ada"}, {"name": "Bob"}),
}
"""A new item of each, and what is changed of it."""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of others, in a directory of their own."""
    found = tmp_path_factory.mktemp("packages")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", "install", "--target", str(found)]
    done = subprocess.run([*pip, *PACKAGES], capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    return found


def lines_of(name: str) -> list[str]:
    """The lines that serve the models of an application: those behind `api = Api(app)`, without descriptions."""
    _, _, rest = (APPS / f"{name}.py").read_text("utf-8").partition("api = Api(app)\n")
    return [line for line in rest.splitlines() if line.strip() and '"""' not in line]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", MODELS)
def test_they_are_served_in_a_few_lines_and_are_truly_restful(
    name: str, request: pytest.FixtureRequest, start_server: StartServer, tmp_path: Path, database_url: str
) -> None:
    folders = [str(ROOT)]
    if not MODELS[name].startswith("tests."):
        folders.append(str(request.getfixturevalue("packages")))
    path = os.pathsep.join(folders)
    url = database_url.replace("postgresql://", "postgresql+psycopg://")
    done = subprocess.run(
        [sys.executable, "-c", MAKING, MODELS[name], url],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    server = start_server(
        f"tests.models_of_others.{name}:app", "--database", database_url, env={"PYTHONPATH": path}, seconds=60
    )
    command = [str(Path(sys.executable).with_name("restwell-audit")), server.url, "--format", "json"]
    report = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    found = json.loads(report.stdout)
    assert found["level"] == 3, report.stdout
    made_and_changed(name, server.url)
    assert len(lines_of(name)) <= 10


def made_and_changed(name: str, base: str) -> None:
    """An item is created, changed with its tag, and refused with an old one."""
    path, content, change = CONTENT[name]
    made = requests.post(f"{base}{path}", json=content, timeout=30)
    assert made.status_code == 201, made.text
    place, tag = made.headers["Location"], made.headers["ETag"]
    assert requests.patch(place, json=change, headers={"If-Match": tag}, timeout=30).status_code == 200
    assert requests.patch(place, json=change, headers={"If-Match": tag}, timeout=30).status_code == 412
    assert requests.get(place, timeout=30).json().items() >= change.items()
