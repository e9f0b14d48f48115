"""The first administrator."""

import asyncio
from dataclasses import replace

import pytest
from pydantic import SecretStr

from schema.tables.identity import UserRow
from schema.wire.identity import LoginAsk, SetupAsk
from server.core.errors import StartError
from server.core.problems import Refusal
from server.edge.attempts import Attempts
from server.features.identity.service import About, Identity, Tools
from tests.people import ALICE, IDENTITY_SETTINGS

from .conftest import AWAY, HOME, House

pytestmark = pytest.mark.asyncio


def ask(token: str | None, username: str = ALICE.username) -> SetupAsk:
    """Ask for set-up with this token."""
    return SetupAsk(token=token or "", username=username, password=ALICE.password, language="fr")


async def test_the_token_makes_one_administrator(house: House) -> None:
    """The printed token opens set-up, signs the administrator in, and is then used up."""
    token = house.identity.setup_token
    assert token is not None
    assert len(token) == 32  # 24 random bytes
    assert house.identity.instance().setup_needed
    grant = await house.identity.setup(ask(token), HOME)
    assert (grant.session.user.username, grant.session.user.role) == ("Alice", "admin")
    assert grant.session.user.language == "fr"
    assert house.identity.setup_token is None
    assert not house.identity.instance().setup_needed
    with pytest.raises(Refusal, match="already_set_up"):
        await house.identity.setup(ask(token, "Mallory"), AWAY)


@pytest.mark.parametrize("wrong", ["", "guess", "é" * 32])
async def test_a_wrong_token_opens_nothing(house: House, wrong: str) -> None:
    """A stranger on the network cannot take the instance over."""
    with pytest.raises(Refusal, match="setup_token"):
        await house.identity.setup(ask(wrong), AWAY)
    assert await UserRow.all().count() == 0
    assert house.identity.setup_token is not None


async def test_guessing_the_token_is_limited_and_locks_nobody_else_out(house: House) -> None:
    """The sixth guess from one address waits; the owner's address does not."""
    for _ in range(5):
        with pytest.raises(Refusal, match="setup_token"):
            await house.identity.setup(ask("guess"), AWAY)
    with pytest.raises(Refusal, match="too_many_attempts"):
        await house.identity.setup(ask(house.identity.setup_token), AWAY)
    await house.identity.setup(ask(house.identity.setup_token), HOME)


@pytest.mark.parametrize("second", ["Alice", "Amelia"])
async def test_two_set_ups_at_once_make_one_administrator(house: House, second: str) -> None:
    """Of two people with the link one becomes administrator; the other is told so."""
    token = house.identity.setup_token
    results = await asyncio.gather(
        house.identity.setup(ask(token), HOME),
        house.identity.setup(ask(token, second), AWAY),
        return_exceptions=True,
    )
    refusals = [result for result in results if isinstance(result, Refusal)]
    assert [refusal.code for refusal in refusals] == ["already_set_up"]
    assert await UserRow.filter(role="admin").count() == 1


async def test_an_impossible_name_does_not_use_the_token_up(house: House) -> None:
    """After a refused name the same link still works."""
    token = house.identity.setup_token
    with pytest.raises(Refusal, match="invalid"):
        await house.identity.setup(ask(token, "Ali\u200bce"), HOME)
    await house.identity.setup(ask(token), HOME)


async def reopened(house: House, user: str | None, password: str | None) -> Identity:
    """Start again on the same database with these settings."""
    settings = IDENTITY_SETTINGS.model_copy(
        update={"admin_user": user, "admin_password": password and SecretStr(password)}
    )
    tools = Tools(house.key, house.passwords, Attempts(house.clock.seconds), house.clock)
    about = About(name="Test", language="en", simulator=True)
    identity = Identity(house.database, settings, about, tools, house.close_sockets)
    await identity.open()
    return identity


async def test_the_settings_make_the_administrator_without_a_browser(house: House) -> None:
    """With name and password in the settings nobody needs the link; they can sign in."""
    identity = await reopened(house, ALICE.username, ALICE.password)
    assert identity.setup_token is None
    grant = await identity.login(
        LoginAsk(username=ALICE.username, password=ALICE.password), replace(HOME)
    )
    assert grant.session.user.role == "admin"


async def test_the_settings_do_nothing_once_there_is_an_administrator(house: House) -> None:
    """Other names in the settings later make nobody, and change no password."""
    await reopened(house, ALICE.username, ALICE.password)
    await reopened(house, "Mallory", "mallory-wants-in")
    await reopened(house, ALICE.username, "another-password")
    assert [row.username for row in await UserRow.all()] == ["Alice"]
    with pytest.raises(Refusal, match="bad_credentials"):
        await house.identity.login(LoginAsk(username="Alice", password="another-password"), HOME)


@pytest.mark.parametrize(
    ("user", "password", "says"),
    [
        ("Alice", "short", "CLAUDE_RASP_ADMIN_PASSWORD has 5 characters: 10 to 256 are allowed"),
        ("A", ALICE.password, "CLAUDE_RASP_ADMIN_USER is not a possible name"),
        ("Al\u200bice", ALICE.password, "CLAUDE_RASP_ADMIN_USER is not a possible name"),
        ("Alice", None, "Set both"),
        (None, ALICE.password, "Set both"),
    ],
)
async def test_wrong_settings_stop_the_start(
    house: House, user: str | None, password: str | None, says: str
) -> None:
    """Each is told in one line that names the setting and never repeats the password."""
    with pytest.raises(StartError, match=says) as error:
        await reopened(house, user, password)
    assert password is None or password not in str(error.value)
