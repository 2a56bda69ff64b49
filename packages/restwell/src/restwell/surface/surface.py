"""What is compiled of each resource when the API starts, so that no request computes it and no module caches it.

| compiled | what it holds | read by |
|---|---|---|
| `References` | the resources that members lead to, resolved among all | `surface/documents.py` |
| `Filters` | the parameters of a collection that filter, with what reads their values | `data/parameters.py` |
| `OtherNames` | those as clients of API Platform send them | `data/parameters.py` |
| `Affordances` | the operations, with their inputs, and which of them are open to whom | `surface/affordances.py` |
| `Layout` | where the values of a stored row are | `data/layout.py` |
| `RowReaders` | the functions that make members of rows | `surface/documents.py` |

What only pages for people have, `Asking`, `BlankForm` and `NotOpen`, is compiled for the first of them.

Each lives in its declaration, and as long: `declaration.compiled[RowReaders]`. What a client has a part in, such as
links, which begin with a base URL, is kept within a bound in bytes instead (`http/keeping.py`).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ..access.linking import check_links
from ..data.filters import Filters
from ..data.layout import Layout
from ..data.platform import OtherNames
from ..model.resource import Declaration
from .affordances import Affordances
from .documents import RowReaders
from .references import References, resolve

COMPILED: tuple[type[Any], ...] = (Layout, References, Filters, OtherNames, Affordances, RowReaders)


def compile_all(
    declarations: Sequence[Declaration], apart: Mapping[Declaration, Hashable] = MappingProxyType({})
) -> None:
    """Compile each resource. What a declaration has that cannot be compiled fails here, before any request.

    `apart` names the database of resources that are not in the main one.
    """
    every = [each.whole for each in declarations]
    resolve(every, apart)
    check_links(every)
    for declaration in declarations:
        for each in COMPILED:
            declaration.compiled[each]
