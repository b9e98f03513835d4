"""What the registers say of cells: which are in service on which day, whose they are; and their cell days by it."""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from ops_platform.clock import epoch_s
from ops_platform.contracts import Contract
from ops_platform.contracts.cells import CELL_DAYS
from ops_platform.facts import Facts
from ops_platform.kpi.partials import mark_of
from ops_platform.maintenance.network_service import serving, sites_in_service

SERVICE = ["cell_id", "site_id", "office_id", "staff_id", "technology", "day_on", "day_s", "channels"]
OF_CELL = [name for name in SERVICE if name not in {"day_on", "day_s"}]


class CellRegister:
    """The registers of cells and sites as they are at one moment.

    Parameters
    ----------
    facts
        The facts of the installation.
    """

    def __init__(self, facts: Facts) -> None:
        self._warehouse, self._zone = facts.warehouse, facts.zone
        self._marks: dict[date, str] = {}
        self._sites, self._tests = facts.whole("sites"), facts.whole("acceptance_tests")
        cells = facts.whole("cells")[["cell_id", "site_id", "technology", "channels", "in_service_on"]]
        owners = self._sites[["site_id", "office_id", "staff_id"]]
        # A cell without a date was opened with its site.
        self._cells = cells.rename(columns={"in_service_on": "opened_on"}).merge(owners, on="site_id")

    def in_service(self, days: Sequence[date]) -> pd.DataFrame:
        """Return one row per cell and day in service, with the columns `SERVICE`."""
        rows = self._site_days(days).merge(self._cells, on="site_id")
        opened = pd.to_datetime(rows["opened_on"])
        return rows[opened.isna() | (opened <= pd.to_datetime(rows["day_on"]))].drop(columns="opened_on")

    def table(self, days: Sequence[date]) -> pa.Table:
        """Return the cells in service, with the types of the contract ``cell_days`` also where there are none."""
        return _typed(self.in_service(days).sort_values("cell_id", kind="stable"), SERVICE)

    def marks(self, days: Sequence[date]) -> dict[date, str]:
        """Return a mark of each day's rows of `in_service`: another one as soon as anything in them is another."""
        if new := [day for day in days if day not in self._marks]:
            self._marks |= self._new_marks(new)
        return {day: self._marks[day] for day in days}

    def made_of(self, contracts: Sequence[Contract], keys: Sequence[str], *told: str) -> dict[str, str]:
        """Return of each stored day (``YYYY-MM-DD``) the `mark_of` its files, what the registers say, and what is told.

        Parameters
        ----------
        contracts
            The tables by day of which something is made.
        """
        marks = self.marks([date.fromisoformat(key) for key in keys]).values()
        made_of = {}
        for key, mark in zip(keys, marks, strict=True):
            files = (file for contract in contracts for file in self._warehouse.files(contract, [key]))
            made_of[key] = mark_of(files, mark, *told)
        return made_of

    def cell_days(self, engine: ibis.BaseBackend, keys: Sequence[str]) -> ir.Table:
        """Return the cell days of some stored days (``YYYY-MM-DD``) as the registers know the cells.

        Which cells were in service, whose they are and how many channels they have comes from the registers and not
        from the stored cell days, so that a corrected register counts without summing the counters again. Days of which
        the registers say what they said when the day was summed are taken as they are stored, which saves a join.
        """
        days = [date.fromisoformat(key) for key in keys]
        same = [f"{day}" for day, mark in self.marks(days).items() if mark == self._warehouse.mark(CELL_DAYS, f"{day}")]
        other = [day for day in days if f"{day}" not in same]
        rows = [self._warehouse.table(engine, CELL_DAYS, same)] if same else []
        if other or not same:
            counted = self._warehouse.table(engine, CELL_DAYS, [f"{day}" for day in other])
            rows.append(self._joined(counted, other).select(CELL_DAYS.schema.names))
        return ibis.union(*rows) if len(rows) > 1 else rows[0]

    def _new_marks(self, days: Sequence[date]) -> dict[date, str]:
        # Not of the rows themselves: a month of a province has millions.
        codes = pd.util.hash_pandas_object(self._cells[OF_CELL], index=False).to_numpy(np.uint64)
        opened = pd.to_datetime(self._cells["opened_on"]).to_numpy("datetime64[D]")
        served = serving(self._sites, self._tests, days)
        site = pd.Index(self._sites["site_id"]).get_indexer(self._cells["site_id"])
        found = {}
        for number, day in enumerate(days):
            there = served[site, number] & (np.isnat(opened) | (opened <= np.datetime64(day)))
            found[day] = f"{_length_s(day, self._zone)}-{there.sum()}-{codes[there].sum(dtype=np.uint64):016x}"
        return found

    def _joined(self, counted: ir.Table, days: Sequence[date]) -> ir.Table:
        counted = counted.drop(*(name for name in SERVICE if name not in CELL_DAYS.key))
        open_sites = ibis.memtable(_typed(self._site_days(days), ["site_id", "day_on", "day_s"]))
        registered = ibis.memtable(_typed(self._cells, [*OF_CELL, "opened_on"]))
        cells = registered.inner_join(open_sites, "site_id")
        cells = cells.filter(cells.opened_on.isnull() | (cells.opened_on <= cells.day_on)).select(SERVICE)
        rows = cells.left_join(counted, list(CELL_DAYS.key)).drop(*(f"{name}_right" for name in CELL_DAYS.key))
        return rows.mutate(usable_s=rows.usable_s.fill_null(0), suspect_s=rows.suspect_s.fill_null(0))

    def _site_days(self, days: Sequence[date]) -> pd.DataFrame:
        """Return one row per site and day in service: ``site_id``, ``day_on``, ``day_s``."""
        rows = sites_in_service(self._sites, self._tests, days)
        return rows.assign(day_s=rows["day_on"].map({day: _length_s(day, self._zone) for day in days}))


def _length_s(day: date, zone: ZoneInfo) -> int:
    """Return how long a local day is: where clocks change, an hour longer or shorter."""
    return epoch_s(day + timedelta(days=1), zone) - epoch_s(day, zone)


def _typed(rows: pd.DataFrame, columns: Sequence[str]) -> pa.Table:
    opened = pa.field("opened_on", pa.date32())
    schema = pa.schema([opened if name == opened.name else CELL_DAYS.schema.field(name) for name in columns])
    return pa.Table.from_pandas(rows[columns], schema=schema, preserve_index=False)
