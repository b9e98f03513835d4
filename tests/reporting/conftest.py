"""A made-up month of four offices and sixty people, whose figures add up."""

from base64 import b64decode
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from ops_platform.clock import first_day, shift_month
from ops_platform.contracts.insight import OUTLOOKS, STANDINGS
from ops_platform.contracts.scores import RANKINGS, SCORECARDS
from ops_platform.kpi.catalogue import CATALOGUE, SUBJECTS
from ops_platform.kpi.change import gains, split
from ops_platform.kpi.harm import effects
from ops_platform.reporting.page import render
from ops_platform.reporting.pdf import browser, printed
from ops_platform.reporting.report import MonthReport

MONTH = "2026-03"
OFFICES = [("TR", "同仁", "Tongren"), ("JZ", "尖扎", "Jianzha"), ("ZK", "泽库", "Zeku"), ("HN", "河南", "Henan")]
FAMILY, GIVEN = "张王李赵马才扎拉卓", ("海峰", "措毛", "玉兰", "建军", "桑杰", "国庆", "雪梅", "多杰")
TARGETS = {
    "generator_timeliness": (98, 10), "site_outages": (12, 6), "site_availability": (99.9, 8),
    "fault_report_timeliness": (99, 4), "fault_report_accuracy": (99, 4), "technical_response": (95, 4),
    "fault_repair_time": (24, 3), "fault_repair_in_limit": (98, 4), "inspection_completion": (98, 8),
    "inspection_quality": (90, 4), "work_plan_completion": (98, 5), "tch_drop_rate": (2, 6), "tch_congestion": (2, 4),
    "sdcch_congestion": (1, 3), "erab_drop_rate": (0.5, 3), "worst_cell_share": (3, 6),
    "interconnect_connect_rate": (80, 3), "complaint_in_limit": (98, 5), "repeat_complaint_share": (10, 3),
    "hall_satisfaction": (72, 3), "hotline_courtesy": (97, 2), "hotline_problem_solving": (90, 2),
    "training_pass_rate": (80, 2), "customer_satisfaction": (85, 2), "coverage_population_share": (90, 4),
}  # fmt: skip
PER_PERSON = {"power", "inspection", "radio"}
NAMES = ["numerator", "denominator", "excluded", "suspect", "missing"]
WHO = ["level", "office_id", "contractor", "staff_id"]
PIXEL = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
CONTRACTORS = ("", "甲代维", "乙代维")


def staff() -> pd.DataFrame:
    rows = [
        (f"P{n:03d}", FAMILY[n % 9] + GIVEN[n * 5 % 8], OFFICES[n % 4][0], CONTRACTORS[n % 3])
        for n in range(60)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["staff_id", "staff_name", "office_id", "contractor"])


def sums(month: str) -> pd.DataFrame:
    """Return made-up sums per office, person and KPI."""
    random = np.random.default_rng(int(month.replace("-", "")))
    quality = {"TR": 1.15, "JZ": 1.0, "ZK": 0.55, "HN": 0.85}
    rows = []
    for subject, kpis in SUBJECTS.items():
        who = [(row.office_id, row.staff_id) for row in staff().itertuples() if subject in PER_PERSON]
        for kpi in kpis:
            target = TARGETS.get(kpi.id, (2.0 if kpi.better == "lower" else 50.0, 0))[0]
            for office, person in who or [(one[0], "") for one in OFFICES]:
                volume = float(random.integers(20, 60) * (1 if who else 15))
                spread = (100 - target) if kpi.better == "higher" and kpi.unit == "%" else target
                luck = random.normal(quality[office] - 0.7, 0.35) * spread * 0.6
                value = target + luck if kpi.better == "higher" else max(target - luck, 0)
                value = min(value, 100.0) if kpi.unit == "%" else value
                volume *= 100_000 if kpi.table in {"site_days", "cell_days"} else 1
                volume = 0.0 if (kpi.id, office) == ("training_pass_rate", "JZ") else volume
                numerator = round(value / kpi.scale * volume)
                extra = [float(random.integers(0, 4) * (random.random() < 0.1)) for _ in range(3)]
                rows.append((kpi.id, kpi.version, office, person, float(numerator), volume, *extra))
    return pd.DataFrame(rows, columns=["kpi_id", "version", "office_id", "staff_id", *NAMES])


def cards(month: str) -> pd.DataFrame:
    """Return a month's values, scores and ranks, without what other months give."""
    whole = sums(month).merge(staff()[["staff_id", "contractor"]], on="staff_id", how="left")
    whole["contractor"] = whole["contractor"].fillna("")
    levels = [
        whole.groupby(["kpi_id", "version", *keys], as_index=False)[NAMES].sum().assign(level=level)
        for level, keys in (("branch", []), ("office", ["office_id"]), ("contractor", ["contractor"]),
                            ("person", ["office_id", "staff_id"]))
    ]  # fmt: skip
    rows = pd.concat(levels, ignore_index=True).fillna(dict.fromkeys(WHO[1:], ""))
    rows = rows[(rows["level"] != "person") | (rows["staff_id"] != "")]
    rows = rows[(rows["level"] != "contractor") | (rows["contractor"] != "")]
    # One KPI has no rows at all at one office: nothing arrived.
    rows = rows[(rows["kpi_id"] != "customer_satisfaction") | (rows["office_id"] != "HN")].reset_index(drop=True)
    kpis = [CATALOGUE[one] for one in rows["kpi_id"]]
    value = rows["numerator"] / rows["denominator"].where(rows["denominator"] > 0) * [one.scale for one in kpis]
    target = pd.Series([float(TARGETS.get(one.id, (np.nan, 0))[0]) for one in kpis], index=rows.index)
    weight = [float(TARGETS[one.id][1]) if one.id in TARGETS else np.nan for one in kpis]
    good = value.where([one.better == "higher" for one in kpis], -value)
    goal = target.where([one.better == "higher" for one in kpis], -target)
    spread = target.where([one.better == "lower" or one.unit != "%" for one in kpis], 100 - target)
    rows = rows.assign(
        month_on=first_day(month),
        value=value,
        target=target,
        weight=weight,
        met=(good >= goal).astype("boolean").where(value.notna() & target.notna()),
        score=(75 + (good - goal) / spread * 40).clip(0, 100),
        rank=good.groupby([rows["level"], rows["kpi_id"]]).rank(method="min", ascending=False),
    )
    rows.loc[rows["level"] == "branch", "rank"] = np.nan
    return rows


def totals(month: str, rows: pd.DataFrame) -> pd.DataFrame:
    scored = rows[rows["score"].notna() & rows["weight"].notna()]
    points = scored.assign(points=scored["score"] * scored["weight"]).groupby(WHO, as_index=False)[["points", "weight"]]
    result = points.sum()
    result = result.assign(score=result["points"] / result["weight"], month_on=first_day(month))
    full = rows.groupby(WHO)["weight"].sum().reindex(pd.MultiIndex.from_frame(result[WHO])).to_numpy()
    result["weight_pct"] = 100 * result["weight"] / full
    result["rank"] = result.groupby("level")["score"].rank(method="min", ascending=False)
    result.loc[result["level"] == "branch", "rank"] = np.nan
    return result.drop(columns=["points", "weight"])


def make_report() -> MonthReport:
    months = [shift_month(MONTH, by) for by in range(-7, 1)]
    past = {month: cards(month) for month in months}
    scores = {month: totals(month, rows) for month, rows in past.items()}
    key = [*WHO, "kpi_id"]
    before = past[months[-2]][[*key, "value"]].rename(columns={"value": "previous_value"})
    year = pd.concat([past[month] for month in months if month.startswith(MONTH[:4])])
    year = year.groupby(key, as_index=False)[["numerator", "denominator"]].sum()
    year = year.rename(columns={"numerator": "year_numerator", "denominator": "year_denominator"})
    now = past[MONTH].merge(before, on=key, how="left").merge(year, on=key, how="left")
    scale = now["kpi_id"].map({one.id: one.scale for one in CATALOGUE.values()})
    now["year_value"] = now["year_numerator"] / now["year_denominator"].where(now["year_denominator"] > 0) * scale
    now["change"] = now["value"] - now["previous_value"]
    judged = ruled(now)
    ranks = scores[months[-2]][[*WHO, "score", "rank"]]
    ranks = ranks.rename(columns={"score": "previous_score", "rank": "previous_rank"})
    return MonthReport(
        month=MONTH,
        branch="黄南分公司",
        branch_en="Huangnan Branch",
        generated_at=datetime(2026, 4, 2, 0, 30, tzinfo=UTC),
        zone=ZoneInfo("Asia/Shanghai"),
        kpis=list(CATALOGUE.values()),
        groups={subject: [one.id for one in kpis] for subject, kpis in SUBJECTS.items()},
        scorecards=now[SCORECARDS.schema.names],
        rankings=scores[MONTH].merge(ranks, on=WHO, how="left")[RANKINGS.schema.names],
        offices=pd.DataFrame(OFFICES, columns=["office_id", "office_name", "office_name_en"]),
        staff=staff(),
        history=pd.concat([past[month] for month in months[:-1]])[["month_on", *key, "value"]],
        ranking_history=pd.concat([scores[month] for month in months[:-1]]),
        judged=judged,
        score_changes=changes(past[months[-2]], judged),
        standings=standings(scores[MONTH]),
        outlooks=outlooks(now),
        gains=gains(judged),
        verdicts=verdicts(),
        map_picture=PIXEL,
        late_outages=late_outages(),
        overdue_inspections=overdue(),
        worst_cells=worst_cells(),
        worst_sites=worst_sites(),
        gaps=gaps(),
        map_href="coverage-2026-03.html",
        workbook_href="scorecard-2026-03.xlsx",
        notes=[
            (
                "演示数据：分公司、站点、人员与数值均为虚构。",
                "Demonstration: branch, sites, people and figures are made up.",
            )
        ],
        published_at=datetime(2026, 4, 5, 2, 0, tzinfo=UTC),
        content_hash="9f3c1a77be0245d1",
    )


def ruled(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of branch and offices with the rule that gives them the scores they have."""
    found = rows[rows["level"].isin(["branch", "office"])].reset_index(drop=True)
    kpis = [CATALOGUE[one] for one in found["kpi_id"]]
    good = pd.Series([1.0 if one.better == "higher" else -1.0 for one in kpis])
    spread = found["target"].where([one.better == "lower" or one.unit != "%" for one in kpis], 100 - found["target"])
    slope = good * spread / 40
    found = found.assign(
        scoring="linear", baseline=found["target"] - 75 * slope, challenge=found["target"] + 25 * slope,
        ladder_step=np.nan, ladder_points=np.nan, granted=0.0,
    )  # fmt: skip
    return found.assign(**effects(found))


def changes(before: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    return split(ruled(before), judged).assign(month_on=first_day(MONTH), basis="last_month")


def standings(totals: pd.DataFrame) -> pd.DataFrame:
    offices = totals[totals["level"] == "office"].reset_index(drop=True)
    return offices.assign(
        final=True, score_low=offices["score"] - 5, score_high=offices["score"] + 5, rank_low=offices["rank"],
        rank_high=4, first_pct=50.0, year_score=offices["score"], year_rank=offices["rank"], peer_group=1,
        peers=4, peer_rank=offices["rank"], flag_streak=2,
        flags_held=[3 if office == "TR" else 0 for office in offices["office_id"]],
    )[STANDINGS.schema.names]  # fmt: skip


def outlooks(rows: pd.DataFrame) -> pd.DataFrame:
    known = rows[rows["level"].isin(["branch", "office"]) & rows["year_value"].notna()]
    return known.assign(
        expected=known["year_value"], low=known["year_value"] * 0.98, high=known["year_value"] * 1.02, chance_pct=40.0,
        trials=10, held_pct=80.0, error=1.0, naive_error=2.0,
    )[OUTLOOKS.schema.names]  # fmt: skip


def verdicts() -> pd.DataFrame:
    rows = [
        ("ZK", "ZK01-1", "泽库1号-1", "tilt", date(2026, 3, 2), "improved", -40.2, -60.0, -12.0, 1.0, "interval"),
        ("HN", "HN01-1", "河南1号-1", "power", date(2026, 3, 28), "too_early", None, None, None, None, "few_days"),
    ]
    columns = ["office_id", "cell_id", "cell_name", "action", "done_on", "verdict", "change_pct", "low_pct", "high_pct",
               "neighbour_change_pct", "reason"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).assign(review_on=date(2026, 4, 5))


def late_outages() -> pd.DataFrame:
    failed = [datetime(2026, 3, 2, 17, 20, tzinfo=UTC) + timedelta(hours=31 * n) for n in range(14)]
    return pd.DataFrame(
        {
            "office_id": [OFFICES[n % 3 + 1][0] for n in range(14)],
            "site_id": [f"HN{n:04d}" for n in range(14)],
            "site_name": [f"{('麦秀', '多禾茂', '和日', '优干宁')[n % 4]}{n}号站" for n in range(14)],
            "staff_id": [f"P{n:03d}" for n in range(14)],
            "failed_at": failed,
            "deadline_at": [one + timedelta(minutes=180) for one in failed],
            "started_at": [
                None if n % 4 == 0 else one + timedelta(minutes=200 + 9 * n) for n, one in enumerate(failed)
            ],
            "late_min": [float("nan") if n % 4 == 0 else 20.0 + 9 * n for n in range(14)],
        }
    )


def overdue() -> pd.DataFrame:
    rows = [
        ("ZK", "ZK0012", "和日3号站", "P002", date(2026, 3, 25), 7),
        ("HN", "HN0044", "优干宁", "P003", date(2026, 3, 28), 4),
    ]
    return pd.DataFrame(rows, columns=["office_id", "site_id", "site_name", "staff_id", "due_on", "days_overdue"])


def worst_cells() -> pd.DataFrame:
    rows = [("ZK", f"ZK00{n}-1", 0.2 + n / 50, 3.5 + n / 3, 1.0 + n) for n in range(5)]
    return pd.DataFrame(
        rows, columns=["office_id", "cell_id", "traffic_per_channel_erl", "drop_rate_pct", "congestion_pct"]
    )


def worst_sites() -> pd.DataFrame:
    rows = [("ZK", "ZK0012", "和日3号站", 12.5, 3, "停电", "Power", "核对电池容量。", "Check the battery.")]
    columns = ["office_id", "site_id", "site_name", "down_h", "outages", "cause_zh", "cause_en"]
    return pd.DataFrame(rows, columns=[*columns, "next_step_zh", "next_step_en"])


def gaps() -> pd.DataFrame:
    rows = [("G1", "HN", 42.5, 1240, "HN0044", 14.2), ("G2", "ZK", 8.1, 410, None, None)]
    columns = ["gap_id", "office_id", "area_km2", "people", "nearest_site_id", "nearest_site_km"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture(scope="session")
def report() -> MonthReport:
    return make_report()


@pytest.fixture(scope="session")
def pdfs(report: MonthReport) -> dict[str, bytes]:
    """Return the page as it is printed in each language."""
    if not browser():
        pytest.skip("no Chromium on this machine")
    return {str(language): content for language, content in printed(render(report)).items()}
