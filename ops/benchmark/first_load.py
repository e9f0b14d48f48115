"""What a browser loads at its first visit to a conversation, Markdown included."""

import asyncio
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from server.resources import resource

from .chromium import Event, Page, browsing, find_chromium
from .device import Device, ask_all
from .figures import Figure, Missing
from .processes import Server
from .script import Script

SECONDS: Final = 60.0
KB_AT_MOST: Final = 100.0
REQUESTS_AT_MOST: Final = 10
COOKIE: Final = "claude-rasp-access"
MARK: Final = "claude-rasp-here"
"""What tells the page that there is a session."""
ANSWER: Final = Script(deltas=30, every_ms=1)
NAME: Final = "first load of a conversation"

SHOWN: Final = r"""
new Promise(shown => {
  const words = () => document.body.innerText.match(/@\d{9,20}@/g) ?? [];
  const look = () => words().length >= DELTAS && shown(true);
  new MutationObserver(look).observe(document, {subtree: true, childList: true});
  look();
})
""".replace("DELTAS", str(ANSWER.deltas))
"""Is done when the whole answer is on the screen (the list shows its first words too)."""


async def measure(server: Server) -> list[Figure | Missing]:
    """Visit a conversation with an answer as somebody signed in whose cache is empty."""
    program = find_chromium()
    if program is None:
        return [Missing(NAME, "there is no Chromium")]
    if not resource("pwa/index.html").exists():
        return [Missing(NAME, "the app is not built: ops/run builds it")]
    token = server.sign_in()
    conversation = server.new_conversation(token)
    device = await Device.connect(server.url, token)
    await ask_all([device], [(conversation, ANSWER)], SECONDS)
    device.close()
    async with browsing(program) as page, asyncio.timeout(SECONDS):
        await _visit(page, server.url, token, conversation)
        return _figures(page, server.url)


async def _visit(page: Page, url: str, token: str, conversation: UUID) -> None:
    for domain in ("Network", "Page"):
        await page.call(f"{domain}.enable")
    await page.call("Page.setLifecycleEventsEnabled", enabled=True)
    await page.call("Network.setCookie", name=COOKIE, value=token, url=url, httpOnly=True)
    await page.call("Network.setCookie", name=MARK, value="1", url=url)
    page.events.clear()
    visit = await page.call("Page.navigate", url=f"{url}/c/{conversation}")
    await page.wait_for("Page.lifecycleEvent", name="load", loaderId=visit["loaderId"])
    await page.call("Runtime.evaluate", expression=SHOWN, awaitPromise=True)
    await page.wait_for("Page.lifecycleEvent", name="networkIdle", loaderId=visit["loaderId"])


def _figures(page: Page, url: str) -> list[Figure | Missing]:
    """All that the page asked us for over HTTP; the API's answers apart from the app's files."""
    responses = {
        each["requestId"]: each["response"]
        for each in page.of("Network.responseReceived")
        if each["response"]["url"].startswith(url)
    }
    files = [each for each in responses.values() if not _is_api(each)]
    sent = sum(
        each["encodedDataLength"]
        for each in page.of("Network.loadingFinished")
        if each["requestId"] in responses
    )
    return [
        Figure(f"{NAME}: files, compressed", "kB", _kb(files), at_most=KB_AT_MOST),
        Figure(f"{NAME}: with headers and the API", "kB", sent / 1000),
        Figure(f"{NAME}: requests, the API's too", "", len(responses), at_most=REQUESTS_AT_MOST),
    ]


def _is_api(response: Event) -> bool:
    return urlsplit(response["url"]).path.startswith("/api/")


def _kb(responses: list[Event]) -> float:
    """The bodies as they were sent."""
    lengths = [
        {name.lower(): value for name, value in each["headers"].items()}["content-length"]
        for each in responses
    ]
    return sum(map(int, lengths)) / 1000
