"""A Prometheus Alertmanager, through its API v2."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ops_platform.alerting.channels.base import Message, Outcome
from ops_platform.alerting.channels.posting import Answer, HttpChannel, Request
from ops_platform.alerting.channels.shorten import cut
from ops_platform.channel_settings import AlertmanagerSettings

MOST_BYTES_OF_BODY = 18_000
"""Of the annotation; what Alertmanager passes on must fit the receivers behind it."""
OPEN_FOR = timedelta(hours=1)
"""An alert that is posted no more ends after this. Long, because our silence does not mean that all is well."""
RESOLVED_KEPT = timedelta(minutes=5)
"""Resolved alerts are posted again for so long, as Prometheus does for a quarter of an hour."""
_CHECK = "Alertmanager 不接受内容：查看其日志 / Alertmanager does not accept the alert: read its log"


@dataclass(frozen=True)
class AlertmanagerChannel(HttpChannel[AlertmanagerSettings]):
    """Posts alerts whose labels belong to the group of episodes, so that no repeat is a second alert.

    Alertmanager holds alerts in memory alone and forgets them at its restart: post them again each minute with
    ``post_again``. Prometheus docs, page "Alertmanager: Sending alerts" (clients API), and its OpenAPI of v2.
    """

    clock: Callable[[], float] = time.time

    @property
    def holds_one_matter(self) -> bool:
        """Return that a group is one alert."""
        return True

    def request(self, message: Message, secrets: Mapping[str, str]) -> Request:
        """Return one alert."""
        return self._request([message], secrets)

    def read(self, answer: Answer) -> Outcome:
        """Return what the status says."""
        outcome = answer.by_status()
        return answer.outcome("permanent", _CHECK) if outcome.kind == "permanent" else outcome

    def post_again(self, messages: Sequence[Message]) -> Outcome:
        """Post what Alertmanager should know now.

        Parameters
        ----------
        messages
            The newest message of every group that is open or was resolved. Those resolved longer than five minutes ago
            are left out.
        """
        now = self._now()
        due = [m for m in messages if m.payload["kind"] != "resolved" or now - m.created_at <= RESOLVED_KEPT]
        if not due:
            return Outcome("accepted", "nothing to post")
        return self.exchange(lambda secrets: self._request(due, secrets))

    def _request(self, messages: Sequence[Message], secrets: Mapping[str, str]) -> Request:
        headers = {"Authorization": f"Bearer {secrets['token']}"} if secrets["token"] else {}
        return Request(f"{self.settings.base_url}/api/v2/alerts", [self._alert(m) for m in messages], headers)

    def _alert(self, message: Message) -> dict[str, Any]:
        payload = message.payload
        ends_at = message.created_at if payload["kind"] == "resolved" else self._now() + OPEN_FOR
        opened = [datetime.fromisoformat(episode["opened_at"]) for episode in payload["episodes"]]
        # The labels are the identity of an alert: nothing that may change while it is open belongs into them.
        labels = {
            "alertname": payload["rule"],
            "severity": payload["severity"],
            "office": payload["office_id"],
            "group": str(payload["group_id"]),
            "source": self.settings.source,
        }
        annotations = {
            "summary": message.title,
            "description": cut(message.body, MOST_BYTES_OF_BODY),
            "closing": message.closing,
        }
        return {
            "labels": {name: value for name, value in labels.items() if value},
            "annotations": {name: value for name, value in annotations.items() if value},
            "startsAt": min([*opened, message.created_at]).isoformat(),
            "endsAt": ends_at.isoformat(),
        }

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)
