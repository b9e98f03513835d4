"""An installation keeps its arrivals when a contract gains a column."""

import pyarrow.parquet as pq

from ops_platform.contracts import FEEDS
from tests.intake.conftest import House


def test_arrivals_from_before_a_contract_gained_a_column_still_fold(house: House) -> None:
    [file] = house.warehouse.arrivals(FEEDS["cells"])
    pq.write_table(pq.read_table(file, partitioning=None).drop_columns(["power_dbm"]), file)
    assert house.receive("more.csv", "小区编号,基站编号,制式,小区功率\nC3,S1,4G,46\n").rows_accepted == 1
    powers = {row["cell_id"]: row["power_dbm"] for row in house.facts("cells").to_pylist()}
    assert powers == {"C1": None, "C2": None, "C3": 46.0}
