"""Settings of alerting: its channels, ``OPS_CHANNELS__<NAME>__<SETTING>``, and its page, ``OPS_ALERTS__<SETTING>``.

Whatever lets somebody send in our name is a secret: given by value, or by the name of a file that is read at each send,
so that a secret that was exchanged works without a restart. No secret is part of an error or of a printed setting.
"""

import re
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    model_validator,
)

from ops_platform.errors import PermanentError

Severity = Literal["minor", "major", "critical"]
"""How soon a person must act, the least first."""

_NO_BLANK = re.compile(r"[!-~]+")
FULL_ADDRESS = "give a full address that begins with http:// or https://, without user or password in it"


def is_full_address(url: str) -> bool:
    """Return whether a text is the address of a web server."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return False
    plain = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    return plain and bool(_NO_BLANK.fullmatch(url))


def _base(url: str) -> str:
    if not is_full_address(url):
        raise ValueError(FULL_ADDRESS)
    return url.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_base)]


class SecretSettings(BaseModel):
    """Settings of which some are secret: each ``name`` with a ``name_file`` beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    needed: ClassVar[tuple[str, ...]] = ()
    """Secrets that must be set."""

    @model_validator(mode="after")
    def _each_secret_once(self) -> Self:
        for name in self.secret_names():
            if getattr(self, name).get_secret_value() and getattr(self, f"{name}_file"):
                raise ValueError(f"set {name} or {name}_file, not both")
            if name in self.needed and not self.has(name):
                raise ValueError(f"set {name}, or {name}_file with the name of the file that holds it")
        return self

    @classmethod
    def secret_names(cls) -> list[str]:
        """Return the settings that are secret."""
        return [name.removesuffix("_file") for name in cls.model_fields if name.endswith("_file")]

    def secrets(self) -> dict[str, str]:
        """Return the secrets as they are now, by setting; empty where one is not set.

        Raises
        ------
        PermanentError
            If a file cannot be read or is empty, or a secret holds what no header may hold.
        """
        return {name: self.secret_now(name) for name in self.secret_names()}

    def has(self, name: str) -> bool:
        """Return whether a secret is set, by value or by file."""
        return bool(getattr(self, name).get_secret_value() or getattr(self, f"{name}_file"))

    def secret_now(self, name: str) -> str:
        """Return one secret as it is now; raises as `secrets` does."""
        file: Path | None = getattr(self, f"{name}_file")
        value: SecretStr = getattr(self, name)
        setting = f"setting {name.upper()}_FILE: {file}" if file else f"setting {name.upper()}:"
        text = _content(file, setting) if file else value.get_secret_value()
        if not (text.isascii() and text.isprintable()):
            raise PermanentError(f"{setting} holds a line break or other characters than printable ASCII")
        return text


def _content(file: Path, setting: str) -> str:
    try:
        text = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise PermanentError(f"{setting} cannot be read: {error.strerror}") from None
    except UnicodeError:
        raise PermanentError(f"{setting} cannot be read: it is not UTF-8") from None
    if not text:
        raise PermanentError(f"{setting} is empty")
    return text


class AlertSettings(SecretSettings):
    """How alerts are acknowledged from afar, and who hears when the dispatcher itself stops."""

    url: BaseUrl | Literal[""] = ""
    """Address under which a phone reaches the page of `ops dispatch`. Empty: messages carry no link."""
    secret: SecretStr = SecretStr("")
    """Signs the links. Empty: a key that the installation makes for itself once, in ``link.key`` below its home."""
    secret_file: Path | None = None
    port: Annotated[int, Field(ge=0, le=65_535)] = 8646
    """Port on the loopback interface of the page, ``/healthz`` and ``/metrics``; 0: none."""
    heartbeat_url: SecretStr = SecretStr("")
    """Address outside that is told every minute that alerting lives, and raises the alarm when it no longer is."""
    heartbeat_url_file: Path | None = None


class ChannelSettings(SecretSettings):
    """What every channel can be told."""

    offices: str = ""
    """Offices whose alerts it carries, separated by commas. Empty: all, and what concerns the whole branch."""
    least_severity: Severity = "minor"
    deadline_s: PositiveFloat = 15.0
    """Seconds after which an attempt is broken off, whatever the other side is doing."""
    per_minute: PositiveInt | None = None
    """Most messages in a minute. Empty: no bound."""


class SmtpSettings(ChannelSettings):
    """Mail to each person through one server."""

    kind: Literal["smtp"] = "smtp"
    host: str
    port: int = 25
    sender: str = "ops-platform@localhost"
    user: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    starttls: bool = False
    tls: bool = False
    """TLS from the first byte on, as most servers speak it at port 465."""
    deadline_s: PositiveFloat = 30.0

    @model_validator(mode="after")
    def _one_encryption(self) -> Self:
        if self.tls and self.starttls:
            raise ValueError("set tls (mostly port 465) or starttls (mostly port 587), not both")
        return self


class WebhookSettings(ChannelSettings):
    """A receiver of our own JSON, told who is meant by the staff id."""

    kind: Literal["webhook"] = "webhook"
    needed = ("url",)
    url: SecretStr = SecretStr("")
    url_file: Path | None = None
    token: SecretStr = SecretStr("")
    token_file: Path | None = None


class DingtalkSettings(ChannelSettings):
    """A custom robot of a DingTalk group."""

    kind: Literal["dingtalk"] = "dingtalk"
    needed = ("token",)
    base_url: BaseUrl = "https://oapi.dingtalk.com"
    token: SecretStr = SecretStr("")
    """What follows ``access_token=`` in the robot's address."""
    token_file: Path | None = None
    secret: SecretStr = SecretStr("")
    """The signing secret that begins with SEC, where the robot's security setting is a signature."""
    secret_file: Path | None = None
    per_minute: PositiveInt | None = 20


class WecomSettings(ChannelSettings):
    """A robot of a WeCom group."""

    kind: Literal["wecom"] = "wecom"
    needed = ("key",)
    base_url: BaseUrl = "https://qyapi.weixin.qq.com"
    key: SecretStr = SecretStr("")
    """What follows ``key=`` in the robot's address."""
    key_file: Path | None = None
    per_minute: PositiveInt | None = 20


class FeishuSettings(ChannelSettings):
    """A custom bot of a Feishu or Lark group; Lark's base is https://open.larksuite.com."""

    kind: Literal["feishu"] = "feishu"
    needed = ("token",)
    base_url: BaseUrl = "https://open.feishu.cn"
    token: SecretStr = SecretStr("")
    """The last part of the bot's address."""
    token_file: Path | None = None
    secret: SecretStr = SecretStr("")
    """The secret of the signature check, where that is switched on."""
    secret_file: Path | None = None
    per_minute: PositiveInt | None = 100


class SlackSettings(ChannelSettings):
    """A Slack channel, by the address of an incoming webhook or by the token of an app with ``channel``."""

    kind: Literal["slack"] = "slack"
    base_url: BaseUrl = "https://slack.com"
    url: SecretStr = SecretStr("")
    """Address of the incoming webhook."""
    url_file: Path | None = None
    token: SecretStr = SecretStr("")
    """Token of the app, which begins with xoxb."""
    token_file: Path | None = None
    channel: str = ""
    """Id of the channel to which the app posts."""
    per_minute: PositiveInt | None = 60

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        by_url, by_token = self.has("url"), self.has("token")
        if by_url == by_token:
            raise ValueError("set url (incoming webhook), or token together with channel (app)")
        if by_token and not self.channel:
            raise ValueError("set channel, the id of the channel to which the app of the token posts")
        return self


class PagerdutySettings(ChannelSettings):
    """A PagerDuty service, through the Events API v2; in Europe the base is https://events.eu.pagerduty.com."""

    kind: Literal["pagerduty"] = "pagerduty"
    needed = ("routing_key",)
    base_url: BaseUrl = "https://events.pagerduty.com"
    routing_key: SecretStr = SecretStr("")
    routing_key_file: Path | None = None
    source: str = "ops-platform"
    """Names this installation: two that feed one service must not share it."""


class AlertmanagerSettings(ChannelSettings):
    """A Prometheus Alertmanager."""

    kind: Literal["alertmanager"] = "alertmanager"
    base_url: BaseUrl
    token: SecretStr = SecretStr("")
    """Bearer token, where a gateway asks for one."""
    token_file: Path | None = None
    source: str = "ops-platform"
    """Names this installation: two that feed one Alertmanager must not share it."""


class AppriseSettings(ChannelSettings):
    """Any other service, by its Apprise address. Weaker than the others: see docs/alerting.md."""

    kind: Literal["apprise"] = "apprise"
    needed = ("url",)
    url: SecretStr = SecretStr("")
    url_file: Path | None = None
    deadline_s: PositiveFloat = 30.0


AnyChannelSettings = Annotated[
    SmtpSettings
    | WebhookSettings
    | DingtalkSettings
    | WecomSettings
    | FeishuSettings
    | SlackSettings
    | PagerdutySettings
    | AlertmanagerSettings
    | AppriseSettings,
    Field(discriminator="kind"),
]


def _name(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise ValueError("begin with a letter; small letters, digits and single _ only")
    return name


ChannelName = Annotated[str, AfterValidator(_name)]
