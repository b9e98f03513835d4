"""Great Expectations suites made from the contracts, their runner, and the factory that turns them into asset checks.

Great Expectations takes seconds to import, so it is imported only where a suite runs.
"""
