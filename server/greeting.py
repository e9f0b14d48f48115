"""What the terminal says when the server is ready, in the instance's language."""

from typing import Final

from server import __version__
from server.edge.request import App
from server.settings import Settings

EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what to open instead

READY: Final = {
    "en": "claude-rasp {version} is ready: {address}",
    "fr": "claude-rasp {version} est prêt\u00a0: {address}",
}
SET_UP: Final = {
    "en": "Create the administrator here (this link works once): {address}/setup#{token}",
    "fr": "Créez l'administrateur ici (ce lien sert une fois)\u00a0: {address}/setup#{token}",
}
SIMULATOR: Final = {
    "en": "No ANTHROPIC_API_KEY: the built-in simulator answers, no real Claude is called.",
    "fr": "Pas d'ANTHROPIC_API_KEY\u00a0: le simulateur intégré répond, aucun vrai Claude n'est "
    "appelé.",
}


SETTLED_SECONDS: Final = 0.05
"""By when the loop runs for good."""


def greet_when_ready(app: App, port: int) -> None:
    """Print the greeting once `app` serves on `port`."""

    def say() -> None:
        print("\n".join(greeting(app, port)), flush=True)  # noqa: T201 - for who started it

    async def greet(app: App) -> None:
        # After this the loop ends its start and runs for good. In between it hears no signal: who
        # is told that the server is ready may stop it at once.
        app.loop.call_later(SETTLED_SECONDS, say)

    app.register_listener(greet, "after_server_start")


def greeting(app: App, port: int) -> list[str]:
    """Where to go, how to make the first administrator, and who answers."""
    settings: Settings = app.ctx.settings
    language = settings.server.language
    address = settings.server.public_url or local_address(settings.server.host, port)
    lines = [READY[language].format(version=__version__, address=address)]
    if app.ctx.setup_token is not None:
        lines.append(SET_UP[language].format(address=address, token=app.ctx.setup_token))
    if settings.claude.api_key is None:
        lines.append(SIMULATOR[language])
    return lines


def local_address(host: str, port: int) -> str:
    """The address a person on this machine opens."""
    name = EVERYWHERE.get(host, host)
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"
