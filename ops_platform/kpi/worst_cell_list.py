"""The month's worst-cell list: every cell that meets a rule, with trend, circumstances, probable cause, next step."""

from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from ops_platform.clock import first_day, month_bounds, month_of, shift_month
from ops_platform.contracts import FEEDS
from ops_platform.contracts.cells import CELL_DAYS, RULE_COUNTERS, WORST_CELLS
from ops_platform.contracts.coverage import COVERAGE_GAPS
from ops_platform.contracts.outages import SITE_OUTAGES
from ops_platform.facts import Facts, as_rows
from ops_platform.kpi.cell_causes import probable_causes
from ops_platform.kpi.cell_register import CellRegister
from ops_platform.kpi.erlang import channels_needed
from ops_platform.kpi.worst_cells import GSM, OF_CELL, flag_of, judged_days, month_of_cells, often_met
from ops_platform.maintenance import intervals
from ops_platform.policy.cells import WorstCellPolicy

SIGNS = ("interference_samples", "interference_high_samples", "handovers_out_attempts", "handovers_out")
OF_DAY = (*OF_CELL, "day_on", "channels", "suspect_s", *(f"busy_{name}" for name in RULE_COUNTERS), *SIGNS)
"""What the list asks of a cell day."""


@dataclass(frozen=True)
class WorstCells:
    """A month's worst cells.

    Attributes
    ----------
    rows
        Columns of the contract ``worst_cells``; those of the selected rule first, most drops first.
    rules
        One row per rule: ``rule``, ``version``, ``zh``, ``en``, ``cells`` that meet it, ``of`` the GSM cells in service
        of which anything is known.
    """

    rows: pa.Table
    rules: pd.DataFrame


def worst_cell_list(facts: Facts, month: str, policy: WorstCellPolicy, as_of: datetime) -> WorstCells:
    """Return the cells that meet any worst-cell rule in a month, from the stored facts.

    Parameters
    ----------
    as_of
        The moment up to which events are known; the inspections planned after it are the next ones.
    """
    engine, register = facts.warehouse.connect(), CellRegister(facts)
    keys = facts.warehouse.partitions(CELL_DAYS, month)
    months = month_of_cells(engine, facts, register, keys, policy)
    flags = [flag_of(rule) for rule in policy.rules]
    candidates = months.filter(ibis.or_(*(months[flag] for flag in flags)))
    cells = engine.to_pyarrow(candidates).to_pandas().set_index("cell_id")
    rules = _side_by_side(engine, months, policy)
    if cells.empty:
        return WorstCells(WORST_CELLS.schema.empty_table(), rules)
    days = register.cell_days(engine, keys).select(*OF_DAY)
    days = engine.create_table("days", _of(days.filter(days.technology == GSM), cells.index))
    judged = engine.create_table("judged", judged_days(days, policy.rule))
    streaks = engine.to_pyarrow(often_met(judged, "worst", 1)).to_pandas().set_index("cell_id")
    cells = cells.join(streaks[["met_days", "streak_days"]]).fillna({"met_days": 0, "streak_days": 0})
    cells = cells.join(_signs(engine, days)).join(_reports(engine, facts, month, cells.index))
    cells = cells.join(_previous(engine, facts, register, month, policy))
    met = judged.filter(judged.worst).select("cell_id", "site_id", "day_on")
    met = engine.to_pyarrow(met).to_pandas(date_as_object=True)
    cells = _with_outages(cells, met, facts, month, as_of)
    cells = cells.join(_actions(facts, month, as_of)).fillna({"actions": 0})
    cells = cells.merge(_gap_people(facts, month, policy), left_on="site_id", right_index=True, how="left")
    cells = cells.merge(_next_inspections(facts, as_of), left_on="site_id", right_index=True, how="left")
    office = engine.to_pyarrow(months.group_by("office_id").agg(office_drops=months.drops.sum())).to_pandas()
    cells = _with_rates(cells, office.set_index("office_id")["office_drops"])
    cells = cells.join(probable_causes(cells, policy.causes)).join(_reasons(cells, policy))
    cells["month_on"] = first_day(month)
    cells = cells.reset_index().sort_values(["worst", "drops", "cell_id"], ascending=[False, False, True])
    return WorstCells(as_rows(WORST_CELLS, cells), rules)


def _signs(engine: ibis.BaseBackend, days: ir.Table) -> pd.DataFrame:
    """Return the month's sums of what betrays a cause; of a pair only days that know both."""
    whole = {name: days[SIGNS[index ^ 1]].notnull() for index, name in enumerate(SIGNS)}
    sums = days.group_by("cell_id").agg(**{name: days[name].sum(where=known) for name, known in whole.items()})
    return engine.to_pyarrow(sums).to_pandas().set_index("cell_id")


def _reports(engine: ibis.BaseBackend, facts: Facts, month: str, cells: pd.Index) -> pd.DataFrame:
    feed = FEEDS["measurement_reports"]
    keys = facts.warehouse.partitions(feed, month)
    mine = _of(facts.warehouse.table(engine, feed, keys), cells)
    sums = mine.group_by("cell_id").agg(samples=mine.samples.sum(), covered_samples=mine.covered_samples.sum())
    return engine.to_pyarrow(sums).to_pandas().set_index("cell_id")


def _of(rows: ir.Table, cells: pd.Index) -> ir.Table:
    # Joined: a list of very many names would be written out in the statement.
    return rows.semi_join(ibis.memtable(pa.table({"cell_id": pa.array(cells, pa.string())})), "cell_id")


def _previous(
    engine: ibis.BaseBackend, facts: Facts, register: CellRegister, month: str, policy: WorstCellPolicy
) -> pd.DataFrame:
    keys = facts.warehouse.partitions(CELL_DAYS, shift_month(month, -1))
    if not keys:
        return pd.DataFrame(columns=["previous_drop_pct", "previously_worst"])
    months = month_of_cells(engine, facts, register, keys, policy)
    starts = months.tch_seizures + months.handovers_in
    known = months.filter(months.days > 0).select(
        "cell_id", previous_drop_pct=100 * months.drops / starts.nullif(0), previously_worst=months.worst
    )
    return engine.to_pyarrow(known).to_pandas().set_index("cell_id")


def _with_outages(cells: pd.DataFrame, met: pd.DataFrame, facts: Facts, month: str, as_of: datetime) -> pd.DataFrame:
    """Add how long each cell's site was down, and on how many bad days it, or the cell, was down and why."""
    start, end = month_bounds(month, facts.zone)
    end = max(start, min(end, as_of))
    sites = facts.of_sites(sorted(cells["site_id"].unique()))
    down = sites.touching(SITE_OUTAGES, start, end).rename(columns={"down_at": "start", "up_at": "end"})
    alarms = sites.touching("alarms", start, end).rename(columns={"raised_at": "start", "cleared_at": "end"})
    seconds = {
        cause: _seconds(down[down["cause"] == cause] if cause else down, "site_id", facts, start, end)
        for cause in ("", "equipment", "transmission")
    }
    of_cell = alarms[(alarms["kind"] == "cell_down") & alarms["cell_id"].notna()]
    cell_down = _seconds(of_cell, "cell_id", facts, start, end)
    total = seconds[""].groupby("site_id")["seconds"].sum() / 3600
    by_site = {cause: _on_days(met, rows, "site_id") for cause, rows in seconds.items()}
    marked = met.assign(
        outage_days=by_site[""],
        transmission_days=by_site["transmission"],
        hardware_days=by_site["equipment"] | _on_days(met, cell_down, "cell_id"),
    )
    counts = marked.groupby("cell_id")[["outage_days", "transmission_days", "hardware_days"]].sum()
    cells = cells.assign(outage_h=cells["site_id"].map(total).fillna(0.0).astype(float)).join(counts)
    return cells.fillna(dict.fromkeys(counts.columns, 0))


def _seconds(rows: pd.DataFrame, by: str, facts: Facts, start: datetime, end: datetime) -> pd.DataFrame:
    clipped = rows.assign(
        start=rows["start"].clip(lower=pd.Timestamp(start)), end=intervals.close_open(rows["end"], end), ids=""
    )
    return intervals.seconds_by_day(intervals.union(clipped[clipped["start"] < clipped["end"]], by), by, facts.zone)


def _on_days(met: pd.DataFrame, seconds: pd.DataFrame, by: str) -> pd.Series:
    there = pd.MultiIndex.from_frame(seconds[[by, "day_on"]])
    return pd.Series(pd.MultiIndex.from_frame(met[[by, "day_on"]]).isin(there), met.index)


def _actions(facts: Facts, month: str, as_of: datetime) -> pd.DataFrame:
    _, end = month_bounds(month, facts.zone)
    actions = facts.month("optimisation_actions", month, before=1)
    actions = actions[actions["done_at"] < min(end, as_of)].sort_values("done_at")
    actions["last_action_on"] = facts.local_date(actions["done_at"])
    last = actions.drop_duplicates("cell_id", keep="last").set_index("cell_id")
    return last.assign(actions=actions.groupby("cell_id").size(), last_action=last["action"])[
        ["actions", "last_action", "last_action_on"]
    ]


def _gap_people(facts: Facts, month: str, policy: WorstCellPolicy) -> pd.Series:
    gaps = facts.month(COVERAGE_GAPS, month)
    near = gaps[gaps["nearest_site_km"] <= policy.causes.gap_within_km]
    return near.groupby("nearest_site_id")["people"].sum().rename("gap_people")


def _next_inspections(facts: Facts, as_of: datetime) -> pd.DataFrame:
    planned = facts.month("inspections", shift_month(month_of(as_of, facts.zone), 1), before=1)
    today = as_of.astimezone(facts.zone).date()
    planned = planned[planned["done_at"].isna() & planned["accessible"].astype(bool) & (planned["due_on"] >= today)]
    first = planned.sort_values(["due_on", "inspection_id"]).drop_duplicates("site_id").set_index("site_id")
    return first[["inspection_id", "due_on"]].set_axis(["next_inspection_id", "next_inspection_on"], axis=1)


def _with_rates(cells: pd.DataFrame, office_drops: pd.Series) -> pd.DataFrame:
    starts, attempts, days = cells["tch_seizures"] + cells["handovers_in"], cells["tch_attempts"], cells["days"]
    traffic = cells["traffic_chs"] / 3600 / days.where(days > 0)
    # What overflowed was offered too; the rest of the month's busy hours stands for it.
    offered = traffic * attempts / (attempts - cells["tch_overflows"]).where(lambda taken: taken > 0)
    needed = pd.Series(channels_needed(offered.fillna(0.0).to_numpy(float)), cells.index, dtype="Int64")
    office = cells["office_id"].map(office_drops)
    return cells.assign(
        drop_pct=100 * cells["drops"] / starts.where(starts > 0),
        congestion_pct=100 * cells["tch_overflows"] / attempts.where(attempts > 0),
        office_drops_pct=100 * cells["drops"] / office.where(office > 0),
        traffic_erl=traffic,
        channels=cells["channel_days"] / days.where(days > 0),
        channels_needed=needed.mask(offered.isna()),
    )


def _reasons(cells: pd.DataFrame, policy: WorstCellPolicy) -> pd.DataFrame:
    told = pd.DataFrame({"rules": "", "rule_versions": ""}, index=cells.index)
    for rule in policy.rules:
        met = cells[flag_of(rule)].astype(bool)
        told["rules"] = told["rules"].mask(met, told["rules"] + f" {rule.id}")
        told["rule_versions"] = told["rule_versions"].mask(met, told["rule_versions"] + f" {rule.version}")
    told = told.apply(lambda column: column.str.strip())
    rate: dict[str, pd.Series] = {
        name: cells[name].map(lambda value: "-" if pd.isna(value) else f"{value:.2f}")
        for name in ("drop_pct", "congestion_pct")
    }
    line = (cells["traffic_erl"] / cells["channels"]).map(lambda value: "-" if pd.isna(value) else f"{value:.2f}")
    drops, starts = (
        values.map("{:.0f}".format) for values in (cells["drops"], cells["tch_seizures"] + cells["handovers_in"])
    )
    told["reasons_zh"] = (
        "规则 " + told["rules"] + "：掉话率 " + rate["drop_pct"] + " %（" + drops + "/" + starts + "），拥塞率 "
        + rate["congestion_pct"] + " %，每线 " + line + " Erl"
    )  # fmt: skip
    told["reasons_en"] = (
        "rules " + told["rules"] + ": drop rate " + rate["drop_pct"] + " % (" + drops + "/" + starts + "), congestion "
        + rate["congestion_pct"] + " %, " + line + " Erl per channel"
    )  # fmt: skip
    return told


def _side_by_side(engine: ibis.BaseBackend, months: ir.Table, policy: WorstCellPolicy) -> pd.DataFrame:
    counts = {flag_of(rule): months[flag_of(rule)].sum() for rule in policy.rules}
    (met,) = engine.to_pyarrow(months.agg(known=(months.days > 0).sum(), **counts)).to_pylist()
    return pd.DataFrame(
        [
            {"rule": rule.id + ("*" if rule.id == policy.selected else ""), "version": rule.version,
             "zh": rule.zh, "en": rule.en, "cells": met[flag_of(rule)] or 0, "of": met["known"] or 0}
            for rule in policy.rules
        ]
    )  # fmt: skip
