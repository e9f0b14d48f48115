"""An alert as an e-mail: plain text, and the same as simple HTML for light and dark screens."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import Final
from unicodedata import category
from urllib.parse import urlsplit
from uuid import UUID

from .alert_texts import Said, mail_text

LOCAL_HOST: Final = "claude-rasp.local"
"""Whom Message-IDs name where nobody has said under which address this instance is found."""

LINES: Final = ("Zl", "Zp")
"""Unicode's line and paragraph separators."""

_PAGE: Final = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ margin: 0; padding: 24px; background: #faf9f7; color: #1f1e1c;
  font: 16px/1.5 system-ui, sans-serif; }}
main {{ max-width: 34em; margin: 0 auto; }}
h1 {{ font-size: 20px; line-height: 1.3; }}
a {{ color: #b01c55; }}
footer {{ margin-top: 32px; font-size: 13px; color: #6b6862; }}
@media (prefers-color-scheme: dark) {{
  body {{ background: #1f1e1c; color: #f0eee9; }}
  a {{ color: #f28ab0; }}
  footer {{ color: #a5a19a; }}
}}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
{link}<footer>{why}</footer>
</main>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whom alerts come from: the instance's name, its sender address, and where people open it."""

    name: str
    sender: str
    public_url: str | None

    @property
    def host(self) -> str:
        """The host name of this instance, for Message-IDs."""
        host = urlsplit(self.public_url or "").hostname
        return host if host and host.isascii() and ":" not in host else LOCAL_HOST


@dataclass(frozen=True, slots=True)
class Letter:
    """What is told to whom. `at` is when the alert was made: the letter's date however late."""

    alert: UUID
    said: Said
    language: str
    recipient: str
    at: datetime


def compose(head: Letterhead, letter: Letter) -> EmailMessage:
    """Return the message. The same alert has the same Message-ID, whenever it is sent."""
    message = EmailMessage(policy=SMTP)
    name, domain = head.sender.rsplit("@", 1)
    message["From"] = Address(_one_line(head.name), username=name, domain=domain)
    message["To"] = letter.recipient
    message["Subject"] = _one_line(letter.said.title)
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = f"<{letter.alert}@{head.host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_plain(head, letter), cte="quoted-printable")
    message.add_alternative(_page(head, letter), subtype="html", cte="quoted-printable")
    message["Content-Language"] = letter.language  # a body that is set removes it
    return message


def _one_line(text: str) -> str:
    """Nothing that a header could end at: a name or a title is no place for a second header."""
    seen = (" " if category(each)[0] == "C" or category(each) in LINES else each for each in text)
    return "".join(seen).strip()


def _plain(head: Letterhead, letter: Letter) -> str:
    why = mail_text("why", letter.language, name=head.name)
    link = f"{head.public_url}\n\n" if head.public_url else ""
    return f"{letter.said.title}\n\n{letter.said.text}\n\n{link}-- \n{why}\n"


def _page(head: Letterhead, letter: Letter) -> str:
    link = ""
    if head.public_url:
        words = escape(mail_text("open", letter.language, name=head.name))
        link = f'<p><a href="{escape(head.public_url)}">{words}</a></p>\n'
    return _PAGE.format(
        language=letter.language,
        title=escape(letter.said.title),
        text=escape(letter.said.text),
        link=link,
        why=escape(mail_text("why", letter.language, name=head.name)),
    )
