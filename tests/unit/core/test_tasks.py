"""Tasks that nobody waits for: their failures are seen, and none keeps others from ending."""

import asyncio

import pytest

from server.core.tasks import background, end

pytestmark = pytest.mark.asyncio


async def _break() -> None:
    raise ValueError("broken")


async def _last() -> None:
    await asyncio.Event().wait()


async def test_a_failure_is_logged_when_it_happens(caplog: pytest.LogCaptureFixture) -> None:
    """Not when the server stops, and not never."""
    task = background(_break())
    await asyncio.wait({task})
    await asyncio.sleep(0)
    (record,) = caplog.records
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "broken"


async def test_ending_one_that_failed_ends_the_others_too() -> None:
    """Whoever closes goes on to what comes next."""
    broken, lasting = background(_break()), background(_last())
    await asyncio.wait({broken})
    await end(broken, lasting)
    assert lasting.cancelled()


async def test_who_is_ended_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is logged of it."""
    task = background(_last())
    await end(task)
    assert task.cancelled()
    assert not caplog.records
