"""A PagerDuty service, through the Events API v2."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from ops_platform.alerting.channels.base import Message, Outcome
from ops_platform.alerting.channels.posting import Answer, HttpChannel, Request
from ops_platform.alerting.channels.shorten import cut
from ops_platform.channel_settings import PagerdutySettings

MOST_BYTES_OF_SUMMARY = 1024
MOST_BYTES_OF_BODY = 400_000
"""The event may have 512 KB."""
ACTIONS = {"raised": "trigger", "acknowledged": "acknowledge", "resolved": "resolve"}
SEVERITIES = {"critical": "critical", "major": "error", "minor": "warning"}
_CHECK_KEY = "核对集成密钥（32 位） / check the integration key (32 characters)"
_CHECK_EVENT = "PagerDuty 不接受事件内容 / PagerDuty does not accept the event"


class PagerdutyChannel(HttpChannel[PagerdutySettings]):
    """Sends events whose ``dedup_key`` belongs to the group of episodes, so that no repeat is a second incident.

    PagerDuty developer docs, page "Events API v2 Overview" (response codes and limits) and "Send an Alert Event".
    """

    @property
    def hears_acknowledgement(self) -> bool:
        """Return that it escalates by itself."""
        return True

    @property
    def holds_one_matter(self) -> bool:
        """Return that a group is one incident."""
        return True

    def request(self, message: Message, secrets: Mapping[str, str]) -> Request:
        """Return the event."""
        payload = message.payload
        event: dict[str, Any] = {
            "routing_key": secrets["routing_key"],
            "event_action": ACTIONS[payload["kind"]],
            "dedup_key": f"{self.settings.source}/{payload['group_id']}",
        }
        if payload["kind"] == "raised":
            event |= {"client": self.settings.source, "payload": self._details(message), "links": _links(payload)}
        return Request(f"{self.settings.base_url}/v2/enqueue", event, {})

    def read(self, answer: Answer) -> Outcome:
        """Return what the status says; only 202 says that the event was taken."""
        if answer.status == HTTPStatus.ACCEPTED:
            return answer.outcome("accepted")
        if answer.status == HTTPStatus.BAD_REQUEST:
            key_refused = "routing" in answer.text.lower()
            return answer.outcome("retry", _CHECK_KEY) if key_refused else answer.outcome("permanent", _CHECK_EVENT)
        return answer.by_code(None, {})

    def _details(self, message: Message) -> dict[str, Any]:
        payload = message.payload
        return {
            "summary": cut(message.title, MOST_BYTES_OF_SUMMARY),
            "source": payload["office_id"] or self.settings.source,
            "severity": SEVERITIES[payload["severity"]],
            "timestamp": message.created_at.isoformat(),
            "class": payload["rule"],
            "custom_details": {"body": cut(message.body, MOST_BYTES_OF_BODY), "closing": message.closing},
        }


def _links(payload: Mapping[str, Any]) -> list[dict[str, str]]:
    link = payload.get("link")
    return [{"href": link, "text": "确认 / acknowledge"}] if link else []
