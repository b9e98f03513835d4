"""House rules: every number of this operator that no published standard gives, in one place.

These are house definitions (see docs/definitions.md), never to be presented as a standard. Each is a frozen record, so
that a branch replaces it as a whole through its settings.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

PriorityClass = Literal["vip", "a", "b", "c"]
FaultClass = Literal["critical", "major", "minor"]
Counting = Literal["working_days", "calendar_days", "hours"]

FLOAT_V = 53.5
"""Float voltage of a 48 V system (V), at which a DC load in amperes is taken."""


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AutonomyPolicy(_Rule):
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


class WitnessPolicy(_Rule):
    """When a witness agrees that a generator ran as claimed."""

    near_m: float = 500.0
    """The crew checked in at most this far from the site."""
    load_volts: float = FLOAT_V
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


class PowerPolicy(_Rule):
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
    setup_min: int = 20
    """From arrival at the site to the generator running."""
    learning: AutonomyPolicy = AutonomyPolicy()
    witnesses: WitnessPolicy = WitnessPolicy()


class RepairLimit(_Rule):
    """How long repair may take, for faults that occur from a date on."""

    from_on: date = date.min
    """Business-local date of occurrence from which the rule holds, until a later one for the same class does."""
    fault_class: FaultClass | None = None
    """The class it is for; empty: every class that has no rule of its own by then."""
    count: Counting = "hours"
    limit: Annotated[float, Field(gt=0, le=3650)] = 48


class FaultPolicy(_Rule):
    """Limits for reporting, responding to and repairing a fault."""

    report_limit_min: dict[FaultClass, int] = {"critical": 15, "major": 30, "minor": 60}
    response_limit_min: int = 15
    repair_limits: tuple[RepairLimit, ...] = (RepairLimit(),)
    """The rules, in any order; one for every class holds from the beginning."""

    @model_validator(mode="after")
    def _one_limit_for_every_fault(self) -> "FaultPolicy":
        named = [(rule.from_on, rule.fault_class) for rule in self.repair_limits]
        if len(set(named)) < len(named):
            raise ValueError(
                "repair_limits：同一等级同一日期有两条规则 / two rules are for the same fault_class and from_on"
            )
        if (date.min, None) not in named:
            raise ValueError(
                "repair_limits：缺少一条不分等级、不写日期的规则 / one rule must have neither fault_class nor from_on"
            )
        return self


class InspectionPolicy(_Rule):
    """When an inspection is announced as due."""

    due_soon_days: int = 3


class WorstCellPolicy(_Rule):
    """Worst-cell rule (e) of docs/definitions.md, on the month's busy-hour sums."""

    traffic_over_erl_per_channel: float = 0.12
    drop_over_pct: int = 3
    congestion_over_pct: int = 5


class ComplaintPolicy(_Rule):
    """Limits on complaints."""

    close_limit_h: int = 72
    repeat_days: int = 30


class CoveragePolicy(_Rule):
    """When a place is covered, and how finely it is looked at."""

    threshold_dbm: float = -105.0
    """A place is covered where the best server reaches this received reference level."""
    pixel_m: int = 250
    radius_km: float = 20.0
    receiver_height_m: float = 1.5
    terrain_step_m: float = 100.0
    """Terrain is laid on pixels of this edge, and profiles take a point every so often."""
    location_pct: float = 50.0
    """Over terrain, the level is exceeded in this per cent of a pixel's locations; 50 is the median."""
    lapse_rate: float = 45.0
    """Mean fall of the refractive index through the lowest kilometre, N-units/km; ITU-R P.453 has maps of it."""
    clutter_m: dict[int, float] = {
        10: 15.0, 20: 3.0, 30: 0.0, 40: 0.0, 50: 10.0, 60: 0.0, 70: 0.0, 80: 0.0, 90: 0.0, 95: 10.0, 100: 0.0,
    }  # fmt: skip
    """Representative height of each class of land cover; the classes are those of ESA WorldCover."""
    bandwidth_mhz: dict[Literal["LTE", "NR"], float] = {}
    """Channel bandwidth of carriers whose register gives their whole power and not that of the reference signal.
    Without it such cells are left out."""


class DispatchPolicy(_Rule):
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
    unknown_customers: int = 500
    """Customers of a site whose register does not say."""
    load_volts: float = FLOAT_V
    solver_s: float = 4.0


class Policy(_Rule):
    """All house rules together."""

    version: str = "2026.1"
    power: PowerPolicy = PowerPolicy()
    fault: FaultPolicy = FaultPolicy()
    inspection: InspectionPolicy = InspectionPolicy()
    worst_cell: WorstCellPolicy = WorstCellPolicy()
    complaint: ComplaintPolicy = ComplaintPolicy()
    coverage: CoveragePolicy = CoveragePolicy()
    dispatch: DispatchPolicy = DispatchPolicy()
