"""Where a condition holds, as `model/conditions.py` says it."""

from collections.abc import Callable

from restwell.model.conditions import And, Comparison, Condition, Not, Or


def holds(condition: Condition, compares: Callable[[Comparison], bool]) -> bool:
    """Whether a condition holds where `compares` says which comparisons do."""
    match condition:
        case And(conditions):
            return all(holds(each, compares) for each in conditions)
        case Or(conditions):
            return any(holds(each, compares) for each in conditions)
        case Not(inner):
            return not holds(inner, compares)
        case Comparison():
            return compares(condition)
        case _:
            raise TypeError(f"{condition} is asked of an item")
