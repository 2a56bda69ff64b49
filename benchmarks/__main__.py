"""`python -m benchmarks`: the doors, the import; each is a script of its own too."""

from __future__ import annotations

from benchmarks import doors

doors.main()
