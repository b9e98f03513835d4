"""Every service that has no channel of its own, through the library Apprise."""

import logging
from dataclasses import dataclass
from importlib.util import find_spec

from ops_platform.alerting.channels.base import Message, Outcome, Room, short
from ops_platform.alerting.channels.posting import CHECK_LATER, CHECK_SECRET
from ops_platform.alerting.channels.shorten import fitting
from ops_platform.channel_settings import AppriseSettings
from ops_platform.errors import PermanentError

OWN_KINDS = {
    "dingtalk": "dingtalk",
    "wecombot": "wecom",
    "feishu": "feishu",
    "lark": "feishu",
    "pagerduty": "pagerduty",
}
"""Apprise's schemes for which we have something better: it takes their refusals that come with status 200 for success,
and gives PagerDuty no key against repeats."""
_ADDRESS = "核对 Apprise 地址 / check the address for Apprise"
_MOST_BYTES = 30_000


@dataclass(frozen=True)
class AppriseChannel(Room[AppriseSettings]):
    """Hands the message to Apprise, which says no more than whether all went well.

    What did not may have arrived at some of several recipients, so it is in doubt, never refused; and an attempt cannot
    be broken off, only no longer be waited for.

    Raises
    ------
    PermanentError
        If Apprise is not installed.
    """

    def __post_init__(self) -> None:
        if find_spec("apprise") is None:
            raise PermanentError(
                f"channel {self.name}: kind apprise needs the extra: pip install 'ops-platform[apprise]'"
            )

    def send(self, message: Message) -> Outcome:
        """Make one attempt."""
        from apprise import Apprise  # noqa: PLC0415 - an extra, and slow to import

        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # its lines may hold the address
        try:
            url = self.settings.secrets()["url"]
        except PermanentError as error:
            return Outcome("retry", short(str(error)), check=CHECK_SECRET)
        service = Apprise.instantiate(url)
        if service is None:
            return Outcome("retry", "Apprise does not understand the address", check=_ADDRESS)
        if service.schema in OWN_KINDS:
            better = f"Apprise is weaker here: set the channel's kind to {OWN_KINDS[service.schema]}"
            return Outcome("retry", better, check=_ADDRESS)
        body = fitting(message, _MOST_BYTES).removeprefix(message.title).lstrip("\n")
        if service.notify(body=body, title=message.title):
            return Outcome("accepted", "Apprise reports success")
        return Outcome("in_doubt", "Apprise reports a failure and does not say which", check=CHECK_LATER)
