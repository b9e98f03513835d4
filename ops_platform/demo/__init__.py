"""A seeded branch that never was: files as real systems export them, and the true answers, at any scale.

The generator decides what happens (this outage is answered late, that run is a false claim), draws times that make it
come true, and writes both the files and the answers. It states headers, house numbers and formulas from
docs/definitions.md a second time and imports nothing of the platform or of ``geo``, so that agreement with it means
something.
"""

from ops_platform.demo.generate import DEFAULT_SEED, generate, is_generated
from ops_platform.demo.period import MOMENT

__all__ = ["DEFAULT_SEED", "MOMENT", "generate", "is_generated"]
