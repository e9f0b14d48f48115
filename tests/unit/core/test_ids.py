"""Ids: UUIDv7, in the order of their making as far as milliseconds tell."""

import time
from uuid import RFC_4122

from server.core.clock import system_clock
from server.core.ids import new_id


def test_an_id_is_a_uuid_of_version_seven() -> None:
    """With the variant of RFC 9562."""
    for _ in range(1_000):
        made = new_id()
        assert (made.version, made.variant) == (7, RFC_4122)


def test_an_id_says_when_it_was_made() -> None:
    """Its first 48 bits are milliseconds since 1970."""
    before = time.time_ns() // 1_000_000
    made = new_id().int >> 80
    assert before <= made <= time.time_ns() // 1_000_000


def test_ids_are_not_made_twice() -> None:
    """Also within one millisecond."""
    assert len({new_id() for _ in range(100_000)}) == 100_000


def test_the_clock_knows_its_zone() -> None:
    """A moment without one could mean any."""
    offset = system_clock().utcoffset()
    assert offset is not None
    assert not offset
