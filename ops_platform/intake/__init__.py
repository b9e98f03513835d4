"""How bytes become rows: readers, header finding, conversion, quarantine, receipts, and the fold into facts.

Nothing is dropped silently: accepted + quarantined + duplicate = read.

``receive`` and ``receive_all`` (files to arrivals and receipts), ``fold`` (arrivals to facts), ``quarantine`` (what was set
aside, and its release) and ``archive.claim`` (the inbox) are what other rooms use. No KPI and no Dagster live here.
"""
