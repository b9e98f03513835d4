"""The month's traffic by cell: load, channels needed, growth, exhaustion, and what to expand or to thin out."""

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from ops_platform.clock import first_day, shift_month
from ops_platform.contracts.cells import CELL_DAYS, LOAD_BANDS, TRAFFIC_REVIEW
from ops_platform.contracts.coverage import COVERAGE_LEVELS
from ops_platform.facts import Facts, as_frame, as_rows
from ops_platform.kpi.cell_register import CellRegister
from ops_platform.kpi.definition import when
from ops_platform.kpi.erlang import blocking, channels_needed, most_offered
from ops_platform.kpi.partials import Partials, mark_of
from ops_platform.kpi.traffic_forecast import growth
from ops_platform.kpi.worst_cells import OF_CELL
from ops_platform.policy.cells import TrafficPolicy

INTEGER = dt.Int64()
HISTORY_DAYS = 480
"""A year, so that its season is known, with four weeks to learn this year from and four to try it on, and some."""


def traffic_review(facts: Facts, month: str, policy: TrafficPolicy) -> pa.Table:
    """Return the traffic review of every cell in service of a month, from the stored facts.

    Returns
    -------
    pyarrow.Table
        Columns of the contract ``traffic_review``, the most loaded first.
    """
    engine = facts.warehouse.connect()
    keys = facts.warehouse.partitions(CELL_DAYS, month)
    cells = month_of_loads(engine, facts, keys).to_pandas()
    if cells.empty:
        return TRAFFIC_REVIEW.schema.empty_table()
    cells = _with_load(cells, policy).merge(
        _growth_of_offices(engine, facts, month), on=["office_id", "technology"], how="left"
    )
    cells["month_on"] = first_day(month)
    cells["exhausted_on"] = _exhausted(cells, month, policy)
    of_site = cells.sort_values(["utilisation_pct", "cell_id"], ascending=[False, True]).groupby(
        ["site_id", "technology"]
    )
    cells["only_cell"] = of_site["cell_id"].transform("size") == 1
    # The busiest stays whatever else goes, so that no site loses a technology.
    cells["stays"] = of_site.cumcount() == 0
    cells["served_people"] = _served_people(facts, month, cells)
    cells = _with_actions(cells, policy).sort_values(["utilisation_pct", "cell_id"], ascending=[False, True])
    return as_rows(TRAFFIC_REVIEW, cells)


def month_of_loads(engine: ibis.BaseBackend, facts: Facts, keys: Sequence[str]) -> pa.Table:
    """Return the `loads` of the stored days of a month, kept until one of them or a register changes."""
    warehouse, register = facts.warehouse, CellRegister(facts)

    def computed() -> pa.Table:
        return engine.to_pyarrow(loads(register.cell_days(engine, keys)))

    if not warehouse.embedded or not keys:
        return computed()
    mark = mark_of((), *register.made_of([CELL_DAYS], keys).values())
    return Partials(warehouse, "loads").made(keys[0][:7], mark, computed)


def loads(cell_days: ir.Table) -> ir.Table:
    """Return one row per cell with the sums of the busy hours of which used and available capacity are known.

    Returns
    -------
    ibis.expr.types.Table
        The cell's columns, ``days``, ``used`` and ``available`` (channel-seconds of GSM, resource blocks of others),
        ``channel_days``, ``tch_attempts`` and ``tch_overflows`` (of the days that know both).
    """
    gsm = cell_days.technology == "GSM"
    rows = cell_days.mutate(
        used=gsm.ifelse(cell_days.busy_traffic_chs, cell_days.busy_prb_used),
        available=gsm.ifelse(cell_days.channels * 3600, cell_days.busy_prb_available),
    )
    known = (rows.used + rows.available).notnull()
    counted = (rows.busy_tch_attempts + rows.busy_tch_overflows).notnull() & known
    return rows.group_by(*OF_CELL).agg(
        days=when(known).sum().cast(INTEGER),
        used=rows.used.sum(where=known).cast(INTEGER),
        available=rows.available.sum(where=known).cast(INTEGER),
        channel_days=rows.channels.sum(where=known).cast(INTEGER),
        tch_attempts=rows.busy_tch_attempts.sum(where=counted).cast(INTEGER),
        tch_overflows=rows.busy_tch_overflows.sum(where=counted).cast(INTEGER),
    )


def band_of(used: pd.Series, available: pd.Series, policy: TrafficPolicy) -> pd.Series:
    """Return the band of a load; null where nothing is available."""
    # Compared as products, so that what is exactly on a limit is on its side of it.
    found = pd.Series(list(LOAD_BANDS)[-1], index=used.index, dtype="object")
    for name, limit in reversed(list(zip(LOAD_BANDS, policy.bands_from_pct, strict=False))):
        found = found.mask(used * 100 >= limit * available, name)
    return found.where(available > 0, None)


def _with_load(cells: pd.DataFrame, policy: TrafficPolicy) -> pd.DataFrame:
    gsm, known = cells["technology"] == "GSM", cells["days"] > 0
    used, available = cells["used"].astype(float), cells["available"].astype(float)
    attempts, overflows = cells["tch_attempts"].astype(float), cells["tch_overflows"].astype(float)
    traffic = (used / 3600 / cells["days"]).where(gsm & known)
    channels = (cells["channel_days"] / cells["days"]).where(gsm & known)
    offered = traffic * (attempts / (attempts - overflows)).where(attempts > overflows, 1.0)
    whole = np.floor(channels.fillna(0).to_numpy(float)).astype(np.int64)
    lost = pd.Series(blocking(offered.fillna(0.0).to_numpy(float), whole), cells.index)
    needed = pd.Series(
        channels_needed(offered.fillna(0.0).to_numpy(float), policy.blocking_target), cells.index, dtype="Int64"
    )
    capacity = pd.Series(most_offered(whole, policy.blocking_target), cells.index)
    return cells.assign(
        traffic_erl=traffic,
        channels=channels,
        utilisation_pct=100 * used / available.where(available > 0),
        band=band_of(used, available, policy),
        congestion_pct=100 * overflows / attempts.where(attempts > 0),
        blocking_pct=(100 * lost).where(offered.notna()),
        channels_needed=needed.mask(offered.isna()),
        # Of what has no channels, the share from which it is expanded at once stands for its capacity.
        of_capacity=(offered / capacity.where(capacity > 0)).where(
            gsm, used / (available.where(available > 0) * policy.bands_from_pct[0] / 100)
        ),
    )


def _growth_of_offices(engine: ibis.BaseBackend, facts: Facts, month: str) -> pd.DataFrame:
    """Return the growth of each office and technology, from the daily sums up to the month's end."""
    last = first_day(shift_month(month, 1)) - timedelta(days=1)
    first = (last - timedelta(days=HISTORY_DAYS)).isoformat()
    keys = [key for key in facts.warehouse.partitions(CELL_DAYS) if first < key <= last.isoformat()]
    days = facts.warehouse.table(engine, CELL_DAYS, keys)
    days = days.mutate(used=ibis.coalesce(days.busy_traffic_chs, days.busy_prb_used))
    # A day on which few cells were heard would look like a fall, so that it is the mean of those heard which grows.
    sums = days.group_by("office_id", "technology", "day_on").agg(used=days.used.mean())
    daily = engine.to_pyarrow(sums).to_pandas(date_as_object=True)
    found = []
    for (office_id, technology), mine in daily.groupby(["office_id", "technology"]):
        series = mine.set_index("day_on")["used"]
        span = [
            series.index.min() + timedelta(days=n) for n in range((series.index.max() - series.index.min()).days + 1)
        ]
        expected = growth(series.reindex(span).to_numpy(float))
        found.append(
            {"office_id": office_id, "technology": technology,
             "growth_pct": None if expected is None else 100 * expected.monthly,
             "growth_error_pct": None if expected is None else 100 * expected.error}
        )  # fmt: skip
    return pd.DataFrame(found, columns=["office_id", "technology", "growth_pct", "growth_error_pct"]).astype(
        {"growth_pct": float, "growth_error_pct": float}
    )


def _exhausted(cells: pd.DataFrame, month: str, policy: TrafficPolicy) -> pd.Series:
    """Return the first month in which a cell is beyond its capacity, its office's growth going on; null for never."""
    rate = np.log1p(cells["growth_pct"].clip(*policy.growth_between_pct) / 100)
    left = -np.log(cells["of_capacity"].where(cells["of_capacity"] > 0))
    months = np.ceil((left / rate.where(rate > 0)).round(9)).mask(left < 0, 0)
    months = months.mask(months > policy.horizon_months)
    starts: dict[float, date] = {float(n): first_day(shift_month(month, n)) for n in range(policy.horizon_months + 1)}
    return months.map(starts)


def _served_people(facts: Facts, month: str, cells: pd.DataFrame) -> pd.Series:
    """Return how many people have their best server at each cell's site and in its direction, of any technology.

    The map tells one best server of all technologies, and where that one goes another of the same direction is missed
    no less. Null where there is no map of the month.
    """
    levels = as_frame(facts.warehouse.read(COVERAGE_LEVELS, [month]))
    if levels.empty:
        return pd.Series(np.nan, cells.index)
    register = facts.whole("cells")[["cell_id", "site_id", "azimuth_deg"]]
    served = levels.groupby("cell_id", as_index=False)["people"].sum().merge(register, on="cell_id")
    everywhere = served.groupby("site_id")["people"].sum()
    around = served[served["azimuth_deg"].isna()].groupby("site_id")["people"].sum()
    ahead = served.groupby(["site_id", "azimuth_deg"], as_index=False)["people"].sum()
    mine = cells[["cell_id", "site_id"]].merge(register[["cell_id", "azimuth_deg"]], on="cell_id", how="left")
    mine = mine.merge(ahead, on=["site_id", "azimuth_deg"], how="left")
    site = mine["site_id"]
    sector = mine["people"].fillna(0) + site.map(around).fillna(0).astype(float)
    people = sector.mask(mine["azimuth_deg"].isna(), site.map(everywhere).fillna(0).astype(float))
    return pd.Series(people.to_numpy(), cells.index)


def _with_actions(cells: pd.DataFrame, policy: TrafficPolicy) -> pd.DataFrame:
    gsm, band = cells["technology"] == "GSM", cells["band"]
    needs_more = gsm & (cells["channels_needed"] > cells["channels"]).fillna(False).astype(bool)  # noqa: FBT003
    soon = pd.to_datetime(cells["exhausted_on"]) <= pd.to_datetime(
        cells["month_on"].map(lambda day: first_day(shift_month(f"{day:%Y-%m}", policy.plan_within_months)))
    )
    idle = band == "idle"
    spared = idle & ~cells["stays"] & (cells["served_people"] == 0)
    spare = gsm & idle & (cells["channels_needed"] < cells["channels"]).fillna(False).astype(bool)  # noqa: FBT003
    action = pd.Series("keep", cells.index)
    for name, holds in (
        ("reduce", spare), ("thin_out", spared), ("plan", (band == "expand_soon") | soon),
        ("expand", (band == "expand_now") | needs_more),
    ):  # fmt: skip
        action = action.mask(holds, name)
    return _told(cells.assign(action=action), idle, spared)


def _told(cells: pd.DataFrame, idle: pd.Series, spared: pd.Series) -> pd.DataFrame:
    """Add in words, in both languages, what the action rests on."""
    gsm, beyond = cells["technology"] == "GSM", cells["of_capacity"] >= 1
    load = cells["utilisation_pct"].map(lambda value: "-" if pd.isna(value) else f"{value:.1f} %")
    month = cells["exhausted_on"].map(lambda day: "" if pd.isna(day) else f"{day:%Y-%m}")
    needed, has, people = (cells[name].map(_number) for name in ("channels_needed", "channels", "served_people"))
    parts = [
        (gsm, "，信道 " + has + "，需 " + needed, ", " + has + " channels, needs " + needed),
        (beyond, "，已超容量", ", beyond its capacity"),
        ((month != "") & ~beyond, "，预计 " + month + " 耗尽", ", exhausted by " + month),
        (
            spared,
            "；站内留有同制式小区，本方向无主服务居民点",
            "; its site keeps a cell of its kind, and no settlement is served in its direction",
        ),
        (spared, "；道路未核，撤前路测", "; roads are not looked at: drive first"),
        (idle & cells["only_cell"], "；站内本制式唯一小区，不可撤", "; the only cell of its kind at its site stays"),
        (
            idle & ~cells["only_cell"] & ~spared,
            "；本方向主服务人口 " + people,
            "; " + people + " people are served in its direction",
        ),
    ]
    zh, en = "利用率 " + load, "utilisation " + load
    for holds, more_zh, more_en in parts:
        zh, en = zh.mask(holds, zh + more_zh), en.mask(holds, en + more_en)
    return cells.assign(evidence_zh=zh, evidence_en=en)


def _number(value: float) -> str:
    return "?" if pd.isna(value) else f"{value:g}"
