"""The wheel: all that a machine without Node and without this repository needs."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.unit.ops.checkout import REPOSITORY, real_python


def copy_project(folder: Path) -> Path:
    """What the build reads, with a small page in place of the built app."""
    for name in ("server", "schema", "config"):
        shutil.copytree(
            REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "local*")
        )
    for name in ("pyproject.toml", "README.md", "LICENSE", "ops/hatch_build.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / name, folder / name)
    (folder / "pwa/dist/assets").mkdir(parents=True)
    (folder / "pwa/dist/index.html").write_text("the page")
    (folder / "pwa/dist/.stamp").write_text("ours alone")
    (folder / "pwa/dist/assets/app.js").write_text("1")
    (folder / "config/local.yaml").write_text("a person's own")
    return folder


def build(project: Path) -> subprocess.CompletedProcess[str]:
    """Build the wheel of `project` into its dist/."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel."""
    project = copy_project(tmp_path_factory.mktemp("project"))
    built = build(project)
    assert built.returncode == 0, built.stderr
    [path] = (project / "dist").glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a new environment that holds the wheel and nothing else."""
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([real_python(), "-m", "venv", environment], check=True)
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(
        [environment / "bin/python", *install],
        env={"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        check=True,
    )
    return environment / "bin"


def test_it_carries_the_app_the_settings_and_the_migrations(wheel: Path) -> None:
    """Code, migrations, default configuration and the built app are all in it."""
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "server/_data/config/default.yaml",
        "server/_data/pwa/index.html",
        "server/_data/pwa/assets/app.js",
        "server/__main__.py",
        "schema/wire/__init__.py",
    } <= names
    migrations = {path.name for path in REPOSITORY.glob("schema/migrations/*/[0-9]*.py")}
    assert migrations
    assert {name.rpartition("/")[2] for name in names} >= migrations


def test_it_carries_nothing_of_this_machine(wheel: Path) -> None:
    """A person's own settings, stamps and compiled files stay where they are."""
    names = zipfile.ZipFile(wheel).namelist()
    assert not [n for n in names if "local.yaml" in n or "/." in n or "__pycache__" in n]
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {
        "server",
        "schema",
        "claude_rasp",
    }


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_its_command_answers(installed: Path, tmp_path: Path, argument: str) -> None:
    """`claude-rasp` runs from a new environment, far from the repository."""
    ran = subprocess.run(
        [installed / "claude-rasp", argument],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "claude-rasp" in ran.stdout


def test_installed_resources_are_its_own(installed: Path, tmp_path: Path) -> None:
    """Installed, the program reads the configuration and the app that came with it."""
    code = "from server.resources import resource; print(resource('pwa/index.html').read_text())"
    ran = subprocess.run(
        [installed / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "the page\n"


def test_without_the_app_there_is_no_wheel(tmp_path: Path) -> None:
    """A wheel that would serve no page is not built, and the reason is given."""
    project = copy_project(tmp_path)
    (project / "pwa/dist/index.html").unlink()
    refused = build(project)
    assert refused.returncode != 0
    assert "The app is not built." in refused.stderr
