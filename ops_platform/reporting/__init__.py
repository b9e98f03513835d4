"""How numbers become a page, a workbook, a Markdown cell, a chart; every word in Chinese and English.

Computes nothing that a scorecard does not already hold.
"""
