"""Access and refresh tokens by themselves."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import jwt
import pytest

from server.adapters.keys import ServerKey
from server.adapters.tokens import Access, AccessTokens, RefreshTokens
from server.core.problems import Refusal
from tests.clock import FakeClock

ACCESS = Access(uuid4(), uuid4())


@pytest.fixture
def key(tmp_path: Path) -> ServerKey:
    """Make a key of its own for each test."""
    key = ServerKey(tmp_path)
    key.load()
    return key


def refused(tokens: AccessTokens, token: str) -> str:
    """Return the code with which a token is refused."""
    with pytest.raises(Refusal) as refusal:
        tokens.read(token)
    return refusal.value.code


def test_an_access_token_says_who_on_which_session(key: ServerKey) -> None:
    """What was issued is read back, and carries exactly the claims it needs."""
    tokens = AccessTokens(key, 600, FakeClock())
    token = tokens.issue(ACCESS)
    assert tokens.read(token) == ACCESS
    claims = jwt.decode(token, options={"verify_signature": False})
    assert set(claims) == {"sub", "sid", "iat", "exp"}
    assert claims["exp"] - claims["iat"] == 600


def test_an_old_access_token_says_that_a_refresh_helps(key: ServerKey) -> None:
    """One second before its end it is good, at its end it is `token_expired`."""
    clock = FakeClock()
    tokens = AccessTokens(key, 600, clock)
    token = tokens.issue(ACCESS)
    clock.pass_time(seconds=599)
    assert tokens.read(token) == ACCESS
    clock.pass_time(seconds=1)
    assert refused(tokens, token) == "token_expired"


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_only_our_own_tokens_are_read(key: ServerKey, tmp_path: Path) -> None:
    """Another key, no signature, another algorithm, a missing claim or nonsense: signed out."""
    tokens = AccessTokens(key, 600, FakeClock())
    other = ServerKey(tmp_path / "other")
    other.load()
    whole = {"sub": str(ACCESS.user), "sid": str(ACCESS.session), "iat": 1, "exp": 4e9}
    own_key = key.derive("access")
    forged = [
        AccessTokens(other, 600, FakeClock()).issue(ACCESS),
        jwt.encode(whole, None, algorithm="none"),
        jwt.encode(whole, own_key, algorithm="HS512"),
        *(jwt.encode(whole | {name: None}, own_key) for name in ("sid", "exp")),
        *(jwt.encode({k: v for k, v in whole.items() if k != name}, own_key) for name in whole),
        jwt.encode(whole | {"sid": "7"}, own_key),
        jwt.encode(whole | {"exp": "soon"}, own_key),
        "",
        "a.b.c",
        "é",
    ]
    assert {refused(tokens, token) for token in forged} == {"signed_out"}
    assert tokens.read(jwt.encode(whole, own_key)) == ACCESS


def test_a_refresh_token_is_the_same_every_time(key: ServerKey) -> None:
    """Session, generation and seed decide it; another of any of them is another token."""
    tokens = RefreshTokens(key)
    session = uuid4()
    token = tokens.issue(session, 3, b"seed")
    assert token == tokens.issue(session, 3, b"seed")
    read = tokens.read(token)
    assert read is not None
    assert (read.session, read.generation) == (session, 3)
    assert tokens.authentic(read, b"seed")
    assert not tokens.authentic(read, b"deed")
    for other in (tokens.issue(session, 4, b"seed"), tokens.issue(uuid4(), 3, b"seed")):
        assert other.rsplit(".", 1)[1] != read.mac


@pytest.mark.parametrize(
    "token",
    ["", "..", "x" * 5000, f"{uuid4().hex}.-1.{'A' * 43}", f"{uuid4().hex}.01.{'A' * 43}",
     f"{uuid4().hex}.1.{'é' * 43}", f"{uuid4()}.1.{'A' * 43}", f"{uuid4().hex}.{9**20}.{'A' * 43}"],
)  # fmt: skip
def test_what_is_no_refresh_token_is_read_as_none(key: ServerKey, token: str) -> None:
    """Nonsense of any length is no token, and no error."""
    assert RefreshTokens(key).read(token) is None


def test_the_clock_of_the_tests_is_in_utc() -> None:
    """The fake stands for the system's clock: aware, in UTC."""
    assert FakeClock()().tzinfo is UTC
    assert isinstance(FakeClock()(), datetime)
