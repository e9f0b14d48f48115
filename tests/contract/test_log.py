"""The log of a noisy run: every request is there, and no secret."""

from pathlib import Path

import httpx

from tests.live import serving

KEY = "sk-ant-api03-topsecretkey"
PASSWORD = "correct horse battery staple"
SECRETS = (KEY, PASSWORD, "querysecret", "bodysecret", "cookiesecret", "bearersecret", "pathsecret")


def make_noise(url: str) -> None:
    """Send secrets everywhere a client can put them."""
    with httpx.Client(base_url=url, timeout=10, trust_env=False) as client:
        client.get("/healthz?token=querysecret")
        client.get("/api/v1/auth/me", headers={"Authorization": "Bearer bearersecret"})
        client.get("/api/v1/auth/me", headers={"Cookie": "claude-rasp-access=cookiesecret"})
        client.get("/api/v1/conversations/pathsecret")
        client.get("/nothing/pathsecret?x=querysecret")
        client.post("/api/v1/auth/login", json={"username": "bodysecret", "password": PASSWORD})
        client.post("/api/v1/auth/login", json={"pasword": "bodysecret"})
        client.post("/api/v1/auth/login", content=b'{"password": "bodysecret')
        client.post("/api/v1/setup#pathsecret", json={"token": "bodysecret"})


def test_the_log_holds_requests_and_no_secret(tmp_path: Path) -> None:
    """Method, route, status, time and an id; no path, query, header, cookie, body or key."""
    settings = {
        "ANTHROPIC_API_KEY": KEY,
        "CLAUDE_RASP_ADMIN_USER": "alice",
        "CLAUDE_RASP_ADMIN_PASSWORD": PASSWORD,
        "CLAUDE_RASP_LOG_LEVEL": "debug",
    }
    with serving(tmp_path, **settings) as server:
        make_noise(server.url)
        server.stop()
    said = server.log_text() + "\n".join(server.said)
    assert [secret for secret in SECRETS if secret in said] == []
    requests = [entry for entry in server.log() if entry["logger"] == "server.access"]
    assert len(requests) >= 9
    for entry in requests:
        assert entry["method"] in ("GET", "POST")
        assert isinstance(entry["ms"], float)
        assert entry["request_id"]
    routes = {entry["route"] for entry in requests}
    assert {"/healthz", "/api/v1/auth/login", "(none)"} <= routes
