"""Every setting with its type and bounds; config/default.yaml says what each means."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr


def _web_address(text: str) -> str:
    """An http(s) address without a trailing slash."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an address that begins with http:// or https://")
    return text.rstrip("/")


def _time_zone(name: str) -> str:
    """A name of the IANA time zone database."""
    if name not in available_timezones():
        raise ValueError("the name of a time zone, such as Europe/Paris")
    return name


Text = Annotated[str, Field(min_length=1, max_length=200)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Folder = Annotated[Path, Field(strict=False)]
Texts = Annotated[tuple[Text, ...], Field(strict=False)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Size = Annotated[int, Field(ge=1024, le=1 << 30)]
Seconds = Annotated[int, Field(ge=1, le=86_400)]
Days = Annotated[int, Field(ge=1, le=3_650)]


class Section(BaseModel):
    """Settings that belong together."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class ServerSettings(Section):
    """The process and its HTTP edge."""

    name: Text
    language: Literal["fr", "en"]
    host: Text
    port: Annotated[int, Field(ge=0, le=65_535)]
    data: Folder
    public_url: WebAddress | None
    allowed_hosts: Texts
    trusted_proxies: Texts
    body_max_bytes: Size
    header_max_bytes: Annotated[int, Field(ge=1024, le=16_384)]
    request_seconds: Seconds
    response_seconds: Seconds
    keep_alive_seconds: Seconds
    stop_seconds: Seconds
    connections_max: Count


class IdentitySettings(Section):
    """Accounts and sessions."""

    admin_user: Text | None
    admin_password: SecretStr | None
    access_token_seconds: Seconds
    session_days: Days
    session_max_days: Days


class BudgetSettings(Section):
    """Money: what a new instance may spend, and how requests are held and settled."""

    time_zone: Annotated[str, AfterValidator(_time_zone)]
    starting_daily_cents: Annotated[int, Field(ge=0, le=100_000_000)]
    starting_monthly_cents: Annotated[int, Field(ge=0, le=100_000_000)]
    answer_tokens: Count
    useful_tokens: Count
    wait_seconds: Seconds
    stop_allowance_tokens: Annotated[int, Field(ge=0, le=100_000)]
    prices_file: Folder | None
    rates_file: Folder | None


class MailSettings(Section):
    """The mail server that sends alerts."""

    host: Text | None
    port: Annotated[int, Field(ge=1, le=65_535)]
    security: Literal["starttls", "tls", "none"]
    username: Text | None
    password: SecretStr | None
    sender: Text | None


class ChatSettings(Section):
    """Turns and what bounds them."""

    message_max_bytes: Size
    turns_at_once: Count
    rate_per_minute: Annotated[int, Field(ge=0, le=10_000)]
    journal_interval_milliseconds: Annotated[int, Field(ge=10, le=60_000)]
    lease_seconds: Seconds
    upstream_silence_seconds: Seconds
    connect_seconds: Seconds
    deleted_kept_days: Days


class ClaudeSettings(Section):
    """The Claude API and what is asked of it by default."""

    api_key: SecretStr | None
    admin_key: SecretStr | None
    base_url: WebAddress | None
    model: Text
    max_tokens: Count


class SocketSettings(Section):
    """The chat channel and what bounds it."""

    heartbeat_seconds: Seconds
    frame_max_bytes: Size
    queue_frames: Count
    queue_bytes: Size
    per_user_max: Count
    total_max: Count


class LogSettings(Section):
    """The log file."""

    level: Literal["debug", "info", "warning", "error"]
    file_max_bytes: Size
    files_kept: Annotated[int, Field(ge=0, le=1_000)]


class Settings(Section):
    """All of them."""

    server: ServerSettings
    identity: IdentitySettings
    budget: BudgetSettings
    mail: MailSettings
    chat: ChatSettings
    claude: ClaudeSettings
    socket: SocketSettings
    log: LogSettings
