"""Power events of one month, or open now, from the stored facts."""

from datetime import datetime

import pandas as pd

from ops_platform.clock import month_bounds, month_of, shift_month
from ops_platform.contracts import FEEDS
from ops_platform.contracts.outages import GENERATION_REVIEWS, MAINS_OUTAGES, SITE_OUTAGES
from ops_platform.facts import Facts, in_month
from ops_platform.maintenance import alarm_log, autonomy, generation, power_clock, run_reviews
from ops_platform.maintenance.discharges import discharges
from ops_platform.maintenance.power_facts import PowerFacts
from ops_platform.maintenance.travel import travel_of
from ops_platform.policy import PowerPolicy

ALARMS_AT_ONCE = 2_000_000
"""Alarms and lines of logs held in memory together when the events of a month are derived."""
MONTHS_OF_LOGS_BEFORE = 2
"""How far back a log is read: what was raised earlier and has not been cleared since is no longer looked at."""


def power_facts(facts: Facts, month: str, policy: PowerPolicy, before: int = 1) -> PowerFacts:
    """Return the facts from which the power events of a month are derived, the neighbouring months included.

    Parameters
    ----------
    before
        How many months before it are included; the learned autonomy looks back further than the events of a month.
    """
    return PowerFacts(
        sites=facts.whole("sites"),
        acceptance_tests=facts.whole("acceptance_tests"),
        alarms=alarms_around(facts, month, policy, before),
        generator_runs=facts.around_month("generator_runs", month, before),
        generator_decisions=facts.month("generator_decisions", shift_month(month, 1), before=before + 1),
        planned_work=facts.around_month("planned_work", month, before),
        exclusions=facts.around_month("exclusions", month, before),
        battery_tests=facts.month("battery_tests", month, before),
        offices=facts.whole("offices"),
        crews=facts.whole("crews"),
        generators=facts.whole("generators"),
    )


def month_events(facts: Facts, month: str, policy: PowerPolicy, as_of: datetime) -> dict[str, pd.DataFrame]:
    """Return the mains outages, site outages and reviews of generation that began in a month, by table name.

    The events of a site need nothing of another's, so sites are taken in blocks: memory is bounded by the block.
    """
    parts = [_events_of(block, month, policy, as_of) for block in _blocks(facts, month)]
    found = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
    reviewed = found[GENERATION_REVIEWS.name].sort_values(["happened_at", "review_id"], ignore_index=True)
    return {**found, GENERATION_REVIEWS.name: reviewed}


def _blocks(facts: Facts, month: str) -> list[Facts]:
    """Return the facts in as many blocks of sites as have about so many alarms each as are derived at once."""
    months = [shift_month(month, by) for by in (1, 0, -1)]
    alarms = sum(facts.warehouse.count(FEEDS[feed], months) for feed in ("alarms", "alarm_events"))
    count = -(-alarms // ALARMS_AT_ONCE)
    if count <= 1:
        return [facts]
    sites = facts.whole("sites")["site_id"].sort_values().tolist()
    size = -(-len(sites) // count)
    return [facts.of_sites(sites[first : first + size]) for first in range(0, len(sites), size)] or [facts]


def _events_of(facts: Facts, month: str, policy: PowerPolicy, as_of: datetime) -> dict[str, pd.DataFrame]:
    known = power_facts(facts, month, policy)
    events = generation.power_events(known, policy, facts.zone, as_of)
    mains, downs, judged = events.mains_outages, events.site_outages, run_reviews.reviews(events.judged)
    return {
        GENERATION_REVIEWS.name: judged[in_month(facts.local_date(judged["happened_at"]), month)],
        SITE_OUTAGES.name: downs[in_month(facts.local_date(downs["down_at"]), month)],
        MAINS_OUTAGES.name: mains[in_month(facts.local_date(mains["failed_at"]), month)],
    }


def alarms_around(facts: Facts, month: str, policy: PowerPolicy, before: int = 1) -> pd.DataFrame:
    """Return the alarms of a month and its neighbours: those that arrived as such, and those of logs."""
    alarms = facts.around_month("alarms", month, before)
    lines = facts.month("alarm_events", shift_month(month, 1), before=before + MONTHS_OF_LOGS_BEFORE)
    if lines.empty:
        return alarms
    logged = alarm_log.alarms_of(lines, policy.clear_before_raise_s).astype(alarms.dtypes.to_dict())
    return pd.concat([alarms, logged], ignore_index=True)


def facts_now(facts: Facts, policy: PowerPolicy, now: datetime) -> PowerFacts:
    """Return the facts on which the power clock rests at a moment, as far back as batteries are learned from."""
    return power_facts(facts, month_of(now, facts.zone), policy, before=policy.learning.history_months)


def clock_now(facts: Facts, policy: PowerPolicy, now: datetime, known: PowerFacts | None = None) -> pd.DataFrame:
    """Return the power clock of every mains outage that is open at a moment, from the stored facts.

    Parameters
    ----------
    known
        Result of `facts_now`, where the caller has it already.
    """
    known = known or facts_now(facts, policy, now)
    return generation.open_outages(known, travel_of(policy, facts.terrain), policy, facts.zone, now)


def down_now(facts: Facts, policy: PowerPolicy, now: datetime, known: PowerFacts | None = None) -> pd.DataFrame:
    """Return the site outages that are open at a moment, from the stored facts.

    Parameters
    ----------
    known
        Result of `power_facts` or `facts_now`, where the caller has it already.
    """
    known = known or power_facts(facts, month_of(now, facts.zone), policy)
    downs = generation.site_outages(known, policy, facts.zone)
    return downs[(downs["down_at"] <= now) & (downs["up_at"].isna() | (downs["up_at"] > now))]


def battery_findings(facts: Facts, month: str, policy: PowerPolicy, now: datetime) -> pd.DataFrame:
    """Return the sites whose batteries last much shorter or longer than by design, as known at the end of a month.

    Returns
    -------
    pandas.DataFrame
        ``site_id``, ``site_name``, ``office_id``, ``design_min``, ``learned_min``, ``low_min``, ``high_min`` and
        ``observations``; the batteries that fall furthest short come first.
    """
    _, end = month_bounds(month, facts.zone)
    moment = min(end, now)
    known = power_facts(facts, month, policy, before=policy.learning.history_months)
    events = generation.power_events(known, policy, facts.zone, moment)
    past = discharges(known, events.mains_outages, events.site_outages, policy, facts.zone, moment)
    sites = known.sites[known.sites["retired_on"].isna()]
    at = pd.Series(pd.Timestamp(moment).as_unit("us"), index=sites.index)
    asked = sites.assign(at=at, design_s=power_clock.autonomy_s(sites, at, policy, facts.zone))
    learned = autonomy.estimate(asked, past, autonomy.spreads(past, policy.learning), policy.learning)
    minutes = {"design_min": asked["design_s"], "learned_min": learned["autonomy_s"], "low_min": learned["low_s"],
               "high_min": learned["high_s"]}  # fmt: skip
    found = asked[["site_id", "site_name", "office_id"]].assign(
        **{name: seconds // 60 for name, seconds in minutes.items()}, observations=learned["observations"]
    )
    short = (learned["autonomy_s"] / asked["design_s"]).astype("float64")
    far = learned["differs"] & short.notna()
    return found.loc[short[far].sort_values(kind="stable").index].reset_index(drop=True)
