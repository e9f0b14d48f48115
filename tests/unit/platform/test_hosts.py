"""Reading the name out of a Host header."""

import pytest

from server.edge.hosts import host_name


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost", "localhost"),
        ("LocalHost:8080", "localhost"),
        ("127.0.0.1:1", "127.0.0.1"),
        ("[::1]:8080", "::1"),
        ("claude.home.arpa", "claude.home.arpa"),
    ],
)
def test_a_host_names_itself(host: str, name: str) -> None:
    """Port and brackets are left out, case does not count."""
    assert host_name(host) == name


@pytest.mark.parametrize(
    "host", ["", "a:b", "a:99999", "user@localhost", "localhost/x", "localhost?x", "[::1", "a b"]
)
def test_what_is_no_host_names_nothing_of_ours(host: str) -> None:
    """No trick in the header turns into one of our names."""
    assert host_name(host) not in {"localhost", "127.0.0.1", "::1"}
