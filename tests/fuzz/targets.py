"""What is fuzzed: each reader of intake with the files it starts from. Only `PermanentError` may come out of one."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import get_args
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from ops_platform.contracts import FEEDS
from ops_platform.errors import PermanentError
from ops_platform.intake import counter_names, mapping, places, units
from ops_platform.intake.cells import Cells, Sheet
from ops_platform.intake.check import check
from ops_platform.intake.conventions import UNDECIDED, Conventions, survey
from ops_platform.intake.fold import GONE
from ops_platform.intake.grids import GridSheet
from ops_platform.intake.identify import Plan, identify
from ops_platform.intake.identity import registers
from ops_platform.intake.mr_xml import measurement_reports
from ops_platform.intake.pm_counters import cell_counters
from ops_platform.intake.readers import sheets
from ops_platform.intake.receipts import Receipt
from ops_platform.intake.reshape import incoming
from ops_platform.intake.sources import unpacked
from ops_platform.intake.times import comes_twice
from ops_platform.intake.values import Reduction, convert, reduce_list, without_sentinels
from ops_platform.settings import IntakeSettings, Settings
from ops_platform.state import QUARANTINE, open_state
from ops_platform.warehouse import Warehouse
from tests.fuzz import seeds
from tests.intake.conftest import CELLS, NOW, OFFICES, SITES, House

_SETTINGS = Settings()
_LIMITS = IntakeSettings(memory_mb=64, most_unpacked_mb=64, most_members=50)
_TYPES = [pa.int64(), pa.float64(), pa.dictionary(pa.int32(), pa.string()), pa.int64()]
_ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Sarajevo", "America/New_York", "Australia/Lord_Howe")]
_CONVENTIONS = [Conventions(day, comma, surveyed=True) for day in (None, True, False) for comma in (None, True, False)]
_COLUMNS = [column for contract in FEEDS.values() for column in contract.columns if column.dtype != "binary"]


@dataclass(frozen=True)
class Target:
    """One reader.

    Attributes
    ----------
    run
        Reads bytes; its folder is empty and its own.
    seeds
        Valid files from which the fuzzer starts.
    """

    run: Callable[[bytes, Path], None]
    seeds: Callable[[], list[bytes]]


def _written(data: bytes, folder: Path, name: str = "input") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _tables(data: bytes, folder: Path) -> None:
    """Read every table of a file in all ways, and as the feed that it is, if it is one."""
    offered = sheets("input", _written(data, folder), _LIMITS.memory_mb)
    for sheet in offered:
        for header in {-1, 0, len(sheet.head) - 1} if sheet.head else ():
            if width := len(sheet.head[max(header, 0)]):
                _rows(sheet, header, width)
    for plan in identify("input", offered):
        _judge(plan, folder)


def _rows(sheet: Sheet, header: int, width: int) -> None:
    for batch in sheet.batches(header, range(width)):
        _whole(batch.text(), width)
        typed = batch.typed([_TYPES[at % len(_TYPES)] for at in range(width)])
        if typed is not None:
            _whole(typed, width)


def _whole(cells: Cells, width: int) -> None:
    sizes = {len(cells.line), *map(len, cells.columns)}
    assert (len(sizes), len(cells.columns)) == (1, width), f"columns of {sizes} rows, {len(cells.columns)} of {width}"


def _judge(plan: Plan, folder: Path) -> None:
    known, span = registers(plan.contract, Warehouse(folder / "warehouse")), _SETTINGS.kept_span(NOW)
    for batch in plan.sheet.batches(plan.last, list(plan.positions.values())):
        rows = incoming(plan, batch.text(), _SETTINGS.zone)
        check(rows, known, span, survey([rows.columns], plan.contract, plan.conventions))


def _pm_file(data: bytes, folder: Path) -> None:
    known = counter_names.counter_names()
    for rows in cell_counters("input", _written(data, folder), _SETTINGS.zone, known):
        check(rows, registers(rows.contract, Warehouse(folder / "warehouse")), _SETTINGS.kept_span(NOW), UNDECIDED)


def _measurement_reports(data: bytes, folder: Path) -> None:
    for rows in measurement_reports("input", _written(data, folder), _SETTINGS.zone):
        check(rows, registers(rows.contract, Warehouse(folder / "warehouse")), _SETTINGS.kept_span(NOW), UNDECIDED)


def _archive(data: bytes, folder: Path) -> None:
    found = unpacked("input.tgz", _written(data, folder), _LIMITS, folder)
    names = "".join(source.name for source in found)
    names.encode()  # a name that no text can hold could be in no receipt


def _values(data: bytes, folder: Path) -> None:
    """Convert cells, one a line, for a column, a zone and conventions that the first line names by number."""
    del folder
    head, *lines = data.decode(errors="replace").split("\n")
    numbers = [int(number) for number in head.split()[:3] if number.isascii() and number.isdigit() and len(number) < 9]
    at, zone, convention = [*numbers, 0, 0, 0][:3]
    column, place = _COLUMNS[at % len(_COLUMNS)], _ZONES[zone % len(_ZONES)]
    cells = pa.array([line or None for line in lines], pa.string())
    for how in get_args(Reduction):
        reduce_list(cells, how)
    without_sentinels(column, cells, [line for line in lines if line][:3])
    labelled = units.label(cells, units.in_header(head))
    conventions = survey([{column.name: cells}], next(c for c in FEEDS.values() if column in c.columns))
    for rules in (_CONVENTIONS[convention % len(_CONVENTIONS)], conventions, UNDECIDED):
        for written in (cells, cells.dictionary_encode(), labelled):
            values, problems = convert(column, written, place, rules)
            assert values.type == column.arrow_type
            assert len(values) == len(problems) == len(cells)
            assert not np.any((problems > 0) & values.is_valid().to_numpy(zero_copy_only=False)), (
                "a wrong cell has a value"
            )
            if column.dtype == "timestamp":
                comes_twice(written, values, place)


def _mapping_file(data: bytes, folder: Path) -> None:
    """Load a mapping file and read with it a table that has the headers it names; load it as a table of counters."""
    _written(data, folder, counter_names.FILE)
    with suppress(PermanentError):
        counter_names.counter_names(folder)
    loaded = mapping.load(_written(data, folder, "own.yaml"))
    needs = [need for document in loaded.documents for need in document.needs]
    names = list(dict.fromkeys([*(name for need in needs for name in need), "2026-03"]))
    cells = ["S1", "1", "2026-03-01", "停电", "华为", "4G"]
    rows = [names, *([cells[(row + at) % len(cells)] for at in range(len(names))] for row in range(len(cells)))]
    first = loaded.documents[0] if loaded.documents else None
    file, sheet = (first.file[0].strip("*").replace("?", "1"), first.sheet[0].strip("*")) if first else ("", "")
    for plan in identify(file, [GridSheet(sheet, rows)], folder):
        _judge(plan, folder)


def _front_door(data: bytes, folder: Path) -> None:
    """Receive a file into an installation; every row must be somewhere, and nothing may be left half done."""
    shutil.copytree(_installation() / "home", folder / "home")
    settings = Settings(home=folder / "home", intake=_LIMITS)
    state = open_state(settings.state)
    house = House(folder, settings, Warehouse(settings.warehouse), state)
    try:
        receipts = house.receive_all(_written(data, folder))
        assert receipts
        for receipt in receipts:
            _conserved(receipt, house)
        assert not list(settings.warehouse.glob("_staging/*"))
    finally:
        state.engine.dispose()


def _conserved(receipt: Receipt, house: House) -> None:
    assert receipt.status in {"accepted", "refused"}, receipt.status
    assert receipt.finding or receipt.status == "accepted"
    if receipt.repeated:
        return
    aside = len(house.state.rows(sa.select(QUARANTINE.c.id).where(QUARANTINE.c.receipt_id == receipt.id)))
    arrived = _arrived(receipt, house)
    assert (aside, arrived) == (receipt.rows_quarantined, receipt.rows_accepted)
    assert receipt.rows_read == receipt.rows_accepted + receipt.rows_quarantined + receipt.rows_duplicate


def _arrived(receipt: Receipt, house: House) -> int:
    contract = FEEDS.get(receipt.feed)
    files = [
        file
        for partition in (places.arrival_partitions(contract, house.warehouse) if contract else ())
        for file in house.warehouse.arrivals(FEEDS[receipt.feed], partition)
        if int(file.stem) == receipt.id
    ]
    return sum(pq.read_table(file, columns=[GONE], partitioning=None)[GONE].to_pylist().count(False) for file in files)


@cache
def _installation() -> Path:
    folder = Path(mkdtemp())
    settings = Settings(home=folder / "home")
    house = House(folder, settings, Warehouse(settings.warehouse), open_state(settings.state))
    for name, content in {"offices.csv": OFFICES, "sites.csv": SITES, "cells.csv": CELLS}.items():
        assert house.receive(name, content).status == "accepted"
    house.state.engine.dispose()
    return folder


def _all_files() -> list[bytes]:
    kinds = (
        seeds.texts,
        seeds.workbooks,
        seeds.jsons,
        seeds.pages,
        seeds.pm_files,
        seeds.measurement_reports,
        seeds.archives,
    )
    return [*(data for kind in kinds for data in kind()), *seeds.parquets()[:4]]


def _packaged_mappings() -> list[bytes]:
    return [file.read_bytes() for file in sorted(Path(mapping.__file__).parent.rglob("*.yaml"))]


TARGETS = {
    "text": Target(_tables, seeds.texts),
    "workbook": Target(_tables, seeds.workbooks),
    "parquet": Target(_tables, seeds.parquets),
    "json": Target(_tables, seeds.jsons),
    "html": Target(_tables, seeds.pages),
    "pm": Target(_pm_file, seeds.pm_files),
    "mr": Target(_measurement_reports, seeds.measurement_reports),
    "archive": Target(_archive, seeds.archives),
    "values": Target(_values, seeds.cells),
    "mapping": Target(_mapping_file, lambda: seeds.mappings(_packaged_mappings)),
    "receive": Target(_front_door, _all_files),
}
