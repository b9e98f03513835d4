"""The year's power for who decides on it: mains against the standard, sites worth strengthening, the load of crews."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from ops_platform.contracts.outages import MAINS_OUTAGES, SITE_OUTAGES
from ops_platform.facts import Facts
from ops_platform.maintenance import intervals
from ops_platform.maintenance.importance import importance
from ops_platform.maintenance.network_service import sites_in_service

DAYS_A_YEAR = 365
BASELINES = {"rural": (12.70, 3.03), "town": (4.29, 1.12), "urban": (4.29, 1.12), "centre": (3.37, 0.74)}
"""Hours and number of mains failures a site and year by class of area, YD/T 1051-2018."""


@dataclass(frozen=True)
class PowerReview:
    """What the last year's outages say.

    Attributes
    ----------
    mains
        One row per office and class of area: ``sites``, ``site_years``, ``failures_a_year`` and ``hours_a_year`` of a
        site, and the standard's ``baseline_failures`` and ``baseline_hours``; furthest above the standard first.
    strengthen
        Sites that lost service for want of power: ``dark_h_a_year``, ``lost_a_year`` (customer-hours),
        ``saved_by_string_a_year`` (one more battery string) and ``saved_by_set_a_year`` (a fixed set; null where there
        is one); those that lost most come first.
    crews
        One row per contractor and person: ``dispatches``, ``runs``, ``generating_h``; the busiest come first.
    since
        First day of the year looked at, or of what is stored.
    """

    mains: pd.DataFrame
    strengthen: pd.DataFrame
    crews: pd.DataFrame
    since: date


def power_review(facts: Facts, now: datetime) -> PowerReview:
    """Return the review of the year up to a moment, from the stored facts."""
    outages = facts.touching(MAINS_OUTAGES, now - timedelta(days=DAYS_A_YEAR), now)
    today = now.astimezone(facts.zone).date()
    first = min([today, *facts.local_date(outages["failed_at"])])
    since = max(first, today - timedelta(days=DAYS_A_YEAR))
    sites, tests = facts.whole("sites"), facts.whole("acceptance_tests")
    days = [since + timedelta(days=n) for n in range((today - since).days)]
    years = sites_in_service(sites, tests, days).groupby("site_id").size() / DAYS_A_YEAR
    sites = sites.assign(years=_of(sites, years).fillna(0.0))
    start = pd.Timestamp(since, tz=facts.zone)
    downs = facts.touching(SITE_OUTAGES, start.to_pydatetime(), now)
    runs = facts.touching("generator_runs", start.to_pydatetime(), now)
    return PowerReview(
        against_baseline(outages, sites, start, now),
        worth_strengthening(outages, downs, sites, start, now),
        crews_load(runs, now),
        since,
    )


def against_baseline(outages: pd.DataFrame, sites: pd.DataFrame, since: pd.Timestamp, now: datetime) -> pd.DataFrame:
    """Return mains failures and hours a site and year beside the standard, as in `PowerReview.mains`.

    Parameters
    ----------
    outages
        Columns of the contract ``mains_outages``.
    sites
        ``site_id``, ``office_id``, ``area_class`` and ``years`` (in service since).
    """
    began = outages[outages["failed_at"] >= since].groupby("site_id").size()
    hours = _hours_within(outages["failed_at"], outages["restored_at"], since, now).groupby(outages["site_id"]).sum()
    rows = sites.assign(failures=_of(sites, began), hours=_of(sites, hours))
    found = rows.groupby(["office_id", "area_class"], as_index=False).agg(
        sites=("site_id", "size"), site_years=("years", "sum"), failures=("failures", "sum"), hours=("hours", "sum")
    )
    found = found[found["site_years"] > 0]
    base = pd.DataFrame.from_dict(BASELINES, orient="index", columns=["baseline_hours", "baseline_failures"])
    found = found.merge(base, left_on="area_class", right_index=True)
    found = found.assign(
        failures_a_year=found["failures"] / found["site_years"], hours_a_year=found["hours"] / found["site_years"]
    )
    order = (-found["hours_a_year"] / found["baseline_hours"]).sort_values(kind="stable").index
    return found.loc[order, ["office_id", "area_class", "sites", "site_years", "failures_a_year", "baseline_failures",
                             "hours_a_year", "baseline_hours"]].reset_index(drop=True)  # fmt: skip


def worth_strengthening(
    outages: pd.DataFrame, downs: pd.DataFrame, sites: pd.DataFrame, since: pd.Timestamp, now: datetime
) -> pd.DataFrame:
    """Return what sites lost for want of power, and what would have saved it, as in `PowerReview.strengthen`.

    One more string lasts as long as each that is there: it puts the moment at which a site goes dark off by so much.
    """
    lost = downs[downs["cause"] == "power"]
    lost = lost.assign(dark_h=_hours_within(lost["down_at"], lost["up_at"], since, now))
    lost = lost[lost["dark_h"] > 0]
    known = sites.assign(
        lasts_h=_of(sites, outages.groupby("site_id")["autonomy_s"].median()) / 3600,
        customers_at_risk=_of(sites, importance(sites)["customers_at_risk"]),
    )
    rows = lost[["site_id", "dark_h"]].merge(known, on="site_id") if len(lost) else known.assign(dark_h=0.0).iloc[:0]
    a_string_h = rows["lasts_h"] / rows["strings"].astype("float64")
    saved_h = pd.concat([rows["dark_h"], a_string_h], axis=1).min(axis=1).where(a_string_h.notna())
    people = rows["customers_at_risk"]
    each = {
        "dark_h_a_year": rows["dark_h"],
        "lost_a_year": rows["dark_h"] * people,
        "saved_by_string_a_year": saved_h * people,
        "saved_by_set_a_year": (rows["dark_h"] * people).where(~rows["fixed_generator"].astype(bool)),
    }
    named = ["site_id", "site_name", "office_id"]
    found = (
        rows[[*named, "years"]].assign(**each).groupby([*named, "years"], as_index=False)[list(each)].sum(min_count=1)
    )
    found[list(each)] = found[list(each)].div(found["years"].where(found["years"] > 0), axis=0)
    return found.drop(columns="years").sort_values(
        ["lost_a_year", "dark_h_a_year", "site_id"], ascending=[False, False, True], ignore_index=True
    )


def crews_load(runs: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Return how often each contractor's people were sent and how long they generated, as in `PowerReview.crews`."""
    ended = intervals.close_open(runs["ended_at"], now)
    hours = ((ended - runs["started_at"]).dt.total_seconds() / 3600).clip(lower=0).fillna(0.0)
    rows = runs.assign(generating_h=hours, started=runs["started_at"].notna())
    rows = rows.fillna({"contractor": "", "staff_id": ""})
    found = rows.groupby(["contractor", "staff_id"], as_index=False).agg(
        dispatches=("run_id", "size"), runs=("started", "sum"), generating_h=("generating_h", "sum")
    )
    return found.sort_values(["dispatches", "staff_id"], ascending=[False, True], ignore_index=True)


def _of(sites: pd.DataFrame, figures: pd.Series) -> pd.Series:
    """Return the figure of each site, null where it has none."""
    return sites["site_id"].map(figures).astype("float64")


def _hours_within(start: pd.Series, end: pd.Series, since: pd.Timestamp, now: datetime) -> pd.Series:
    first = start.clip(lower=since.tz_convert("UTC").as_unit("us"))
    return ((intervals.close_open(end, now) - first).dt.total_seconds() / 3600).clip(lower=0)
