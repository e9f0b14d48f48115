"""Sessions: refreshed, reused, ended."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from uuid import UUID

import pytest

from schema.tables.identity import SessionRow
from schema.wire.identity import LoginAsk
from server.core.problems import Refusal
from server.features.identity.sessions import Grant
from tests.people import ALICE, BOB, move_in

from .conftest import AWAY, HOME, House

pytestmark = pytest.mark.asyncio


async def signed_in(house: House) -> Grant:
    """Sign Alice in at home."""
    await move_in(house.identity, ALICE)
    return await house.identity.login(
        LoginAsk(username=ALICE.username, password=ALICE.password), HOME
    )


async def session_of(house: House, grant: Grant) -> UUID:
    """Return the session an access token stands for."""
    return (await house.identity.sessions.principal(grant.session.token, "bearer")).session


async def is_refused(house: House, grant: Grant) -> str:
    """Return the code with which a refresh is refused."""
    with pytest.raises(Refusal) as refusal:
        await house.identity.sessions.refresh(grant.refresh_token, AWAY)
    return refusal.value.code


async def test_a_refresh_renews_both_tokens(house: House) -> None:
    """The session stays the same, its tokens and its end move on."""
    first = await signed_in(house)
    house.clock.pass_time(days=10)
    second = await house.identity.sessions.refresh(first.refresh_token, HOME)
    assert second.refresh_token != first.refresh_token
    assert second.session.csrf == first.session.csrf
    assert second.lifetime_seconds == 30 * 86_400
    principal = await house.identity.sessions.principal(second.session.token, "cookie")
    assert principal.expires_at == house.clock() + timedelta(days=30)
    row = await SessionRow.get(id=principal.session)
    assert (row.generation, row.seen_at) == (1, house.clock())


async def test_two_tabs_at_once_get_the_same_successor(house: House) -> None:
    """Racing refreshes sign nobody out: all get one and the same next token."""
    first = await signed_in(house)
    grants = await asyncio.gather(
        *(house.identity.sessions.refresh(first.refresh_token, HOME) for _ in range(8))
    )
    (successor,) = {grant.refresh_token for grant in grants}
    assert (await SessionRow.get()).generation == 1
    assert (await house.identity.sessions.refresh(successor, HOME)).refresh_token != successor


async def test_a_lost_answer_is_given_again(house: House) -> None:
    """Until the successor is used, the old token gets it again, however late."""
    first = await signed_in(house)
    lost = await house.identity.sessions.refresh(first.refresh_token, HOME)
    house.clock.pass_time(days=1)
    again = await house.identity.sessions.refresh(first.refresh_token, HOME)
    assert again.refresh_token == lost.refresh_token


async def test_a_stolen_old_token_ends_the_whole_family(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """When a token returns after its successor was used, thief and owner are both signed out."""
    caplog.set_level("INFO", "server.features.identity")
    first = await signed_in(house)
    session = await session_of(house, first)
    second = await house.identity.sessions.refresh(first.refresh_token, HOME)
    third = await house.identity.sessions.refresh(second.refresh_token, HOME)
    assert await is_refused(house, first) == "signed_out"
    assert house.closed == [session]
    assert await is_refused(house, third) == "signed_out"
    with pytest.raises(Refusal, match="signed_out"):
        await house.identity.sessions.principal(third.session.token, "cookie")
    (event,) = [each for each in caplog.records if each.message == "refresh_token_reused"]
    assert vars(event)["session"] == str(session)
    assert vars(event)["address"] == AWAY.address
    assert first.refresh_token not in caplog.text


async def test_a_forged_token_ends_nothing(house: House) -> None:
    """Who does not know the mac cannot sign anybody out."""
    first = await signed_in(house)
    second = await house.identity.sessions.refresh(first.refresh_token, HOME)
    third = await house.identity.sessions.refresh(second.refresh_token, HOME)
    session, _, mac = third.refresh_token.split(".")
    flipped = ("B" if mac[0] == "A" else "A") + mac[1:]
    for forged in (f"{session}.0.{mac}", f"{session}.1.{mac}", f"{session}.2.{flipped}"):
        with pytest.raises(Refusal, match="signed_out"):
            await house.identity.sessions.refresh(forged, AWAY)
    assert house.closed == []
    await house.identity.sessions.refresh(third.refresh_token, HOME)


async def test_another_session_of_the_same_person_is_not_touched(house: House) -> None:
    """A theft ends the device it happened to, and no other."""
    phone = await signed_in(house)
    tablet = await house.identity.login(
        LoginAsk(username=ALICE.username, password=ALICE.password), HOME
    )
    second = await house.identity.sessions.refresh(phone.refresh_token, HOME)
    await house.identity.sessions.refresh(second.refresh_token, HOME)
    await is_refused(house, phone)
    await house.identity.sessions.refresh(tablet.refresh_token, HOME)


async def test_a_device_that_is_not_used_is_signed_out_after_thirty_days(house: House) -> None:
    """One second before it still refreshes; then neither token is good."""
    grant = await signed_in(house)
    house.clock.pass_time(days=30, seconds=-1)
    grant = await house.identity.sessions.refresh(grant.refresh_token, HOME)
    house.clock.pass_time(days=30)
    assert await is_refused(house, grant) == "signed_out"


async def test_no_device_stays_signed_in_beyond_180_days(house: House) -> None:
    """However often it refreshes, a session ends half a year after its sign-in."""
    grant = await signed_in(house)
    for _ in range(8):
        house.clock.pass_time(days=20)
        grant = await house.identity.sessions.refresh(grant.refresh_token, HOME)
    assert grant.lifetime_seconds == 20 * 86_400
    house.clock.pass_time(days=20)
    assert await is_refused(house, grant) == "signed_out"


async def test_revocation_counts_at_once_and_closes_the_sockets(house: House) -> None:
    """The very next request with the still young access token is signed out."""
    grant = await signed_in(house)
    session = await session_of(house, grant)
    await house.identity.sessions.revoke(session)
    assert house.closed == [session]
    with pytest.raises(Refusal, match="signed_out"):
        await house.identity.sessions.principal(grant.session.token, "cookie")


async def test_sockets_are_closed_also_if_the_caller_has_gone(house: House) -> None:
    """A phone that hangs up right after its sign-out leaves no open socket behind."""
    grant = await signed_in(house)
    session = await session_of(house, grant)
    told = asyncio.Event()
    house.on_closed = told.set
    leaving = asyncio.create_task(house.identity.sessions.revoke(session))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await asyncio.wait_for(told.wait(), 5)
    assert house.closed == [session]


async def test_an_expired_access_token_is_told_apart_from_a_signed_out_one(house: House) -> None:
    """`token_expired` means refresh, `signed_out` means sign in."""
    grant = await signed_in(house)
    house.clock.pass_time(minutes=10)
    with pytest.raises(Refusal, match="token_expired"):
        await house.identity.sessions.principal(grant.session.token, "cookie")
    fresh = await house.identity.sessions.refresh(grant.refresh_token, HOME)
    await SessionRow.all().delete()
    with pytest.raises(Refusal, match="signed_out"):
        await house.identity.sessions.principal(fresh.session.token, "cookie")


async def test_the_database_alone_opens_no_session(house: House) -> None:
    """No token is in any column of any row."""
    grant = await signed_in(house)
    await house.identity.sessions.refresh(grant.refresh_token, HOME)
    with closing(sqlite3.connect(house.database.path)) as connection:
        dump = "\n".join(connection.iterdump())
    for secret in (grant.refresh_token.rsplit(".", 1)[1], grant.session.token, grant.session.csrf):
        assert secret not in dump


async def test_each_request_is_one_look_up_by_key(house: House) -> None:
    """What the guard asks on every request searches two primary keys and scans nothing."""
    grant = await signed_in(house)
    query = SessionRow.filter(id=await session_of(house, grant)).values_list(
        "user_id", "user__role", "user__language", "expires_at", "revoked_at"
    )
    asked = query.sql().replace("?", "'x'")
    with closing(sqlite3.connect(house.database.path)) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {asked}")]
    assert len(plan) == 2
    assert all(step.startswith("SEARCH") and "autoindex" in step for step in plan)


async def test_long_ended_sessions_are_let_go_at_the_next_sign_in(house: House) -> None:
    """Addresses of old devices are not kept for ever; another person's are left alone."""
    await signed_in(house)
    await move_in(house.identity, BOB)
    for person in (ALICE, BOB):
        await house.identity.login(
            LoginAsk(username=person.username, password=person.password), HOME
        )
    house.clock.pass_time(days=30 + 181)
    await house.identity.login(LoginAsk(username=ALICE.username, password=ALICE.password), HOME)
    assert await SessionRow.filter(user__username="Alice").count() == 1
    assert await SessionRow.filter(user__username="Bob").count() == 1
