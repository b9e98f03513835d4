"""House rules: every number of this operator that no published standard gives, in one place.

These are house definitions (see docs/definitions.md), never to be presented as a standard. Each is a frozen record, so
that a branch replaces it as a whole through its settings.
"""

from datetime import date, time
from math import isclose
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ops_platform.cell_policy import LoadShiftPolicy, PacketPolicy, TrafficPolicy, WorstCellPolicy
from ops_platform.contracts import FEEDS
from ops_platform.service_policy import ComplaintReviewPolicy, InterconnectPolicy

PriorityClass = Literal["vip", "a", "b", "c"]
FirstServed = Literal["vip", "cascade", "shared"]
FaultClass = Literal["critical", "major", "minor"]
Severity = Literal["critical", "major", "minor"]
Counting = Literal["working_days", "calendar_days", "hours"]


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
    relief_factor: float = 0.3
    """Where terrain is loaded: each 100 m that a km of the straight line climbs and falls lengthens the way by this."""
    relief_step_m: float = 250.0
    """Heights are averaged over, and sampled at, this distance."""
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
    repair_due_soon_h: float = 4
    """Somebody is told so long before a repair is due."""
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


class ComplaintPolicy(_Rule):
    """Limits on complaints and enquiries."""

    answer_limit_min: int = 30
    """An enquiry is answered within this time."""
    close_limit_h: int = 72
    due_soon_h: int = 24
    """Somebody is told so long before a complaint must be closed."""
    repeat_days: int = 30
    review: ComplaintReviewPolicy = ComplaintReviewPolicy()


class ScoringPolicy(_Rule):
    """How weights add up, and what an office's year consists of."""

    weights_sum: Annotated[float, Field(gt=0)] = 100
    """The weights of the branch, of each office and of each role add up to this."""
    composite: dict[Literal["monthly", "key_work", "inspection_tour"], Annotated[float, Field(ge=0, le=1)]] = {
        "monthly": 0.7, "key_work": 0.2, "inspection_tour": 0.1,
    }  # fmt: skip
    """Shares of the yearly score: the mean of the monthly total scores, of key work, and of inspection tours."""

    @model_validator(mode="after")
    def _shares_are_a_whole(self) -> "ScoringPolicy":
        if set(self.composite) != {"monthly", "key_work", "inspection_tour"} or not isclose(
            sum(self.composite.values()), 1
        ):
            raise ValueError(
                "composite：须含 monthly、key_work、inspection_tour，合计为 1 / all three, which add up to 1"
            )
        return self


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
    calibration: Literal["off", "drive_tests", "measurement_reports"] = "off"
    """By which measurements levels are corrected. Where they say too little of a band, or the correction does not
    do better on what was held out, the band stays as the model predicts it."""
    calibration_months: Annotated[int, Field(ge=1, le=13)] = 13
    """Measurements of so many months count, the last included;"""
    calibration_block_m: Annotated[float, Field(gt=0)] = 1000.0
    """those within squares of this edge as one,"""
    calibration_folds: Annotated[int, Field(ge=2)] = 5
    """of which one in so many is held out at a time;"""
    calibration_blocks: int = 20
    """and a band needs so many."""
    servers_kept: int = 8
    """Strongest sites that are kept of every pixel: who serves, and who takes over."""
    place_servers_kept: int = 64
    """The same of every settlement; so many that it is known without predicting again what the outage of a whole county
    does to its people."""
    layer_servers_kept: int = 3
    """The same for the rasters of one technology or band."""
    gap_min_km2: float = 1.0
    """Smaller pieces without coverage are no gap."""
    gap_speck_px: int = 4
    """Covered or uncovered pieces of fewer pixels are taken for what surrounds them before gaps are drawn."""
    gap_change_km2: float = 0.5
    """A gap whose area changed by less is unchanged."""


class NewSiteKind(_Rule):
    """A kind of new site: one cell without azimuth stands for its sectors."""

    band_mhz: float
    antenna_height_m: float
    antenna_gain_dbi: float
    reference_power_dbm: float
    cost: Annotated[float, Field(gt=0)]
    """In any unit, the same for all kinds and the budget."""
    spacing_m: Annotated[float, Field(ge=0)]
    """Least distance from any other site; between two kinds the larger holds."""


class SitingPolicy(_Rule):
    """Where new sites may stand, what they are for, and how sure one must be."""

    kinds: Annotated[dict[str, NewSiteKind], Field(min_length=1)] = {
        "macro": NewSiteKind(
            band_mhz=900, antenna_height_m=35, antenna_gain_dbi=15, reference_power_dbm=15.2, cost=10, spacing_m=1000
        ),
        "micro": NewSiteKind(
            band_mhz=1800, antenna_height_m=12, antenna_gain_dbi=10, reference_power_dbm=5, cost=1, spacing_m=200
        ),
    }
    count: Annotated[int, Field(ge=1)] = 20
    """Most new sites on the list."""
    budget: float | None = None
    """Most that they cost together; empty: any."""
    lattice_m: Annotated[float, Field(gt=0)] = 2000.0
    """Sites may stand at settlements with demand, and on a lattice of this step"""
    within_km: float = 6.0
    """so near such a settlement."""
    weak_db: float = 10.0
    """A settlement less than so much above the threshold is weakly covered: its complaints and traffic count."""
    complaint_months: Annotated[int, Field(ge=1, le=3)] = 3
    """Complaints of so many months count, the last included."""
    complaint_people: float = 20.0
    """A complaint about coverage counts like so many people without it,"""
    erl_people: float = 10.0
    """and an erlang of busy-hour traffic in a weakly covered place like so many."""
    moves: Annotated[int, Field(ge=0)] = 3000
    """Moves that are tried for every new site; more of them take longer and come nearer to the optimum."""
    certify_s: float = 20.0
    """Time for the solver that says how far from the optimum the list can be."""
    draws: Annotated[int, Field(ge=100)] = 1000
    """Draws of the model's error, on which each site is tried."""
    constant_sd_db: float = 4.0
    """Standard deviation of an error that all levels share, and"""
    site_sd_db: float = 6.0
    """of one that each site has of its own, while no calibration says better."""


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
    first_weight: dict[FirstServed, float] = {"vip": 3.0, "cascade": 2.0, "shared": 1.5}
    """What an hour without service weighs at a site that comes first, against one at any other."""
    unknown_customers: int = 500
    """Customers of a site whose register does not say."""
    solver_s: float = 4.0


class Ladder(_Rule):
    """How a matter of one severity climbs until somebody says that it is theirs."""

    severity: Severity
    office_id: str = ""
    """The office for which it holds; empty: every office that has no ladder of its own."""
    steps: Annotated[int, Field(ge=1, le=9)] = 3
    step_min: Annotated[int, Field(ge=1)] = 10
    """How long a step has to acknowledge before the next is told."""
    repeat_min: Annotated[int, Field(ge=1)] = 30
    """How long after the last step everybody is told again,"""
    repeats: Annotated[int, Field(ge=0, le=100)] = 5
    """and how often."""
    ack_min: Annotated[int, Field(ge=1)] = 120
    """How long an acknowledgement lasts while the matter does."""


class AlertPolicy(_Rule):
    """When somebody is told, and how often."""

    ladders: tuple[Ladder, ...] = (
        Ladder(severity="critical"),
        Ladder(severity="major", steps=2, step_min=60, repeat_min=240, repeats=2, ack_min=720),
        Ladder(severity="minor", steps=1, repeats=0, ack_min=1440),
    )
    """One for every severity, and any for single offices."""
    quiet_from: time = time(22)
    """Between these business-local times nothing but critical matters is told; the rest waits."""
    quiet_to: time = time(7)
    digest_s: int = 60
    """What joins a group that was told is told no sooner after the last message,"""
    digest_growth: float = 0.25
    """once it makes the group this much larger or is more urgent than all that was told,"""
    digest_longest_min: int = 15
    """and never later than this."""
    resolve_gather_min: int = 15
    """While a group lasts, what was resolved in it is told together this long after the first."""
    link_valid_h: Annotated[int, Field(ge=1)] = 24
    """How long the link of a message can be used to acknowledge it."""
    cell_window_days: Annotated[int, Field(ge=1, le=28)] = 7
    """A cell is told where, of so many days up to the newest with counters,"""
    cell_bad_days: Annotated[int, Field(ge=1, le=28)] = 3
    """it was a worst cell, or congested, on at least so many."""
    congestion_over_pct: int = 2
    """Share of the busy hour's attempts that overflow, over which a day is congested,"""
    congestion_attempts_over: int = 20
    """where there were more attempts than this."""
    kpi_judged_from_share: Annotated[float, Field(gt=0, le=1)] = 1 / 3
    """Share of a month that must be over before its KPIs are held against their targets."""
    feed_max_age_h: dict[str, Annotated[float, Field(gt=0)]] = {
        "alarms": 6.0, "alarm_events": 6.0, "cell_counters": 26.0, "measurement_reports": 26.0,
        "interconnect_counters": 26.0,
    }  # fmt: skip
    """How long after its last file a feed is late; a feed that is not named may be of any age."""
    feed_quarantined_over_pct: float = 5.0
    """Share of the rows of a feed's last file that wait in quarantine, over which the feed is broken."""
    contradiction_after_h: int = 24
    """How long after a contradicted generator run its decision is asked for."""
    planned_work_over_pct: float = 1.0
    """Share of an office's site-hours under planned work, over which it is overused."""
    dispatch_within_min: int = 10
    """A generator must have been dispatched this long after the mains failed;"""
    storm_sites: int = 10
    """where so many sites of an office are without mains, at once."""
    important_customers: int = 3000
    """A site that is down is critical where so many customers lose service, its own and those behind it."""
    hall_levels: tuple[float, float] = (2.5, 3.5)
    """From so many waiting customers for each open counter on a business hall's queue is of level 1, of level 2;"""
    hall_count_valid_min: int = 30
    """by its latest count, which says nothing once it is older."""
    rota_ahead_days: int = 7
    """How far ahead the rota is searched for steps with nobody on duty."""
    shift_changes: Annotated[tuple[time, ...], Field(min_length=1)] = (time(8), time(20))
    """Business-local times at which one shift hands over to the next, in the order of the day, on whole minutes."""

    @model_validator(mode="after")
    def _one_ladder_for_every_severity(self) -> "AlertPolicy":
        named = [(ladder.severity, ladder.office_id) for ladder in self.ladders]
        if len(set(named)) < len(named):
            raise ValueError("ladders：同一级别同一单位有两条 / two are for the same severity and office_id")
        if missing := {"critical", "major", "minor"} - {severity for severity, office in named if not office}:
            raise ValueError(f"ladders：缺少级别 / none for every office of severity {', '.join(sorted(missing))}")
        return self

    @model_validator(mode="after")
    def _shifts_follow_each_other(self) -> "AlertPolicy":
        ordered = sorted({one.replace(second=0, microsecond=0) for one in self.shift_changes})
        if list(self.shift_changes) != ordered:
            raise ValueError(
                "shift_changes：须为当天由早到晚、不重复的整分时刻 / whole minutes in the order of the day, each once"
            )
        return self

    @model_validator(mode="after")
    def _late_feeds_are_feeds(self) -> "AlertPolicy":
        if unknown := self.feed_max_age_h.keys() - FEEDS.keys():
            raise ValueError(f"feed_max_age_h：没有这些数据 / no such feed: {', '.join(sorted(unknown))}")
        return self

    def ladder(self, severity: str, office_id: str) -> Ladder:
        """Return the ladder of a severity at an office: its own, or else that for every office."""
        fits = [
            ladder for ladder in self.ladders if ladder.severity == severity and ladder.office_id in {office_id, ""}
        ]
        return max(fits, key=lambda ladder: ladder.office_id)


class Policy(_Rule):
    """All house rules together."""

    version: str = "2026.1"
    power: PowerPolicy = PowerPolicy()
    fault: FaultPolicy = FaultPolicy()
    inspection: InspectionPolicy = InspectionPolicy()
    worst_cell: WorstCellPolicy = WorstCellPolicy()
    traffic: TrafficPolicy = TrafficPolicy()
    load_shift: LoadShiftPolicy = LoadShiftPolicy()
    packet: PacketPolicy = PacketPolicy()
    interconnect: InterconnectPolicy = InterconnectPolicy()
    complaint: ComplaintPolicy = ComplaintPolicy()
    scoring: ScoringPolicy = ScoringPolicy()
    coverage: CoveragePolicy = CoveragePolicy()
    siting: SitingPolicy = SitingPolicy()
    dispatch: DispatchPolicy = DispatchPolicy()
    alerts: AlertPolicy = AlertPolicy()
