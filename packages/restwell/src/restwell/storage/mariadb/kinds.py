"""The types of the few tables of its own that an API needs: of its keys and its secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from ...model.kinds import KindName
from ..dialect import Converter, Reader

MAX_KEY = 700
"""Characters of a text that can be a key: InnoDB takes 3072 bytes, of four to a character."""
TYPES: dict[KindName, sa.types.TypeEngine[Any]] = {
    "text": mysql.VARCHAR(MAX_KEY, charset="utf8mb4", collation="utf8mb4_bin"),
    "integer": sa.BigInteger(),
}
LONG_TEXT = mysql.LONGTEXT(charset="utf8mb4", collation="utf8mb4_bin")
WRITERS: Mapping[KindName, Converter] = {}
READERS: Mapping[KindName, Reader] = {}
"""None: models and tables of others have the types of SQLAlchemy."""
