"""Dagster sensors and schedules, thin: read state, one decision function, return requests. One topic a file.

A sensor may run twice or die half-way, so it only requests runs by fingerprint or writes idempotent state. It never
sends.
"""
