"""The engine of an application, behind real servers with several processes."""

import json
import threading
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.restwell.storage.given.engines import sa_url

APPLICATION = """
import os
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from restwell import Api, public

class Base(DeclarativeBase):
    pass

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["SONGS"]
db = SQLAlchemy(app, model_class=Base)

class Song(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    plays: Mapped[int] = mapped_column(default=0)

with app.app_context():  # opens a connection, before there are workers
    db.create_all()
    if not db.session.get(Song, 1):
        db.session.add(Song(id=1))
        try:
            db.session.commit()
        except IntegrityError:  # another process was faster
            db.session.rollback()

api = Api(app)
api.resource("/songs", model=Song, read=public(), write=public())
"""


def asked(url: str, method: str = "GET", content: object = None, **headers: str) -> tuple[int, str, dict[str, int]]:
    """Status, entity tag and members of an answer."""
    headers |= {"Accept": "application/json", "Content-Type": "application/merge-patch+json"}
    body = None if content is None else json.dumps(content).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=30) as answer:
            return answer.status, answer.headers["ETag"], json.load(answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, "", {}


@pytest.mark.slow
def test_of_64_writers_over_two_processes_none_is_lost(
    start_server: StartServer, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "songs.py").write_text(APPLICATION)
    server = start_server("songs:app", "--workers", "2", env={"SONGS": sa_url(database_url)})
    item, statuses = f"{server.url}/songs/1", Counter[int]()

    def count_up() -> None:
        for _ in range(300):
            _, tag, song = asked(item)
            status, _, _ = asked(item, "PATCH", {"plays": song["plays"] + 1}, **{"If-Match": tag})
            statuses[status] += 1
            if status == 200:
                return

    threads = [threading.Thread(target=count_up) for _ in range(64)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (statuses[200], asked(item)[2]) == (64, {"id": 1, "plays": 64})
    assert set(statuses) <= {200, 412, 503}
    assert server.stop() == 0
