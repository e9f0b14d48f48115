"""Thousands of requests made from the description of the API, on purpose well and badly formed."""

import asyncio
import subprocess
import sys
from pathlib import Path

import httpx

from tests.live import serving
from tests.people import ALICE, furnish

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
RUN = """\
import sys
from schemathesis.cli import schemathesis
sys.exit(schemathesis())
"""


def test_no_request_breaks_the_server(tmp_path: Path) -> None:
    """Every answer is one that the description promises, in status, type and shape; none is 500."""
    asyncio.run(furnish(tmp_path / "data", ALICE))
    with serving(tmp_path) as server:
        result = fuzz(server.url, access_token(server.url), tmp_path)
        assert result.returncode == 0, result.stdout[-6_000:] + result.stderr
        assert [entry for entry in server.log() if entry["level"] == "error"] == []


def fuzz(url: str, token: str, notes: Path) -> subprocess.CompletedProcess[str]:
    """Let schemathesis read the description and try everything but signing itself out."""
    return subprocess.run(
        [
            *(sys.executable, "-c", RUN, "run", f"{url}/api/docs/openapi.json"),
            *("--header", f"Authorization: Bearer {token}"),
            *("--exclude-path-regex", "logout|password", "--checks", ",".join(CHECKS)),
            *("--phases", "coverage,fuzzing", "--max-examples", "5", "--seed", "1"),
            "--no-color",
        ],
        cwd=notes,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def access_token(url: str) -> str:
    """Alice's, for a script."""
    credentials = {"username": ALICE.username, "password": ALICE.password}
    answer = httpx.post(f"{url}/api/v1/auth/login", json=credentials, trust_env=False)
    return str(answer.json()["token"])
