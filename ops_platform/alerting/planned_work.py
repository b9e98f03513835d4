"""Planned work: where it silences alerts, and how much of an office's time it takes.

The same records take the minutes out of the KPIs, see ``ops_platform.kpi.power``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

import pandas as pd

from ops_platform.alerting.rules import Condition
from ops_platform.clock import month_bounds, month_days
from ops_platform.facts import Facts
from ops_platform.maintenance import intervals
from ops_platform.maintenance.network_service import sites_in_service
from ops_platform.policy import AlertPolicy

PREFIX = "PW"
"""Before the number of the work, in the reason why an alert is suppressed."""


def silenced(facts: Facts, now: datetime) -> Mapping[str, str]:
    """Return the sites under planned work at a moment, each with the work; of several with the one that ends last."""
    works = facts.touching("planned_work", now, now)
    moment = pd.Timestamp(now)
    under_way = works[(works["starts_at"] <= moment) & (moment < works["ends_at"])]
    last = under_way.sort_values(["ends_at", "work_id"]).drop_duplicates("site_id", keep="last")
    return dict(zip(last["site_id"], last["work_id"], strict=True))


def silence(conditions: Iterable[Condition], silenced: Mapping[str, str]) -> Iterator[Condition]:
    """Yield the conditions, those at sites under planned work suppressed by it; other reasons stay.

    Parameters
    ----------
    silenced
        Result of `silenced`.
    """
    for condition in conditions:
        work = silenced.get(condition.site_id)
        yield condition if work is None or condition.suppressed else replace(condition, suppressed=f"{PREFIX}{work}")


def planned_work_use(facts: Facts, month: str, policy: AlertPolicy) -> pd.DataFrame:
    """Return how much of a month each office's sites were under planned work, or will be.

    Parameters
    ----------
    month
        Business-local, ``YYYY-MM``.

    Returns
    -------
    pandas.DataFrame
        By office: ``office_id``, ``office_name``, ``works`` (that touch the month), ``silenced_h`` and
        ``site_h`` (hours of its sites in service, those under work and all), ``share_pct`` (null where it has none in
        service), ``overused``.
    """
    sites = facts.whole("sites")
    start, end = (pd.Timestamp(moment).as_unit("us") for moment in month_bounds(month, facts.zone))
    window = pd.DataFrame({"site_id": sites["site_id"]}).assign(start=start, end=end)
    works = facts.touching("planned_work", start, end)
    works = works.rename(columns={"starts_at": "start", "ends_at": "end", "work_id": "ids"})
    under_work = intervals.intersect(intervals.union(works, "site_id"), window, "site_id")
    hours = sites_in_service(sites, facts.whole("acceptance_tests"), month_days(month))
    keys = ["site_id", "day_on"]
    for part, name in ((window, "site_h"), (under_work, "silenced_h")):
        seconds = intervals.seconds_by_day(part, "site_id", facts.zone).rename(columns={"seconds": name})
        hours = hours.merge(seconds, on=keys, how="left")
    hours = hours.fillna({"silenced_h": 0}).merge(sites[["site_id", "office_id"]], on="site_id")
    by_office = hours.groupby("office_id")[["silenced_h", "site_h"]].sum() / 3600
    within = works[(works["start"] < end) & (works["end"] > start)].merge(sites[["site_id", "office_id"]], on="site_id")
    offices = facts.whole("offices")[["office_id", "office_name"]]
    use = offices.assign(works=offices["office_id"].map(within.groupby("office_id")["ids"].nunique()))
    use = use.merge(by_office, on="office_id", how="left").fillna({"works": 0, "silenced_h": 0.0, "site_h": 0.0})
    share = 100 * use["silenced_h"] / use["site_h"]  # 0 / 0, which is null, where no site is in service
    return use.assign(
        works=use["works"].astype("int64"), share_pct=share, overused=share > policy.planned_work_over_pct
    )
