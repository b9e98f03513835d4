"""What docs/mappings.md shows is what works: its mapping, its options, the files it names."""

import re
from pathlib import Path

import pytest

from ops_platform.intake.counter_names import FILE, counter_names
from ops_platform.intake.mapping import ColumnMapping, SourceMapping
from tests.intake.conftest import House
from tests.intake.test_mapping import save

PAGE = (Path(__file__).parents[2] / "docs" / "mappings.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
OPTIONS = re.findall(r"^\| ((?:`\w+(?:: end)?`(?:, )?)+) \|", PAGE, flags=re.MULTILINE)


def test_the_mapping_of_the_page_reads_a_file(house: House) -> None:
    save(house, BLOCKS[0])
    rows = "实况,BTS_S1,Nestanak 220 V abc,2026-03-14 09:00,Not Exist\n演练,S1,停电,2026-03-14 10:00,\n"
    text = f"状态,站点,告警,发生,恢复\n{rows}"
    receipt = house.receive("noc_0314.csv", text)
    assert (receipt.feed, receipt.rows_accepted, receipt.rows_quarantined) == ("alarms", 1, 0), receipt.finding
    [row] = house.facts("alarms", "2026-03").to_pylist()
    assert (row["site_id"], row["kind"], row["source"], row["cleared_at"]) == ("S1", "mains_failure", "NOC", None)
    assert f"{row['raised_at']:%H:%M}" == "08:00", "nine in Sarajevo"
    assert "状态 = 演练 (1)" in receipt.finding


def test_the_table_of_counters_of_the_page_is_one(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(BLOCKS[1], encoding="utf-8")
    assert counter_names(tmp_path).counters["Meter.Total"].cumulative


@pytest.mark.parametrize("options", [ColumnMapping, SourceMapping])
def test_every_option_stands_on_the_page(options: type[ColumnMapping | SourceMapping]) -> None:
    named = {name.removesuffix(": end") for cell in OPTIONS for name in re.findall(r"`([^`]+)`", cell)}
    shown = {name.partition(":")[0] for name in re.findall(r"^(\w+):", BLOCKS[0], flags=re.MULTILINE)}
    assert set(options.model_fields) <= named | shown


def test_every_mapping_that_comes_along_stands_on_the_page() -> None:
    folder = Path(__file__).parents[2] / "ops_platform" / "intake" / "mappings"
    assert {file.name for file in folder.glob("*.yaml")} <= set(re.findall(r"`(\w+\.yaml)`", PAGE))
