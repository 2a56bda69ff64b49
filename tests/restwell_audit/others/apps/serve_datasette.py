# mypy: ignore-errors
# Its packages are in an environment of their own.
"""Serve a small SQLite file by Datasette: python serve_datasette.py 8001."""

import sqlite3
import sys

sys.modules["rich"] = None  # is optional, and prints each 404 with all local variables, which takes 0.4 s
from datasette.cli import cli  # noqa: E402 -- after that

ROWS = [("Flask", 2010), ("Django", 2005), ("Bottle", 2009), ("Tornado", 2010)]

with sqlite3.connect("data.db") as connection:
    connection.execute("CREATE TABLE frameworks (name TEXT PRIMARY KEY, created INTEGER, parent TEXT)")
    connection.executemany("INSERT INTO frameworks VALUES (?, ?, 'Python')", ROWS)
connection.close()
cli(["serve", "data.db", "--port", sys.argv[1]])
