"""`python -m benchmarks`: the doors. The other scripts are run by themselves."""

from __future__ import annotations

import signal
import sys

from benchmarks import doors

signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end, and the working tree goes
sys.exit(doors.main())
