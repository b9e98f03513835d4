"""The exported files open the way the systems they imitate would have written them."""

import csv
import json
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from pyarrow import parquet
from python_calamine import CalamineWorkbook
from shapely.geometry import shape

NAMESPACE = "{http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec}"
UTF8 = ("assessments", "settlements", "crews", "inspections_", "complaints_", "planned_work", "interconnect", "neteco")


def encoding_of(name: str) -> str:
    if name.startswith("cell_counters"):
        return "gb18030" if name.endswith(("632301.csv", "632323.csv")) else "utf-8"
    return "utf-8-sig" if name.startswith(UTF8) else "gb18030"


def test_every_file_is_counted_and_holds_its_rows(demo: Path, rows: dict[str, dict[str, int]]) -> None:
    names = {path.name for path in (demo / "inbox").iterdir()}
    assert names == set(rows["files"])
    for name in sorted(names):
        path = demo / "inbox" / name
        if name.endswith(".csv"):
            body = path.read_bytes().decode(encoding_of(name))
            assert "\r" not in body
            header = not name.startswith("neteco")
            assert len(list(csv.reader(body.splitlines()))) - header == rows["files"][name], name
        elif name.endswith(".xlsx"):
            sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
            titles = 2 if name == "sites.xlsx" else 1
            assert "演示" in str(sheet[0][0])
            assert len(sheet) - titles - 1 == rows["files"][name], name


def test_the_offices_are_polygons(demo: Path) -> None:
    features = json.loads((demo / "inbox" / "offices.geojson").read_text(encoding="utf-8"))["features"]
    assert [feature["properties"]["单位编码"] for feature in features] == ["632301", "632322", "632323", "632324"]
    assert all(shape(feature["geometry"]).is_valid for feature in features)


def test_performance_files_hold_a_day_of_stamped_period_ends(demo: Path, rows: dict[str, dict[str, int]]) -> None:
    names = [name for name in rows["files"] if name.endswith(".xml")]
    assert len(names) == 12
    for name in names:
        root = ET.parse(demo / "inbox" / name).getroot()  # noqa: S314 - our own file
        ends = [gran.attrib["endTime"] for gran in root.iter(f"{NAMESPACE}granPeriod")]
        assert len(set(ends)) == 96
        assert min(ends).endswith("T00:15:00+08:00")
        assert max(ends).endswith("T00:00:00+08:00")
        assert sum(1 for _ in root.iter(f"{NAMESPACE}measValue")) == rows["files"][name]
        assert root.find(f".//{NAMESPACE}measResults") is not None
        assert root.find(f".//{NAMESPACE}r") is not None
    assert any("<suspect>true</suspect>" in (demo / "inbox" / name).read_text(encoding="utf-8") for name in names)


def test_hourly_counters_have_gaps_and_doubts(demo: Path) -> None:
    with (demo / "inbox" / "cell_counters_2026-03_632301.csv").open(encoding="gb18030") as file:
        lines = list(csv.DictReader(file))
    a_cell = Counter(line["小区编号"] for line in lines)
    assert max(a_cell.values()) == 31 * 24
    assert min(a_cell.values()) < 31 * 24
    assert any(line["数据可疑"] == "是" for line in lines)
    assert {line["统计周期（秒）"] for line in lines} == {"3600"}


@pytest.mark.parametrize("name", ["bad_date", "duplicate_key", "unknown_site", "missing_column"])
def test_broken_files_are_readable_but_wrong(demo: Path, name: str) -> None:
    expected = json.loads((demo / "truth" / "broken.json").read_text(encoding="utf-8"))[f"faults_{name}.csv"]
    lines = (demo / "broken" / f"faults_{name}.csv").read_text(encoding="gb18030").splitlines()
    assert len(lines) == 4
    assert expected["good_rows"] + expected["bad_rows"] in {0, 3}
    assert ("故障发生时间" in lines[0]) == (name != "missing_column")


def test_one_broken_file_is_in_no_known_encoding(demo: Path) -> None:
    body = (demo / "broken" / "faults_wrong_encoding.csv").read_bytes()
    for encoding in ("utf-8", "gb18030"):
        with pytest.raises(UnicodeDecodeError):
            body.decode(encoding)


def test_targets_cover_every_kpi_that_has_a_good_direction_and_weigh_a_hundred(demo: Path) -> None:
    sheet = CalamineWorkbook.from_path(demo / "inbox" / "targets.xlsx").get_sheet_by_index(0).to_python()
    header, *lines = sheet[1:]
    found = [dict(zip(header, line, strict=True)) for line in lines]
    common = [line for line in found if line["适用单位"] == "*" and line["生效日期"].isoformat()[:7] == "2026-01"]
    kpis = {line["指标编码"] for line in common}
    assert len(kpis) == 28
    assert "channel_utilisation" not in kpis, "neither a busy nor an idle channel is good in itself"
    assert sum(line["权重"] for line in common) == 100
    assert sum(line["计分方式"] == "扣分" for line in common) >= 3
    assert len(found) == len(common) + 5


def test_batteries_were_tested_before_the_first_month_and_in_every_one(demo: Path) -> None:
    files = sorted((demo / "inbox").glob("battery_tests_*.csv"))
    assert [file.stem[-7:] for file in files] == ["2025-06", "2025-11", "2026-03", "2026-04", "2026-05", "2026-06"]
    lines = [line for file in files for line in csv.DictReader(file.read_text(encoding="gb18030").splitlines())]
    assert {line["是否放至终止电压"] for line in lines} == {"是", "否"}
    assert all(float(line["放电结束电压（V）"]) < float(line["放电起始电压（V）"]) for line in lines)


def test_a_counter_stands_under_its_own_header(demo: Path) -> None:
    truth = parquet.read_table(demo / "truth" / "kpis.parquet").to_pandas()
    rows = pd.read_csv(demo / "inbox" / "cell_counters_2026-03_632301.csv", encoding="gb18030")
    rows = rows[rows["数据可疑"].isna()]
    for kpi_id, letter in (("data_download_rate", "G"), ("dl_throughput", "L")):
        mine = rows[rows["小区编号"].str.contains(rf"{letter}\d$")]
        (true,) = truth[
            (truth["kpi_id"] == kpi_id) & (truth["month"] == "2026-03") & (truth["level"] == "office")
            & (truth["office_id"] == "632301")
        ].itertuples()  # fmt: skip
        assert mine["下行数据量（kbit）"].sum() == true.numerator
        assert mine["下行传输时长（毫秒）"].sum() == true.denominator
