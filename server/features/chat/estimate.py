"""How long the prompt of a conversation's next question will be, for its price tag."""

import json
from typing import Final
from uuid import UUID

from server.core.problems import Refusal

from . import store
from .known import known_of_path

BYTES_PER_TOKEN: Final = 3
"""Where nothing was counted: less than most text has, so that the price is rather too high."""


async def prompt_tokens(user: UUID, conversation: UUID, model: str, *, simulated: bool) -> int:
    """Return how many tokens the newest branch has; raises Refusal `not_found`."""
    if await store.conversation(user, conversation) is None:
        raise Refusal("not_found")
    newest = await store.newest_message(conversation)
    if newest is None:
        return 0
    path = await store.path_to(newest.id)
    known = known_of_path(path, model, simulated=simulated)
    if known.tokens:
        return known.tokens
    return sum(len(json.dumps(said.blocks).encode()) for said in path) // BYTES_PER_TOKEN
