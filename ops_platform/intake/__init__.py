"""How bytes become rows: readers, header finding, conversion, quarantine, receipts, and the fold into facts.

Nothing is dropped silently: accepted + quarantined + duplicate = read.

Other rooms use `receive` (files to arrivals and receipts), `fold` (arrivals to facts), `quarantine` (what was set
aside, and its release) and `archive.claim` (the inbox). No KPI and no Dagster live here.
"""
