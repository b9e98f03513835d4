"""A month's beginning of made-up counters, as hard on engines as networks are: nulls, zeros, late rows."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ops_platform.clock import local_midnight
from ops_platform.contracts import FEEDS
from ops_platform.facts import Facts
from ops_platform.intake import fold
from tests.maintenance.builders import ZONE, store

COUNTERS = FEEDS["cell_counters"]
KINDS = ("GSM", "LTE", "NR")
SUMMED = [
    column.name
    for column in COUNTERS.columns
    if column.name not in {"cell_id", "period_start_at", "period_s", "suspect"}
]
OF_GSM = SUMMED[: SUMMED.index("rrc_attempts")]
OF_ALL = {"dl_volume_kbit", "dl_time_ms"}


def cells(number: int) -> list[str]:
    return [f"C{index:06d}" for index in range(number)]


def quarter_hours(rng: np.random.Generator, day: date, number: int, share: float = 1.0) -> pa.Table:
    """Return rows of a day's quarter-hours of so many cells, a share of them, in no order."""
    cell, quarter = (grid.ravel() for grid in np.meshgrid(np.arange(number), np.arange(96), indexing="ij"))
    kept = rng.permutation(len(cell))[: int(share * len(cell))]
    cell, quarter = cell[kept], quarter[kept]
    start = int(local_midnight(day, ZONE).timestamp()) * 1_000_000
    columns: dict[str, pa.Array] = {
        "cell_id": pa.array(np.array(cells(number))[cell]),
        "period_start_at": pa.array(start + quarter * 900_000_000).cast(pa.timestamp("us", tz="UTC")),
        "period_s": pa.array(np.full(len(cell), 900)),
        "suspect": pa.array(rng.random(len(cell)) < 0.03, mask=rng.random(len(cell)) < 0.5),
    }
    gsm = cell % len(KINDS) == 0
    for name in SUMMED:
        columns[name] = _counter(rng, name, gsm, cell)
    return pa.table(columns).select(COUNTERS.schema.names).cast(COUNTERS.schema)


def _counter(rng: np.random.Generator, name: str, gsm: npt.NDArray[np.bool_], cell: npt.NDArray[np.int64]) -> pa.Array:
    mean = {"drops": 0.6, "traffic_chs": 3000, "dl_volume_kbit": 4e12, "tch_overflows": 0.5}.get(name, 20)
    values = rng.poisson(mean, len(gsm)) if mean < 1e9 else rng.integers(0, int(mean), len(gsm))
    # Some cells count nothing at all, so that denominators are zero; a third of the cells lacks some of their counters.
    values[cell % 7 == 0] = 0
    belongs = np.ones_like(gsm) if name in OF_ALL else gsm if name in OF_GSM else ~gsm
    lost = (cell % 3 == 1) & (rng.random(len(gsm)) < 0.3)
    return pa.array(values.astype(np.int64), mask=~belongs | lost)


def made_facts(root: Path, seed: int, days: list[date], number: int) -> Facts:
    """Write the registers, and the counters as the fold of a day's file, its correction and its late rows.

    The first day is one file, the others lie in hours.
    """
    rng = np.random.default_rng(seed)
    sites = [{"site_id": f"S{n}", "office_id": f"O{n % 3}", "staff_id": f"E{n % 2}" if n else None} for n in range(6)]
    register = [
        {"cell_id": cell, "site_id": f"S{n % 6}", "technology": KINDS[n % 3], "channels": (8, 0, None, 14)[n % 4]}
        for n, cell in enumerate(cells(number + 2))
    ]
    facts = store(root, sites=sites, cells=register, offices=[{"office_id": f"O{n}"} for n in range(3)])
    for day in days:
        whole = quarter_hours(rng, day, number)
        late = rng.random(len(whole)) < 0.1
        repeated = quarter_hours(rng, day, number, share=0.05)
        for receipt, rows in enumerate((whole.filter(pa.array(~late)), repeated, whole.filter(pa.array(late))), 1):
            arrival = root / "arrival.parquet"
            pq.write_table(rows.append_column(fold.GONE, pa.array(np.zeros(len(rows), bool))), arrival)
            facts.warehouse.adopt_arrival(COUNTERS, arrival, day.isoformat(), receipt)
        with pytest.MonkeyPatch.context() as patch:
            if day != days[0]:
                patch.setattr(fold, "WHOLE_ROWS", 0)
            fold.write_facts(COUNTERS, day.isoformat(), facts.warehouse, ZONE)
    return facts


def days_of(first: date, number: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(number)]
