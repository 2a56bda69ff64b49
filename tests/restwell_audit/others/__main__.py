"""python -m tests.restwell_audit.others: install what is here, and say what is still missing."""

import sys

from tests.restwell_audit.others import SOFTWARE
from tests.restwell_audit.others.install import install, missing

install()
sys.exit("\n".join(sorted({missing(name) for name in SOFTWARE} - {""})))
