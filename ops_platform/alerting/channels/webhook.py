"""A receiver of our own JSON."""

from collections.abc import Mapping

from ops_platform.alerting.channels.base import Message, Outcome, Person
from ops_platform.alerting.channels.posting import Answer, HttpChannel, Request
from ops_platform.channel_settings import WebhookSettings


class WebhookChannel(HttpChannel[WebhookSettings]):
    """A generic receiver, which knows people by their staff id.

    The request carries the message's key as ``Idempotency-Key`` and, where a token is set, ``Authorization: Bearer``.
    """

    def address(self, person: Person) -> str:
        """Return the staff id."""
        return person.staff_id

    def request(self, message: Message, secrets: Mapping[str, str]) -> Request:
        """Return the message as JSON."""
        content = {"id": message.key, "title": message.title, "body": message.text, "recipient": message.recipient,
                   "possible_repeat": message.possible_repeat, "alert": message.payload}  # fmt: skip
        headers = {"Idempotency-Key": message.key}
        if secrets["token"]:
            headers["Authorization"] = f"Bearer {secrets['token']}"
        return Request(secrets["url"], content, headers)

    def read(self, answer: Answer) -> Outcome:
        """Return what the status says."""
        return answer.by_status()
