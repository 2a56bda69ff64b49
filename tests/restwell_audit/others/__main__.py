"""python -m tests.restwell_audit.others: install what CI judges, and say what is still missing.

With NAME...: judge some of them, also those that CI does not install; what they need of Python and npm is installed
first. With --runs 5 [NAME...]: judge them, or all, as often, and say whether the reports are the same and what they
cost; see `runs.py`.
"""

import argparse
import sys

from tests.restwell_audit.others import BY_HAND, SOFTWARE
from tests.restwell_audit.others.expected import rows
from tests.restwell_audit.others.install import install, install_by_hand, missing
from tests.restwell_audit.others.runs import measure

parser = argparse.ArgumentParser(prog="python -m tests.restwell_audit.others")
parser.add_argument("--runs", type=int, metavar="N", help="how many audits in a row")
parser.add_argument("names", nargs="*", metavar="NAME", help="what to judge")
given = parser.parse_args()
known = {row.name for row in rows()}
if unknown := set(given.names) - known:
    parser.error(f"there is no {', '.join(sorted(unknown))}, but {', '.join(sorted(known))}")
if given.runs is None and not given.names:
    install()
    sys.exit("\n".join(sorted({missing(name) for name in SOFTWARE} - {""})) or 0)
for name in given.names or BY_HAND:
    if name in BY_HAND:
        install_by_hand(name)
sys.exit(1 if measure(given.runs or 1, given.names) else 0)
