"""The app for an ASGI server: `hypercorn server.asgi:app`.

Where that server listens, how long it waits and how many connections it takes is its own affair;
server.host and server.port should say the same, as they are what the greeting names.
"""

import sys

from server.app import create_app
from server.core.errors import StartError
from server.edge.logs import open_log
from server.greeting import greet_when_ready
from server.settings import load_settings

try:
    settings = load_settings()
    open_log(settings)
    app = create_app(settings)
except StartError as error:
    sys.exit(f"claude-rasp: {error}")
greet_when_ready(app, settings.server.port)
