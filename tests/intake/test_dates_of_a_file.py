"""What a file decides once for all of its rows, and what local time leaves open."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from ops_platform.intake.quarantine import retry
from ops_platform.intake.receive import receive
from ops_platform.state import QUARANTINE
from tests.intake.conftest import NOW, SITES, House

ALARMS = "告警编号,基站编号,告警名称,告警时间\n"
ROW = "A{},S1,停电告警,{}\n"


def alarms(*times: str) -> str:
    return ALARMS + "".join(ROW.format(number, time) for number, time in enumerate(times))


def raised(house: House, partition: str) -> list[str]:
    return [f"{moment:%m-%d %H}" for moment in house.facts("alarms", partition)["raised_at"].to_pylist()]


def test_one_clear_date_decides_for_the_whole_file_wherever_it_stands(house: House) -> None:
    early = ["01/03/2026 08:00"] * 2000
    receipt = house.receive("a.csv", alarms("2026-03-01 08:00", *early, "25/02/2026 08:00"))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (2002, 0)
    assert set(raised(house, "2026-03")) == {"03-01 00"}
    assert raised(house, "2026-02") == ["02-25 00"]


@pytest.mark.parametrize("last", ["2026-03-01 08:00", "25/02/2026 08:00\nA9,S1,停电告警,02/25/2026 08:00"])
def test_a_file_that_decides_nothing_has_its_unclear_rows_set_aside(house: House, last: str) -> None:
    receipt = house.receive("a.csv", alarms("01/03/2026 08:00", "x", last))
    aside = house.state.rows(sa.select(QUARANTINE).order_by(QUARANTINE.c.line))
    assert receipt.rows_read == receipt.rows_accepted + receipt.rows_quarantined
    assert "day_first" in aside[0]["reason"]
    assert aside[0]["problem"] == "ambiguous"
    assert len(aside) == receipt.rows_quarantined


def test_a_mapping_may_decide(house: House) -> None:
    house.settings.mappings.mkdir()
    (house.settings.mappings / "noc.yaml").write_text(
        "feed: alarms\nfile: noc*\nday_first: false\n"
        "columns: {alarm_id: 告警编号, site_id: 基站编号, kind: 告警名称, raised_at: 告警时间}\n",
        encoding="utf-8",
    )
    assert house.receive("noc.csv", alarms("02/03/2026 08:00")).rows_accepted == 1
    assert raised(house, "2026-02") == ["02-03 00"]


def test_decimal_comma_is_decided_for_the_file(house: House) -> None:
    header = "小区编号;基站编号;制式;频段(MHz);天线挂高\n"
    rows_of_first_block = "".join(f"D{n};S1;2G;1.800;\n" for n in range(300_000))
    receipt = house.receive("cells.csv", f"{header}{rows_of_first_block}C7;S1;2G;1.800;30,5\nC8;S1;2G;900;1,234\n")
    assert receipt.rows_accepted == 300_002
    rows = {row["cell_id"]: row for row in house.facts("cells").to_pylist()}
    assert rows["D0"]["band_mhz"] == 1800, "a block without a comma follows the file"
    assert (rows["C7"]["band_mhz"], rows["C7"]["antenna_height_m"]) == (1800, 30.5)
    assert rows["C8"]["antenna_height_m"] == 1.234


def test_times_that_daylight_saving_skips_or_repeats_are_reported(house: House) -> None:
    settings = house.settings.model_copy(update={"time_zone": "Europe/Tallinn"})
    path = house.file("a.csv", alarms("2025-03-30 03:30", "2025-10-26 03:30", "2025-10-26 05:30"))
    receipt = receive(path, house.warehouse, house.state, settings, NOW)
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (2, 1)
    assert "1 times come twice in Europe/Tallinn" in receipt.finding
    [aside] = house.state.rows(sa.select(QUARANTINE))
    assert "there is no such time in Europe/Tallinn" in aside["reason"]
    moments = house.facts("alarms", "2025-10")["raised_at"].to_pylist()
    assert moments[0] == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)


def test_a_row_that_waited_is_read_again_as_its_file_was(house: House) -> None:
    house.receive("a.csv", ALARMS + "A1,S9,停电告警,01/03/2026 08:00\nA2,S1,停电告警,25/02/2026 08:00\n")
    house.receive("sites.csv", SITES + "S9,九站,O1,30.3,110.3,农村,A,否,2020-01-01\n")
    [receipt] = retry(house.state, house.warehouse, house.settings, NOW, "alarms")
    assert receipt.rows_accepted == 1
    assert raised(house, "2026-03") == ["03-01 00"]
