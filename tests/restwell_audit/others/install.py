"""Makes `.others/`, where the software of others lives: python -m tests.restwell_audit.others

A virtual environment from requirements/others.txt and the modules of npm/package-lock.json, both held to their
hashes. Nothing of it is tracked, and nothing of it gets into the project's own environment. What is there already and
up to date is left as it is. Needs the registries of Python and npm, and for json-server Node.js:
apt-get install nodejs npm
"""

import fcntl
import hashlib
import shutil
import subprocess
import venv
from pathlib import Path

HERE = Path(__file__).parent
APPS = HERE / "apps"
ROOT = HERE.parents[2]
LOCK = ROOT / "requirements" / "others.txt"
NPM = HERE / "npm"
OTHERS = ROOT / ".others"
PYTHON = str(OTHERS / "venv" / "bin" / "python")
NODE_MODULES = OTHERS / "npm" / "node_modules"
NEEDS_NODE = {"json-server"}
PROGRAMS = {
    "etcd": ("etcd", "etcd-server"), "prometheus": ("prometheus", "prometheus"),
    "transmission": ("transmission-daemon", "transmission-daemon"),
}  # fmt: skip
"""What is judged by hand: its program, and the package of Debian that has it."""


def missing(name: str) -> str:
    """What has to be done before `name` can be started; empty when nothing has."""
    if name in PROGRAMS:
        program, package = PROGRAMS[name]
        return "" if shutil.which(program) else f"no {program}: apt-get install {package}"
    if name in NEEDS_NODE and shutil.which("node") is None:
        return "no Node.js: apt-get install nodejs npm"
    stamp = _node_stamp() if name in NEEDS_NODE else _python_stamp()
    if not stamp.exists():
        return "not installed, or not as it is locked: python -m tests.restwell_audit.others"
    return ""


def install() -> None:
    """Install what is missing; of several processes that ask for it at once, one does it and the others wait."""
    OTHERS.mkdir(exist_ok=True)
    (OTHERS / ".gitignore").write_text("*\n")
    with (OTHERS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _python_stamp().exists():
            _install_python()
            _python_stamp().touch()
        if shutil.which("npm") and not _node_stamp().exists():
            _install_node()
            _node_stamp().touch()


def _install_python() -> None:
    venv.create(OTHERS / "venv", clear=True, with_pip=True)
    pip = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    subprocess.run([*pip, "-r", str(LOCK)], check=True)


def _install_node() -> None:
    where = NODE_MODULES.parent
    where.mkdir(exist_ok=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(NPM / file, where)
    subprocess.run(["npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=where, check=True)


def _python_stamp() -> Path:
    return _stamp("python", LOCK)


def _node_stamp() -> Path:
    return _stamp("node", NPM / "package-lock.json")


def _stamp(kind: str, lock: Path) -> Path:
    """A file whose name changes with the lock, so that it is there only after an install of this very lock."""
    return OTHERS / f"{kind}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
