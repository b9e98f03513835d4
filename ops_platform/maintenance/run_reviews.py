"""Every generator run that was claimed or seen: whether alarms agree, what contradicts it, and whether it counts.

Definitions in docs/definitions.md. Pure functions of frames, a policy and a moment.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from ops_platform.contracts.outages import CONTRADICTIONS, DECISIONS, GENERATION_REVIEWS, SAYS, WITNESSES
from ops_platform.maintenance import intervals, witnesses
from ops_platform.maintenance.power_facts import PowerFacts
from ops_platform.policy import PowerPolicy

ALARM_KINDS = ("mains_failure", "battery_discharging", "low_voltage")
SPANS = ["mains_outage_id", "site_id", "failed_at", "restored_at"]
NAMED = ["site_id", "happened_at", "run_id", "contradiction", "grade", "speaking", "evidence_zh", "evidence_en"]
BATTERY_KINDS = ("battery_discharging", "low_voltage")


@dataclass(frozen=True)
class JudgedRuns:
    """Every run claimed or seen, a row each in three frames.

    Attributes
    ----------
    runs
        Among others ``mains_outage_id`` (null where the mains had not failed), ``during`` (they had), ``run_id`` (null
        where nobody claims it), ``started_at``, ``contradiction``, ``decision`` and ``counts``.
    told, said
        What the witnesses are judged by, and what they say: results of `witnesses.measured` and `witnesses.verdicts`.
    """

    runs: pd.DataFrame
    told: pd.DataFrame
    said: pd.DataFrame


def judge(
    facts: PowerFacts, outages: pd.DataFrame, site_outages: pd.DataFrame, policy: PowerPolicy, as_of: datetime
) -> JudgedRuns:
    """Judge every run claimed or seen: what contradicts it, what was decided, and whether it counts.

    Parameters
    ----------
    outages
        Mains outages: ``mains_outage_id``, ``site_id``, ``failed_at``, ``restored_at``.
    site_outages
        ``site_id``, ``down_at``, ``up_at``.
    as_of
        The moment up to which events are known.
    """
    sites = facts.sites[["site_id", "office_id", "latitude", "longitude", "load_a", "fixed_generator"]]
    claimed = _claimed(facts, outages, site_outages, as_of)
    seen = _seen(facts, outages, site_outages, policy, as_of)
    runs = pd.concat([claimed, seen], ignore_index=True).merge(sites, on="site_id")
    for flag in ("claimed", "verified", "pending", "empty_trip"):
        runs[flag] = runs[flag].astype("boolean").fillna(value=False).astype(bool)
    runs["during"] = runs["mains_outage_id"].notna()
    runs["review_id"] = "GR-" + runs["run_id"].fillna(_place_and_time(runs, "%Y%m%dT%H%M%SZ"))
    told = witnesses.measured(runs, policy.witnesses)
    said = witnesses.verdicts(runs, told, policy.witnesses)
    runs["contradiction"] = witnesses.contradictions(runs, said, told)
    runs["decision"] = _decided(runs, facts.generator_decisions)
    undisputed = runs["verified"] & (runs["contradiction"] == witnesses.NONE) & runs["decision"].isna()
    return JudgedRuns(runs.assign(counts=undisputed | (runs["decision"] == "counts")), told, said)


def reviews(judged: JudgedRuns) -> pd.DataFrame:
    """Return the review of every run claimed or seen.

    Returns
    -------
    pandas.DataFrame
        Columns of the contract ``generation_reviews``, in order of time.
    """
    runs, told, said = judged.runs, judged.told, judged.said
    words = {f"witness_{name}": _words(said[name]) for name in WITNESSES}
    zh, en = witnesses.evidence(runs, said, told)
    table = runs.assign(
        grade=said.sum(axis=1).astype("int64"),
        speaking=said.notna().sum(axis=1).astype("int64"),
        evidence_zh=zh,
        evidence_en=en,
        **words,
    )
    return table[GENERATION_REVIEWS.schema.names].sort_values(["happened_at", "review_id"], ignore_index=True)


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Return the reviews with what an engineer reads first: what waits for a decision stands above the rest."""
    first = table.assign(rest=~_waits(table)).sort_values(["rest", "happened_at", "review_id"], ignore_index=True)
    return _spoken(first)[[*NAMED, "decision", "counts"]]


def undecided(table: pd.DataFrame) -> pd.DataFrame:
    """Return the contradictions that nobody has decided, with what a decision needs to name, earliest first."""
    waiting = table[_waits(table)].sort_values(["happened_at", "site_id"], ignore_index=True)
    return _spoken(waiting)[NAMED]


def _spoken(table: pd.DataFrame) -> pd.DataFrame:
    """Return the reviews with contradiction and decision in both languages."""
    words = {word: f"{zh} {word.replace('_', ' ')}" for word, zh in {**CONTRADICTIONS, **DECISIONS}.items()}
    return table.assign(**{name: table[name].map(words) for name in ("contradiction", "decision")})


def _waits(table: pd.DataFrame) -> pd.Series:
    return (table["contradiction"] != witnesses.NONE) & table["decision"].isna()


def _claimed(facts: PowerFacts, outages: pd.DataFrame, site_outages: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """Return the runs that somebody claims, empty trips among them, with the mains outage in which they started."""
    every = facts.generator_runs
    empty = every["empty_trip"].astype("boolean").fillna(value=False).astype(bool)
    runs = every[every["started_at"].notna() | empty]
    pairs = runs[["run_id", "site_id", "started_at"]].merge(outages[SPANS], on="site_id")
    during = pairs[_within(pairs["started_at"], pairs)]
    rated = facts.generators.set_index("generator_id")["rated_kw"]
    runs = runs.assign(rated_kw=runs["rated_kw"].fillna(runs["generator_id"].map(rated)))
    runs = runs.merge(during[["run_id", "mains_outage_id", "restored_at"]], on="run_id", how="left")
    verified = runs["mains_outage_id"].notna() & _alarms_agree(facts, runs, site_outages, as_of)
    return runs.assign(
        claimed=True,
        verified=verified,
        # While both last the alarms may yet clear; an empty trip without a start claims nothing to be confirmed.
        pending=(runs["mains_outage_id"].notna() & runs["ended_at"].isna() & runs["restored_at"].isna())
        | runs["started_at"].isna(),
        happened_at=runs["started_at"].fillna(runs["arrived_at"]).fillna(runs["dispatched_at"]),
    )


def _alarms_agree(facts: PowerFacts, runs: pd.DataFrame, site_outages: pd.DataFrame, as_of: datetime) -> pd.Series:
    """Tell for each run whether an alarm clears during it and the site, if it was down, recovers."""
    spans = runs[["run_id", "site_id", "started_at"]].assign(ended_at=intervals.close_open(runs["ended_at"], as_of))
    alarms = facts.alarms.loc[facts.alarms["kind"].isin(ALARM_KINDS), ["site_id", "raised_at", "cleared_at"]]
    seen = spans.merge(alarms, on="site_id")
    clears = (seen["raised_at"] <= seen["started_at"]) & seen["cleared_at"].between(
        seen["started_at"], seen["ended_at"]
    )
    down = spans.merge(site_outages[["site_id", "down_at", "up_at"]], on="site_id")
    in_progress = (down["down_at"] <= down["started_at"]) & (
        down["up_at"].isna() | (down["started_at"] < down["up_at"])
    )
    recovers = down["up_at"].between(down["started_at"], down["ended_at"])
    stays_down = runs["run_id"].isin(down.loc[in_progress & ~recovers, "run_id"])
    return runs["run_id"].isin(seen.loc[clears, "run_id"]) & ~stays_down


def _seen(
    facts: PowerFacts, outages: pd.DataFrame, site_outages: pd.DataFrame, policy: PowerPolicy, as_of: datetime
) -> pd.DataFrame:
    """Return, of each mains outage without a claimed run, the first sign that something carried the load."""
    alarms, at = facts.alarms, pd.Timestamp(as_of).as_unit("us")
    portable = facts.sites.loc[~facts.sites["fixed_generator"].astype("boolean").fillna(value=False), "site_id"]
    running = alarms[alarms["kind"] == "generator_running"].assign(started_at=lambda rows: rows["raised_at"])
    relieved = alarms[alarms["kind"].isin(BATTERY_KINDS)].assign(started_at=lambda rows: rows["cleared_at"])
    relieved = relieved[~_disconnected(relieved, site_outages, policy)]
    signs = pd.concat([running, relieved])[["site_id", "kind", "alarm_id", "started_at"]].dropna()
    pairs = signs.merge(outages.loc[outages["site_id"].isin(portable), SPANS], on="site_id")
    back = pairs["restored_at"] - pd.Timedelta(policy.witnesses.mains_back_s, "s")
    spans = pairs.assign(restored_at=pairs["restored_at"].where(pairs["kind"] == "generator_running", back))
    pairs = pairs[_within(pairs["started_at"], spans)]
    runs = facts.generator_runs.dropna(subset="started_at")
    until = pairs["restored_at"].fillna(at)
    claimed = intervals.any_between(pairs["site_id"], pairs["failed_at"], until, runs, "started_at")
    covered = intervals.covered(
        pairs, runs.rename(columns={"started_at": "start", "ended_at": "end"}), "site_id", "started_at"
    )
    first = pairs[~claimed & ~covered].sort_values(["started_at", "alarm_id"]).drop_duplicates("mains_outage_id")
    return first[["mains_outage_id", "site_id", "started_at"]].assign(
        happened_at=first["started_at"], sign=first["alarm_id"]
    )


def _disconnected(relieved: pd.DataFrame, site_outages: pd.DataFrame, policy: PowerPolicy) -> pd.Series:
    """Tell which battery alarms clear because the low-voltage disconnect opens: the site goes down with it, and stays.

    Parameters
    ----------
    relieved
        Battery alarms with ``started_at``, when they clear.
    """
    near = pd.Timedelta(policy.witnesses.disconnect_s, "s")
    downs = site_outages[["site_id", "down_at", "up_at"]]
    pairs = relieved[["site_id", "alarm_id", "started_at"]].merge(downs, on="site_id")
    goes_down = (pairs["down_at"] - pairs["started_at"]).abs() <= near
    stays = pairs["up_at"].isna() | (pairs["up_at"] > pairs["started_at"] + near)
    return relieved["alarm_id"].isin(pairs.loc[goes_down & stays, "alarm_id"])


def _within(moments: pd.Series, outages: pd.DataFrame) -> pd.Series:
    return (outages["failed_at"] <= moments) & (outages["restored_at"].isna() | (moments < outages["restored_at"]))


def _decided(runs: pd.DataFrame, decisions: pd.DataFrame) -> pd.Series:
    """Return the latest decision on each run, by its number or else its site and minute; null where there is none."""
    latest = decisions.sort_values(["decided_at", "decision_id"])
    by_run = latest.dropna(subset="run_id").drop_duplicates("run_id", keep="last").set_index("run_id")["decision"]
    others = latest[latest["run_id"].isna()]
    places = others.assign(place=_place_and_time(others, "%Y%m%dT%H%M")).drop_duplicates("place", keep="last")
    by_place = places.set_index("place")["decision"]
    found = _place_and_time(runs, "%Y%m%dT%H%M").map(by_place).astype("str")
    return runs["run_id"].map(by_run).astype("str").fillna(found)


def _place_and_time(rows: pd.DataFrame, form: str) -> pd.Series:
    return rows["site_id"] + "-" + rows["happened_at"].dt.strftime(form)


def _words(said: pd.Series) -> pd.Series:
    """Return what a witness says in words of the contract."""
    agree, contradict, silent = SAYS
    known = said.notna()
    return pd.Series(
        np.select([known & said.fillna(value=False), known], [agree, contradict], silent), index=said.index
    )
