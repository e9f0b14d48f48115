"""Signing in, and one's own account."""

import asyncio
from dataclasses import replace

import pytest

from schema.tables.identity import SessionRow, UserRow
from schema.wire.identity import LoginAsk, MeChange, PasswordChange
from server.core.problems import Refusal
from server.edge.principal import Principal
from server.features.identity.sessions import Device, Grant
from tests.people import ALICE, BOB, Person, move_in

from .conftest import AWAY, HOME, House

pytestmark = pytest.mark.asyncio
NEW = "a-new-password"


async def login(house: House, person: Person, device: Device = HOME) -> Grant:
    """Sign somebody in."""
    ask = LoginAsk(username=person.username, password=person.password)
    return await house.identity.login(ask, device)


async def principal(house: House, grant: Grant) -> Principal:
    """Return who holds a grant's access token."""
    return await house.identity.sessions.principal(grant.session.token, "cookie")


def wrong(person: Person) -> Person:
    """Return the same name with a wrong password."""
    return replace(person, password="not-the-password")


async def test_the_name_may_be_typed_in_any_case(house: House) -> None:
    """Names are found however a phone capitalises them."""
    await move_in(house.identity, ALICE)
    grant = await login(house, replace(ALICE, username=" aLICE"))
    assert grant.session.user.username == "Alice"


async def test_an_unknown_name_and_a_wrong_password_look_the_same(house: House) -> None:
    """Both cost one verification and are the same refusal."""
    await move_in(house.identity, ALICE)
    for person in (wrong(ALICE), Person("Nobody", "not-the-password")):
        with pytest.raises(Refusal) as refusal:
            await login(house, person)
        assert refusal.value.code == "bad_credentials"
        assert refusal.value.facts == {}
    assert house.passwords.verified == [True, False]


async def test_the_password_is_not_even_checked_after_too_many_attempts(house: House) -> None:
    """The sixth try waits, also with the right password, and costs no hash."""
    await move_in(house.identity, ALICE)
    for _ in range(5):
        with pytest.raises(Refusal, match="bad_credentials"):
            await login(house, wrong(ALICE))
    with pytest.raises(Refusal, match="too_many_attempts") as refusal:
        await login(house, ALICE)
    assert refusal.value.retry_after_seconds == 15
    assert len(house.passwords.verified) == 5
    assert (await login(house, ALICE, AWAY)).session.user.username == "Alice"


async def test_many_guesses_at_once_gain_nothing(house: House) -> None:
    """Fifty tries in the same moment are counted before the first is answered."""
    await move_in(house.identity, ALICE)
    tries = (login(house, wrong(ALICE), AWAY) for _ in range(50))
    await asyncio.gather(*tries, return_exceptions=True)
    assert len(house.passwords.verified) == 5


async def test_under_attack_only_familiar_addresses_are_let_in(house: House) -> None:
    """A botnet closes the account to strangers; Alice's own home still opens it."""
    await move_in(house.identity, ALICE)
    await login(house, ALICE, HOME)
    for number in range(100):
        with pytest.raises(Refusal, match="bad_credentials"):
            await login(house, wrong(ALICE), Device(f"bot{number}", f"bot{number}", ""))
    with pytest.raises(Refusal, match="too_many_attempts"):
        await login(house, ALICE, AWAY)
    await login(house, ALICE, HOME)


async def test_a_cheap_hash_is_replaced_at_the_next_sign_in(house: House) -> None:
    """When the parameters have changed, the right password is hashed anew; the session stands."""
    await move_in(house.identity, ALICE)
    house.passwords.renew_parameters()
    grant = await login(house, ALICE)
    assert "m=16,t=2" in (await UserRow.get()).password_hash
    await principal(house, grant)
    await login(house, ALICE)


async def test_two_sign_ins_at_once_survive_a_renewed_hash(house: House) -> None:
    """The hash of the one does not make the other's password wrong."""
    await move_in(house.identity, ALICE)
    house.passwords.renew_parameters()
    await asyncio.gather(login(house, ALICE), login(house, ALICE))
    assert await SessionRow.all().count() == 2


async def test_a_new_password_ends_every_session_and_begins_one(house: House) -> None:
    """All devices are signed out at once, this one too, and this one is signed in anew."""
    await move_in(house.identity, ALICE, BOB)
    phone, tablet, bob = [await login(house, person) for person in (ALICE, ALICE, BOB)]
    before = {(await principal(house, each)).session for each in (phone, tablet)}
    ask = PasswordChange(current_password=ALICE.password, new_password=NEW)
    fresh = await house.identity.change_password(await principal(house, phone), ask, HOME)
    assert set(house.closed) == before
    for each in (phone, tablet):
        with pytest.raises(Refusal, match="signed_out"):
            await principal(house, each)
        with pytest.raises(Refusal, match="signed_out"):
            await house.identity.sessions.refresh(each.refresh_token, HOME)
    assert (await principal(house, fresh)).session not in before
    await principal(house, bob)
    with pytest.raises(Refusal, match="bad_credentials"):
        await login(house, ALICE)
    await login(house, replace(ALICE, password=NEW))


async def test_a_password_change_needs_the_current_one_and_is_limited(house: House) -> None:
    """Who finds an open browser cannot guess the password there either."""
    await move_in(house.identity, ALICE)
    who = await principal(house, await login(house, ALICE))
    guess = PasswordChange(current_password="guess", new_password=NEW)
    for _ in range(5):
        with pytest.raises(Refusal, match="bad_credentials"):
            await house.identity.change_password(who, guess, HOME)
    right = PasswordChange(current_password=ALICE.password, new_password=NEW)
    with pytest.raises(Refusal, match="too_many_attempts"):
        await house.identity.change_password(who, right, HOME)
    assert house.closed == []


async def test_a_sign_in_that_overlaps_a_password_change_gets_no_session(house: House) -> None:
    """The old password opens nothing once the new one is stored, however the two interleave."""
    await move_in(house.identity, ALICE)
    who = await principal(house, await login(house, ALICE))
    verified, go_on = house.passwords.hold_next_verification()
    late = asyncio.create_task(login(house, ALICE, AWAY))
    await asyncio.wait_for(verified.wait(), 5)
    house.clock.pass_time(seconds=1)
    ask = PasswordChange(current_password=ALICE.password, new_password=NEW)
    await house.identity.change_password(who, ask, HOME)
    go_on.set()
    with pytest.raises(Refusal, match="bad_credentials"):
        await late
    assert await SessionRow.filter(revoked_at=None).count() == 1


async def test_preferences_change_alone_or_together(house: House) -> None:
    """What is absent stays, and an empty change is none."""
    await move_in(house.identity, ALICE)
    who = await principal(house, await login(house, ALICE))
    changed = await house.identity.change_me(who, MeChange(theme="dark"))
    assert (changed.user.language, changed.user.theme) == ("en", "dark")
    changed = await house.identity.change_me(who, MeChange(language="fr"))
    assert (changed.user.language, changed.user.theme) == ("fr", "dark")
    assert await house.identity.change_me(who, MeChange()) == changed
    assert await house.identity.me(who) == changed


async def test_the_email_address_stays_until_it_is_taken_away(house: House) -> None:
    """An empty one takes it away; another change leaves it."""
    await move_in(house.identity, ALICE)
    who = await principal(house, await login(house, ALICE))
    assert (await house.identity.me(who)).user.email is None
    await house.identity.change_me(who, MeChange(email="alice@example.org"))
    changed = await house.identity.change_me(who, MeChange(theme="dark"))
    assert (changed.user.email, changed.user.theme) == ("alice@example.org", "dark")
    assert (await login(house, ALICE)).session.user.email == "alice@example.org"
    assert (await house.identity.change_me(who, MeChange(email=""))).user.email is None


async def test_no_two_people_have_names_that_look_the_same(house: House) -> None:
    """A name in other letters of the same look is taken."""
    await move_in(house.identity, ALICE, BOB)
    with pytest.raises(Refusal, match="name_taken"):
        await house.identity.add_user("\uff22OB", "another-password", "standard", "en")


async def test_the_log_names_accounts_by_id_and_holds_no_secret(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither what a stranger typed nor any password or token is written."""
    caplog.set_level("DEBUG", "server")  # other people's loggers are heard from a warning on
    await move_in(house.identity, ALICE)
    typed = Person("<script>a stranger</script>", "typed-secret")
    for person in (wrong(ALICE), typed):
        with pytest.raises(Refusal):
            await login(house, person)
    grant = await login(house, ALICE)
    written = "\n".join(str(vars(record)) for record in caplog.records)
    events = [record.message for record in caplog.records if record.name.endswith(".events")]
    assert events == ["sign_in_failed", "sign_in_failed", "signed_in"]
    assert str(grant.session.user.id) in written
    secrets = (ALICE.password, "not-the-password", typed.username, typed.password)
    for secret in (*secrets, grant.session.token, grant.refresh_token, grant.session.csrf):
        assert secret not in written
