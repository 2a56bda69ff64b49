"""Makes `.others/`, where the software of others lives: python -m tests.restwell_audit.others

A virtual environment from requirements/others.txt and the modules of npm/package-lock.json, both held to their
hashes. Nothing of it is tracked, and nothing of it gets into the project's own environment. What is there already and
up to date is left as it is. Needs the registries of Python and npm, and for json-server Node.js:
apt-get install nodejs npm

What is judged by hand has locks and an environment of its own in `.others/by-hand/`, which is made for the first that
needs it, and never by CI.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
APPS = HERE / "apps"
ROOT = HERE.parents[2]
OTHERS = ROOT / ".others"


@dataclass(frozen=True)
class Environment:
    """Software that is installed together: from a lock of Python and one of npm, below `.others/`."""

    name: str
    lock: Path
    npm: Path

    @property
    def root(self) -> Path:
        """The directory that has it."""
        return OTHERS / self.name

    @property
    def python(self) -> str:
        """The interpreter of its virtual environment."""
        return str(self.root / "venv" / "bin" / "python")

    @property
    def node_modules(self) -> Path:
        """What came from npm."""
        return self.root / "npm" / "node_modules"

    def python_stamp(self) -> Path:
        """A file that is there after an install of this very lock for Python, since its name changes with it."""
        return self._stamp("python", self.lock)

    def node_stamp(self) -> Path:
        """As `python_stamp`, for npm."""
        return self._stamp("node", self.npm / "package-lock.json")

    def _stamp(self, kind: str, lock: Path) -> Path:
        return self.root / f"{kind}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"


FOR_ALL = Environment(".", ROOT / "requirements" / "others.txt", HERE / "npm")
FOR_HANDS = Environment("by-hand", ROOT / "requirements" / "others-by-hand.txt", HERE / "npm_by_hand")
ON_NODE = {"json-server": FOR_ALL, "solid": FOR_HANDS}
ON_PYTHON_BY_HAND = {"mailman", "placement", "pygeoapi", "s3"}
PROGRAMS = {
    "etcd": ("etcd", "etcd-server"), "prometheus": ("prometheus", "prometheus"),
    "transmission": ("transmission-daemon", "transmission-daemon"), "syncthing": ("syncthing", "syncthing"),
    "rabbitmq": ("rabbitmq-server", "rabbitmq-server"),
}  # fmt: skip
"""What Debian has: its program, and the package."""


def missing(name: str) -> str:
    """What has to be done before `name` can be started; empty when nothing has."""
    if name in PROGRAMS:
        program, package = PROGRAMS[name]
        return "" if shutil.which(program) else f"no {program}: apt-get install {package}"
    if name in ON_NODE and shutil.which("node") is None:
        return "no Node.js: apt-get install nodejs npm"
    environment = _environment(name)
    stamp = environment.node_stamp() if name in ON_NODE else environment.python_stamp()
    if not stamp.exists():
        command = "python -m tests.restwell_audit.others"
        return f"not installed, or not as it is locked: {command}{f' {name}' if environment is FOR_HANDS else ''}"
    return ""


def _environment(name: str) -> Environment:
    return ON_NODE.get(name) or (FOR_HANDS if name in ON_PYTHON_BY_HAND else FOR_ALL)


def install() -> None:
    """Install what CI has and is missing; of several processes that ask at once, one does it and the others wait."""
    with _alone():
        _install_python(FOR_ALL)
        _install_node(FOR_ALL)


def install_by_hand(name: str) -> None:
    """Install what one of those needs that are judged by hand, as far as it comes from the registries."""
    with _alone():
        if name in ON_NODE:
            _install_node(_environment(name))
        elif name not in PROGRAMS:
            _install_python(_environment(name))


@contextmanager
def _alone() -> Iterator[None]:
    OTHERS.mkdir(exist_ok=True)
    (OTHERS / ".gitignore").write_text("*\n")
    with (OTHERS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install_python(environment: Environment) -> None:
    stamp = environment.python_stamp()
    if stamp.exists():
        return
    where = environment.root / "venv"
    held = ["--no-deps", "--require-hashes", "--requirement", str(environment.lock)]
    # uv takes a sixth of pip's time. Nothing is compiled here: what is imported is, at the first start.
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--python", environment.python]
    venv.create(where, clear=True)
    if not Path(uv[0]).exists() or subprocess.run([*uv, *held], check=False).returncode:
        venv.create(where, clear=True, with_pip=True)
        subprocess.run([environment.python, "-m", "pip", "install", "-qq", "--no-compile", *held], check=True)
    stamp.touch()


def _install_node(environment: Environment) -> None:
    stamp = environment.node_stamp()
    if stamp.exists() or shutil.which("npm") is None:
        return
    where = environment.node_modules.parent
    where.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(environment.npm / file, where)
    subprocess.run(["npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=where, check=True)
    stamp.touch()
