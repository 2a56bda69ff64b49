"""Formats of other distributions are in every API of an environment where they are installed."""

import sys
from pathlib import Path

import pytest
from flask import Flask

from restwell import Api, DeclarationError, Field, Resource, public

MODULE = """
from restwell.surface.documents import Item, Page


class Names:
    media_type = content_type = "text/x-names"
    suffix, headers, links_inside, shows_total, documents = "", (), False, False, (Item, Page)

    def write(self, document):
        rows = [document.members()] if isinstance(document, Item) else document.members()
        return "".join(f"{row['name']}\\n" for row in rows).encode()

    def schema(self, document, parts):
        return {}

    def definitions(self):
        return {}
"""


def installed(directory: Path, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution with an entry point, as an installer leaves it."""
    info = directory / "names_of_things-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: names-of-things\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[restwell.formats]\nnames = {value}\n")
    (directory / "names_of_things.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(directory))
    monkeypatch.delitem(sys.modules, "names_of_things", raising=False)


def test_a_format_that_is_installed_is_one_of_the_apis(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, "names_of_things:Names", monkeypatch)
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = sqlite_url
    api = Api(app)

    @api.resource("/things", read=public(), initial=[{"name": "a"}, {"name": "b"}])
    class Thing(Resource):
        name: str = Field(identity=True)

    answer = app.test_client().get("/things", headers={"Accept": "text/x-names"})
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "a\nb\n")
    assert "text/x-names" in app.test_client().get("/openapi.json").get_data(as_text=True)
    api.binding(app).store.close()


@pytest.mark.parametrize("value", ["names_of_things:Nobody", "nothing.there:Names", "names_of_things:Item"])
def test_one_that_cannot_be_used_is_refused_with_its_distribution(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, value, monkeypatch)
    with pytest.raises(DeclarationError, match=r"names-of-things adds the format 'names' .* which cannot be used"):
        Api()
