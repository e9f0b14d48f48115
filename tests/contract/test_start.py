"""Starting and stopping: what is refused with one line, and what a stop leaves behind."""

import ast
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from server import __version__
from tests.live import ROOT, SERVERS, ServerKind, refused_start, serving


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one command in an empty folder."""
    return subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_ready_means_ready(tmp_path: Path) -> None:
    """The address that is printed answers at once, and who answers questions is said."""
    with serving(tmp_path) as server:
        assert httpx.get(f"{server.url}/readyz", trust_env=False).status_code == 200
        server.await_line(re.compile("(simulator)"))


def test_the_terminal_speaks_the_instances_language(tmp_path: Path) -> None:
    """A French instance greets in French."""
    line = re.compile(r"(est prêt\u00a0: http)")
    with serving(tmp_path, CLAUDE_RASP_SERVER_LANGUAGE="fr") as server:
        server.await_line(line)


@pytest.mark.parametrize("kind", SERVERS)
def test_a_wrong_setting_stops_the_start(tmp_path: Path, kind: ServerKind) -> None:
    """One line and an exit code, no traceback."""
    refusal = refused_start(tmp_path, kind, CLAUDE_RASP_LOG_LEVEL="loud")
    assert refusal.code == {"sanic": 2, "hypercorn": 0}[kind]  # hypercorn has no code for it
    assert refusal.said.startswith("claude-rasp: CLAUDE_RASP_LOG_LEVEL: 'loud' is not allowed")
    assert "\n" not in refusal.said


def test_a_port_in_use_stops_the_start(tmp_path: Path) -> None:
    """The line names the port and the variable that changes it; nothing was written before."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        refusal = refused_start(tmp_path, CLAUDE_RASP_PORT=port)
    assert refusal.code == 2
    assert refusal.said == (
        f"claude-rasp: Port {port} is in use on 127.0.0.1. CLAUDE_RASP_PORT names another one."
    )
    assert not (tmp_path / "data" / "claude-rasp.db").exists()


def test_an_address_that_is_not_ours_stops_the_start(tmp_path: Path) -> None:
    """The line names the variable."""
    refusal = refused_start(tmp_path, CLAUDE_RASP_HOST="192.0.2.1")
    assert refusal.code == 2
    assert "CLAUDE_RASP_HOST" in refusal.said
    assert "\n" not in refusal.said


def test_a_data_folder_that_is_a_file_stops_the_start(tmp_path: Path) -> None:
    """As would one without write permission."""
    (tmp_path / "data").write_text("")
    refusal = refused_start(tmp_path)
    assert refusal.code == 2
    assert "CLAUDE_RASP_DATA" in refusal.said
    assert "\n" not in refusal.said


def test_one_data_folder_is_served_once(tmp_path: Path) -> None:
    """A second server on it is refused in one line, and the first one goes on."""
    with serving(tmp_path) as first:
        refusal = refused_start(tmp_path)
        assert refusal.code == 2
        assert "already running" in refusal.said
        assert "\n" not in refusal.said
        assert httpx.get(f"{first.url}/readyz", trust_env=False).status_code == 200


@pytest.mark.parametrize("kind", SERVERS)
def test_a_stop_is_clean_and_a_restart_works(tmp_path: Path, kind: ServerKind) -> None:
    """SIGTERM ends with code 0 and no complaint; the same folder serves again."""
    for _ in range(2):
        with serving(tmp_path, kind) as server:
            assert server.stop() == 0
            assert "Traceback" not in "\n".join(server.said)
        assert [entry for entry in server.log() if entry["level"] != "info"] == []


def test_it_starts_again_after_a_kill(tmp_path: Path) -> None:
    """Nothing a dead server leaves behind keeps the next one from starting."""
    with serving(tmp_path) as server:
        server.kill()
    with serving(tmp_path) as server:
        assert httpx.get(f"{server.url}/readyz", trust_env=False).status_code == 200


def test_an_open_connection_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    """A browser keeps connections open; they are closed when they are idle."""
    with serving(tmp_path) as server, httpx.Client(trust_env=False) as client:
        client.get(f"{server.url}/healthz")
        assert server.stop() == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--help"], 0, "usage"),
        (["--version"], 0, __version__),
        (["srve"], 2, "unknown arguments: srve"),
        (["serve", "--port", "1"], 2, "unknown arguments"),
    ],
)
def test_the_command_line(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    """What is not understood is said in one line."""
    result = run(*arguments, folder=tmp_path)
    assert result.returncode == code
    assert said in (result.stderr if code else result.stdout)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py", "core/__init__.py"])
def test_a_too_old_python_can_read_what_says_so(name: str) -> None:
    """The line about the version is not hidden behind a syntax error."""
    source = (ROOT / "server" / name).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 7))


def test_openapi_is_printed_without_a_server(tmp_path: Path) -> None:
    """The types of the web app are made from it, before there is any instance."""
    result = run("openapi", folder=tmp_path)
    assert result.returncode == 0
    assert result.stdout.startswith('{\n  "openapi": "3.1.0"')
    assert list(tmp_path.iterdir()) == []


def test_the_data_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    """Keys and conversations lie in it."""
    with serving(tmp_path) as server:
        assert server.data.stat().st_mode & 0o077 == 0
        assert (server.data / "logs" / "claude-rasp.log").stat().st_mode & 0o077 == 0
