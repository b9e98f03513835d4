"""Geography of a branch: coordinates, propagation, coverage, gaps, outages and the map.

Here lives what is true of places and radio waves, as plain functions on frames and arrays: a metric grid over the
branch, terrain and people on it, path loss and antenna patterns, the strongest sites at a point or on a grid, polygons
without coverage and what became of them, what an outage does, and the page and the picture that show them.

Path loss comes in two kinds. Without terrain: ``propagation`` and ``coverage``. Over terrain: ``p1812`` is the plain
reference, ``terrain_trace`` and ``terrain_loss`` its compiled twin for cells, ``sweep`` what predicts with it. Both say
site by site what a site gives; ``gather`` makes of it the ``servers`` of every place, which ``cog`` keeps on disk and
from which ``outage`` answers.

Not here: what a row of a feed is (``ops_platform.contracts``), the house's thresholds (``ops_platform.policy``; they
come in as arguments), and Dagster.
"""
