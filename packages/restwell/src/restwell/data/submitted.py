"""What the form of a page sends, as the query of a collection that it stands for.

HTML has no way to leave a control out that holds nothing, and none to choose the name of a parameter by a list. So
the form sends neutral parameters, whose names no member can have:

    _form=search&_filter=created[gte]&_value=2005&_filter=name[icontains]&_value=&_filter=good%3Dtrue&sort=&limit=50

    _form      the first: tells such a query from all others
    _filter    the name of a parameter, whose value is in the `_value` behind it; or a part of a query that is
               complete, which has a `=` in it; or nothing
    _value     a value, in place of that of a complete part too; or nothing, which leaves out what has no value

Every other parameter is itself, and is left out if it is empty. `created[gte]=2005&good=true&limit=50` is what comes
of the above. Whether that is a query of the collection is not asked here, and nothing that has a value is left out.
"""

from __future__ import annotations

from ..http.limits import MAX_SUBMITTED
from .parameters import read_pairs, refuse

FORM, FILTER, VALUE = "_form", "_filter", "_value"
_BEGINNING = f"{FORM}="


def is_submitted(text: str) -> bool:
    """Whether a query component is what a form sends."""
    return text.startswith(_BEGINNING)


def read_submitted(text: str) -> tuple[tuple[str, str], ...]:
    """The parameters of the query that a submitted one stands for, in its order. Raises BadParameter.

    What is refused in every query is refused here too: what is not UTF-8, for example.
    """
    found: list[tuple[str, str]] = []
    name, is_complete = "", False
    for key, value in _pairs(text):
        if key == FILTER:
            complete = _pairs(value) if "=" in value else []
            found += complete
            name, is_complete = (complete[-1][0], True) if complete else (value, False)
        elif key == VALUE:
            if value and is_complete:
                found.pop()
            found += [(name or VALUE, value)] if value else []
            name, is_complete = "", False
        elif key != FORM and value:
            found.append((key, value))
    return tuple(dict.fromkeys(found))


def _pairs(text: str) -> list[tuple[str, str]]:
    pairs, errors = read_pairs(text, MAX_SUBMITTED)
    refuse(errors)
    return pairs
