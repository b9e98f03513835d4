"""Back-tests the learned battery autonomy on the made-up branch, whose true discharges are known, and times it.

    python benchmarks/autonomy.py [scale] [seed]

Every mains outage after the first month is held out: its true discharge is set against the estimate from what was
known when the mains failed. The branch tells the platform only what its files would: alarms, runs, registers, tests.
"""

import sys
import time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from ops_platform.contracts import FEEDS
from ops_platform.demo import DEFAULT_SEED, MOMENT
from ops_platform.demo.books import Books
from ops_platform.demo.branch import Branch
from ops_platform.demo.export import standing_rows
from ops_platform.demo.generate import begin, simulate_events
from ops_platform.facts import as_frame
from ops_platform.maintenance import autonomy
from ops_platform.maintenance.discharges import discharges
from ops_platform.maintenance.generation import power_events
from ops_platform.maintenance.power_facts import PowerFacts
from ops_platform.policy import PowerPolicy

ZONE = ZoneInfo("Asia/Shanghai")
POLICY = PowerPolicy()
FEEDS_OF_POWER = (
    "sites", "acceptance_tests", "alarms", "generator_runs", "generator_decisions", "planned_work", "exclusions",
    "battery_tests", "offices", "crews", "generators",
)  # fmt: skip
LARGE = (10_000, 100)
"""Sites and discharges of each, for the timing."""


def facts_of(branch: Branch, books: Books) -> PowerFacts:
    """Return what the branch's files would tell, as facts."""
    tables = standing_rows(branch) | books.rows

    def frame(feed: str) -> pd.DataFrame:
        schema = FEEDS[feed].schema
        rows = [{name: _stored(books, name, row.get(name)) for name in schema.names} for row in tables[feed]]
        return as_frame(pa.Table.from_pylist(rows, schema=schema))

    return PowerFacts(**{feed: frame(feed) for feed in FEEDS_OF_POWER})


def _stored(books: Books, name: str, value: Any) -> Any:
    return books.period.utc(value) if name.endswith("_at") and value is not None else value


def back_test(scale: float = 1.0, seed: int = DEFAULT_SEED, months: int = 3) -> pd.DataFrame:
    """Return the held discharges.

    Returns
    -------
    pandas.DataFrame
        ``lasts_s`` (the truth), ``design_s``, and the columns of `autonomy.estimate`.
    """
    streams, branch, books = begin(seed, scale, months)
    simulate_events(streams, branch, books)
    facts = facts_of(branch, books)
    events = power_events(facts, POLICY, ZONE, MOMENT)
    known = discharges(facts, events.mains_outages, events.site_outages, POLICY, ZONE, MOMENT)
    first = books.period.edges[1] * 86_400
    held = [mains for mains in books.mains if mains.failed >= first]
    asked = pd.DataFrame(
        {
            "site_id": [mains.site.site_id for mains in held],
            "at": pd.Series([books.period.utc(mains.failed) for mains in held]).dt.as_unit("us"),
            "design_s": [mains.autonomy for mains in held],
            "lasts_s": [mains.lasts for mains in held],
        }
    )
    earlier = known[known["over_at"] < pd.Timestamp(books.period.utc(first))]
    spread = autonomy.spreads(earlier, POLICY.learning)
    return asked.join(autonomy.estimate(asked, known, spread, POLICY.learning))


def summary(held: pd.DataFrame) -> pd.DataFrame:
    """Return coverage of the band and mean absolute errors (minutes), by number of earlier discharges."""
    by = held["observations"].clip(upper=4).map(lambda count: f"{count}" if count < 4 else "4 or more")  # noqa: PLR2004
    rows = pd.DataFrame(
        {
            "held": 1,
            "inside_pct": 100.0 * held["lasts_s"].between(held["low_s"], held["high_s"]),
            "design_error_min": (held["lasts_s"] - held["design_s"]).abs() / 60,
            "learned_error_min": (held["lasts_s"] - held["autonomy_s"]).abs() / 60,
        }
    ).astype("float64")
    ways: dict[str, Any] = dict.fromkeys(rows.columns, "mean") | {"held": "sum"}
    return pd.concat([rows.groupby(by).agg(ways), rows.groupby(lambda _row: "all").agg(ways)]).round(1)


def timing() -> str:
    """Return how long a large branch takes."""
    sites, each = LARGE
    rng = np.random.default_rng(DEFAULT_SEED)
    site_ids = pd.Series([f"S{site:05d}" for site in range(sites)])
    middles = np.repeat(rng.normal(0, 0.2, sites), each)
    lasted = middles + rng.normal(0, 0.08, sites * each)
    carried = np.log(rng.uniform(0.05, 2.0, sites * each))
    over_at = pd.Series(pd.Timestamp(MOMENT), index=range(sites * each)).dt.tz_convert("UTC").dt.as_unit("us")
    known = pd.DataFrame(
        {
            "site_id": site_ids.repeat(each).array,
            "over_at": over_at,
            "log_ratio": np.minimum(lasted, carried),
            "whole": lasted < carried,
            "source": "outage",
        }
    )
    asked = pd.DataFrame({"site_id": site_ids, "at": over_at[:sites], "design_s": 14_400})
    began = time.perf_counter()
    spread = autonomy.spreads(known, POLICY.learning)
    middle = time.perf_counter()
    autonomy.estimate(asked, known, spread, POLICY.learning)
    return (
        f"{sites:,} sites x {each} discharges: spreads {middle - began:.2f} s, "
        f"estimate {time.perf_counter() - middle:.2f} s"
    )


def main() -> None:
    """Print the back-test and the timing."""
    scale, seed = [*sys.argv[1:], *("1.0", str(DEFAULT_SEED))[len(sys.argv) - 1 :]]
    print(summary(back_test(float(scale), int(seed))).to_string())
    print(timing())


if __name__ == "__main__":
    main()
