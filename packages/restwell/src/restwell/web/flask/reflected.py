"""A database that nobody declared, as an application: everything that can be served of it, read-only."""

from __future__ import annotations

from typing import NamedTuple

from flask import Flask

from ...model.errors import DeclarationError
from ...model.policy import public
from ...storage.databases import open_driver, read_only_url, without_password
from ...storage.mapped.reflecting import Reflected, reflect
from .api import Api


class ReflectedApp(NamedTuple):
    """An application, and what to say of it: a line for each resource, and for each thing that is not shown."""

    app: Flask
    lines: tuple[str, ...]


def reflected_app(url: str) -> ReflectedApp:
    """The application for a database URL. The database is only read, and nothing is added to it.

    Raises UnknownDatabase, an error of the database, or DeclarationError if nothing in it can be served.
    """
    found = read_database(url)
    app = Flask("restwell.reflected")
    app.config["RESTWELL_DATABASE"] = read_only_url(url)
    api = Api(app, title="What is in the database", description="The tables of a database that nobody declared.")
    for each in found.tables:
        api.resource(each.path, model=each.model, read=public())
    served = (f"{each.path}: the table {each.table.fullname}, by {' and '.join(each.keys)}" for each in found.tables)
    return ReflectedApp(app, tuple(f"{line}." for line in (*served, *found.notes)))


def read_database(url: str) -> Reflected:
    """What there is in the database at a URL. Raises as `reflected_app` does."""
    driver = open_driver(read_only_url(url))
    try:
        found = reflect(driver)
    finally:
        driver.close()
    if not found.tables:
        why = "; ".join(found.left_out) or "it has no tables, or is not there"
        raise DeclarationError(f"Nothing in the database {without_password(url)} can be served: {why}.")
    return found
