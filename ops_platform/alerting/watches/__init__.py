"""What the platform looks out for: one module for each topic, with its rules, their words, and how they are found.

A rule is added here: declare it beside its like, find it in the topic's ``find``, and name it in the topic's watch.
"""
