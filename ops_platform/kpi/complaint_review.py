"""The month's complaints about the network beside its counters: who says the same, and where complaints stand alone.

House. A sign is what the counters of the complaint's site, or the coverage map, say of the month, for some causes.
"""

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from ops_platform.clock import first_day, month_bounds
from ops_platform.contracts import FEEDS
from ops_platform.contracts.cells import CELL_DAYS, TRAFFIC_REVIEW
from ops_platform.contracts.coverage import COVERAGE_LEVELS
from ops_platform.contracts.outages import SITE_OUTAGES
from ops_platform.contracts.reviews import COMPLAINT_PLACES, COMPLAINT_REVIEW
from ops_platform.facts import Facts, as_frame, as_rows
from ops_platform.kpi.cell_causes import listed
from ops_platform.kpi.complaint_places import SUBJECTS, located
from ops_platform.kpi.worst_cells import GSM
from ops_platform.maintenance import intervals
from ops_platform.policy import Policy
from ops_platform.policy.service import ComplaintReviewPolicy

COVERAGE_CAUSES = ("no_coverage", "weak_coverage")
EVERY_CAUSE = (*COVERAGE_CAUSES, "drops", "slow_data", "cannot_connect")
PRIORITY = ("group", "high_value")
NEXT_STEPS = {
    "agree": (
        "按指标处理：网络与投诉一致，修复后回访客户并复看一周",
        "Act on the counters, which say the same; call the customers back after the repair and look again for a week",
    ),
    "silent": (
        "指标看不出问题：按投诉时间与地点现场测试（室内外、多终端），核对小区归属与覆盖预测",
        "The counters show nothing: test on site at the hours of the complaints, indoors and out; check cell and map",
    ),
    "unknown": (
        "先向客户问清地点与小区，再查该站性能数据是否到齐",
        "Ask the customers for place and cell, then see whether the site's counters arrived",
    ),
}


@dataclass(frozen=True)
class Sign:
    """What may say the same as a complaint: a figure, from where on it does, and for which causes."""

    column: str
    causes: tuple[str, ...]
    limit: float
    zh: str
    en: str
    unit: str = " %"
    below: bool = False


def signs(policy: ComplaintReviewPolicy, threshold_dbm: float) -> tuple[Sign, ...]:
    """Return every sign, in the order in which they are told; the threshold is that of coverage."""
    return (
        Sign("outage_h", EVERY_CAUSE, policy.outage_over_h, "基站中断", "site down for", " h"),
        Sign("level_dbm", COVERAGE_CAUSES, threshold_dbm, "预测电平", "predicted level", " dBm", below=True),
        Sign("covered_pct", COVERAGE_CAUSES, policy.covered_under_pct, "测量报告达标", "reports covered", below=True),
        Sign("drop_pct", ("drops",), policy.drop_over_pct, "掉话率", "drop rate"),
        Sign("erab_drop_pct", ("drops",), policy.erab_drop_over_pct, "E-RAB 掉线率", "E-RAB drop rate"),
        Sign("congestion_pct", ("cannot_connect",), policy.congestion_over_pct, "拥塞率", "congestion"),
        Sign("load_pct", ("cannot_connect", "slow_data"), policy.load_over_pct, "负荷", "load"),
        Sign(
            "throughput_mbps",
            ("slow_data",),
            policy.throughput_under_mbps,
            "下行速率",
            "throughput",
            " Mbit/s",
            below=True,
        ),
    )


def complaint_review(facts: Facts, month: str, policy: Policy) -> dict[str, pa.Table]:
    """Return the tables ``complaint_review`` and ``complaint_places`` of a month, from the stored facts."""
    start, end = (pd.Timestamp(bound) for bound in month_bounds(month, facts.zone))
    rows = located(facts, month, policy.complaint)
    rows = rows[(rows["received_at"] >= start) & (rows["received_at"] < end)]
    sites = _of_sites(facts, month, sorted(rows["site_id"].dropna().unique()))
    levels = as_frame(facts.warehouse.read(COVERAGE_LEVELS, [month])).set_index("settlement_id")
    rows = rows.assign(repeated=(rows[list(SUBJECTS)] > 1).any(axis=1), open=rows["closed_at"].isna())
    rows = rows.join(sites, on="site_id").join(levels[["level_dbm", "people"]], on="settlement_id")
    rows = rows.join(_said(rows, signs(policy.complaint.review, policy.coverage.threshold_dbm)))
    places = _places(rows).assign(month_on=first_day(month))
    return {
        COMPLAINT_REVIEW.name: as_rows(COMPLAINT_REVIEW, rows),
        COMPLAINT_PLACES.name: as_rows(COMPLAINT_PLACES, places),
    }


def _of_sites(facts: Facts, month: str, site_ids: list[str]) -> pd.DataFrame:
    """Return the worst that any cell of each site shows over the month; null where nothing is known of it."""
    cells = _of_cells(facts, month, site_ids)
    loads = facts.month(TRAFFIC_REVIEW, month)
    loads = loads[loads["site_id"].isin(site_ids)].groupby("site_id")
    start, end = month_bounds(month, facts.zone)
    down = facts.of_sites(site_ids).touching(SITE_OUTAGES, start, end)
    lasted = intervals.close_open(down["up_at"], end) - down["down_at"].clip(lower=pd.Timestamp(start))
    hours = (lasted.dt.total_seconds() / 3600).groupby(down["site_id"]).sum()
    found = pd.DataFrame(
        {
            "outage_h": hours.reindex(site_ids).fillna(0.0),
            **{name: cells[name].max() for name in ("drop_pct", "erab_drop_pct")},
            "throughput_mbps": cells["throughput_mbps"].min(),
            "congestion_pct": loads["congestion_pct"].max(),
            "load_pct": loads["utilisation_pct"].max(),
            "covered_pct": _covered(facts, month, site_ids),
        },
        index=pd.Index(site_ids, name="site_id", dtype=object),
    )
    return found.astype(float)


def _of_cells(facts: Facts, month: str, site_ids: list[str]) -> "pd.api.typing.DataFrameGroupBy":
    engine = facts.warehouse.connect()
    keys = facts.warehouse.partitions(CELL_DAYS, month)
    days = facts.warehouse.table(engine, CELL_DAYS, keys)
    days = days.filter(days.site_id.isin(site_ids))
    starts = days.busy_tch_seizures + days.busy_handovers_in
    sums = days.group_by("site_id", "cell_id").agg(
        drops=days.busy_drops.sum(where=starts.notnull()),
        starts=starts.sum(where=days.busy_drops.notnull()),
        abnormal=days.erab_abnormal_releases.sum(where=days.erab_releases.notnull()),
        releases=days.erab_releases.sum(where=days.erab_abnormal_releases.notnull()),
        # What GSM carries is slow wherever it is.
        kbit=days.dl_volume_kbit.sum(where=days.dl_time_ms.notnull() & (days.technology != GSM)),
        ms=days.dl_time_ms.sum(where=days.dl_volume_kbit.notnull() & (days.technology != GSM)),
    )
    ratios = sums.select(
        "site_id",
        drop_pct=100 * sums.drops / sums.starts.nullif(0),
        erab_drop_pct=100 * sums.abnormal / sums.releases.nullif(0),
        throughput_mbps=sums.kbit / sums.ms.nullif(0),
    )
    return engine.to_pyarrow(ratios).to_pandas().groupby("site_id")


def _covered(facts: Facts, month: str, site_ids: list[str]) -> pd.Series:
    engine, feed = facts.warehouse.connect(), FEEDS["measurement_reports"]
    cells = facts.whole("cells")[["cell_id", "site_id"]]
    mine = cells[cells["site_id"].isin(site_ids)]
    keys = facts.warehouse.partitions(feed, month)
    reports = facts.warehouse.table(engine, feed, keys)
    reports = reports.filter(reports.cell_id.isin(list(mine["cell_id"])))
    sums = reports.group_by("cell_id").agg(covered=reports.covered_samples.sum(), samples=reports.samples.sum())
    of_site = (
        engine.to_pyarrow(sums).to_pandas().merge(mine, on="cell_id").groupby("site_id")[["covered", "samples"]].sum()
    )
    return 100 * of_site["covered"] / of_site["samples"].where(of_site["samples"] > 0)


def _said(rows: pd.DataFrame, asked: tuple[Sign, ...]) -> pd.DataFrame:
    """Return of each complaint whether the counters say the same, and what they say, in both languages."""
    agree, known = pd.Series(data=False, index=rows.index), pd.Series(data=False, index=rows.index)
    told = pd.DataFrame({"over_zh": "", "over_en": "", "calm_zh": "", "calm_en": ""}, index=rows.index)
    for sign in asked:
        value = rows[sign.column].astype(float)
        concerns = rows["cause"].isin(sign.causes) & value.notna()
        over = concerns & ((value < sign.limit) if sign.below else (value > sign.limit))
        agree |= over
        # Without an outage a site may still be ill, so that calm of this sign alone tells nothing.
        known |= concerns & (sign.column != "outage_h")
        figure = pd.Series([f"{one:.1f}{sign.unit}" for one in value], rows.index, dtype=object)
        for where, kind in ((over, "over"), (concerns & ~over, "calm")):
            for name, words, separator in (("zh", sign.zh, "，"), ("en", sign.en, ", ")):
                text = f"{kind}_{name}"
                told[text] = listed(told[text], separator, f"{words} " + figure, where)
    counters = pd.Series("unknown", rows.index).mask(known, "silent").mask(agree, "agree")
    calm_zh = ("均未超限：" + told["calm_zh"]).mask(~known, "没有该地点的指标")
    calm_en = ("nothing over its limit: " + told["calm_en"]).mask(~known, "no counters of this place")
    return pd.DataFrame(
        {
            "counters": counters,
            "evidence_zh": told["over_zh"].where(agree, calm_zh),
            "evidence_en": told["over_en"].where(agree, calm_en),
        }
    )


def _places(rows: pd.DataFrame) -> pd.DataFrame:
    """Return places and causes, most complaints first, each with what is said of its newest complaint."""
    by = ["office_id", "place_id", "cause"]
    known = rows.assign(
        place_id=rows["settlement_id"].fillna(rows["site_id"]),
        is_priority=rows["customer_class"].isin(PRIORITY),
    ).dropna(subset="place_id")
    newest = known.drop_duplicates(by, keep="last")[
        [*by, "site_id", "counters", "evidence_zh", "evidence_en", "people"]
    ]
    counts = known.groupby(by, as_index=False).agg(
        complaints=("complaint_id", "size"),
        customers=("customer_id", "nunique"),
        priority=("is_priority", "sum"),
        repeats=("repeated", "sum"),
        open=("open", "sum"),
    )
    steps = pd.DataFrame.from_dict(NEXT_STEPS, orient="index", columns=["next_step_zh", "next_step_en"])
    places = counts.merge(newest, on=by).join(steps, on="counters")
    return places.sort_values(["complaints", "priority", "place_id", "cause"], ascending=[False, False, True, True])
