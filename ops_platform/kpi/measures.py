"""Measures: for each KPI, day and subject, what it adds to numerator, denominator and the counts beside them.

Kept at the finest grain, so that every roll-up is a sum and a division. Of cells that grain is the table `cell_days`
itself: their measures are sums by person and day, for a province has millions of cell days a month.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from ops_platform.clock import first_day, shift_month
from ops_platform.contracts.cells import CELL_DAYS
from ops_platform.contracts.scores import MEASURES
from ops_platform.facts import Facts
from ops_platform.kpi import catalogue, coverage, inspection, power, service, traffic
from ops_platform.kpi.cell_register import CellRegister
from ops_platform.kpi.contests import contests, is_contested, left_out, with_contests
from ops_platform.kpi.definition import Kpi, in_force, none
from ops_platform.kpi.partials import Partials
from ops_platform.kpi.radio import access_steps
from ops_platform.kpi.worst_cells import month_of_cells
from ops_platform.policy import Policy

COUNTS = ("numerator", "denominator", "excluded", "suspect", "missing")
DAYS_AT_ONCE = 8
_TABLES = {
    "power": power.tables,
    "inspection": inspection.tables,
    "traffic": traffic.tables,
    "service": service.tables,
    "coverage": coverage.tables,
}


def month_measures(
    subject: str, facts: Facts, month: str, policy: Policy, as_of: datetime, *, by_subject: bool | None = None
) -> pa.Table:
    """Return the measures of one subject and month.

    Parameters
    ----------
    subject
        A key of `catalogue.SUBJECTS`.
    as_of
        The moment up to which events are known.
    by_subject
        Whether each row is about one cell, site, ... By default not for `catalogue.KEPT_BY_PERSON`.

    Returns
    -------
    pyarrow.Table
        Columns of the contract ``<subject>_measures``.
    """
    by_subject = subject not in catalogue.KEPT_BY_PERSON if by_subject is None else by_subject
    engine = facts.warehouse.connect()
    contract, kpis = MEASURES[subject], in_force(catalogue.DECLARED[subject], month)
    parts: Iterable[pa.Table]
    if subject == "radio":
        parts = _radio_measures(engine, kpis, facts, month, policy, by_subject=by_subject)
    else:
        found = tables(engine, subject, facts, month, policy, as_of)
        parts = [engine.to_pyarrow(measures(kpis, found, month, by_subject=by_subject))]
    return pa.concat_tables(part.select(contract.schema.names).cast(contract.schema) for part in parts)


def _radio_measures(
    engine: ibis.BaseBackend, kpis: Sequence[Kpi], facts: Facts, month: str, policy: Policy, *, by_subject: bool
) -> Iterator[pa.Table]:
    """Yield the measures of cells: first those of whole months, then of days."""
    warehouse, register, contested = facts.warehouse, CellRegister(facts), contests(facts, month)
    days = warehouse.partitions(CELL_DAYS, month)
    of_month = [kpi for kpi in kpis if kpi.table == "cell_months"]
    months = month_of_cells(engine, facts, register, days, policy.worst_cell)
    found = with_contests({"cell_months": months}, of_month, contested)
    yield engine.to_pyarrow(measures(of_month, found, month, by_subject=by_subject))

    of_day = [kpi for kpi in kpis if kpi not in of_month]

    def of(some: Sequence[str]) -> pa.Table:
        owned = register.cell_days(engine, some)
        found = with_contests({"cell_days": owned, "access_steps": access_steps(owned)}, of_day, contested)
        return engine.to_pyarrow(measures(of_day, found, month, by_subject=by_subject))

    if by_subject:
        # By cell they are many: some days at a time, which bounds the memory.
        yield from (of(days[start : start + DAYS_AT_ONCE]) for start in range(0, len(days), DAYS_AT_ONCE))
        return
    about = contested[contested["kpi_id"].isin([kpi.id for kpi in of_day])].to_json(date_format="iso")
    made_of = register.made_of([CELL_DAYS], days, about)
    yield from Partials(warehouse, MEASURES["radio"].name).made_by_day(made_of, of)


def tables(
    engine: ibis.BaseBackend, subject: str, facts: Facts, month: str, policy: Policy, as_of: datetime
) -> dict[str, ir.Table]:
    """Return the tables over which the KPIs of a subject are declared, for one month, on an engine.

    A contested event is marked in them, so that whatever counts their rows counts what was decided.
    """
    found = _tables(engine, subject, facts, month, policy, as_of)
    return with_contests(found, in_force(catalogue.DECLARED[subject], month), contests(facts, month))


def _tables(
    engine: ibis.BaseBackend, subject: str, facts: Facts, month: str, policy: Policy, as_of: datetime
) -> dict[str, ir.Table]:
    if subject == "radio":
        days = facts.warehouse.partitions(CELL_DAYS, month)
        register = CellRegister(facts)
        cell_days = register.cell_days(engine, days)
        months = month_of_cells(engine, facts, register, days, policy.worst_cell)
        return {"cell_days": cell_days, "cell_months": months, "access_steps": access_steps(cell_days)}
    frames = _TABLES[subject](facts, month, policy, as_of)
    return {name: _as_table(frame) for name, frame in frames.items()}


def measures(kpis: Sequence[Kpi], tables: Mapping[str, ir.Table], month: str, *, by_subject: bool = True) -> ir.Table:
    """Return the measures of the KPIs for the days of a month, over the tables that they name."""
    alike: dict[tuple[object, ...], list[Kpi]] = defaultdict(list)
    for kpi in kpis:
        alike[kpi.table, kpi.day, kpi.subject, kpi.part, kpi.where].append(kpi)
    parts = [part for group in alike.values() for part in _measures(group, tables, month, by_subject=by_subject)]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def counted(kpi: Kpi, table: ir.Table, month: str) -> ir.Table:
    """Return the rows of a month that concern a KPI, with what each adds to its counts."""
    rows = _concerning(kpi, table, month)
    counts = {name: getattr(kpi, name)(rows).cast("float64") for name in COUNTS}
    return rows.mutate(**left_out(kpi, rows, counts))


def _concerning(kpi: Kpi, table: ir.Table, month: str) -> ir.Table:
    rows = table.mutate(day_on=table[kpi.day].cast("date"))
    rows = rows.filter(rows.day_on >= first_day(month), rows.day_on < first_day(shift_month(month, 1)))
    return rows.filter(kpi.where(rows)) if kpi.where else rows


def _measures(
    kpis: Sequence[Kpi], tables: Mapping[str, ir.Table], month: str, *, by_subject: bool
) -> Iterator[ir.Table]:
    """Yield the measures of KPIs over the same rows, which are gone through once for all of them."""
    first = kpis[0]
    rows = _concerning(first, tables[first.table], month)
    counts: dict[str, ir.Value] = {}
    for kpi in kpis:
        counted_names = [name for name in COUNTS if getattr(kpi, name) is not none or is_contested(kpi, rows)]
        added = {name: getattr(kpi, name)(rows) for name in counted_names}
        counts |= {f"{kpi.id}_{name}": value for name, value in left_out(kpi, rows, added).items()}
    rows = rows.mutate(**counts)
    grouped = rows.group_by(
        part=rows[first.part] if first.part else ibis.literal(""),
        day_on=rows.day_on,
        office_id=rows.office_id,
        staff_id=rows.staff_id.fill_null(""),
        subject_id=rows[first.subject] if by_subject else ibis.literal(""),
    )
    # Summed before they become floating-point numbers, so that integers stay exact.
    sums = grouped.agg(**{name: rows[name].sum().cast("float64") for name in counts})
    nothing = ibis.literal(0.0, "float64")
    for kpi in kpis:
        mine = sums.select(
            "part", "day_on", "office_id", "staff_id", "subject_id",
            **{name: sums[f"{kpi.id}_{name}"] if f"{kpi.id}_{name}" in counts else nothing for name in COUNTS},
        )  # fmt: skip
        total = sum((mine[name] for name in COUNTS[1:]), start=mine[COUNTS[0]])
        yield mine.filter(total != 0).mutate(kpi_id=ibis.literal(kpi.id), version=ibis.literal(kpi.version))


def _as_table(frame: pd.DataFrame) -> ir.Table:
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))
