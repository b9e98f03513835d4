"""A mapping of the installation: several headers for one column, columns that may be absent."""

from pathlib import Path

import pytest

from tests.intake.conftest import House

ROOM_ACCESS = """
feed: room_access
file: "门禁*.csv"
columns:
  access_id: {template: "{人员} {进}"}
  site_id: [站址编码, 站址运维ID]
  visitor: 人员
  purpose: 事由
  entered_at: 进
  left_at: {header: 出, optional: true}
"""


def save(house: House, text: str) -> Path:
    house.settings.mappings.mkdir(parents=True, exist_ok=True)
    file = house.settings.mappings / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("header", ["站址编码", "站址运维ID", "站址运维id "])
def test_the_first_header_that_is_present_is_the_column(house: House, header: str) -> None:
    save(house, ROOM_ACCESS)
    receipt = house.receive("门禁1.csv", f"{header},人员,事由,进,出\nS1,甲,巡检,2026-03-01 08:00,2026-03-01 09:00\n")
    assert (receipt.feed, receipt.rows_accepted) == ("room_access", 1)
    assert house.facts("room_access", "2026-03").column("site_id").to_pylist() == ["S1"]


def test_an_optional_column_may_be_absent(house: House) -> None:
    save(house, ROOM_ACCESS)
    receipt = house.receive("门禁2.csv", "站址编码,人员,事由,进\nS1,甲,巡检,2026-03-01 08:00\n")
    assert receipt.rows_accepted == 1
    assert house.facts("room_access", "2026-03").column("left_at").to_pylist() == [None]


def test_a_needed_column_may_not_be_absent(house: House) -> None:
    save(house, ROOM_ACCESS)
    receipt = house.receive("门禁3.csv", "站址编码,人员,进\nS1,甲,2026-03-01 08:00\n")
    assert receipt.status == "refused"
