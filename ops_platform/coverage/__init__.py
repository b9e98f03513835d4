"""The coverage of a month, step by step: site geometry, servers and levels, gaps, areas, map, effect of outages.

Each step reads what the one before has stored, asks `geo`, and returns rows or writes rasters. What is true of places
and radio waves is not here but in `geo`; nothing here knows Dagster.
"""
