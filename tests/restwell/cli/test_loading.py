"""`restwell serve --reflect URL`: a database that nobody declared, served read-only."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path

import pytest

from tests.arguments import shows
from tests.conftest import StartServer
from tests.restwell.cli.conftest import Run
from tests.restwell.storage.mapped.schemas import MUSIC, fill, music_rows


@pytest.mark.slow
@shows("restwell serve", "reflect")
def test_each_table_is_served_and_what_is_not_is_said(
    database_url: str, start_server: StartServer, tmp_path: Path
) -> None:
    fill(database_url, MUSIC + music_rows())
    server = start_server("--reflect", database_url, "--workers", "2")
    lines = server.stdout.splitlines()
    assert lines[:3] == [
        "/albums: the table albums, by AlbumId.",
        "/artists: the table artists, by ArtistId.",
        "/customers: the table customers, by CustomerId.",
    ]
    assert "/playlist_track: the table playlist_track, by PlaylistId and TrackId." in lines
    assert lines[11].startswith("long_tracks is left out: it is a view, ")
    assert re.fullmatch(r"Listening on http://127\.0\.0\.1:\d+", lines[12])
    assert len(lines) == 13
    tags = set()
    for _ in range(20):
        with urllib.request.urlopen(f"{server.url}/artists/1", timeout=10) as answer:
            tags.add(answer.headers["ETag"])
    assert len(tags) == 1  # whichever worker answered
    assert not (tmp_path / "restwell.db").exists()


@pytest.mark.parametrize(
    "beside, said",
    [
        (
            ("--database", "sqlite:///b.db"),
            "--database means nothing beside --reflect, since its URL says what is served",
        ),
        (("app:app",), "MODULE:APP means nothing beside --reflect, since its URL says what is served"),
        (("--app", "app:app"), "--app means nothing beside --reflect, since its URL says what is served"),
        (("--issue-key", "me=books:write"), "--issue-key means nothing beside --reflect, since nothing needs a key"),
    ],
)
def test_what_would_mean_nothing_beside_it_is_refused(beside: tuple[str, ...], said: str, run: Run) -> None:
    ran = run("serve", "--reflect", "sqlite:///a.db", *beside)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"restwell: {said}: leave one of them out. See `restwell serve --help`.\n"


@pytest.mark.slow
def test_a_database_that_is_not_there_is_refused_and_not_made(run: Run, tmp_path: Path) -> None:
    ran = run("serve", "--reflect", "sqlite:///nothing.db", "--bind", "127.0.0.1:0")
    assert ran.code == 1
    assert ran.err.endswith("nothing.db can be served: it has no tables, or is not there.\n")
    assert not (tmp_path / "nothing.db").exists()
