"""House rules of calls with other operators and of complaints about the network. A part of the policy."""

from typing import Annotated

from pydantic import Field

from ops_platform.policy.base import HouseRules


class ComplaintReviewPolicy(HouseRules):
    """Where a complaint about the network belongs, and when the counters say what it says."""

    place_within_km: Annotated[float, Field(gt=0)] = 2
    """A complaint with coordinates belongs to the nearest settlement, this near."""
    least_complaints: Annotated[int, Field(ge=1)] = 3
    """Of so many complaints of one cause in a month a place is held against the counters."""
    outage_over_h: float = 2
    """Each of these says what a complaint says, where it is of the complaint's kind: the site was down for longer,"""
    drop_over_pct: float = 2
    erab_drop_over_pct: float = 1
    congestion_over_pct: float = 2
    load_over_pct: float = 80
    """a cell had more than this load,"""
    throughput_under_mbps: float = 5
    covered_under_pct: float = 90
    """or fewer measurement reports reached -110 dBm."""


class InterconnectPolicy(HouseRules):
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
