"""One change by itself, as most tests make them."""

from restwell.data.outcomes import Outcome
from restwell.data.plans import RowChange
from restwell.data.units import Unit
from restwell.storage.engine import Store


def carry_out(store: Store, change: RowChange) -> Outcome:
    """What becomes of one change without effects."""
    [outcome] = store.carry_out(Unit((change,))).outcomes
    return outcome
