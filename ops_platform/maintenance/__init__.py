"""Rules about time and work: intervals, the power clock, verified generation, inspection cycles.

Pure functions of facts and a moment. Holds no KPI, no storage and no delivery.
"""
