"""Conditions become episodes, episodes become messages, messages are delivered.

Rules decide, the ledger remembers, the dispatcher delivers. Sensors call the first two and never send.
"""
