"""The month's radio KPIs and worst cells as one would write them by hand: DuckDB SQL, Polars and pandas, day by day.

Each reads the files that the platform reads and gives the same answer: the two sums of every ratio by office, and the
number of cells that meet the worst-cell rules (a), (b), (c) and (e). That is less than the platform does: no rule over
hours, no days stored, no list with reasons.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq

from benchmarks.kpi_data import DAYS, ZONE
from ops_platform.clock import local_midnight
from ops_platform.contracts.cells import BUSY_HOUR_SUMS, DAY_SUMS

Answer = tuple[dict[str, list[float]], dict[str, int]]
SUMMED = list(dict.fromkeys((*BUSY_HOUR_SUMS, *DAY_SUMS)))
CHANNELS = 14
STARTS = "busy_tch_seizures + busy_handovers_in"
UP = "usable_s - unavailable_auto_s - unavailable_manual_s"
RATIOS = {
    "tch_drop_rate": ("GSM", "busy_drops", STARTS),
    "tch_drop_rate_without_handover": ("GSM", "busy_drops", "busy_tch_seizures"),
    "tch_congestion": ("GSM", "busy_tch_overflows", "busy_tch_attempts"),
    "sdcch_congestion": ("GSM", "busy_sdcch_overflows", "busy_sdcch_attempts"),
    "call_setup sdcch": ("GSM", "busy_sdcch_seizures", "busy_sdcch_attempts"),
    "call_setup tch": ("GSM", "busy_tch_seizures", "busy_tch_attempts"),
    "handover_success": ("GSM", "handovers_out", "handovers_out_attempts"),
    "channel_utilisation": ("GSM", "busy_traffic_chs", f"busy_traffic_chs * 0 + {CHANNELS * 3600}"),
    "accessibility rrc": ("LTE", "rrc_successes", "rrc_attempts"),
    "accessibility s1": ("LTE", "s1_successes", "s1_attempts"),
    "accessibility erab": ("LTE", "erab_successes", "erab_attempts"),
    "erab_drop_rate": ("LTE", "erab_abnormal_releases", "erab_releases"),
    "erab_retainability": ("LTE", "erab_abnormal_releases", "erab_session_s"),
    "flow_retainability": ("NR", "erab_abnormal_releases", "erab_session_s"),
    "dl_throughput": ("LTE", "dl_volume_kbit", "dl_time_ms"),
    "prb_utilisation": ("LTE", "busy_prb_used", "busy_prb_available"),
    "cell_availability": (None, UP, "usable_s"),
    "cell_availability_without_manual": (None, UP, "usable_s - unavailable_manual_s"),
}
RULED = ("traffic_chs", "drops", "tch_seizures", "handovers_in", "tch_overflows", "tch_attempts")
_DROPS_3 = "drops * 100 > 3 * (tch_seizures + handovers_in)"
RULES = {
    "a": f"traffic_chs >= 360 * channels and traffic_chs <= 2160 * channels and drops > 3 * days and {_DROPS_3}",
    "b": _DROPS_3,
    "c": "traffic_chs > 9000 * days and drops * 1000 > 25 * (tch_seizures + handovers_in)",
    "e": f"traffic_chs > 432 * channels and ({_DROPS_3} or tch_overflows * 100 > 5 * tch_attempts)",
}
"""On a month's sums, ``channels`` and ``days`` being sums over its days too."""


def _folders(root: Path) -> Iterator[tuple[Path, int]]:
    for day in DAYS:
        yield root / "cell_counters" / f"day={day}", int(local_midnight(day, ZONE).timestamp())


def scan(root: Path) -> None:
    """Sum every needed column of the month with DuckDB: what any engine pays for reading alone."""
    sums = ", ".join(f"sum({name})" for name in (*SUMMED, "period_s"))
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "512MB"})
    for folder, _ in _folders(root):
        connection.execute(f"SELECT {sums}, count(*) FILTER (suspect) FROM '{folder}/*.parquet'").fetchall()


def by_sql(root: Path) -> Answer:
    """Write the month in DuckDB SQL."""
    connection = duckdb.connect(config={"threads": 2})
    sums = ", ".join(f"sum({name})::BIGINT AS {name}" for name in ("usable_s", *SUMMED))
    daily = ", ".join(f"sum({name})::BIGINT AS {name}" for name in ("usable_s", *DAY_SUMS))
    packed = ", ".join(f"busy_{name} := {name}" for name in BUSY_HOUR_SUMS)
    for number, (folder, midnight_s) in enumerate(_folders(root)):
        make = "INSERT INTO days" if number else "CREATE TABLE days AS"
        connection.execute(
            f"{make} SELECT * EXCLUDE busy, busy.* FROM (SELECT cell_id, {daily}, "
            f"arg_max(struct_pack({packed}), coalesce(traffic_chs, prb_used) * 25 + 24 - hour) AS busy FROM "
            f"(SELECT cell_id, (epoch_us(period_start_at) // 1000000 - {midnight_s}) // 3600 AS hour, {sums} FROM "
            f"(SELECT *, period_s AS usable_s FROM '{folder}/*.parquet' WHERE suspect IS NOT TRUE) "
            "GROUP BY ALL) GROUP BY ALL)"
        )
    register = f"'{root}/cells/data.parquet' JOIN '{root}/sites/data.parquet' USING (site_id)"
    days = f"(SELECT d.*, technology, office_id FROM days d JOIN {register} USING (cell_id))"
    ratios = ", ".join(
        f'sum(CASE WHEN {known} THEN {part} END)::DOUBLE AS "{name} {n}"'
        for name, (technology, top, bottom) in RATIOS.items()
        for known in [f"({top}) + ({bottom}) IS NOT NULL" + (f" AND technology = '{technology}'" if technology else "")]
        for n, part in enumerate((top, bottom))
    )
    offices = connection.execute(f"SELECT office_id, {ratios} FROM {days} GROUP BY ALL").df().set_index("office_id")
    known = " + ".join(f"busy_{name}" for name in RULED)
    sums = ", ".join(f"sum(busy_{name}) AS {name}" for name in RULED)
    months = (
        f"(SELECT cell_id, count(*) AS days, {CHANNELS} * count(*) AS channels, {sums} FROM {days} "
        f"WHERE technology = 'GSM' AND {known} IS NOT NULL GROUP BY ALL)"
    )
    met = ", ".join(f"count(*) FILTER ({rule}) AS {name}" for name, rule in RULES.items())
    return _answer(offices, connection.execute(f"SELECT {met} FROM {months}").df().iloc[0])


def by_polars(root: Path) -> Answer:
    """Write the month in Polars."""
    frames = []
    for folder, midnight_s in _folders(root):
        rows = pl.scan_parquet(folder, hive_partitioning=False).filter(~pl.col("suspect").fill_null(value=False))
        rows = rows.with_columns(hour=(pl.col("period_start_at").dt.epoch("s") - midnight_s) // 3600)
        hours = rows.group_by("cell_id", "hour").agg(_sum("period_s").alias("usable_s"), *map(_sum, SUMMED))
        rank = pl.coalesce("traffic_chs", "prb_used") * 25 + 24 - pl.col("hour")
        days = (
            hours.with_columns(rank=rank)
            .group_by("cell_id")
            .agg(
                *map(_sum, ("usable_s", *DAY_SUMS)),
                *(
                    pl.when(pl.col("rank").count() > 0)
                    .then(pl.col(name).get(pl.col("rank").arg_max()))
                    .alias(f"busy_{name}")
                    for name in BUSY_HOUR_SUMS
                ),
            )
        )
        frames.append(days.collect())
    register = pl.read_parquet(root / "cells/data.parquet", hive_partitioning=False).select(
        "cell_id", "site_id", "technology"
    )
    sites = pl.read_parquet(root / "sites/data.parquet", hive_partitioning=False).select("site_id", "office_id")
    days = pl.concat(frames).join(register.join(sites, on="site_id"), on="cell_id")
    sums = []
    for name, (technology, top, bottom) in RATIOS.items():
        parts = pl.sql_expr(top), pl.sql_expr(bottom)
        known = (parts[0] + parts[1]).is_not_null()
        known &= (pl.col("technology") == technology) if technology else pl.lit(value=True)
        sums += [part.filter(known).sum().cast(pl.Float64).alias(f"{name} {n}") for n, part in enumerate(parts)]
    offices = days.group_by("office_id").agg(sums).to_pandas().set_index("office_id")
    known = pl.sum_horizontal(*(f"busy_{name}" for name in RULED), ignore_nulls=False).is_not_null()
    months = days.filter(known & (pl.col("technology") == "GSM")).group_by("cell_id").agg(
        pl.len().cast(pl.Int64).alias("days"), (CHANNELS * pl.len().cast(pl.Int64)).alias("channels"),
        *(pl.col(f"busy_{name}").sum().alias(name) for name in RULED),
    )  # fmt: skip
    met = months.select(**{name: pl.sql_expr(rule).sum() for name, rule in RULES.items()}).to_pandas()
    return _answer(offices, met.iloc[0])


def _sum(name: str) -> pl.Expr:
    column = pl.col(name)
    return pl.when(column.count() > 0).then(column.sum()).alias(name)


def by_pandas(root: Path) -> Answer:
    """Write the month in pandas."""
    frames = []
    needed = ["cell_id", "period_start_at", "period_s", "suspect", *SUMMED]
    for folder, midnight_s in _folders(root):
        rows = pq.read_table(folder, columns=needed, read_dictionary=["cell_id"], partitioning=None).to_pandas(
            self_destruct=True
        )
        rows = rows[~rows["suspect"].astype(bool)].rename(columns={"period_s": "usable_s"})
        rows["hour"] = (rows["period_start_at"].astype("int64") // 1_000_000 - midnight_s) // 3600
        by_hour = rows.groupby(["cell_id", "hour"], observed=True, sort=False)
        hours = by_hour[["usable_s", *SUMMED]].sum(min_count=1).reset_index("hour")
        days = hours.groupby("cell_id", observed=True)[["usable_s", *DAY_SUMS]].sum(min_count=1)
        hours = hours.reset_index()
        rank = hours["traffic_chs"].fillna(hours["prb_used"]) * 25 + 24 - hours["hour"]
        busiest = rank.dropna().groupby(hours["cell_id"], observed=True).idxmax().dropna().astype(int)
        busy = hours.loc[busiest].set_index("cell_id")[list(BUSY_HOUR_SUMS)].add_prefix("busy_")
        frames.append(days.join(busy).reset_index().astype({"cell_id": str}))
    register = pd.read_parquet(root / "cells/data.parquet", columns=["cell_id", "site_id", "technology"])
    sites = pd.read_parquet(root / "sites/data.parquet", columns=["site_id", "office_id"])
    days = pd.concat(frames).merge(register.merge(sites, on="site_id"), on="cell_id")
    sums = {}
    for name, (technology, top, bottom) in RATIOS.items():
        mine = days[days["technology"] == technology] if technology else days
        parts = mine.eval(top), mine.eval(bottom)
        known = (parts[0] + parts[1]).notna()
        sums |= {f"{name} {n}": part[known].groupby(mine["office_id"]).sum() for n, part in enumerate(parts)}
    known = days[[f"busy_{name}" for name in RULED]].notna().all(axis=1) & (days["technology"] == "GSM")
    by_cell = days[known].groupby("cell_id")
    months = by_cell[[f"busy_{name}" for name in RULED]].sum().rename(columns=lambda name: name.removeprefix("busy_"))
    months = months.assign(days=by_cell.size(), channels=CHANNELS * by_cell.size())
    return _answer(pd.DataFrame(sums), pd.Series({name: months.eval(rule).sum() for name, rule in RULES.items()}))


def _answer(offices: pd.DataFrame, met: pd.Series) -> Answer:
    sums = {
        f"{name} {office}": [float(offices.loc[office, f"{name} {n}"]) for n in (0, 1)]
        for name in RATIOS
        for office in sorted(offices.index)
        if offices.loc[office, f"{name} 0"] == offices.loc[office, f"{name} 0"]
    }
    return sums, {name: int(met[name]) for name in RULES}
