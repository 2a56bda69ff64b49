"""Rows put into a served resource at once, past HTTP: a law tries hundreds of tables."""

from collections.abc import Sequence
from typing import Any

from restwell.content import to_values
from tests.api import Served


def fill(api: Served, rows: Sequence[dict[str, Any]], path: str) -> None:
    """Have exactly these rows, in this order, as a POST of each would have stored them."""
    store = api.api.binding(api.app).store
    [declaration] = [each for each in store.statements if each.path == path]
    statements = store.statements[declaration]
    with store.driver.transaction() as connection:
        connection.execute(f'DELETE FROM "{statements.table.name}"')
        for row in rows:
            parameters = statements.row_parameters(to_values(declaration, row))
            connection.execute(statements.insert_many.text, statements.insert_many.parameters(parameters))
