"""What Great Expectations is asked of a table, as plain data: two suites made from its contract.

``schema_and_keys`` is what a table must be; ``plausibility`` is what it is in all likelihood.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from ops_platform.contracts import Column, Contract

SCHEMA_AND_KEYS = "schema_and_keys"
PLAUSIBILITY = "plausibility"

ADVICE: Mapping[str, tuple[str, str]] = {
    "ExpectColumnPairValuesToBeEqual": (
        "列缺失、多余、顺序或类型与数据合同不符：请重新入库该分区；若数据合同已改，请重算全部分区。",
        "Columns are missing, extra, out of order or of the wrong type: load again; if the contract changed, load all.",
    ),
    "ExpectColumnValuesToNotBeNull": (
        "必填项为空：请在来源系统补全后重新上传；坏行可在隔离区查看。",
        "A required value is missing: complete it in the source system and upload again; see the quarantine.",
    ),
    "ExpectColumnValuesToBeUnique": (
        "主键重复：同一对象出现多行，请核对来源文件是否重复导出，再重新入库该分区。",
        "The key is not unique: check whether the source exported a row twice, then load the partition again.",
    ),
    "ExpectCompoundColumnsToBeUnique": (
        "主键重复：同一对象出现多行，请核对来源文件是否重复导出，再重新入库该分区。",
        "The key is not unique: check whether the source exported a row twice, then load the partition again.",
    ),
    "ExpectColumnValuesToBeInSet": (
        "取值不在词表内：请更正来源数据，或在数据合同中登记这种写法。",
        "The value is not in the vocabulary: correct the source, or add the spelling to the contract.",
    ),
    "ExpectColumnValuesToBeBetween": (
        "数值超出允许范围：请核对单位与录入。",
        "The value is out of bounds: check its unit and how it was entered.",
    ),
    "ExpectColumnPairValuesAToBeGreaterThanB": (
        "前后矛盾：较小的一侧大于较大的一侧，请核对时钟、录入与计数器定义。",
        "The two sides contradict each other: check clocks, entries and what the counters mean.",
    ),
    "rows": (
        "该分区没有数据：请检查采集是否中断。",
        "The partition is empty: check whether collection stopped.",
    ),
    "heard_pct": (
        "有数据的小区比往周同日明显变多或变少：查采集是否漏报或重复，指标发布前核对。",
        "Far fewer, or more, cells were heard than on this weekday before: check collection before a KPI is published.",
    ),
    "known_pct": (
        "该计数器缺失的小区变多：查网元版本或计数器名映射是否改变。",
        "More cells lack this counter than before: check software versions and the mapping of counter names.",
    ),
    "volume_pct": (
        "小区平均量比往周同日翻倍或减半：查单位、统计周期是否改变，节假日除外。",
        "Cells have on average twice or half of this weekday before: check unit and period, and think of holidays.",
    ),
    "spread_pct": (
        "各小区之间的分布与往周不同：查部分小区是否归零、换单位或编号错位。",
        "The sums spread over the cells otherwise than before: look for cells at zero, mixed up, or in another unit.",
    ),
    "suspect": (
        "可疑数据占比过高：这些数据不计入指标，请检查采集与网元时钟。",
        "A large share is flagged suspect and left out of the KPIs: check collection and the elements' clocks.",
    ),
}
"""What to do about a failed expectation, in Chinese and English, by its class or by a word of its own."""


@dataclass(frozen=True)
class AtMost:
    """A cross-column rule: the sum of ``smaller`` is at most the sum of ``larger``; rows with a null are passed over.

    Attributes
    ----------
    slack_days
        Days added to the larger side, where both sides are moments or dates.
    times
        Factor on the larger side, where both sides are numbers.
    """

    smaller: tuple[str, ...]
    larger: tuple[str, ...]
    slack_days: int = 0
    times: int = 1

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the rule looks at."""
        return (*self.smaller, *self.larger)

    @property
    def sides(self) -> tuple[str, str]:
        """Names of the two sides, as columns of the judged frame."""
        larger = " + ".join(self.larger)
        larger = f"{larger} + {self.slack_days} d" if self.slack_days else larger
        return " + ".join(self.smaller), f"{self.times} x {larger}" if self.times > 1 else larger

    @property
    def name(self) -> str:
        """The rule in words."""
        return "{} <= {}".format(*self.sides)


def _in_turn(*moments: str) -> tuple[AtMost, ...]:
    return tuple(AtMost((earlier,), (later,)) for earlier, later in pairwise(moments))


RULES: Mapping[str, tuple[AtMost, ...]] = {
    "alarms": _in_turn("raised_at", "cleared_at"),
    "generator_runs": (
        *_in_turn("dispatched_at", "arrived_at", "started_at", "ended_at"),
        AtMost(("dispatched_at",), ("started_at",)),
    ),
    "battery_tests": (AtMost(("end_voltage_v",), ("start_voltage_v",)),),
    "faults": (*_in_turn("occurred_at", "reported_at", "responded_at"), AtMost(("occurred_at",), ("repaired_at",))),
    # House: work found more than a month before its window, or two after its due date, is more likely a wrong year.
    "inspections": (
        *_in_turn("window_starts_on", "due_on"),
        AtMost(("window_starts_on",), ("done_at",), slack_days=31),
        AtMost(("done_at",), ("due_on",), slack_days=62),
    ),
    "work_plan_items": (AtMost(("done_on",), ("due_on",), slack_days=184),),
    "planned_work": _in_turn("starts_at", "ends_at"),
    "exclusions": _in_turn("starts_at", "ends_at"),
    "duty_rota": _in_turn("starts_at", "ends_at"),
    "duty_overrides": _in_turn("starts_at", "ends_at"),
    "room_access": _in_turn("entered_at", "left_at"),
    "complaints": _in_turn("received_at", "closed_at"),
    "sites": _in_turn("in_service_on", "retired_on"),
    "alert_figures": (
        AtMost(("told", "history", "suppressed", "inhibited", "untold"), ("episodes",)),
        *_in_turn("ack_in_time", "ack_due", "told"),
    ),
    "instruments": _in_turn("calibrated_on", "calibration_due_on"),
    "service_surveys": (AtMost(("score_sum",), ("responses",), times=100),),
    "interconnect_counters": (
        AtMost(("answered", "busy", "no_answer", "unreachable", "invalid_attempts"), ("attempts",)),
    ),
    "complaint_review": _in_turn("received_at", "closed_at"),
    "complaint_places": tuple(
        AtMost((part,), ("complaints",)) for part in ("customers", "priority", "repeats", "open")
    ),
    "interconnect_hours": _in_turn("answered", "connected", "valid"),
    "interconnect_review": (
        *_in_turn("answered", "connected", "valid"),
        *_in_turn("trend_low", "trend_points", "trend_high"),
    ),
    "interconnect_changes": (
        *_in_turn("changed_at", "over_at"),
        *_in_turn("low_points", "size_points", "high_points"),
    ),
    "cell_counters": (
        AtMost(("tch_overflows",), ("tch_attempts",)),
        AtMost(("drops",), ("tch_seizures", "handovers_in")),
        AtMost(("sdcch_overflows",), ("sdcch_attempts",)),
        AtMost(("handovers_out",), ("handovers_out_attempts",)),
        AtMost(("interference_high_samples",), ("interference_samples",)),
        AtMost(("erab_abnormal_releases",), ("erab_releases",)),
        AtMost(("prb_used",), ("prb_available",)),
        AtMost(("unavailable_auto_s", "unavailable_manual_s"), ("period_s",)),
        AtMost(("sdcch_seizures",), ("sdcch_attempts",)),
        AtMost(("rrc_successes",), ("rrc_attempts",)),
        AtMost(("s1_successes",), ("s1_attempts",)),
        AtMost(("erab_successes",), ("erab_attempts",)),
    ),
    "measurement_reports": (
        AtMost(("covered_samples",), ("samples",)),
        # The highest code of TS 36.133 9.1.4.
        AtMost(("rsrp_code_sum",), ("samples",), times=97),
    ),
    "mains_outages": (*_in_turn("failed_at", "restored_at"), AtMost(("failed_at",), ("started_at",))),
    "generation_reviews": (*_in_turn("started_at", "ended_at"), AtMost(("grade",), ("speaking",))),
    "site_outages": _in_turn("down_at", "up_at"),
    "cell_days": (
        AtMost(("busy_tch_overflows",), ("busy_tch_attempts",)),
        AtMost(("busy_drops",), ("busy_tch_seizures", "busy_handovers_in")),
        AtMost(("busy_sdcch_overflows",), ("busy_sdcch_attempts",)),
        AtMost(("handovers_out",), ("handovers_out_attempts",)),
        AtMost(("interference_high_samples",), ("interference_samples",)),
        AtMost(("erab_abnormal_releases",), ("erab_releases",)),
        AtMost(("prb_used",), ("prb_available",)),
        AtMost(("unavailable_auto_s", "unavailable_manual_s"), ("usable_s",)),
        AtMost(("busy_sdcch_seizures",), ("busy_sdcch_attempts",)),
        AtMost(("rrc_successes",), ("rrc_attempts",)),
        AtMost(("s1_successes",), ("s1_attempts",)),
        AtMost(("erab_successes",), ("erab_attempts",)),
    ),
}
"""Cross-column rules per table."""


@dataclass(frozen=True)
class Expectation:
    """One expectation: the class of ``great_expectations.expectations`` and what it is given."""

    suite: str
    kind: str
    column: str = ""
    arguments: Mapping[str, object] = field(default_factory=dict)
    looks_at: tuple[str, ...] = ()
    advised_as: str = ""

    @property
    def advice(self) -> tuple[str, str]:
        """What to do when it fails, in Chinese and English."""
        return ADVICE[self.advised_as or self.kind]


SCHEMA_AGREES = Expectation(
    SCHEMA_AND_KEYS,
    "ExpectColumnPairValuesToBeEqual",
    arguments={"column_A": "found", "column_B": "expected"},
    looks_at=("column", "expected", "found"),
)
"""Asked of a small table with one row per column, because a type is a property of a column and not of its values."""

SUMMARY_SUSPECT_PCT = 5.0
SUMMARY_BROKEN_PCT = 1.0
"""House: shares of a counter partition's rows above which its suspect flags and its contradictions are warned about."""


SUMMARY_BOUNDS: Mapping[str, tuple[str, float | None, float | None, str]] = {
    "schema_differs": (SCHEMA_AND_KEYS, None, 0, "ExpectColumnPairValuesToBeEqual"),
    "duplicate_keys": (SCHEMA_AND_KEYS, None, 0, "ExpectCompoundColumnsToBeUnique"),
    "nulls": (SCHEMA_AND_KEYS, None, 0, "ExpectColumnValuesToNotBeNull"),
    "outside": (SCHEMA_AND_KEYS, None, 0, "ExpectColumnValuesToBeBetween"),
    "rows": (PLAUSIBILITY, 1, None, "rows"),
    "suspect_pct": (PLAUSIBILITY, None, SUMMARY_SUSPECT_PCT, "suspect"),
    "broken_pct": (PLAUSIBILITY, None, SUMMARY_BROKEN_PCT, "ExpectColumnPairValuesAToBeGreaterThanB"),
}
"""Suite, bounds and advice per kind of summary column; the part after a colon names the column or rule counted."""


def summary_expectations(columns: Iterable[str]) -> list[Expectation]:
    """Return what is asked of the quality summary of large partitions, one row per partition.

    Parameters
    ----------
    columns
        Columns of the summary, as `expectations.quality.quality_summary` names them.
    """
    asked = []
    for name in columns:
        prefix = name.partition(":")[0]
        if prefix in SUMMARY_BOUNDS:
            suite, low, high, advised_as = SUMMARY_BOUNDS[prefix]
            arguments = {"column": name, "min_value": low, "max_value": high}
            asked.append(Expectation(suite, "ExpectColumnValuesToBeBetween", name, arguments, (name,), advised_as))
    return asked


def expectations_of(contract: Contract, present: Iterable[str]) -> list[Expectation]:
    """Return both suites of a table.

    Parameters
    ----------
    contract
        What the table must be.
    present
        Columns that the table at hand has; what is absent is found by the first expectation and not asked again.
    """
    have = set(present)
    asked: list[Expectation] = []
    for column in contract.columns:
        if column.name in have:
            asked += _of_column(column)
    if have.issuperset(contract.key):
        asked.append(_unique(contract.key))
    return asked + [_of_rule(rule) for rule in RULES.get(contract.name, ()) if have.issuperset(rule.columns)]


def _unique(key: tuple[str, ...]) -> Expectation:
    if len(key) == 1:
        return Expectation(SCHEMA_AND_KEYS, "ExpectColumnValuesToBeUnique", key[0], {"column": key[0]}, key)
    return Expectation(
        SCHEMA_AND_KEYS, "ExpectCompoundColumnsToBeUnique", ", ".join(key), {"column_list": list(key)}, key
    )


def _of_column(column: Column) -> list[Expectation]:
    def expect(suite: str, kind: str, **arguments: object) -> Expectation:
        return Expectation(suite, kind, column.name, {"column": column.name, **arguments}, (column.name,))

    asked = []
    if not column.nullable:
        asked.append(expect(SCHEMA_AND_KEYS, "ExpectColumnValuesToNotBeNull"))
    if column.words:
        asked.append(expect(SCHEMA_AND_KEYS, "ExpectColumnValuesToBeInSet", value_set=list(column.words)))
    if (column.minimum, column.maximum) != (None, None):
        bounds = {"min_value": column.minimum, "max_value": column.maximum}
        asked.append(expect(SCHEMA_AND_KEYS, "ExpectColumnValuesToBeBetween", **bounds))
    if column.plausible:
        low, high = column.plausible
        asked.append(expect(PLAUSIBILITY, "ExpectColumnValuesToBeBetween", min_value=low, max_value=high))
    return asked


def _of_rule(rule: AtMost) -> Expectation:
    smaller, larger = rule.sides
    arguments = {
        "column_A": larger,
        "column_B": smaller,
        "or_equal": True,
        "ignore_row_if": "either_value_is_missing",
    }
    return Expectation(PLAUSIBILITY, "ExpectColumnPairValuesAToBeGreaterThanB", rule.name, arguments, rule.columns)
