"""The simulator at full speed, and the real SDK pointed at it."""

from collections.abc import AsyncIterator

import pytest_asyncio
from anthropic import AsyncAnthropic

from server.simulator.serve import Simulator

from .asking import Clock, Person


@pytest_asyncio.fixture
async def clock() -> Clock:
    """Seconds that pass when told to."""
    return Clock()


@pytest_asyncio.fixture
async def simulator(clock: Clock) -> AsyncIterator[Simulator]:
    """A simulator without delays, whose cache follows the clock."""
    served = Simulator(pace=0, clock=clock, keep_bodies=True)
    await served.start()
    yield served
    await served.stop()


@pytest_asyncio.fixture
async def client(simulator: Simulator) -> AsyncIterator[AsyncAnthropic]:
    """The real SDK, its own retries off."""
    async with AsyncAnthropic(
        base_url=simulator.base_url, api_key="any", max_retries=0, timeout=10
    ) as sdk:
        yield sdk


@pytest_asyncio.fixture
async def person(client: AsyncAnthropic) -> Person:
    """Somebody who asks."""
    return Person(client)
