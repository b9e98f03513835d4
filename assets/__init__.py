"""Dagster assets, thin: load, one call into the product, return with metadata.

Holds no rules; importing it does no I/O.
"""
