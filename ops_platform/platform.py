"""One installation put together: settings, warehouse, state, facts, time. What assets and sensors are handed."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from ops_platform.facts import Facts
from ops_platform.settings import Settings
from ops_platform.state import State, open_state
from ops_platform.warehouse import Engine, Warehouse


@dataclass(frozen=True)
class Platform:
    """The parts of one installation; opened when first used, so that building one does no I/O.

    Attributes
    ----------
    settings
        The installation's settings.
    """

    settings: Settings

    @property
    def warehouse(self) -> Warehouse:
        """The installation's tables."""
        settings = self.settings
        engine = Engine(settings.engine, settings.engine_memory_mb, settings.engine_threads, settings.spark)
        return Warehouse(settings.warehouse, engine, settings.arrivals)

    @cached_property
    def state(self) -> State:
        """The installation's relational state, with its schema up to date."""
        return open_state(self.settings.state)

    @property
    def facts(self) -> Facts:
        """The installation's facts as frames."""
        return Facts(self.warehouse, self.settings.zone, self.settings.terrain)

    def now(self) -> datetime:
        """Return the present moment of the installation's clock, in UTC."""
        return self.settings.clock.now()
