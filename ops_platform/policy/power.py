"""House rules of power: batteries, witnesses of generator runs, limits of outages, dispatch of crews."""

from typing import Literal

from ops_platform.policy.base import HouseRules
from ops_platform.policy.work import FaultClass

PriorityClass = Literal["vip", "a", "b", "c"]
FirstServed = Literal["vip", "cascade", "shared"]


class AutonomyPolicy(HouseRules):
    """How a site's past discharges correct the design autonomy of its battery."""

    history_months: int = 24
    """Discharges longer ago than this say nothing about the battery of today."""
    recharge_h: float = 10.0
    """A battery that was discharged so short a time ago is not full: its discharge is no measure."""
    low_voltage_share: float = 0.9
    """Share of the whole discharge that is over when the low-voltage alarm comes."""
    peukert: float = 1.15
    """Exponent by which a larger current shortens a discharge (lead-acid)."""
    between_sites: float = 0.25
    """Typical spread (standard deviation of the logarithm) of sites about their design autonomy."""
    within_site: float = 0.1
    """Typical spread of one site's discharges about their own middle."""
    spread_weight: int = 10
    """The typical spreads weigh as much as this many sites, and discharges, of the branch's own."""
    spread_floor: float = 0.03
    """Neither spread is ever taken to be smaller."""
    band: float = 0.8
    """Share of discharges that the band is to hold."""
    differs_share: float = 0.25
    """A learned autonomy short of design by this share, or as far above it, is a finding for maintenance."""


class WitnessPolicy(HouseRules):
    """When a witness agrees that a generator ran as claimed."""

    near_m: float = 500.0
    """The crew checked in at most this far from the site."""
    load_volts: float = 53.5
    """Float voltage of a 48 V system, at which a DC load in amperes is taken."""
    energy_share: tuple[float, float] = (0.5, 3.0)
    """Energy over DC load x hours: less was not generated for the load, more than charging and cooling take."""
    fuel_l_per_rated_kwh: tuple[float, float] = (0.03, 0.45)
    """Litres per hour and rated kW: from a set that idles to one at full load."""
    start_below_v: float = 52.0
    """Before a generator carries the load the battery is below float,"""
    end_from_v: float = 53.0
    """and at the end of its run the rectifier floats it."""
    mains_back_s: int = 300
    """A battery alarm that clears this shortly before the mains alarm does is the mains coming back."""
    disconnect_s: int = 300
    """A battery alarm that clears this close to the site going down is the low-voltage disconnect opening."""


class PowerPolicy(HouseRules):
    """Battery autonomy, generation deadlines, and what counts as one outage."""

    usable_share: float = 0.8
    """Share of the rated capacity that may be drawn down to a low-voltage disconnect of 43.2 V, or an unknown one."""
    usable_by_lvd_v: tuple[tuple[float, float], ...] = ((43.2, 1.0), (46.0, 0.75), (48.0, 0.45))
    """What is left of the usable share at other set points (V, rising); linear between, level outside."""
    yearly_fade: float = 0.04
    """Share of the capacity lost with each year of age."""
    capacity_floor: float = 0.5
    """Age never takes the capacity below this share."""
    cold_loss_per_c: float = 0.008
    """Share of the capacity lost with each degree below 25 °C."""
    safety_margin_min: int = 30
    """The generator must run this long before the battery is empty."""
    class_limit_min: dict[PriorityClass, int] = {"vip": 120, "a": 180, "b": 240, "c": 360}
    """Longest time from mains failure to generator start for a site's priority class."""
    merge_gap_s: int = 120
    """Alarms of one kind at one site that are this close belong to one outage."""
    clear_before_raise_s: int = 120
    """Some systems stamp a clear before its raise; up to here the two belong together."""
    transmission_window_s: int = 300
    """A transmission alarm this close to the start of a site outage is its cause."""
    road_factor: float = 1.4
    """Road length over geodesic distance."""
    road_speed_kmh: float = 40.0
    relief_factor: float = 0.3
    """Where terrain is loaded: each 100 m that a km of the straight line climbs and falls lengthens the way by this."""
    relief_step_m: float = 250.0
    """Heights are averaged over, and sampled at, this distance."""
    setup_min: int = 20
    """From arrival at the site to the generator running."""
    learning: AutonomyPolicy = AutonomyPolicy()
    witnesses: WitnessPolicy = WitnessPolicy()


class DispatchPolicy(HouseRules):
    """How the dispatch board weighs generation against repair, and how far it looks ahead."""

    expected_outage_h: float = 6.0
    """The mains is expected back this long after it failed,"""
    expected_more_h: float = 2.0
    """and never sooner than this from now."""
    horizon_h: float = 8.0
    """Nobody is planned to arrive later than this, and a fault loses service until then."""
    repair_min: dict[FaultClass, int] = {"critical": 90, "major": 60, "minor": 45}
    """From arrival at the site to the fault repaired."""
    fault_loss_share: dict[FaultClass, float] = {"critical": 1.0, "major": 0.3, "minor": 0.05}
    """Share of the site's customers who lose service while a fault of the class is open."""
    urgent_step_min: int = 30
    """Delays of critical faults are compared in steps of this length; below it customer-hours decide."""
    first_weight: dict[FirstServed, float] = {"vip": 3.0, "cascade": 2.0, "shared": 1.5}
    """What an hour without service weighs at a site that comes first, against one at any other."""
    unknown_customers: int = 500
    """Customers of a site whose register does not say."""
    solver_s: float = 4.0
