"""python -m tests.restwell_audit.others: install what is here, and say what is still missing.

python -m tests.restwell_audit.others NAME...: judge some of them, those among them that CI does not install.
"""

import sys

from restwell_audit import audit
from tests.restwell_audit.others import BY_HAND, SOFTWARE, start
from tests.restwell_audit.others.install import install, missing


def judge(name: str) -> str:
    """A line with the level, the verdict and the constraints that are broken."""
    with start(name) as url:
        report = audit(url + (SOFTWARE | BY_HAND)[name].entry)
    broken = [each.constraint for each in report.constraints if each.state == "broken"]
    return f"{name}: {report.level}, {report.verdict}; broken: {', '.join(broken) or 'none'}"


if names := sys.argv[1:]:
    sys.stdout.writelines(f"{judge(name)}\n" for name in names)
else:
    install()
    sys.exit("\n".join(sorted({missing(name) for name in SOFTWARE} - {""})))
