"""The use cases of money that people meet: a sketch that is being filled in."""

from typing import Literal
from uuid import UUID

from schema.wire.money import *  # noqa
from server.edge.principal import Principal


class Monitor:
    """Everything below /monitor."""
