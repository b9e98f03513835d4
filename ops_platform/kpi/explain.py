"""What is behind a figure: every row that a KPI counts, in one sum or the other, or left out and why."""

from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd
from rapidfuzz import process

from ops_platform.errors import PermanentError
from ops_platform.facts import Facts
from ops_platform.kpi.catalogue import CATALOGUE, kpis_in_force, subject_of
from ops_platform.kpi.definition import Kpi
from ops_platform.kpi.measures import COUNTS, counted, tables
from ops_platform.policy import Policy

LOOKED_INTO = frozenset({"faults", "inspections", "work_plan_items", "complaints", "enquiries"})
"""Tables whose rows are matters of their own, with a number by which people find them."""


def kpi_of(kpi_id: str, month: str | None = None) -> Kpi:
    """Return the KPI of this id as it is in force in a month, or its newest version.

    Raises
    ------
    PermanentError
        If there is none; names the nearest.
    """
    if kpi_id not in CATALOGUE:
        near = ", ".join(choice for choice, _, _ in process.extract(kpi_id, list(CATALOGUE), limit=3))
        raise PermanentError(f"没有指标 {kpi_id}，最接近 {near} / there is no KPI {kpi_id}; try {near}")
    return kpis_in_force(month)[kpi_id] if month else CATALOGUE[kpi_id]


class RowsBehind:
    """The rows behind the KPIs of a month; the tables of a subject are made once, when they are first asked for.

    Parameters
    ----------
    facts
        The facts of the installation.
    month
        Business-local, ``YYYY-MM``.
    policy
        The house rules.
    as_of
        The moment up to which events are known.
    """

    def __init__(self, facts: Facts, month: str, policy: Policy, as_of: datetime) -> None:
        self.facts, self.month, self.engine = facts, month, facts.warehouse.connect()
        self._known = facts, month, policy, as_of
        self._tables: dict[str, dict[str, ir.Table]] = {}

    def of(self, kpi: Kpi) -> ir.Table:
        """Return the rows of the KPI's table that concern it, with what each adds to its counts."""
        subject = subject_of(kpi.id)
        if subject not in self._tables:
            self._tables[subject] = tables(self.engine, subject, *self._known)
        return counted(kpi, self._tables[subject][kpi.table], self.month)


def explain(kpi: Kpi, behind: RowsBehind, who: dict[str, str] | None = None) -> pd.DataFrame:
    """Return what a KPI counts in a month, a row each.

    Parameters
    ----------
    who
        Column and value that the rows must have, such as ``office_id``; ``contractor`` means its people by the staff
        register. All where None.

    Returns
    -------
    pandas.DataFrame
        ``day_on``, ``office_id``, ``staff_id``, the KPI's evidence and its five counts; first what the denominator has
        and the numerator lacks, then the rest, by day.
    """
    rows = behind.of(kpi)
    for column, value in (who or {}).items():
        rows = rows.filter(
            rows.staff_id.isin(_people(behind.facts, value)) if column == "contractor" else rows[column] == value
        )
    shown = list(dict.fromkeys(["day_on", "office_id", "staff_id", *kpi.evidence]))
    frame = behind.engine.to_pyarrow(rows.select(*shown, *COUNTS)).to_pandas(date_as_object=True)
    frame = frame[frame[list(COUNTS)].any(axis=1)]
    short = frame["denominator"] - frame["numerator"]
    order = frame.assign(_short=-short if kpi.better == "higher" else -frame["numerator"])
    return order.sort_values(["_short", "day_on", *kpi.evidence[:1]], ignore_index=True).drop(columns="_short")


def site_of(rows: ir.Table) -> ir.Value:
    """Return the site of each row of a KPI's table, null where such rows have none."""
    return rows["site_id"] if "site_id" in rows.columns else ibis.null("string")


def shortfalls(behind: RowsBehind, most: int) -> pd.DataFrame:
    """Return the events that cost each office most of every KPI whose events somebody can look into.

    Returns
    -------
    pandas.DataFrame
        ``kpi_id``, ``office_id``, ``event_id``, ``site_id`` (null where there is none) and ``cost`` in units of the
        KPI's sums; of each office and KPI at most so many, the dearest first.
    """
    found = []
    for kpi in kpis_in_force(behind.month).values():
        if kpi.table not in LOOKED_INTO:
            continue
        rows = behind.of(kpi)
        cost = rows.denominator - rows.numerator if kpi.better == "higher" else rows.numerator
        event = {"event_id": rows[kpi.event].cast("string"), "site_id": site_of(rows)}
        short = rows.filter(cost > 0).group_by("office_id", **event)
        frame = behind.engine.to_pyarrow(short.agg(cost=cost.sum())).to_pandas().assign(kpi_id=kpi.id)
        ordered = frame.sort_values(["cost", "event_id"], ascending=[False, True])
        found.append(ordered.groupby("office_id").head(most))
    return pd.concat(found)[["kpi_id", "office_id", "event_id", "site_id", "cost"]]


def _people(facts: Facts, contractor: str) -> list[str]:
    """Return who works for a contractor.

    Raises
    ------
    PermanentError
        If nobody does; names the contractors that there are.
    """
    staff = facts.whole("staff").dropna(subset="contractor")
    people: list[str] = staff.loc[staff["contractor"] == contractor, "staff_id"].tolist()
    if not people:
        known = ", ".join(sorted(set(staff["contractor"]))) or "—"
        raise PermanentError(
            f"人员台账中没有代维公司 {contractor}，有：{known} / "
            f"the staff register has no contractor {contractor}; it has: {known}"
        )
    return people
