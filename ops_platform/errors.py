"""The two kinds of error a person meets: one to fix, one to wait for."""


class PermanentError(Exception):
    """Something a person must fix; the message says what and where. Never retried."""


class TransientError(Exception):
    """Something outside that may recover by itself; retried with a bound."""
