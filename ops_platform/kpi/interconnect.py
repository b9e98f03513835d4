"""Calls with other operators over a month: hours, relations with trend and sudden changes, the view of competitors."""

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.stats import theilslopes

from ops_platform.clock import first_day, month_bounds, shift_month
from ops_platform.contracts.reviews import (
    CHANGED_RATIOS,
    COMPETITOR_VIEW,
    INTERCONNECT_CHANGES,
    INTERCONNECT_HOURS,
    INTERCONNECT_REVIEW,
)
from ops_platform.facts import Facts, as_rows, in_month
from ops_platform.kpi.sudden_changes import sudden_changes
from ops_platform.policy.service import InterconnectPolicy

RELATION = ["office_id", "operator", "direction"]
BRANCH = ""
SUMS = ["valid", "connected", "answered", "talk_s"]
RATIOS = {"connect": ("connected", "valid"), "answer": ("answered", "valid"), "share": ("valid", "all_valid")}
"""Numerator and denominator of each ratio of `CHANGED_RATIOS`."""
CALLS = ["valid", "connected", "answered", "incoming"]
WEEK = 7
LEAST_DAYS = 14
"""Of fewer days no trend is told."""


def interconnect(facts: Facts, month: str, policy: InterconnectPolicy) -> dict[str, pa.Table]:
    """Return the tables of a month's calls with other operators, by name of their contract."""
    counters = _known(facts, month)
    hours = _with_ratios(_hours(counters))
    start, end = (pd.Timestamp(bound) for bound in month_bounds(month, facts.zone))
    mine = hours[(hours["hour_start_at"] >= start) & (hours["hour_start_at"] < end)]
    changes = _changes(hours, facts, policy)
    changes = changes[(changes["changed_at"] >= start) & (changes["changed_at"] < end)]
    review = _review(mine, hours[hours["hour_start_at"] < start], changes, facts, policy)
    tables = (
        (INTERCONNECT_HOURS, mine.sort_values(["hour_start_at", *RELATION])),
        (INTERCONNECT_REVIEW, review.assign(month_on=first_day(month))),
        (INTERCONNECT_CHANGES, changes),
        (COMPETITOR_VIEW, _competitors(facts, month, mine[mine["office_id"] != BRANCH])),
    )
    return {contract.name: as_rows(contract, frame) for contract, frame in tables}


def _known(facts: Facts, month: str) -> pd.DataFrame:
    rows = facts.month("interconnect_counters", month, before=1)
    return rows.assign(
        valid=rows["attempts"] - rows["invalid_attempts"],
        connected=rows["answered"] + rows["busy"] + rows["no_answer"] + rows["unreachable"],
        talk_s=rows["talk_s"].astype(float),
    )


def _hours(counters: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of each office's hours, and of the branch's; talk that one of them lacks is not known."""
    counters = counters.assign(lacking=counters["talk_s"].isna())
    both = pd.concat([counters, counters.assign(office_id=BRANCH)])
    hours = both.groupby([*RELATION, "hour_start_at"], as_index=False)[[*SUMS, "lacking"]].sum()
    hours["talk_s"] = hours["talk_s"].where(hours["lacking"] == 0)
    everybody = hours.groupby(["office_id", "direction", "hour_start_at"])["valid"].transform("sum")
    return hours.drop(columns="lacking").assign(all_valid=everybody, traffic_erl=hours["talk_s"] / 3600)


def _with_ratios(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(
        **{
            f"{name}_pct": 100 * rows[part] / rows[whole].where(rows[whole] > 0)
            for name, (part, whole) in RATIOS.items()
        }
    )


def _changes(hours: pd.DataFrame, facts: Facts, policy: InterconnectPolicy) -> pd.DataFrame:
    """Return every sudden change of the month and the one before, which tells what is usual."""
    found = []
    for relation, rows in hours.groupby(RELATION):
        for ratio, (part, whole) in RATIOS.items():
            known = rows[rows[whole] > 0].sort_values("hour_start_at")
            moments = known["hour_start_at"].reset_index(drop=True)
            of_day = moments.dt.tz_convert(facts.zone).dt.hour
            for change in sudden_changes(known[part], known[whole], of_day, policy):
                lasts = change.last + 1 == len(moments)
                found.append(
                    dict(zip(RELATION, relation, strict=True)) | {
                        "ratio": ratio, "changed_at": moments[change.first],
                        "over_at": pd.NaT if lasts else moments[change.last] + pd.Timedelta(1, "h"),
                        "hours": change.last - change.first + 1, "attempts": change.attempts,
                        "ratio_pct": 100 * change.ratio, "usual_pct": 100 * change.usual,
                        "size_points": 100 * (change.ratio - change.usual),
                        "low_points": 100 * (change.low - change.usual),
                        "high_points": 100 * (change.high - change.usual),
                    }
                )  # fmt: skip
    changes = pd.DataFrame(found, columns=INTERCONNECT_CHANGES.schema.names)
    for name in ("changed_at", "over_at"):
        changes[name] = pd.to_datetime(changes[name], utc=True).astype(hours["hour_start_at"].dtype)
    largest = changes["size_points"].astype(float).abs()
    return changes.assign(largest=largest).sort_values(["changed_at", "largest"], ascending=[True, False])


def _review(
    mine: pd.DataFrame, before: pd.DataFrame, changes: pd.DataFrame, facts: Facts, policy: InterconnectPolicy
) -> pd.DataFrame:
    serious = (mine["connect_pct"] < policy.serious_connect_under_pct) & (mine["valid"] >= policy.least_attempts)
    months = mine.assign(serious_hours=serious).groupby(RELATION, as_index=False).agg(
        **{name: (name, "sum") for name in (*SUMS[:3], "all_valid", "serious_hours")},
        traffic_erl=("traffic_erl", lambda traffic: traffic.mean(skipna=False)),
    )  # fmt: skip
    earlier = _with_ratios(before.groupby(RELATION, as_index=False)[[*SUMS[:3], "all_valid"]].sum())
    ratios = {f"{name}_pct": f"previous_{name}_pct" for name in CHANGED_RATIOS}
    months = _with_ratios(months).merge(earlier.rename(columns=ratios)[[*RELATION, *ratios.values()]], how="left")
    days = mine.assign(day_on=facts.local_date(mine["hour_start_at"])).groupby([*RELATION, "day_on"], as_index=False)
    trends = [
        dict(zip(RELATION, relation, strict=True)) | _trend(rows)
        for relation, rows in _with_ratios(days[[*SUMS[:3], "all_valid"]].sum()).groupby(RELATION)
    ]
    named = pd.DataFrame(trends, columns=[*RELATION, "trend_points", "trend_low", "trend_high"])
    counts = changes.groupby(RELATION).size().rename("changes").reset_index()
    months = months.merge(named, how="left").merge(counts, on=RELATION, how="left").fillna({"changes": 0})
    return months.sort_values(["office_id", "connect_pct", "operator", "direction"])


def _trend(days: pd.DataFrame) -> dict[str, float]:
    known = days.dropna(subset="connect_pct")
    if len(known) < LEAST_DAYS:
        return {}
    at = np.array([day.toordinal() for day in known["day_on"]], float) / WEEK
    slope, _, low, high = theilslopes(known["connect_pct"].to_numpy(), at)
    return {"trend_points": slope, "trend_low": low, "trend_high": high}


def _competitors(facts: Facts, month: str, hours: pd.DataFrame) -> pd.DataFrame:
    """Return each office's share of each other operator: of its calls with us, and of its customers."""
    incoming = hours["valid"].where(hours["direction"] == "incoming", 0)
    talk = hours.groupby(["office_id", "operator"])["talk_s"].agg(lambda seconds: seconds.sum(skipna=False))
    calls = hours.assign(incoming=incoming).groupby(["office_id", "operator"])[CALLS].sum().assign(talk_h=talk / 3600)
    people, earlier = _customers(facts, month), _customers(facts, shift_month(month, -1))
    view = calls.join(people, how="outer").join(earlier[["market_pct"]].rename(columns=lambda name: f"previous_{name}"))
    view[CALLS] = view[CALLS].fillna(0)
    valid = view["valid"].where(view["valid"] > 0)
    return view.assign(
        month_on=first_day(month),
        incoming_pct=100 * view["incoming"] / valid,
        connect_pct=100 * view["connected"] / valid,
        answer_pct=100 * view["answered"] / valid,
        operator_share_pct=_share(view["valid"], "office_id"),
        office_share_pct=_share(view["valid"], "operator"),
        customer_share_pct=_share(view["customers"], "operator"),
        calls_per_customer=valid / view["customers"].where(view["customers"] > 0),
    ).reset_index()


def _customers(facts: Facts, month: str) -> pd.DataFrame:
    counts = facts.month("operator_customers", month)
    counts = counts[in_month(counts["month_on"], month)].assign(customers=counts["customers"].astype(float))
    own, everybody = counts["own"].astype(bool), counts.groupby("office_id")["customers"].sum()
    others = counts[~own].set_index(["office_id", "operator"])[["customers"]]
    office = others.index.get_level_values("office_id")
    ours = counts[own].groupby("office_id")["customers"].sum()
    total = pd.Series(everybody.reindex(office).to_numpy(), others.index)
    # Without our own customers the others' share of all is not known.
    mine = pd.Series(ours.reindex(office).to_numpy(), others.index)
    return others.assign(
        own_customers=mine, market_pct=100 * others["customers"] / total.where((total > 0) & mine.notna())
    )


def _share(values: pd.Series, by: str) -> pd.Series:
    total = values.groupby(level=by).transform("sum")
    return 100 * values / total.where(total > 0)
