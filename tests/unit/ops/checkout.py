"""A small checkout to run the real scripts of ops/ in: its packages, Node and server are stand-ins.

The environment is made by the real python, venv and pip, from wheels on the disk.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]

SERVER = """\
import os, sys
import parcel
print("server", os.getpid(), parcel.VERSION, *sys.argv[1:])
"""

NODE = """\
#!/bin/sh
echo 24
"""

# Notes each command in npm.txt at the root, and does as much of it as the scripts can see.
NPM = """\
#!/bin/sh
case $* in
--version) echo 11; exit ;;
esac
[ "$1 ${2:-}" = "run --silent" ] && { shift 2; set -- run "$@"; }
echo "$1 ${2:-}" >>../npm.txt
[ -e ../npm-fails ] && { echo "npm error code ENOTFOUND"; exit 1; }
case $* in
ci*) rm -rf node_modules; mkdir node_modules ;;
"run build") rm -rf dist; mkdir dist; cp src/page dist/index.html ;;
esac
"""


@dataclass(frozen=True)
class Outcome:
    """How a script ended: its status, and what it said on each of its outputs."""

    status: int
    out: str
    err: str


class Checkout:
    """A folder laid out like the repository, and the tools on its PATH."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def environment(self) -> dict[str, str]:
        """What a script sees: pip finds the wheels of this folder and nothing else."""
        return {
            "HOME": str(self.root),
            "PATH": f"{self.root / 'tools'}:/usr/bin:/bin",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_FIND_LINKS": str(self.root / "wheels"),
            "PIP_NO_INDEX": "1",
        }

    def write(self, name: str, text: str, *, mode: int = 0o644) -> None:
        """Write the file `name` of this folder."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def lock_parcel(self, version: str) -> None:
        """Make the wheel `parcel` in this version, and a lock that asks for it."""
        digest = make_wheel(self.root / "wheels", version)
        line = f"parcel=={version} --hash=sha256:{digest}\n"
        self.write("ops/lock/run.txt", line)
        self.write("ops/lock/test.txt", line)

    def start(self, script: str, *arguments: str, **extra: str) -> subprocess.Popen[str]:
        """Start ops/<script>; `extra` goes on top of the environment."""
        return subprocess.Popen(
            [str(self.root / "ops" / script), *arguments],
            env=self.environment | extra,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, script: str, *arguments: str, **extra: str) -> Outcome:
        """Run ops/<script> to its end."""
        return outcome(self.start(script, *arguments, **extra))

    def npm_commands(self) -> list[str]:
        """What npm was asked for since the last time, in order."""
        notes = self.root / "npm.txt"
        said = notes.read_text().splitlines() if notes.exists() else []
        notes.unlink(missing_ok=True)
        return [line.strip() for line in said]


def outcome(process: subprocess.Popen[str]) -> Outcome:
    """Wait for a script's end."""
    out, err = process.communicate(timeout=60)
    return Outcome(process.returncode, out, err)


def make_checkout(root: Path) -> Checkout:
    """Lay out a checkout in `root`, with nothing installed."""
    checkout = Checkout(root)
    shutil.copytree(REPOSITORY / "ops", root / "ops", ignore=shutil.ignore_patterns("bench*"))
    checkout.lock_parcel("1")
    checkout.write("server/__init__.py", "")
    checkout.write("server/__main__.py", SERVER)
    checkout.write("pwa/package.json", "{}")
    checkout.write("pwa/package-lock.json", "{}")
    checkout.write("pwa/src/page", "the page")
    checkout.write("tools/node", NODE, mode=0o755)
    checkout.write("tools/npm", NPM, mode=0o755)
    (root / "tools" / "python3").symlink_to(real_python())
    return checkout


def real_python() -> str:
    """The interpreter below the virtual environment that runs the tests."""
    return str(Path(sys.executable).resolve())


def make_wheel(folder: Path, version: str) -> str:
    """Write the wheel of a package `parcel` that holds its VERSION; return the file's SHA-256."""
    folder.mkdir(exist_ok=True)
    path = folder / f"parcel-{version}-py3-none-any.whl"
    info = f"parcel-{version}.dist-info"
    files = {
        "parcel.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: parcel\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
        record = "".join(_record(name, text) for name, text in files.items())
        wheel.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _record(name: str, text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
    return f"{name},sha256={digest},{len(text.encode())}\n"
