"""How bytes become rows: readers, header finding, conversion, quarantine, receipts, and the fold into facts.

Nothing is dropped silently: accepted + quarantined + duplicate = read.
"""
