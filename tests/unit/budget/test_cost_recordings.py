"""The cost of every recorded answer, against figures that were reckoned by another hand.

They were worked out from the published prices of 2026-11-20 with decimals, by a program that shares
nothing with ours, and are written down as pico-dollars: no tolerance, no formula.
"""

import json
from typing import Any, Final

import pytest

from server.core.problems import Refusal
from tests.proofs import recordings

from .pricelist import FIND, reckon

pytestmark = recordings.NEEDED

PICO_USD: Final = {
    "DERIVED-midstream-overloaded-claude-opus-4-6.sse": 1_180_000_000,
    "advisor-iterations-claude-sonnet-5.sse": 19_437_000_000,
    "batch-results-api.jsonl": 42_000_000,
    "cache-read-and-write-claude-sonnet-4-5-20250929.json": 2_404_800_000,
    "cache-read-claude-opus-4-8.json": 905_000_000,
    "cache-write-1h-claude-sonnet-4-6.sse": 23_577_000_000,
    "cache-write-5m-claude-opus-4-8.json": 10_047_500_000,
    "citations-char_location-claude-haiku-4-5-20251001.sse": 867_000_000,
    "citations-pdf-page_location-claude-haiku-4-5-20251001.json": 4_825_000_000,
    "citations-search_result_location-claude-haiku-4-5-20251001.json": 1_448_000_000,
    "code-execution-cache-claude-sonnet-5.json": 23_821_900_000,
    "code-execution-prompt-cache-claude-sonnet-5.sse": 11_592_300_000,
    "code-execution-thinking-claude-sonnet-4-6.sse": 18_702_000_000,
    "compaction-billed-claude-sonnet-4-6.json": 299_451_000_000,
    "compaction-claude-sonnet-4-6.json": 168_243_000_000,
    "compaction-usage-claude-sonnet-4-6.sse": 18_736_800_000,
    "context-clear-thinking-claude-sonnet-4-5-20250929.sse": 1_002_000_000,
    "context-clear-tool-uses-claude-haiku-4-5-20251001.sse": 1_469_000_000,
    "fallback-iterations-claude-fable-5.sse": 12_740_000_000,
    "image-input-claude-sonnet-4-5-20250929.sse": 384_000_000,
    "json-output-claude-sonnet-4-5-20250929.sse": 2_100_000_000,
    "mcp-connector-claude-sonnet-4-5-20250929.sse": 14_436_000_000,
    "memory-tool-claude-sonnet-4-5-20250929.json": 5_877_000_000,
    "pause-turn-web-search-1of2-claude-sonnet-4-5-20250929.sse": 2_548_217_500_000,
    "pause-turn-web-search-2of2-claude-sonnet-4-5-20250929.sse": 2_974_649_000_000,
    "pdf-input-cache-claude-sonnet-5.json": 1_124_000_000,
    "pdf-input-claude-sonnet-4-5-20250929.json": 5_265_000_000,
    "programmatic-tools-claude-sonnet-4-5-20250929.sse": 37_590_000_000,
    "redacted-thinking-claude-sonnet-4-5-20250929.sse": 3_111_000_000,
    "refusal-claude-fable-5-1.sse": 970_000_000,
    "refusal-claude-fable-5.sse": 430_000_000,
    "refusal-partial-fallback-credit-claude-opus-5.json": 3_061_000_000,
    "stop-sequence-claude-haiku-4-5-20251001.sse": 156_000_000,
    "task-budget-claude-opus-4-7.json": 620_000_000,
    "text-claude-haiku-4-5-20251001.sse": 30_000_000,
    "text-claude-sonnet-4-5-20250929.sse": 201_000_000,
    "text-claude-sonnet-4-6.sse": 231_000_000,
    "thinking-adaptive-claude-opus-4-6.sse": 1_270_000_000,
    "thinking-claude-fable-5-1.json": 3_760_000_000,
    "thinking-claude-opus-5.json": 1_165_000_000,
    "thinking-claude-sonnet-4-5-20250929.sse": 1_398_000_000,
    "thinking-high-effort-claude-opus-5.json": 42_730_000_000,
    "thinking-multiblock-claude-sonnet-4-20250514.sse": 4_359_000_000,
    "thinking-summarized-claude-sonnet-5.sse": 3_824_000_000,
    "thinking-then-tool-claude-haiku-4-5-20251001.sse": 1_058_000_000,
    "thinking-token-details-claude-haiku-4-5-20251001.sse": 3_270_000_000,
    "thinking-tool-cache-claude-sonnet-5-5.sse": 3_026_000_000,
    "thinking-web-search-stream-claude-sonnet-4-20250514.sse": 96_746_000_000,
    "tool-no-args-claude-sonnet-4-5-20250929.sse": 2_415_000_000,
    "tool-search-claude-sonnet-4-6.sse": 7_398_000_000,
    "tool-use-claude-fable-5.json": 11_700_000_000,
    "tool-use-claude-haiku-4-5-20251001.sse": 743_000_000,
    "tool-use-claude-sonnet-5.json": 1_816_000_000,
    "tools-parallel-answer-claude-haiku-4-5-20251001.sse": 1_088_000_000,
    "tools-parallel-claude-haiku-4-5-20251001.sse": 852_000_000,
    "web-fetch-cache-claude-sonnet-5.json": 10_173_000_000,
    "web-fetch-dynamic-code-claude-sonnet-4-6.json": 87_261_000_000,
    "web-fetch-error-claude-sonnet-4-20250514.json": 8_916_000_000,
    "web-fetch-error-claude-sonnet-4-5-20250929.sse": 9_897_000_000,
    "web-fetch-thinking-claude-sonnet-4-20250514.sse": 24_027_000_000,
    "web-search-citations-claude-opus-4-1-20250805.sse": 191_920_000_000,
    "web-search-text-ahead-claude-sonnet-4-5-20250929.json": 60_724_000_000,
}

UNPRICED: Final = {
    "image-with-history-claude-3-5-haiku-20241022.json",
    "malformed-duplicate-message-start-claude-3-haiku-20240307.sse",
    "max-tokens-claude-3-opus-20240229.sse",
    "thinking-signature-claude-3-7-sonnet-20250219.sse",
}
"""Answers of models that have long retired."""


def bills(name: str) -> list[tuple[str, dict[str, Any]]]:
    """Return each message's model and usage, as they are at its end."""
    if name.endswith(".sse"):
        reading = recordings.read(recordings.content(name))
        return list(zip(reading.models, reading.usages, strict=True))
    if name.endswith(".jsonl"):
        lines = recordings.content(name).decode().splitlines()
        results = [json.loads(line)["result"]["message"] for line in lines]
        return [(result["model"], result["usage"]) for result in results]
    body = json.loads(recordings.content(name))
    return [(body["model"], body["usage"])] if body.get("type") == "message" else []


@pytest.mark.parametrize("name", PICO_USD)
def test_a_recorded_answer_costs_what_was_reckoned_by_hand(name: str) -> None:
    """Whatever was told in the usage of a real answer, its cost is exact."""
    costs = [reckon(usage, model) for model, usage in bills(name)]
    assert sum(cost.pico_usd for cost in costs) == PICO_USD[name]


def test_every_recorded_bill_is_in_the_table() -> None:
    """A recording that is added is noticed here."""
    names = [
        name for suffix in ("sse", "json", "jsonl") for name in recordings.names(f"*.{suffix}")
    ]
    assert {name for name in names if bills(name)} == PICO_USD.keys() | UNPRICED


@pytest.mark.parametrize("name", sorted(UNPRICED))
def test_an_answer_of_a_model_without_a_price_has_no_cost(name: str) -> None:
    """What has no price is never guessed."""
    for model, usage in bills(name):
        assert FIND(model) is None
        with pytest.raises(Refusal, match="model_unpriced"):
            reckon(usage, model)
