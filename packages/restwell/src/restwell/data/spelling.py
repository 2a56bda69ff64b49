"""How a database compares the identities of a resource: whether another spelling finds the same item."""

from __future__ import annotations

from ..model.resource import Declaration


class Spelling:
    """Whether several texts in a URI may find one item of a resource: `declaration.whole.compiled[Spelling]`.

    `is_loose` is what is assumed of texts in tables of others, until a store that was opened has asked the database.
    It is what descriptions promise. Whether an item was asked for by its one spelling is seen of each.
    """

    __slots__ = ("is_loose",)

    def __init__(self, declaration: Declaration) -> None:
        self.is_loose = declaration.whole.has_stored_spelling
