"""The product: files become facts, facts become measures, measures become scorecards, and time becomes alerts.

Usable from a plain Python prompt. Only ``definitions.py`` and the modules that serve it know Dagster.
"""
