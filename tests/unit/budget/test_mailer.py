"""Alerts by e-mail, to a real mail server."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from tortoise.exceptions import OperationalError

from schema.tables.identity import UserRow
from server.features.budget.limits import ScopeSpent
from tests.people import ALICE, BOB

from .mailroom import ACCOUNT, ADDRESSES, Certificate, Household, PostOffice, household, mail

pytestmark = pytest.mark.asyncio
NANO = 1_000_000_000


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Make a certificate that no authority of this machine has signed."""
    return Certificate(tmp_path_factory.mktemp("certificate"))


@pytest_asyncio.fixture
async def office(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[PostOffice]:
    """Open a mail server with STARTTLS whose certificate is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    office = PostOffice(certificate)
    await office.open()
    yield office
    await office.close()


@pytest_asyncio.fixture
async def home(tmp_path: Path, office: PostOffice) -> AsyncIterator[Household]:
    """Open an instance that sends through it."""
    async with household(tmp_path / "data", mail(office.where())) as home:
        yield home


def spent(home: Household, percent: int = 95, start: int = 20261120) -> ScopeSpent:
    """Return a settlement by which Bob has used so much of his daily 2 €."""
    bob = str(home.ids["Bob"])
    after = percent * 2 * NANO // 100
    return ScopeSpent("real", "user", bob, "day", start, NANO, after, 2 * NANO, 1)


async def test_an_alert_is_received_in_both_languages(home: Household, office: PostOffice) -> None:
    """Bob reads about his own limit in English, Alice about Bob's in French; encrypted, once."""
    await home.start()
    await home.happens(spent(home))
    letters = {one.recipients[0]: one for one in [await office.delivery() for _ in range(2)]}
    bob, alice = letters[ADDRESSES[BOB]], letters[ADDRESSES[ALICE]]
    assert bob.message["subject"] == "90% of the daily limit of your account is used"
    assert alice.message["subject"] == "Bob\u00a0: 90\u00a0% de la limite quotidienne"
    assert (bob.message["content-language"], alice.message["content-language"]) == ("en", "fr")
    plain, page = (alice.message.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert page is not None
    assert "1,90\u00a0€ sur 2,00\u00a0€" in plain.get_content()
    assert "Elle repart le 21 novembre à 00:00." in plain.get_content()
    assert '<html lang="fr">' in page.get_content()
    assert "1,90\u00a0€ sur 2,00\u00a0€" in page.get_content()
    assert all(letter.encrypted and letter.signed_in for letter in letters.values())
    assert await home.mails() == {"sent"}
    assert office.received.empty()


async def test_the_letter_says_who_sent_it_and_that_a_machine_did(
    home: Household, office: PostOffice
) -> None:
    """From, To, Date and a Message-ID of the alert's own id and the instance's host."""
    await home.start()
    await home.happens(spent(home))
    letter = await office.delivery()
    (row,) = [
        row
        for row in await home.rows(channel="mail")
        if letter.message["message-id"] == f"<{row.id}@claude.home.arpa>"
    ]
    assert letter.message["from"] == f"Chez nous <{ACCOUNT}>"
    assert letter.message["to"] == letter.recipients[0]
    assert letter.message["auto-submitted"] == "auto-generated"
    assert letter.message["date"].datetime == row.created_at
    assert letter.sender == ACCOUNT


async def test_mail_that_was_down_for_an_hour_is_sent_once(
    home: Household, office: PostOffice
) -> None:
    """Tries are 1, 2, 4 … minutes apart; when the server is back each message comes, once."""
    await office.close()
    await home.start()
    await home.happens(spent(home))
    began, pauses = home.time.now, []
    while home.time.now - began < timedelta(hours=1):
        (due,) = {row.next_at for row in await home.rows(channel="mail", state="queued")}
        pauses.append((due - home.time.now) // timedelta(minutes=1))
        await home.time.pass_time(minutes=pauses[-1])
    assert pauses == [1, 2, 4, 8, 16, 32]
    await office.open()
    await home.time.pass_time(hours=1)
    recipients = {(await office.delivery()).recipients[0] for _ in range(2)}
    assert recipients == {ADDRESSES[ALICE], ADDRESSES[BOB]}
    assert await home.mails() == {"sent"}
    await home.time.pass_time(days=1)
    assert office.received.empty()


async def test_what_was_queued_before_a_death_is_sent_after_it(
    tmp_path: Path, office: PostOffice
) -> None:
    """The next start sends what the last one had only queued; a third sends nothing."""
    async with household(tmp_path / "data", mail(office.where())) as home:
        await home.database.write(lambda: home.alerts.note([spent(home)]))
        assert office.calls == 0
    async with household(tmp_path / "data", mail(office.where())) as home:
        await home.start()
        recipients = {(await office.delivery()).recipients[0] for _ in range(2)}
        assert recipients == {ADDRESSES[ALICE], ADDRESSES[BOB]}
    async with household(tmp_path / "data", mail(office.where())) as home:
        await home.start()
        assert office.received.empty()
        assert office.calls == 2


async def test_what_was_taken_is_not_sent_again_because_the_disk_is_full(
    home: Household, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be noted is noted later; the server has it already."""

    async def full(*_: object) -> None:
        raise OperationalError("database or disk is full")

    await home.start()
    with monkeypatch.context() as patch:
        patch.setattr("server.features.budget.store.alerts.mark_sent", full)
        await home.happens(spent(home))
        await home.time.pass_time(minutes=1)
        assert await home.mails() == {"queued"}
        assert office.calls == 1
    await home.time.pass_time(minutes=1)
    assert await home.mails() == {"sent"}
    recipients = {(await office.delivery()).recipients[0] for _ in range(2)}
    assert recipients == {ADDRESSES[ALICE], ADDRESSES[BOB]}
    assert office.received.empty()


async def test_a_recipient_refused_for_good_is_given_up(
    home: Household, office: PostOffice
) -> None:
    """After 550 nothing is tried again, and the server's words are kept."""
    office.says["RCPT"] = "550 5.1.1 No such mailbox"
    await home.start()
    await home.happens(spent(home))
    assert await home.mails() == {"failed"}
    errors = {row.error for row in await home.rows(channel="mail")}
    assert errors == {"550 5.1.1 No such mailbox"}
    assert office.calls == 2


@pytest.mark.parametrize("verb", ["RCPT", "DATA"])
async def test_a_server_that_says_later_is_tried_later(
    home: Household, office: PostOffice, verb: str
) -> None:
    """A 4xx puts all off, without asking again for each; later they are taken."""
    office.says[verb] = "451 4.7.1 Greylisted, come back later"
    await home.start()
    await home.happens(spent(home))
    assert await home.mails() == {"queued"}
    assert office.calls == 1
    office.says.clear()
    await home.time.pass_time(minutes=1)
    assert {(await office.delivery()).recipients[0] for _ in range(2)} == {
        ADDRESSES[ALICE],
        ADDRESSES[BOB],
    }


async def test_after_three_days_it_is_given_up(home: Household, office: PostOffice) -> None:
    """What nobody could deliver in three days fails for good, with the last reason."""
    office.says["DATA"] = "452 4.3.1 Disk full"
    await home.start()
    await home.happens(spent(home))
    assert await home.mails() == {"queued"}
    await home.time.pass_time(days=3, seconds=1)
    assert await home.mails() == {"failed"}
    assert {row.error for row in await home.rows(channel="mail")} == {"452 4.3.1 Disk full"}


async def test_a_wrong_password_is_the_servers_trouble(tmp_path: Path, office: PostOffice) -> None:
    """It may be corrected: the mail waits, and the words say what is wrong, not the password."""
    wrong = mail(office.where(password="a-wrong-password"))
    async with household(tmp_path / "data", wrong) as home:
        await home.start()
        await home.happens(spent(home))
        assert await home.mails() == {"queued"}
        (error,) = {row.error for row in await home.rows(channel="mail")}
        assert error.startswith("535")
        assert "a-wrong-password" not in error


async def test_nothing_is_said_in_clear_where_encryption_is_wanted(
    tmp_path: Path, office: PostOffice
) -> None:
    """A server that offers no STARTTLS gets neither the password nor the message."""
    await office.close()
    office.security = "none"
    await office.open()
    async with household(tmp_path / "data", mail(office.where())) as home:
        await home.start()
        await home.happens(spent(home))
        assert await home.mails() == {"queued"}
        (error,) = {row.error for row in await home.rows(channel="mail")}
        assert "STARTTLS" in error
    assert office.received.empty()


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_nobody_vouches_for_is_refused(
    tmp_path: Path, certificate: Certificate, security: str
) -> None:
    """Without its authority among ours, no message is handed over."""
    office = PostOffice(certificate, security)
    await office.open()
    async with household(tmp_path / "data", mail(office.where(security=security))) as home:
        await home.start()
        await home.happens(spent(home))
        assert await home.mails() == {"queued"}
        (error,) = {row.error for row in await home.rows(channel="mail")}
        assert "certificate verify failed" in error.lower()
    assert office.received.empty()
    await office.close()


@pytest.mark.parametrize("security", ["tls", "none"])
async def test_the_other_ways_to_a_server(
    tmp_path: Path, office: PostOffice, security: str
) -> None:
    """TLS from the first byte, and a server on this machine that takes mail as it is."""
    await office.close()
    office.security = security
    await office.open()
    account = {} if security == "tls" else {"username": None, "password": None}
    async with household(
        tmp_path / "data", mail(office.where(security=security, **account))
    ) as home:
        await home.start()
        await home.happens(spent(home))
        assert (await office.delivery()).encrypted == (security == "tls")


async def test_who_has_taken_their_address_away_gets_nothing(
    home: Household, office: PostOffice
) -> None:
    """It counts when the mail would leave, not when it was queued."""
    await home.database.write(lambda: home.alerts.note([spent(home)]))
    await UserRow.filter(id=home.ids["Bob"]).update(email=None)
    await home.start()
    assert (await office.delivery()).recipients == [ADDRESSES[ALICE]]
    assert await home.mails() == {"failed", "sent"}
    assert office.received.empty()


async def test_trying_out_says_what_the_server_said(home: Household, office: PostOffice) -> None:
    """The test mail is sent while one waits, in one's language; a refusal is shown word by word."""
    good = await home.inbox.test(home.ids["Alice"], "mail")
    assert (good.ok, good.detail) == (True, "Envoyé à alice@example.org.")
    assert (await office.delivery()).message["subject"] == "Une alerte d’essai"
    office.says["RCPT"] = "550 5.1.1 No such mailbox"
    bad = await home.inbox.test(home.ids["Bob"], "mail")
    assert (bad.ok, bad.detail) == (False, "550 5.1.1 No such mailbox")


async def test_without_a_mail_server_nothing_is_queued(tmp_path: Path) -> None:
    """Alerts stay in the app, and trying e-mail out says what is missing."""
    async with household(tmp_path / "data", None) as home:
        home.mailer.start()
        await home.database.write(lambda: home.alerts.note([spent(home)]))
        assert await home.rows(channel="mail") == []
        tried = await home.inbox.test(home.ids["Bob"], "mail")
        assert (tried.ok, "mail.host" in tried.detail) == (False, True)
        assert not (await home.inbox.settings(home.ids["Bob"])).mail_ready
