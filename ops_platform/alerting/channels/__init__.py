"""Channels that carry a message to a person, each telling apart what the other side answered."""

from collections.abc import Callable
from typing import Any

from ops_platform.alerting.channels.alertmanager import AlertmanagerChannel
from ops_platform.alerting.channels.apprise import AppriseChannel
from ops_platform.alerting.channels.base import Channel, Message, Outcome, Person, attempt
from ops_platform.alerting.channels.dingtalk import DingtalkChannel
from ops_platform.alerting.channels.feishu import FeishuChannel
from ops_platform.alerting.channels.pagerduty import PagerdutyChannel
from ops_platform.alerting.channels.slack import SlackChannel
from ops_platform.alerting.channels.smtp import SmtpChannel
from ops_platform.alerting.channels.webhook import WebhookChannel
from ops_platform.alerting.channels.wecom import WecomChannel
from ops_platform.settings import Settings

__all__ = ["Channel", "Message", "Outcome", "Person", "attempt", "channels_of"]

_KINDS: dict[str, Callable[[str, Any], Channel]] = {
    "smtp": SmtpChannel,
    "webhook": WebhookChannel,
    "dingtalk": DingtalkChannel,
    "wecom": WecomChannel,
    "feishu": FeishuChannel,
    "slack": SlackChannel,
    "pagerduty": PagerdutyChannel,
    "alertmanager": AlertmanagerChannel,
    "apprise": AppriseChannel,
}


def channels_of(settings: Settings) -> dict[str, Channel]:
    """Return the channels that an installation has in force, by name.

    Raises
    ------
    PermanentError
        If one needs a library that is not installed.
    """
    return {name: _KINDS[chosen.kind](name, chosen) for name, chosen in settings.channels.items()}
