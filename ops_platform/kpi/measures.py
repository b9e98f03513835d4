"""Measures: for each KPI, day and subject, what it adds to numerator, denominator and the counts beside them.

Kept at the finest grain, so that every roll-up is a sum and a division.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from ops_platform.clock import first_day, shift_month
from ops_platform.contracts.derived import CELL_DAYS, CELL_HOURS
from ops_platform.facts import Facts
from ops_platform.kpi import catalogue, coverage, inspection, power, service, traffic
from ops_platform.kpi.cell_days import owned_cell_days
from ops_platform.kpi.contests import contests, left_out, with_contests
from ops_platform.kpi.definition import Kpi, in_force
from ops_platform.kpi.radio import access_steps
from ops_platform.kpi.worst_cells import cell_months
from ops_platform.policy import Policy
from ops_platform.warehouse import connect

COUNTS = ("numerator", "denominator", "excluded", "suspect", "missing")
_TABLES = {
    "power": power.tables,
    "inspection": inspection.tables,
    "traffic": traffic.tables,
    "service": service.tables,
    "coverage": coverage.tables,
}


def month_measures(subject: str, facts: Facts, month: str, policy: Policy, as_of: datetime) -> pa.Table:
    """Return the measures of one subject and month.

    Parameters
    ----------
    subject
        A key of `catalogue.SUBJECTS`.
    as_of
        The moment up to which events are known.

    Returns
    -------
    pyarrow.Table
        Columns of the contract ``<subject>_measures``.
    """
    engine = connect()
    contract = catalogue.MEASURES[subject]
    kpis = in_force(catalogue.DECLARED[subject], month)
    expression = measures(kpis, tables(engine, subject, facts, month, policy, as_of), month)
    return engine.to_pyarrow(expression.select(contract.schema.names)).cast(contract.schema)


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
        days = [key for key in facts.warehouse.partitions(CELL_DAYS) if key.startswith(month)]
        cell_days = owned_cell_days(engine, facts, days)
        cell_hours = facts.warehouse.table(engine, CELL_HOURS, days)
        months = cell_months(cell_days, cell_hours, policy.worst_cell)
        return {"cell_days": cell_days, "cell_months": months, "access_steps": access_steps(cell_days)}
    frames = _TABLES[subject](facts, month, policy, as_of)
    return {name: _as_table(frame) for name, frame in frames.items()}


def measures(kpis: Sequence[Kpi], tables: Mapping[str, ir.Table], month: str) -> ir.Table:
    """Return the measures of the KPIs for the days of a month, over the tables that they name."""
    parts = [_measure(kpi, tables[kpi.table], month) for kpi in kpis]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def counted(kpi: Kpi, table: ir.Table, month: str) -> ir.Table:
    """Return the rows of a month that concern a KPI, with what each adds to its counts."""
    rows = table.mutate(day_on=table[kpi.day].cast("date"))
    rows = rows.filter(rows.day_on >= first_day(month), rows.day_on < first_day(shift_month(month, 1)))
    rows = rows.filter(kpi.where(rows)) if kpi.where else rows
    counts = {name: getattr(kpi, name)(rows).cast("float64") for name in COUNTS}
    return rows.mutate(**left_out(kpi, rows, counts))


def _measure(kpi: Kpi, table: ir.Table, month: str) -> ir.Table:
    rows = counted(kpi, table, month)
    grouped = rows.group_by(
        part=rows[kpi.part] if kpi.part else ibis.literal(""),
        day_on=rows.day_on,
        office_id=rows.office_id,
        staff_id=rows.staff_id.fill_null(""),
        subject_id=rows[kpi.subject],
    ).agg(**{name: rows[name].sum() for name in COUNTS})
    total = sum((grouped[name] for name in COUNTS[1:]), start=grouped[COUNTS[0]])
    return grouped.filter(total != 0).mutate(kpi_id=ibis.literal(kpi.id), version=ibis.literal(kpi.version))


def _as_table(frame: pd.DataFrame) -> ir.Table:
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))
