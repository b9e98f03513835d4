"""What is open now and who could go, from the stored facts, for the dispatch board."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from ops_platform.clock import month_of
from ops_platform.facts import Facts
from ops_platform.maintenance.crews import free_crews, load_kw, under_way
from ops_platform.maintenance.dispatch import DispatchPlan, Situation, dispatch
from ops_platform.maintenance.fault_limits import repair_limits
from ops_platform.maintenance.importance import importance
from ops_platform.maintenance.network_service import sites_in_service
from ops_platform.maintenance.power_events import alarms_around, clock_now, facts_now
from ops_platform.maintenance.power_facts import PowerFacts
from ops_platform.maintenance.travel import travel_of
from ops_platform.policy import Policy

MONTHS_BACK = 1
"""A fault that has been open longer belongs on the work plan and not on the dispatch board."""


def dispatch_now(facts: Facts, policy: Policy, now: datetime) -> DispatchPlan:
    """Return the recommended assignment at a moment, from the stored facts."""
    known = facts_now(facts, policy.power, now)
    clock = clock_now(facts, policy.power, now, known)
    faults = facts.month("faults", month_of(now, facts.zone), before=MONTHS_BACK)
    today = facts.local_date(pd.Series([pd.Timestamp(now)]))
    serving = set(sites_in_service(known.sites, known.acceptance_tests, list(today))["site_id"])
    situation = situation_at(known, clock[clock["site_id"].isin(serving)], faults, policy, facts.zone, now)
    return dispatch(situation, travel_of(policy.power, facts.terrain), policy.power, policy.dispatch, now)


def mains_is_out(facts: Facts, policy: Policy, now: datetime) -> bool:
    """Return whether a mains failure is open at a moment."""
    alarms = alarms_around(facts, month_of(now, facts.zone), policy.power)
    failures = alarms[(alarms["kind"] == "mains_failure") & (alarms["raised_at"] <= pd.Timestamp(now))]
    return bool(failures["cleared_at"].isna().any())


def situation_at(
    known: PowerFacts,
    clock: pd.DataFrame,
    faults: pd.DataFrame,
    policy: Policy,
    zone: ZoneInfo,
    now: datetime,
) -> Situation:
    """Return what waits for a crew, and the crews that are not under way already.

    Parameters
    ----------
    known
        The facts from which ``clock`` was made.
    clock
        Result of `open_outages`.
    faults
        Columns of the contract ``faults``.
    zone
        The business time zone, in which the limits of faults count.
    """
    on_its_way = under_way(known, clock, now)
    # A fixed set may still start by itself before the deadline; after it, somebody must go there and start it.
    unserved = ~clock["generating"] & ~clock["site_id"].isin(on_its_way["site_id"])
    unserved &= ~clock["fixed_generator"].astype(bool) | (clock["state"] == "too_late")
    return Situation(
        outages=_outages(known, clock[unserved], policy, now),
        faults=_faults(known, faults, policy, zone, now),
        crews=free_crews(known, clock, now),
    )


def _outages(known: PowerFacts, clock: pd.DataFrame, policy: Policy, now: datetime) -> pd.DataFrame:
    alarms = known.alarms[(known.alarms["kind"] == "site_down") & known.alarms["cleared_at"].isna()]
    open_ones = clock.merge(_served(known), on="site_id")
    moment = pd.Timestamp(now).as_unit("us")
    return open_ones.assign(
        down=open_ones["site_id"].isin(alarms["site_id"]),
        # A battery of which nothing is known is taken as empty.
        dark_at=open_ones["empty_at"].fillna(moment),
        load_kw=load_kw(open_ones, policy.power.witnesses.load_volts),
    ).assign(dark_at=lambda rows: rows["dark_at"].where(~rows["down"] | (rows["dark_at"] < moment), moment))


def _faults(known: PowerFacts, faults: pd.DataFrame, policy: Policy, zone: ZoneInfo, now: datetime) -> pd.DataFrame:
    open_ones = faults[faults["repaired_at"].isna() & (faults["occurred_at"] <= pd.Timestamp(now))]
    places = known.sites[["site_id", "latitude", "longitude"]]
    return (
        open_ones.merge(places, on="site_id")
        .merge(_served(known), on="site_id")
        .assign(
            opened_at=lambda rows: rows["reported_at"].fillna(rows["occurred_at"]),
            limit_at=lambda rows: repair_limits(rows, policy.fault, zone)["limit_at"],
        )
    )


def _served(known: PowerFacts) -> pd.DataFrame:
    """Return the customers of each site, and why it comes first where it does."""
    first = importance(known.sites)["comes_first"]
    return known.sites[["site_id", "customers"]].assign(comes_first=known.sites["site_id"].map(first))
