"""Conditions become episodes, episodes become messages, messages are delivered.

Rules decide, the ledger remembers, the dispatcher delivers. Sensors call the first two and never send.

Lives here: the rules with their words, the ledger of episodes, the duty rota, the channels and the dispatcher. Does
not: what makes a condition true (``ops_platform.maintenance``) and when that is looked at (``sensors``).
"""
