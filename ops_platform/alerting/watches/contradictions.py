"""Measures that contradict each other: generator runs nobody has decided, published months that are no longer so."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import sqlalchemy as sa

from ops_platform.alerting.rules import Condition, Rule, Watch, Words
from ops_platform.alerting.watches.places import named, with_names
from ops_platform.clock import month_of
from ops_platform.contracts.outages import GENERATION_REVIEWS
from ops_platform.contracts.scores import SCORECARDS
from ops_platform.facts import Facts, as_frame
from ops_platform.kpi.publishing import as_published, content_hash, newest
from ops_platform.maintenance.run_reviews import undecided
from ops_platform.platform import Platform
from ops_platform.state import PUBLISHED_MONTH

MONTHS_BACK = 2
"""A run of an earlier month is no longer asked about."""

MEASURES_CONTRADICT = Rule(
    "measures_contradict",
    "minor",
    Words("发电数据矛盾未核定", "Contradicted generator runs undecided"),
    Words("个单位", "offices"),
    Words(
        "{office}：{runs} 次发电证据矛盾尚未核定（{kinds}），最早一次 {site_name} {happened_at}",
        "{office}: generator runs contradicted and undecided: {runs} ({kinds}), the earliest at {site_name}, "
        "{happened_at}",
    ),
    Words(
        "未核定的发电不计入及时率。请在 Dagster 的 generation_reviews 中查看证据，核定后回传 generator_decisions。",
        "They count for nothing until they are decided. See the evidence in the asset generation_reviews in Dagster, "
        "and return a generator_decisions file.",
    ),
    "office_name",
    "happened_at",
    ("office_name", "runs", "kinds", "site_name", "happened_at"),
    counts_down=False,
    news_for=timedelta(days=31 * (MONTHS_BACK + 1)),
)
PUBLISHED_DIFFERS = Rule(
    "published_differs",
    "minor",
    Words("已发布月份与现算不符", "A published month is no longer what is computed"),
    Words("个月份", "months"),
    Words(
        "{month} 于 {published_at} 发布，现算有 {figures} 个数值不同，如 {example}",
        "{month}, published at {published_at}: figures computed differently now: {figures}, {example} among them",
    ),
    Words(
        "已发布的数值不会改变。请在 Dagster 的 receipts、published_month 中核对差异来自哪份数据，"
        "再决定是否用 ops restate 重述。",
        "What was published does not change. See in Dagster, receipts and published_month, which late data it comes "
        "from, and decide whether to restate it with ops restate.",
    ),
    "month",
    "published_at",
    ("month", "published_at", "figures", "example"),
    counts_down=False,
    news_for=timedelta(days=366),
)


def find(platform: Platform, now: datetime) -> Iterator[Condition]:
    """Yield the offices whose contradicted runs wait too long, and the published months that are computed otherwise."""
    yield from _undecided(platform.facts, now, platform.settings.policy.alerts.contradiction_after_h)
    yield from _published_differs(platform)


def _undecided(facts: Facts, now: datetime, after_h: int) -> Iterator[Condition]:
    reviews = facts.month(GENERATION_REVIEWS, month_of(now, facts.zone), before=MONTHS_BACK)
    patience = timedelta(hours=after_h)
    waiting = undecided(reviews[reviews["happened_at"] <= pd.Timestamp(now - patience)])
    for office_id, runs in with_names(facts, waiting).groupby("office_id"):
        first = runs.sort_values("happened_at").iloc[0]
        kinds = runs["contradiction"].value_counts().sort_index()
        told = named(first) | {
            "runs": len(runs),
            "kinds": ", ".join(f"{kind} × {count}" for kind, count in kinds.items()),
            "happened_at": first["happened_at"].isoformat(timespec="minutes"),
        }
        since = (first["happened_at"] + patience).to_pydatetime()
        yield Condition(MEASURES_CONTRADICT, str(office_id), str(office_id), told, since)


def _published_differs(platform: Platform) -> Iterator[Condition]:
    months = platform.state.rows(sa.select(PUBLISHED_MONTH.c.month).distinct().order_by(PUBLISHED_MONTH.c.month))
    for month in (row["month"] for row in months):
        published = newest(platform.state, month)
        live = platform.warehouse.read(SCORECARDS, [month])
        if published is None or content_hash(live) == published.parts.get("scorecards"):
            continue
        then = as_published(platform.warehouse, "scorecards", published)
        different = _different(as_frame(then), as_frame(live))
        if different:
            told = {
                "month": month,
                "published_at": published.published_at.isoformat(),
                "figures": len(different),
                "example": different[0],
            }
            yield Condition(PUBLISHED_DIFFERS, month, "", told, published.published_at)


def _different(published: pd.DataFrame, live: pd.DataFrame) -> list[str]:
    """Return the KPIs, each with whom it is of, whose value is not what was published."""
    keys = list(SCORECARDS.key)
    both = published.merge(live, on=keys, how="outer", suffixes=("_then", "_now"))
    # Sums of floating-point numbers may differ in their last bits from one computation to the next.
    same = np.isclose(both["value_then"], both["value_now"], rtol=1e-9, atol=0, equal_nan=True)
    return [
        " ".join(part for part in (row.kpi_id, row.office_id, row.staff_id) if part)
        for row in both[~same].sort_values(keys).itertuples()
    ]


WATCH = Watch(
    "contradictions",
    Words("未核定的矛盾与变动的已发布月份", "Undecided contradictions and published months that changed"),
    (MEASURES_CONTRADICT, PUBLISHED_DIFFERS),
    find,
    every_s=3600,
)
