"""Sites that are down, by cause."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pandas as pd

from ops_platform.alerting.rules import Condition, Fact, Rule, Watch, Words
from ops_platform.alerting.watches.places import OFFICE_FACTS, SITES, known, named, people, with_names
from ops_platform.clock import month_of
from ops_platform.coverage.outages import people_without, populated_now
from ops_platform.facts import Facts
from ops_platform.maintenance.importance import CASCADE, VIP, importance
from ops_platform.maintenance.intervals import covering
from ops_platform.maintenance.power_events import down_now, power_facts
from ops_platform.maintenance.power_facts import PowerFacts
from ops_platform.platform import Platform
from ops_platform.policy import AlertPolicy

CAUSES: Mapping[str, Words] = {
    "planned": Words("计划施工", "planned work"),
    "power": Words("停电", "power"),
    "transmission": Words("传输中断", "transmission"),
    "equipment": Words("主设备故障", "equipment"),
}
_RANK = {VIP: 0, CASCADE: 1}

SITE_DOWN = Rule(
    "site_down",
    "major",
    Words("基站断站", "Site down"),
    SITES,
    Words(
        "{site_name}（{office}）{down_at} 起断站，原因：{cause_zh}",
        "{site_name} ({office}): down since {down_at}, cause: {cause_en}",
    ),
    Words(
        "停电的请立即发电或催促已派队伍；传输中断的请通知传输值班并查上联基站；主设备故障的请派修；已有人前往的请核实到站时间。",
        "Power: send a generator or call the crew that was sent. Transmission: call whoever is on duty for it and look "
        "at the site upstream. Equipment: send a repair crew. Where somebody is on the way, ask when they arrive.",
    ),
    "site_name",
    "down_at",
    ("site_name", *OFFICE_FACTS, "cause", "cause_zh", "cause_en", "down_at"),
    also={
        "customers_at_risk": Words("，影响 {customers_at_risk} 户", ", {customers_at_risk} customers without service"),
        "people_without": Words("，{people_without} 人因此无信号", ", {people_without} people without any coverage"),
        "sites_behind": Words("，下挂 {sites_behind} 个基站", ", {sites_behind} sites hang on it"),
        "sent": Words("，已派 {sent}", ", {sent} was sent"),
    },
    counts_down=False,
    worsens_to="site_down_important",
    group_by=("cause",),
    gather_s=60,
)
SITE_DOWN_IMPORTANT = replace(
    SITE_DOWN,
    id="site_down_important",
    severity="critical",
    heading=Words("重要基站断站", "Important site down"),
    facts=(*SITE_DOWN.facts, "rank"),
    first="rank",
    worsens_to="",
)


def find(platform: Platform, now: datetime) -> Iterator[Condition]:
    """Yield the sites in service that are down; planned work at the site keeps one from being told."""
    facts, policy = platform.facts, platform.settings.policy
    read = power_facts(facts, month_of(now, facts.zone), policy.power)
    downs = down_now(facts, policy.power, now, read)
    rows = with_names(facts, downs).merge(importance(read.sites), left_on="site_id", right_index=True)
    without = people_without(populated_now(facts, now), read.sites, rows["site_id"], {*rows["site_id"]})
    rows["people_without"] = rows["site_id"].map(without)
    rows["sent"] = rows["site_id"].map(_sent(facts, read, now))
    rows["work"] = _work(rows, read.planned_work, now)
    for row in rows.itertuples():
        rule = SITE_DOWN_IMPORTANT if _important(row, policy.alerts) else SITE_DOWN
        work = known(row.work) or ""
        yield Condition(rule, row.site_id, row.office_id, _facts(row), row.down_at.to_pydatetime(), row.site_id, work)


def _important(row: Any, policy: AlertPolicy) -> bool:
    return row.comes_first in _RANK or (known(row.customers_at_risk) or 0) >= policy.important_customers


def _facts(row: Any) -> dict[str, Fact]:
    cause = CAUSES[row.cause]
    return named(row) | {
        "cause": row.cause,
        "cause_zh": cause.zh,
        "cause_en": cause.en,
        "down_at": row.down_at.isoformat(),
        "customers_at_risk": known(row.customers_at_risk),
        "people_without": known(row.people_without),
        "sites_behind": int(row.sites_behind) or None,
        "sent": known(row.sent),
        "rank": _RANK.get(row.comes_first, len(_RANK)),
    }


def _sent(facts: Facts, read: PowerFacts, now: datetime) -> pd.Series:
    """Return by site who was sent last and has not ended the work, with a generator or on a fault order."""
    runs = read.generator_runs[["site_id", "staff_id", "contractor", "dispatched_at", "ended_at"]]
    orders = facts.month("faults", month_of(now, facts.zone), before=1)
    orders = orders[["site_id", "staff_id", "dispatched_at", "repaired_at"]].rename(columns={"repaired_at": "ended_at"})
    under_way = pd.concat([runs, orders], ignore_index=True)
    under_way = under_way[
        (under_way["dispatched_at"] <= now) & (under_way["ended_at"].isna() | (under_way["ended_at"] > now))
    ]
    who = under_way["staff_id"].map(people(facts)).fillna(under_way["contractor"])
    told = under_way.assign(who=who).dropna(subset="who").sort_values("dispatched_at", kind="stable")
    return told.drop_duplicates("site_id", keep="last").set_index("site_id")["who"]


def _work(rows: pd.DataFrame, planned_work: pd.DataFrame, now: datetime) -> pd.Series:
    """Return the number of the planned work at each site at a moment, null where there is none."""
    works = planned_work.rename(columns={"starts_at": "start", "ends_at": "end", "work_id": "ids"})
    moment = pd.Series(pd.Timestamp(now).as_unit("us"), index=rows.index)
    return covering(rows[["site_id"]].assign(at=moment), works, "site_id", "at")


WATCH = Watch(
    "sites_down",
    Words("断站，按原因", "Sites down, by cause"),
    (SITE_DOWN, SITE_DOWN_IMPORTANT),
    find,
    every_s=30,
)
