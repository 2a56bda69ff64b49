"""How many examples each law is tried with: 200, or what RESTWELL_EXAMPLES says, such as 2000 by hand."""

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("RESTWELL_EXAMPLES", "200"))


def law_settings(share: float = 1.0) -> settings:
    """The settings of a law. `share` is for one of which an example costs more, or that is tried in several parts.

    The application and its database are made once for a module, so that the fixtures are not made anew for each
    example: a law must hold whatever the examples before it left behind.
    """
    return settings(
        max_examples=max(1, round(EXAMPLES * share)),
        deadline=None,
        print_blob=True,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.filter_too_much,
        ],
    )
