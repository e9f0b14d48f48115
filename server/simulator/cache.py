"""Prompt caching: prefixes up to a breakpoint, kept 5 minutes or 1 hour, refreshed when read."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate

from server.simulator.models import Model
from server.simulator.prompt import Segment

TTL_SECONDS = {"5m": 300.0, "1h": 3600.0}
_LOOKBACK_BLOCKS = 20


@dataclass(frozen=True)
class InputUsage:
    """Where the prompt's tokens went; the four add up to the whole prompt."""

    input_tokens: int
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0


class PromptCache:
    """A bounded memory of prefixes; `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float], capacity: int = 4096) -> None:
        self._clock = clock
        self._capacity = capacity
        self._entries: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def meter(self, model: Model, prompt: list[Segment]) -> InputUsage:
        """What this prompt reads from the cache and writes to it; remembers what it writes."""
        sums = list(accumulate(segment.tokens for segment in prompt))
        marks = [
            index
            for index, segment in enumerate(prompt)
            if segment.cache_control is not None and sums[index] >= model.minimum_cache_tokens
        ]
        if not marks:
            return InputUsage(sums[-1])
        keys = _keys(model, prompt)
        hit = self._longest_hit(marks, keys)
        usage = _split(prompt, sums, marks, hit)
        if hit is not None:
            self._refresh(keys[hit])
        for mark in marks:
            self._remember(keys[mark], TTL_SECONDS[_ttl(prompt[mark])])
        return usage

    def _longest_hit(self, marks: list[int], keys: list[bytes]) -> int | None:
        now = self._clock()
        near = {at for mark in marks for at in range(max(0, mark - _LOOKBACK_BLOCKS), mark + 1)}
        alive = (at for at in near if self._entries.get(keys[at], (0.0, 0.0))[0] > now)
        return max(alive, default=None)

    def _refresh(self, key: bytes) -> None:
        self._remember(key, self._entries[key][1])

    def _remember(self, key: bytes, ttl_seconds: float) -> None:
        self._entries[key] = (self._clock() + ttl_seconds, ttl_seconds)
        self._entries.move_to_end(key)
        if len(self._entries) > self._capacity:
            self._entries.popitem(last=False)


def _split(prompt: list[Segment], sums: list[int], marks: list[int], hit: int | None) -> InputUsage:
    read = done = 0 if hit is None else sums[hit]
    written = {"5m": 0, "1h": 0}
    for mark in marks:
        if sums[mark] > done:
            written[_ttl(prompt[mark])] += sums[mark] - done
            done = sums[mark]
    return InputUsage(sums[-1] - done, read, written["5m"], written["1h"])


def _ttl(segment: Segment) -> str:
    return str((segment.cache_control or {}).get("ttl", "5m"))


def _keys(model: Model, prompt: list[Segment]) -> list[bytes]:
    digest = blake2b(model.id.encode(), digest_size=16)
    keys = []
    for segment in prompt:
        digest.update(len(segment.material).to_bytes(8, "big") + segment.material)
        keys.append(digest.digest())
    return keys
