"""House rules of worst cells: when a cell is one, and what is evidence of why. A part of the policy."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ops_platform.policy.base import HouseRules


class CellRule(HouseRules):
    """When a cell is a worst cell. What is not set is not asked; all gates must hold, and one of the two rates be over.

    Amounts are per busy hour (of several, their mean), rates are ratios of sums; every limit is strict but the two ends
    of the range of traffic.
    """

    id: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    zh: str
    en: str
    source: str
    house: bool = False
    version: str = "1"
    judged: Literal["month", "day", "hour"] = "month"
    """On what sums: of the month's busy hours (each day's own), of each day's busy hour, or of each hour."""
    traffic_from_erl_per_channel: float | None = None
    traffic_to_erl_per_channel: float | None = None
    traffic_over_erl_per_channel: float | None = None
    traffic_over_erl: float | None = None
    drops_over: Annotated[int, Field(ge=0)] | None = None
    seizures_over: Annotated[int, Field(ge=0)] | None = None
    drop_over_pct: float | None = None
    """Drops / (seizures + handovers in)."""
    congestion_over_pct: float | None = None
    """TCH overflows / attempts."""
    times: Annotated[int, Field(ge=1)] = 1
    """So many of any"""
    within: Annotated[int, Field(ge=1)] = 1
    """consecutive days or hours must meet it."""

    @model_validator(mode="after")
    def _can_be_met(self) -> "CellRule":
        if self.drop_over_pct is None and self.congestion_over_pct is None:
            raise ValueError(f"{self.id}：掉话率、拥塞率至少设一项 / set drop_over_pct or congestion_over_pct")
        if self.times > self.within:
            raise ValueError(f"{self.id}：times 不能大于 within / times must not exceed within")
        if self.judged == "month" and self.within > 1:
            raise ValueError(f"{self.id}：按月判定不能要求多次 / a rule judged by month has no within")
        return self


class TrafficPolicy(HouseRules):
    """How loaded a cell is, and when that asks for something."""

    bands_from_pct: tuple[float, float, float, float] = (80, 45, 20, 10)
    """From so much of its channels or resource blocks on a cell is to be expanded now, soon, is normal, is watched;
    below it is idle."""
    blocking_target: Annotated[float, Field(gt=0, lt=1)] = 0.02
    plan_within_months: int = 6
    """A cell expected to be exhausted within so many months goes into the plan;"""
    horizon_months: int = 36
    """no month further away than this is told."""
    growth_between_pct: tuple[float, float] = (-20, 20)
    """A forecast of a month's growth outside of this is taken to be at its end."""

    @model_validator(mode="after")
    def _bands_fall(self) -> "TrafficPolicy":
        if list(self.bands_from_pct) != sorted(self.bands_from_pct, reverse=True):
            raise ValueError("bands_from_pct：必须从大到小 / must fall")
        return self


class LoadShiftPolicy(HouseRules):
    """Which neighbours are looked at when a site is down, and when they have taken over its traffic."""

    neighbours: Annotated[int, Field(ge=1)] = 6
    """So many of the nearest sites,"""
    within_km: float = 10
    """this near,"""
    least_hours: Annotated[int, Field(ge=1)] = 2
    """in outages of at least so many whole hours."""
    spreads: float = 3
    """Traffic has shifted to a site that carried more than usual by so many of its hours' usual spread."""
    load_over_pct: float = 80
    congestion_over_pct: float = 2
    """Such a site was overloaded over either of these."""


class PacketPolicy(HouseRules):
    """By what the packet data channels of a GSM cell are advised."""

    gprs_scheme: Literal["CS-1", "CS-2", "CS-3", "CS-4"] = "CS-2"
    edge_scheme: Literal["MCS-1", "MCS-2", "MCS-3", "MCS-4", "MCS-5", "MCS-6", "MCS-7", "MCS-8", "MCS-9"] = "MCS-6"
    """Coding schemes that are reckoned with, without and with EDGE."""
    slots: Annotated[int, Field(ge=1, le=8)] = 4
    """How many channels a phone takes at once."""
    busy_share_pct: float = 9
    """Of a day's volume that goes through in its busy hour."""
    target_kbps: float = 40
    """Speed that a user is to expect in it."""
    most_channels: Annotated[int, Field(ge=1)] = 32
    """More than so many are not advised: the cell is to be split, or its data carried elsewhere."""
    congestion_over_pct: float = 2
    """Channels to spare are given back where more calls than this overflow."""


class CausePolicy(HouseRules):
    """What is evidence of why a cell is a worst cell, over its month."""

    outage_days_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of the days on which it was worst, on which its site was down or the cell had an alarm."""
    congestion_over_pct: float = 2
    interference_over_pct: float = 30
    """Share of the idle channels' samples in bands 4 and 5."""
    covered_under_pct: float = 90
    """Share of measurement reports at or above -110 dBm."""
    handover_success_under_pct: float = 90
    least_counts: int = 100
    """Of fewer samples, reports or handovers than this no share is told."""
    gap_within_km: float = 3
    """People without coverage whose nearest site is the cell's, and this near."""


WORST_CELL_RULES = (
    CellRule(
        id="a",
        zh="每线话务 0.1-0.6 Erl，掉话多于 3 次且掉话率高于 3 %",
        en="0.1-0.6 Erl per channel, more than 3 drops and a drop rate over 3 %",
        source="Operator practice",
        traffic_from_erl_per_channel=0.1,
        traffic_to_erl_per_channel=0.6,
        drops_over=3,
        drop_over_pct=3,
    ),
    CellRule(
        id="b", zh="忙时掉话率高于 3 %", en="Drop rate over 3 % in its busy hours", source="TRAI 2009", drop_over_pct=3
    ),
    CellRule(
        id="c",
        zh="话务高于 2.5 Erl 且掉话率高于 2.5 %",
        en="Over 2.5 Erl and a drop rate over 2.5 %",
        source="Operator practice",
        traffic_over_erl=2.5,
        drop_over_pct=2.5,
    ),
    CellRule(
        id="d",
        zh="掉话率高于 2 % 且占用多于 20 次，5 小时内出现 3 次",
        en="Drop rate over 2 % with more than 20 seizures, 3 times in 5 hours",
        source="Operator practice",
        judged="hour",
        seizures_over=20,
        drop_over_pct=2,
        times=3,
        within=5,
    ),
    CellRule(
        id="e",
        zh="每线话务高于 0.12 Erl，且掉话率高于 3 % 或拥塞率高于 5 %",
        en="Over 0.12 Erl per channel, and a drop rate over 3 % or congestion over 5 %",
        source="House",
        house=True,
        traffic_over_erl_per_channel=0.12,
        drop_over_pct=3,
        congestion_over_pct=5,
    ),
)


class Percentiles(HouseRules):
    """A network's drop rate as a percentile of percentiles, because averages hide poor cells (TRAI 2017)."""

    id: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    over: Literal["cells", "days"]
    """Over cells: of each cell's percentile over its days. Over days: of each day's percentile over its cells."""
    cells_pct: Annotated[int, Field(gt=0, le=100)]
    days_pct: Annotated[int, Field(gt=0, le=100)]
    limit_pct: float
    """The network keeps it where the value is at most this."""


class WorstCellPolicy(HouseRules):
    """The rules by which cells are worst cells, side by side, and the one that the KPI and the alerts take."""

    rules: tuple[CellRule, ...] = WORST_CELL_RULES
    selected: str = "e"
    causes: CausePolicy = CausePolicy()
    daily_drop_limit_pct: float = 2
    """A cell is within the daily limit where the drop rate of its busy hour is at most this"""
    daily_share_pct: float = 90
    """on at least this share of the days that have one."""
    network_percentiles: tuple[Percentiles, ...] = (
        Percentiles(id="qsd", over="cells", cells_pct=90, days_pct=90, limit_pct=2),
        Percentiles(id="qtd", over="days", cells_pct=97, days_pct=90, limit_pct=3),
    )

    @model_validator(mode="after")
    def _selected_is_one_of_them(self) -> "WorstCellPolicy":
        named = [rule.id for rule in self.rules]
        if len(set(named)) < len(named):
            raise ValueError("rules：编号重复 / two worst-cell rules have the same id")
        if self.selected not in named:
            raise ValueError(
                f"selected：没有这条规则 / no worst-cell rule {self.selected!r}; there are {', '.join(named)}"
            )
        return self

    @property
    def rule(self) -> CellRule:
        """The selected rule."""
        return next(rule for rule in self.rules if rule.id == self.selected)
