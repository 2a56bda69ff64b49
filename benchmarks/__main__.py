"""`python -m benchmarks`: the doors. The other scripts are run by themselves."""

from __future__ import annotations

import sys

from benchmarks import doors

sys.exit(doors.main())
