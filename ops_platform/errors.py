"""The error a person must fix."""


class PermanentError(Exception):
    """Something a person must fix; the message says what and where. Never retried."""
