"""The tutorial's API as a careful developer writes it by hand: Flask and sqlite3, one connection kept per thread."""

from __future__ import annotations

import os
import sqlite3
import threading

from flask import Flask, Response, jsonify, request

app = Flask(__name__)
local = threading.local()
DATABASE = os.environ.get("BENCHMARK_DATABASE", "benchmark.db")
COLUMNS = "name, created, parent, relatedName, relatedDocs"


def connection() -> sqlite3.Connection:
    found: sqlite3.Connection | None = getattr(local, "connection", None)
    if found is None:
        found = local.connection = sqlite3.connect(DATABASE)
        found.row_factory = sqlite3.Row
    return found


@app.get("/frameworks")
def list_frameworks() -> Response:
    limit = min(int(request.args.get("limit", 25)), 100)
    rows = connection().execute(f"SELECT {COLUMNS} FROM frameworks ORDER BY _id LIMIT ?", (limit,))
    return jsonify({"frameworks": [dict(row) for row in rows]})


@app.get("/frameworks/<name>")
def show_framework(name: str) -> Response | tuple[Response, int]:
    row = connection().execute(f"SELECT {COLUMNS} FROM frameworks WHERE name = ?", (name,)).fetchone()
    return jsonify(dict(row)) if row else (jsonify({"error": "not found"}), 404)


@app.put("/frameworks/<name>")
def replace_framework(name: str) -> Response | tuple[Response, int]:
    data = request.get_json()
    if data.get("name") != name or not isinstance(data.get("created"), int):
        return jsonify({"error": "name and created are needed"}), 422
    with connection() as write:
        found = write.execute(
            "UPDATE frameworks SET created = ?, parent = ?, relatedName = ?, relatedDocs = ? WHERE name = ?",
            (data["created"], data.get("parent", "Python"), data.get("relatedName"), data.get("relatedDocs"), name),
        )
    return jsonify(data) if found.rowcount else (jsonify({"error": "not found"}), 404)


@app.post("/frameworks")
def create_framework() -> tuple[Response, int]:
    data = request.get_json()
    if not isinstance(data.get("name"), str) or not isinstance(data.get("created"), int):
        return jsonify({"error": "name and created are needed"}), 422
    try:
        with connection() as write:
            write.execute(
                "INSERT INTO frameworks (name, created, parent) VALUES (?, ?, ?)",
                (data["name"], data["created"], data.get("parent", "Python")),
            )
    except sqlite3.IntegrityError:
        return jsonify({"error": "taken"}), 409
    response = jsonify(data)
    response.headers["Location"] = f"/frameworks/{data['name']}"
    return response, 201
