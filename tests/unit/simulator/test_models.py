"""The list of models."""

import pytest
from anthropic import AsyncAnthropic, BadRequestError, NotFoundError

pytestmark = pytest.mark.asyncio


async def test_the_whole_list_page_by_page(client: AsyncAnthropic) -> None:
    """Paging gives every model once, in the same order as one large page."""
    paged = [model.id async for model in client.models.list(limit=5)]
    at_once = [model.id for model in (await client.models.list(limit=1_000)).data]
    assert paged == at_once
    assert len(set(paged)) == len(paged) > 20


async def test_backwards_too(client: AsyncAnthropic) -> None:
    """before_id gives the page that ends there."""
    first = [model.id for model in (await client.models.list(limit=6)).data]
    back = [model.id async for model in client.models.list(limit=2, before_id=first[5])]
    assert set(back) == set(first[:5])


async def test_a_model_tells_its_life_and_limits(client: AsyncAnthropic) -> None:
    """Life cycle, retirement, token limits and capabilities are all there."""
    model = await client.models.retrieve("claude-sonnet-4-5")
    assert (model.id, model.display_name) == ("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5")
    assert (model.lifecycle, model.line) == ("deprecated", "sonnet")
    assert model.retires_at is not None
    assert model.max_tokens == 64_000
    assert model.capabilities is not None
    assert model.capabilities.thinking.types.enabled.supported
    assert not model.capabilities.thinking.types.adaptive.supported


async def test_a_model_nobody_knows(client: AsyncAnthropic) -> None:
    """An unknown id is a 404, a limit out of bounds a 400."""
    with pytest.raises(NotFoundError):
        await client.models.retrieve("claude-0")
    with pytest.raises(BadRequestError):
        await client.models.list(limit=0)
