"""From alarms, runs and registers to clean events: mains outages with their outcome, site outages with their cause.

Definitions in docs/definitions.md. Pure functions of frames, a policy and a moment.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from ops_platform.maintenance import autonomy, intervals, power_clock
from ops_platform.maintenance.crews import free_crews, nearest
from ops_platform.maintenance.discharges import discharges
from ops_platform.maintenance.network_service import in_service
from ops_platform.maintenance.power_facts import PowerFacts
from ops_platform.maintenance.run_reviews import JudgedRuns, judge
from ops_platform.maintenance.travel import Travel
from ops_platform.policy import PowerPolicy

KPI_ID = "generator_timeliness"


def approved(exclusions: pd.DataFrame, kpi_id: str) -> pd.DataFrame:
    """Return the exclusions from a KPI that count: approved, and evidenced where access was refused."""
    evidenced = (exclusions["reason"] != "access_refused") | exclusions["evidence"].notna()
    return exclusions[(exclusions["kpi_id"] == kpi_id) & exclusions["approved_at"].notna() & evidenced]


def exempted(event_ids: pd.Series, exclusions: pd.DataFrame, kpi_id: str) -> pd.Series:
    """Return the exclusion that takes each event out of a KPI; null where none counts."""
    counting = approved(exclusions, kpi_id).dropna(subset="event_id").drop_duplicates("event_id")
    return event_ids.map(counting.set_index("event_id")["exclusion_id"]).astype("str")


def site_outages(facts: PowerFacts, policy: PowerPolicy, zone: ZoneInfo) -> pd.DataFrame:
    """Return the site outages with their cause.

    Returns
    -------
    pandas.DataFrame
        Columns of the contract ``site_outages``.
    """
    down = _events(facts, "site_down", policy)
    down["day_on"] = down["start"].dt.tz_convert(zone).dt.date
    asked = down[["site_id", "day_on"]].drop_duplicates()
    standing = in_service(asked, facts.sites, facts.acceptance_tests)
    down = down.merge(standing, on=["site_id", "day_on"]).merge(_owners(facts.sites), on="site_id")
    transmission = _alarms(facts, "transmission")
    near = pd.Timedelta(policy.transmission_window_s, "s")
    around = transmission.assign(
        start=transmission["start"] - near,
        end=transmission["end"].where(
            transmission["end"].isna() | (transmission["end"] > transmission["start"] + near),
            transmission["start"] + near + pd.Timedelta(1, "us"),
        ),
    )
    causes = [
        intervals.covered(down, _as_intervals(facts.planned_work), "site_id", "start"),
        intervals.covered(down, _events(facts, "mains_failure", policy), "site_id", "start"),
        intervals.covered(down, around, "site_id", "start"),
    ]
    return pd.DataFrame(
        {
            "site_outage_id": _event_ids("SO", down),
            "site_id": down["site_id"],
            "office_id": down["office_id"],
            "staff_id": down["staff_id"],
            "down_at": down["start"],
            "up_at": down["end"],
            "cause": np.select(causes, ["planned", "power", "transmission"], "equipment"),
            "alarm_ids": down["ids"],
        }
    )


@dataclass(frozen=True)
class PowerEvents:
    """What the facts about power come to.

    Attributes
    ----------
    site_outages, mains_outages
        Columns of their contracts.
    judged
        Every generator run claimed or seen.
    """

    site_outages: pd.DataFrame
    mains_outages: pd.DataFrame
    judged: JudgedRuns


def power_events(facts: PowerFacts, policy: PowerPolicy, zone: ZoneInfo, as_of: datetime) -> PowerEvents:
    """Return site outages with their cause, mains outages with deadline and outcome, and the runs judged for both.

    Parameters
    ----------
    as_of
        The moment up to which events are known.
    """
    downs = site_outages(facts, policy, zone)
    failures = _mains_failures(facts, policy, zone)
    judged = judge(facts, failures, downs, policy, as_of)
    runs = judged.runs
    counting = runs.loc[runs["counts"] & runs["during"], ["mains_outage_id", "run_id", "started_at"]]
    first = counting.sort_values(["started_at", "run_id"]).drop_duplicates("mains_outage_id")
    outages = failures.merge(first, on="mains_outage_id", how="left")
    outages["excluded_by"] = intervals.covering(outages, _exemptions(facts), "site_id", "failed_at")
    outages["outcome"] = _outcome(facts, outages, downs, as_of)
    return PowerEvents(downs, outages.drop(columns="fixed_generator"), judged)


def _mains_failures(facts: PowerFacts, policy: PowerPolicy, zone: ZoneInfo) -> pd.DataFrame:
    """Return the mains outages with their deadlines, before anybody looked at runs."""
    events = _events(facts, "mains_failure", policy).merge(facts.sites, on="site_id")
    autonomy = power_clock.autonomy_s(events, events["start"], policy, zone)
    by_battery, deadline = power_clock.deadlines(events["start"], autonomy, events["priority"], policy)
    return pd.DataFrame(
        {
            "mains_outage_id": _event_ids("MO", events),
            "site_id": events["site_id"],
            "office_id": events["office_id"],
            "staff_id": events["staff_id"],
            "failed_at": events["start"],
            "restored_at": events["end"],
            "autonomy_s": autonomy,
            "autonomy_deadline_at": by_battery,
            "deadline_at": deadline,
            "fixed_generator": events["fixed_generator"],
            "alarm_ids": events["ids"],
        }
    )


def _outcome(facts: PowerFacts, outages: pd.DataFrame, site_outages: pd.DataFrame, as_of: datetime) -> pd.Series:
    deadline, by_battery = outages["deadline_at"], outages["autonomy_deadline_at"]
    generator = facts.alarms[facts.alarms["kind"] == "generator_running"]
    site, failed_at = outages["site_id"], outages["failed_at"]
    auto_start = outages["fixed_generator"].astype(bool) & intervals.any_between(
        site, failed_at, deadline, generator, "raised_at"
    )
    power_loss = site_outages[site_outages["cause"] == "power"]
    end = outages["restored_at"].fillna(pd.Timestamp(as_of).as_unit("us"))
    went_down = intervals.any_between(site, failed_at, end, power_loss, "down_at")
    outcomes = {
        "unknown": by_battery.isna(),
        "pending": outages["restored_at"].isna() & (by_battery >= pd.Timestamp(as_of)),
        "mains_back": outages["restored_at"] <= by_battery,
        "fixed_set": auto_start,
        "exempt": outages["excluded_by"].notna(),
        "in_time": (outages["started_at"] <= deadline) & ~went_down,
    }
    return pd.Series(np.select(list(outcomes.values()), list(outcomes), "late"), index=outages.index)


def _events(facts: PowerFacts, kind: str, policy: PowerPolicy) -> pd.DataFrame:
    """Return the disjoint intervals of each site's alarms of one kind that have a length, with the alarms' ids."""
    events = intervals.union(_alarms(facts, kind), "site_id", policy.merge_gap_s)
    return events[events["end"].isna() | (events["start"] < events["end"])].reset_index(drop=True)


def _alarms(facts: PowerFacts, kind: str) -> pd.DataFrame:
    names = {"raised_at": "start", "cleared_at": "end", "alarm_id": "ids"}
    return facts.alarms[facts.alarms["kind"] == kind].rename(columns=names)


def _exemptions(facts: PowerFacts) -> pd.DataFrame:
    """Return the intervals in which a mains outage counts for nobody, each with the id of its register's row."""
    exclusions = _as_intervals(approved(facts.exclusions, KPI_ID)).rename(columns={"exclusion_id": "ids"})
    works = _as_intervals(facts.planned_work).rename(columns={"work_id": "ids"})
    return pd.concat([part[["site_id", "start", "end", "ids"]] for part in (exclusions, works)], ignore_index=True)


def _as_intervals(register: pd.DataFrame) -> pd.DataFrame:
    return register.rename(columns={"starts_at": "start", "ends_at": "end"})


def _owners(sites: pd.DataFrame) -> pd.DataFrame:
    return sites[["site_id", "office_id", "staff_id"]]


def _event_ids(prefix: str, events: pd.DataFrame) -> pd.Series:
    return prefix + "-" + events["site_id"] + "-" + events["start"].dt.strftime("%Y%m%dT%H%M%SZ")


def open_outages(facts: PowerFacts, travel: Travel, policy: PowerPolicy, zone: ZoneInfo, now: datetime) -> pd.DataFrame:
    """Return the power clock of every open mains outage at a moment.

    Parameters
    ----------
    travel
        Hours by road.
    now
        The moment. The clock runs without any new data: an outage becomes late by the passing of time.

    Returns
    -------
    pandas.DataFrame
        Among others ``site_id``, ``site_name``, ``office_id``, ``failed_at``, ``deadline_at``, ``leave_by_at``,
        ``from_crew_id`` (who would leave; null where it is the office's), ``fixed_generator``, ``dispatched``,
        ``generating`` and ``state``, most urgent first. The deadline is that of the design autonomy; ``empty_at``,
        ``empty_low_at`` and ``empty_high_at`` say when the battery will be empty by the learned one,
        ``autonomy_basis`` what that rests on, and ``autonomy_differs`` that it is far from the design.
    """
    events = power_events(facts, policy, zone, now)
    every = events.mains_outages
    known = discharges(facts, every, events.site_outages, policy, zone, now)
    outages = every[every["restored_at"].isna()].merge(
        facts.sites[["site_id", "site_name", "latitude", "longitude", "fixed_generator", "load_a"]], on="site_id"
    )
    way = nearest(outages, free_crews(facts, outages, now), facts.offices, travel, policy, now)
    outages["from_crew_id"] = way["crew_id"]
    outages["leave_by_at"] = power_clock.leave_by(outages["deadline_at"], way["travel_h"], policy)
    runs = facts.generator_runs
    under_way = runs[runs["ended_at"].isna()]
    started = under_way[under_way["started_at"].notna()]
    alarms = facts.alarms[(facts.alarms["kind"] == "generator_running") & facts.alarms["cleared_at"].isna()]
    end = pd.Series(pd.Timestamp(now).as_unit("us"), index=outages.index)
    site, since = outages["site_id"], outages["failed_at"]
    outages["dispatched"] = intervals.any_between(site, since, end, under_way, "dispatched_at")
    outages["generating"] = intervals.any_between(site, since, end, started, "started_at") | intervals.any_between(
        site, since, end, alarms, "raised_at"
    )
    outages["state"] = power_clock.state(outages, now)
    asked = outages.rename(columns={"failed_at": "at", "autonomy_s": "design_s"})
    learned = autonomy.estimate(asked, known, autonomy.spreads(known, policy.learning), policy.learning)
    for empty, seconds in (("empty_at", "autonomy_s"), ("empty_low_at", "low_s"), ("empty_high_at", "high_s")):
        outages[empty] = power_clock.after(since, learned[seconds])
    outages["autonomy_basis"] = learned["basis"]
    outages["autonomy_differs"] = learned["differs"]
    return outages.sort_values(["deadline_at", "site_id"], ignore_index=True)
