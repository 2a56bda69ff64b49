"""How many examples a law is tried with: 200, or RESTWELL_EXAMPLES by hand."""

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("RESTWELL_EXAMPLES", "200"))
LAW = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
