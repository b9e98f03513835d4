"""Files as real systems export them: mixed encodings, date styles, title rows; one a month, some one an office."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import xlsxwriter
from shapely.geometry import mapping

from ops_platform.demo.books import Books, Row
from ops_platform.demo.branch import Branch
from ops_platform.demo.headers import HEADERS, WORDS
from ops_platform.demo.period import Period

Form = Literal["gb18030", "utf-8-sig", "utf-8", "xlsx"]
Split = Literal["none", "month", "month_office"]


@dataclass(frozen=True)
class Export:
    """How a feed is exported."""

    form: Form
    split: Split = "none"
    placed_by: str = ""
    slashes: bool = False
    titles: tuple[str, ...] = ()


FORMS: dict[str, Export] = {
    "settlements": Export("utf-8-sig"),
    "sites": Export("xlsx", titles=("黄南分公司基站台账（演示数据，纯属虚构）", "导出时间：2026-06-03 08:30（演示）")),
    "cells": Export("gb18030"),
    "staff": Export("xlsx", titles=("维护人员名册（演示数据，纯属虚构）",)),
    "duty_rota": Export("gb18030"),
    "duty_overrides": Export("gb18030", slashes=True),
    "acceptance_tests": Export("gb18030", slashes=True),
    "room_access": Export("gb18030"),
    "spare_parts": Export("gb18030"),
    "instruments": Export("gb18030", slashes=True),
    "generators": Export("gb18030"),
    "crews": Export("utf-8-sig"),
    "targets": Export("xlsx", titles=("2026年网络运行目标与权重（演示数据，纯属虚构）",)),
    "role_targets": Export("xlsx", titles=("2026年岗位目标与权重（演示数据，纯属虚构）",)),
    "assessments": Export("utf-8-sig"),
    "enquiries": Export("gb18030", "month", "asked_at"),
    "contests": Export("gb18030", "month", "event_on"),
    "alarms": Export("gb18030", "month", "raised_at"),
    "generator_runs": Export("xlsx", "month", "dispatched_at", titles=("发电工单（演示数据，纯属虚构）",)),
    "generator_decisions": Export("gb18030", "month", "happened_at"),
    "battery_tests": Export("gb18030", "month", "tested_at"),
    "faults": Export("gb18030", "month", "occurred_at", slashes=True),
    "inspections": Export("utf-8-sig", "month_office", "due_on"),
    "inspection_items": Export("gb18030", "month", "inspected_on"),
    "work_plan_items": Export("xlsx", "month", "due_on", titles=("作业计划（演示数据，纯属虚构）",)),
    "planned_work": Export("utf-8", "month", "starts_at"),
    "exclusions": Export("gb18030", "month", "starts_at", slashes=True),
    "optimisation_actions": Export("gb18030", "month", "done_at"),
    "complaints": Export("utf-8-sig", "month_office", "received_at", slashes=True),
    "service_surveys": Export("gb18030", "month", "surveyed_on"),
    "hall_queues": Export("gb18030", "month", "counted_at"),
    "interconnect_counters": Export("utf-8", "month", "hour_start_at"),
    "operator_customers": Export("xlsx", titles=("各运营商用户数（演示数据，纯属虚构）",)),
}


@dataclass
class Tally:
    """How many distinct rows were written, by feed and by file."""

    feeds: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    files: dict[str, int] = field(default_factory=dict)

    def count(self, feed: str, file: str, rows: int) -> None:
        """Count a file's rows."""
        self.feeds[feed] += rows
        self.files[file] = rows


class Writer:
    """Turns canonical rows into cells of a file."""

    def __init__(self, period: Period) -> None:
        self.period = period

    def native(self, feed: str, column: str, value: Any) -> Any:
        """Return a value as a spreadsheet holds it."""
        if value is None:
            return None
        if column.endswith("_at"):
            return self.period.local(int(value))
        if isinstance(value, bool):
            return "是" if value else "否"
        return WORDS.get((feed, column), {}).get(value, value) if isinstance(value, str) else value

    def text(self, feed: str, column: str, value: Any, *, slashes: bool) -> str:
        """Return a value as a text file holds it."""
        cell = self.native(feed, column, value)
        if cell is None:
            return ""
        if isinstance(cell, datetime):
            if slashes:
                return f"{cell.year}/{cell.month}/{cell.day} {cell.hour}:{cell:%M:%S}"
            return cell.isoformat(" ")
        if isinstance(cell, date):
            return f"{cell.year}/{cell.month}/{cell.day}" if slashes else cell.isoformat()
        return str(cell)

    def csv_text(self, feed: str, rows: Iterable[Row], *, slashes: bool) -> str:
        """Return a whole text file, LF only."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        headers = HEADERS[feed]
        writer.writerow(headers.values())
        writer.writerows([self.text(feed, name, row.get(name), slashes=slashes) for name in headers] for row in rows)
        return out.getvalue()

    def xlsx(self, path: Path, feed: str, rows: Iterable[Row], titles: tuple[str, ...]) -> None:
        """Write a workbook with title rows above the header and native dates."""
        headers = HEADERS[feed]
        options = {"default_date_format": "yyyy-mm-dd hh:mm:ss"}
        with xlsxwriter.Workbook(str(path), options) as book:
            book.set_properties({"title": "演示数据", "created": datetime(2026, 6, 3, 8, 30)})  # noqa: DTZ001
            sheet = book.add_worksheet("演示")
            days = book.add_format({"num_format": "yyyy-mm-dd"})
            for line, title in enumerate(titles):
                sheet.write_string(line, 0, title)
            sheet.write_row(len(titles), 0, list(headers.values()))
            for line, row in enumerate(rows, len(titles) + 1):
                for column, name in enumerate(headers):
                    value = self.native(feed, name, row.get(name))
                    if isinstance(value, date) and not isinstance(value, datetime):
                        sheet.write_datetime(line, column, datetime(value.year, value.month, value.day), days)  # noqa: DTZ001
                    elif value is not None:
                        sheet.write(line, column, value)


def _pieces(branch: Branch, feed: str, rows: list[Row], how: Export) -> dict[str, list[Row]]:
    """Return the rows of each file by the file's stem."""
    if how.split == "none":
        return {feed: rows}
    offices = {site.site_id: site.office_id for site in branch.sites}
    pieces: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        at = row[how.placed_by]
        placed = at if isinstance(at, date) else branch.period.local(at)
        stem = f"{feed}_{placed:%Y-%m}"
        if how.split == "month_office":
            stem += f"_{row.get('office_id') or offices[row['site_id']]}"
        pieces[stem].append(row)
    return pieces


def standing_rows(branch: Branch) -> dict[str, list[Row]]:
    """Return the rows of what stands still: staff, sites, cells, settlements."""
    staff = [
        {"staff_id": p.staff_id, "staff_name": p.name, "office_id": p.office_id, "role": p.role,
         "contractor": p.contractor, "phone": f"000-{p.staff_id[-5:]}", "email": f"{p.staff_id.lower()}@demo.invalid",
         "language": "en" if p.role == "manager" and p.office_id == branch.offices[-1].office_id else None}
        for p in branch.staff
    ]  # fmt: skip
    sites = [vars(site) | {"site_name": site.name} for site in branch.sites]
    cells = [
        {"cell_id": c.cell_id, "cell_name": f"{c.site.name}-{c.cell_id[-2:]}", "site_id": c.site.site_id,
         "technology": c.technology, "band_mhz": c.band_mhz, "antenna_height_m": c.height_m,
         "azimuth_deg": c.azimuth_deg,
         "mechanical_tilt_deg": c.mechanical_tilt_deg, "electrical_tilt_deg": c.electrical_tilt_deg,
         "antenna_gain_dbi": c.gain_dbi, "reference_power_dbm": c.power_dbm, "channels": c.channels,
         "packet_channels": c.packet_channels, "edge": c.edge,
         "in_service_on": c.site.in_service_on}
        for c in branch.cells
    ]  # fmt: skip
    places = [vars(place) | {"settlement_name": place.name} for place in branch.settlements]
    return {"staff": staff, "sites": sites, "cells": cells, "settlements": places}


def write_offices(branch: Branch, inbox: Path, tally: Tally) -> None:
    """Write the offices as GeoJSON."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "单位编码": office.office_id, "单位名称": office.seed.name, "单位英文名": office.seed.name_en,
                "驻地纬度": office.seed.seat[0], "驻地经度": office.seed.seat[1],
            },
            "geometry": mapping(office.area),
        }
        for office in branch.offices
    ]  # fmt: skip
    document = {"type": "FeatureCollection", "name": "黄南分公司辖区（演示）", "features": features}
    (inbox / "offices.geojson").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    tally.count("offices", "offices.geojson", len(features))


def write_tables(branch: Branch, books: Books, inbox: Path, tally: Tally) -> None:
    """Write every feed but the cell counters."""
    write_offices(branch, inbox, tally)
    writer = Writer(branch.period)
    tables = standing_rows(branch) | books.rows
    for feed, how in FORMS.items():
        for stem, rows in _pieces(branch, feed, tables[feed], how).items():
            name = f"{stem}.xlsx" if how.form == "xlsx" else f"{stem}.csv"
            if how.form == "xlsx":
                writer.xlsx(inbox / name, feed, rows, how.titles)
            else:
                (inbox / name).write_bytes(writer.csv_text(feed, rows, slashes=how.slashes).encode(how.form))
            tally.count(feed, name, len(rows))
