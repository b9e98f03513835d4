"""House rules of calls with other operators and of complaints. A part of the policy."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InterconnectPolicy(_Rule):
    """When calls with another operator have changed suddenly, and when an hour is serious."""

    serious_connect_under_pct: float = 30
    """MIIT 2009 calls a busy hour serious below this."""
    least_attempts: int = 20
    """Of fewer valid attempts no hour is called serious."""
    change_points: float = 5
    """A change is told where a ratio is off by at least so many points"""
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """and its interval of this confidence leaves what is usual out."""
    penalty: Annotated[float, Field(gt=0)] = 4
    """What another change point must explain, in logarithms of the number of hours; 3 is Schwarz's criterion."""
