"""Dagster assets, thin: load, one call into the product, return with metadata.

Holds no rules; importing it does no I/O.
"""

import warnings

import dagster as dg

# Dagster still calls these beta and preview. Without the first a month of counters is thirty-one runs instead of one;
# without the second the UI shows only the check of the partition that ran last.
warnings.filterwarnings("ignore", "Parameter `backfill_policy`", dg.BetaWarning)
warnings.filterwarnings("ignore", "Specifying a partitions_def on an AssetCheckSpec", dg.PreviewWarning)
