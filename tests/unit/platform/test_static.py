"""The built web app: what is served, how long it is kept, and that nothing else is."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from server.edge import problems, static
from server.edge.request import App
from server.settings import load_settings
from tests.inside import bare_app, inside

SCRIPT = "console.log('hello')\n" * 100


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A small build, with a file beside it that is nobody's business."""
    folder = tmp_path / "dist"
    for name, text in {
        "index.html": "<!doctype html><title>app</title>",
        "icon.svg": "<svg/>",
        "assets/index-abc123.js": SCRIPT,
        "docs/index.html": "<!doctype html><title>docs</title>",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


def app_of(build: Path) -> App:
    """An app that serves this build and nothing else."""
    app = bare_app("static")
    app.ctx.settings = load_settings({}, build.parent)
    problems.install(app)
    static.install(app, build)
    return app


@pytest_asyncio.fixture
async def client(build: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the small build."""
    async with inside(app_of(build)) as client:
        yield client


async def get(client: httpx.AsyncClient, path: str, **headers: str) -> httpx.Response:
    """GET with exactly these headers."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.get(path, headers={"accept-encoding": "identity", **sent})


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "path",
    ["/", "/setup", "/setup/limits", "/signin", "/settings", "/money", "/c/0198-x", "/c/a/b"],
)
async def test_every_address_of_the_app_is_its_page(client: httpx.AsyncClient, path: str) -> None:
    """A link into the app works; the page is asked for again each time."""
    response = await get(client, path)
    assert "<title>app</title>" in response.text
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/api/v1/nothing",
        "/assets/old-def.js",
        "/../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
    ],
)
async def test_nothing_else_is(client: httpx.AsyncClient, path: str) -> None:
    """An old asset or a file outside the build is 404, never the page."""
    response = await get(client, path)
    assert response.status_code == 404
    assert "secret" not in response.text


@pytest.mark.asyncio
async def test_who_opens_a_lost_address_sees_the_app_say_so(client: httpx.AsyncClient) -> None:
    """A browser gets the page with status 404; a script, and the API, a problem."""
    opened = await get(client, "/nothing", accept="text/html,*/*;q=0.8")
    assert opened.status_code == 404
    assert "<title>app</title>" in opened.text
    for path, accept in (("/nothing", "*/*"), ("/api/v1/nothing", "text/html")):
        response = await get(client, path, accept=accept)
        assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.asyncio
async def test_hashed_files_are_kept_for_a_year(client: httpx.AsyncClient) -> None:
    """Their name changes with their content."""
    response = await get(client, "/assets/index-abc123.js")
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-type"].startswith("text/javascript")
    assert response.text == SCRIPT


@pytest.mark.asyncio
async def test_files_are_packed_for_those_who_can_unpack(client: httpx.AsyncClient) -> None:
    """A phone loads a fraction of the bytes; caches keep both forms apart."""
    response = await get(client, "/assets/index-abc123.js", accept_encoding="br, gzip")
    assert response.headers["content-encoding"] == "gzip"
    assert int(response.headers["content-length"]) < len(SCRIPT) / 5
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.text == SCRIPT


@pytest.mark.asyncio
async def test_a_file_the_build_has_packed_is_taken_as_it_is(build: Path) -> None:
    """Packing it again would be work for nothing."""
    packed = gzip.compress(SCRIPT.encode(), compresslevel=1)
    (build / "assets" / "index-abc123.js.gz").write_bytes(packed)
    async with inside(app_of(build)) as client:
        response = await get(client, "/assets/index-abc123.js", accept_encoding="gzip")
    assert int(response.headers["content-length"]) == len(packed)


@pytest.mark.asyncio
async def test_what_the_browser_has_is_not_sent_again(client: httpx.AsyncClient) -> None:
    """304 for the same ETag, the file for another one."""
    etag = (await get(client, "/")).headers["etag"]
    same = await get(client, "/", if_none_match=f'"x", {etag}')
    assert (same.status_code, same.content) == (304, b"")
    assert (await get(client, "/", if_none_match='"other"')).status_code == 200


@pytest.mark.asyncio
async def test_the_documentation_has_its_page(client: httpx.AsyncClient) -> None:
    """It comes with the build, and from nowhere else."""
    assert "<title>docs</title>" in (await get(client, "/api/docs")).text


@pytest.mark.asyncio
async def test_without_a_build_a_page_says_what_to_do(tmp_path: Path) -> None:
    """In both languages, as nobody has chosen one yet."""
    async with inside(app_of(tmp_path / "none")) as client:
        response = await get(client, "/")
    assert response.status_code == 503
    assert response.text.count("ops/run") == 2
