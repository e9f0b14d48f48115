"""Tasks that run by themselves: whoever starts one keeps it, ends it, and its failure is seen."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


def background(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start a task that nobody waits for; should it fail, that is logged at once."""
    task = asyncio.create_task(work)
    task.add_done_callback(_log_failure)
    return task


async def end(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks, and return when they have ended, however they did."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task failed", exc_info=error)
