"""A day that lies in hours is an asset as any other: counted, shown, judged and summed."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ops_platform.contracts import FEEDS
from ops_platform.contracts.cells import CELL_DAYS
from ops_platform.intake import fold
from tests.dagster.conftest import House
from tests.kpi.made_counters import cells, quarter_hours

DAY = date(2026, 5, 30)
COUNTERS = FEEDS["cell_counters"]


def test_a_day_in_hours_is_told_and_summed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold, "WHOLE_ROWS", 100)
    site = {"site_id": "S1", "site_name": "一站", "office_id": "O1", "latitude": 30.0, "longitude": 110.0,
            "priority": "c", "area_class": "town", "fixed_generator": False,
            "in_service_on": date(2020, 1, 1)}  # fmt: skip
    house.put("sites", [site])
    house.put("cells", [{"cell_id": cell, "site_id": "S1", "technology": "GSM", "channels": 8} for cell in cells(2)])
    rows = quarter_hours(np.random.default_rng(1), DAY, 2)
    arrival = house.settings.home / "arrival.parquet"
    pq.write_table(rows.append_column(fold.GONE, pa.array(np.zeros(len(rows), bool))), arrival)
    warehouse = house.platform.warehouse
    warehouse.adopt_arrival(COUNTERS, arrival, DAY.isoformat(), 1)
    job = house.defs.resolve_job_def("load_counters")
    result = job.execute_in_process(instance=house.instance, partition_key=DAY.isoformat())
    assert result.success
    (event,) = result.asset_materializations_for_node("cell_counters")
    assert event.metadata["dagster/row_count"].value == 192
    assert cells(1)[0] in str(event.metadata["preview"].value)
    hours = warehouse.files(COUNTERS, [DAY.isoformat()])
    assert len(hours) == 24
    assert event.metadata["dagster/uri"].value == hours[0].parent.as_uri()
    assert min(warehouse.read(CELL_DAYS, [DAY.isoformat()])["usable_s"].to_pylist()) > 0
