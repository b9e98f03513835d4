"""A file is explained without being loaded: what it was taken for, its columns, rows, findings; own mappings."""

import io

import pytest
import sqlalchemy as sa
from rich.console import Console

from ops_platform.clock import FixedClock
from ops_platform.errors import PermanentError
from ops_platform.intake.explain import Explanation, explain
from ops_platform.platform import Platform
from ops_platform.reporting.explanation import explanation_tables
from ops_platform.state import RECEIPT
from tests.intake.conftest import NOW, House
from tests.intake.test_sources import OFFICE, zipped

EXPORT = (
    "站点,名称,告警,发生,恢复,备注\nS1,一站,停电,2026-03-01 08:00,2026-03-01 09:00,x\nS9,九站,停电,昨天,,\n合计,2,,,,\n"
)
MAPPING = """
feed: alarms
file: "noc_*.csv"
columns:
  alarm_id: {template: "{站点} {发生}"}
  site_id: 站点
  kind: {header: 告警, words: {mains_failure: 停电}}
  raised_at: 发生
  cleared_at: 恢复
"""


def platform(house: House) -> Platform:
    return Platform(house.settings.model_copy(update={"frozen_at": NOW}))


def only(house: House, name: str, content: str | bytes) -> Explanation:
    [part] = explain(house.file(name, content), platform(house))
    assert isinstance(part, Explanation), part
    return part


def test_a_mapping_of_the_installation_makes_an_unknown_export_a_feed(house: House) -> None:
    [refused] = explain(house.file("noc_1.csv", EXPORT), platform(house))
    assert isinstance(refused, PermanentError)
    assert "ops intake explain" in str(refused)
    house.settings.mappings.mkdir()
    (house.settings.mappings / "noc.yaml").write_text(MAPPING, encoding="utf-8")
    part = only(house, "noc_1.csv", EXPORT)
    assert (part.feed.name, part.how) == ("alarms", "mapping noc.yaml · UTF-8 · ,")
    assert [(row["site_id"], row["kind"]) for row in part.rows] == [("S1", "mains_failure")]
    [(reason, count, line)] = part.findings
    assert (count, line) == (1, 3)
    assert "unknown" in reason
    assert "not a clear time" in reason
    receipt = house.receive("may.zip", zipped(**{"noc_1.csv": EXPORT.encode()}))
    assert (receipt.file_name, receipt.feed) == ("may.zip/noc_1.csv", "alarms")
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (1, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MAPPING.replace("alarms", "alarm"), "there is no feed alarm; try alarms"),
        (MAPPING.replace("site_id", "site"), "alarms has no column site; try site_id"),
        ("feed: [", "mapping noc.yaml is wrong"),
        (MAPPING + "sheets: a", "sheets: there is no such option; try sheet"),
    ],
)
def test_a_wrong_mapping_is_named_with_what_is_allowed(house: House, text: str, message: str) -> None:
    house.settings.mappings.mkdir()
    (house.settings.mappings / "noc.yaml").write_text(text if "file" in text else f"{text}\nfile: x", encoding="utf-8")
    refused = house.receive("noc_1.csv", EXPORT)
    assert refused.status == "refused"
    assert message in refused.finding
    untouched = house.receive("offices.csv", OFFICE.replace(b"O1", b"O2"))
    assert untouched.status == "accepted", "a wrong mapping keeps out no file that does not need it"
    assert message in untouched.finding


def test_nothing_is_loaded_and_every_part_is_explained(house: House) -> None:
    before = house.state.rows(sa.select(RECEIPT))
    good, bad = explain(house.file("a.zip", zipped(**{"o.csv": OFFICE, "x.csv": b"a,b\n1,2\n"})), platform(house))
    assert isinstance(good, Explanation)
    assert (good.source, good.how) == ("a.zip/o.csv", "header in row 1 · UTF-8 · ,")
    assert good.columns == [("单位编码", "office_id"), ("单位名称", "office_name"), ("单位英文名", "office_name_en")]
    assert "latitude" in good.absent
    assert isinstance(bad, PermanentError)
    assert house.state.rows(sa.select(RECEIPT)) == before


def test_the_terminal_shows_all_of_it_in_eighty_columns(house: House) -> None:
    part = only(house, "o.csv", OFFICE + b"O2,,B\n")
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(*explanation_tables(part, house.settings.zone))
    shown = console.export_text()
    for text in ("offices", "office_name_en", "单位名称", "County A", "缺少必填值", "latitude"):
        assert text in shown.replace("\n", "")
    assert isinstance(platform(house).settings.clock, FixedClock)


def test_under_a_mapping_each_column_of_the_file_stands_with_ours(house: House) -> None:
    house.settings.mappings.mkdir()
    (house.settings.mappings / "noc.yaml").write_text(MAPPING, encoding="utf-8")
    part = only(house, "noc_1.csv", EXPORT)
    assert part.columns == [
        ("站点", "alarm_id"), ("站点", "site_id"), ("名称", ""), ("告警", "kind"), ("发生", "alarm_id"),
        ("发生", "raised_at"), ("恢复", "cleared_at"), ("备注", ""),
    ]  # fmt: skip


def test_every_row_is_looked_at(house: House) -> None:
    rows = "".join(f"O{number},县{number},C{number}\n" for number in range(300_000))
    part = only(house, "o.csv", OFFICE.decode().splitlines()[0] + "\n" + rows + "X,,Z\n")
    assert [(count, line) for _, count, line in part.findings] == [(1, 300_002)]
