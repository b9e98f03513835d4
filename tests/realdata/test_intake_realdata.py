"""Intake of files that nobody here wrote: Tartu's cells, PM files of others, a regulator's complaint tables."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import sqlalchemy as sa

from ops_platform.contracts import FEEDS
from ops_platform.errors import PermanentError
from ops_platform.intake import pm_blocks, pm_counters
from ops_platform.intake.check import Incoming
from ops_platform.intake.counter_names import counter_names
from ops_platform.intake.fold import fold
from ops_platform.intake.pm_dialects import pm_reader
from ops_platform.intake.receive import Receipt, receive, receive_all
from ops_platform.settings import Settings
from ops_platform.state import QUARANTINE, State, open_state
from ops_platform.warehouse import Warehouse

FOLDER = Path(__file__).parents[2].parent / "shared" / "realdata"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no real data at {FOLDER}")

NOW = datetime(2026, 3, 20, tzinfo=UTC)
House = tuple[Warehouse, State, Settings]


@pytest.fixture
def house(tmp_path: Path) -> House:
    settings = Settings(home=tmp_path)
    return Warehouse(settings.warehouse), open_state(settings.state), settings


def facts(house: House, feed: str) -> pa.Table:
    return fold(FEEDS[feed], "", house[0])


# --- Tartu: 1,996 cells, 18 districts


def test_tartu_cells_sites_and_districts(house: House, tmp_path: Path) -> None:
    branch = tmp_path / "branch.csv"
    branch.write_text("单位编码,单位名称,单位英文名\nTARTU,塔尔图,Tartu\n", encoding="utf-8")
    cells = FOLDER / "cells_tartu" / "tartu_city_celltowers_edu.geojson"
    districts = FOLDER / "cells_tartu" / "tartu_city_districts_edu.geojson"
    receipts = receive_all([cells, districts, branch], *house, NOW)
    got = {(receipt.feed, receipt.file_name): receipt for receipt in receipts}
    assert [receipt.feed for receipt in receipts] == ["offices", "offices", "sites", "cells"]
    sites, radio = got["sites", cells.name], got["cells", cells.name]
    assert (radio.rows_read, radio.rows_accepted, radio.rows_quarantined) == (1996, 1996, 0)
    assert (sites.rows_read, sites.rows_accepted, sites.rows_duplicate) == (1996, 1838, 158)
    assert "assumed priority = c" in sites.finding
    counted = facts(house, "cells").group_by("technology").aggregate([([], "count_all")]).to_pylist()
    assert {row["technology"]: row["count_all"] for row in counted} == {"GSM": 363, "UMTS": 964, "LTE": 669}
    assert facts(house, "offices").num_rows == 19
    areas = {row["office_id"]: row["area_wkt"] for row in facts(house, "offices").to_pylist()}
    assert areas["Supilinna"].startswith("MULTIPOLYGON (((26.7")
    [first] = facts(house, "cells").filter(pc.field("cell_id") == "UMTS-248-1-7-196901").to_pylist()
    assert first["site_id"] == "26.726892,58.381053"


# --- PM files, file by file

COUNTED = ("tch_attempts", "tch_seizures", "sdcch_attempts", "sdcch_seizures")
ANNEX = {"Gbg-997": (234, 345, 567, 789), "Gbg-998": (890, 901, 123, 234), "Gbg-999": (456, 567, 678, 789)}
"""Annex A of TS 32.435, by the columns of `COUNTED`; the example names its columns in another order."""
GAPS = {"Gbg-997": (234, 345, None, 789), "Gbg-998": (890, 901, 123, None), "Gbg-999": (None, 567, 678, 789)}
READ: dict[str, tuple[int, dict[str, tuple[int | None, ...]]]] = {
    "bodastage_mdc/A1.xml": (12, ANNEX),
    "bodastage_mdc/A2.xml": (12, ANNEX),
    "bodastage_mdc/A3.xml": (10, {}),
    "bodastage_mdc/A4.xml": (12, GAPS),
    "bodastage_mdc/pm.xml": (5, {}),
    "bodastage_nokia/pm.xml": (1, {}),
    "onap_pmmapper/A20181002.0000-1000-0015-1000_5G.xml": (28, ANNEX),
    "onap_pmmapper/A20181004.0000-1000-0015-1000_5G.xml": (28, ANNEX),
    "onap_pmmapper/ABigFile.xml": (56, ANNEX),
    "onap_pmmapper/PM202007171301+020024C202007171207+0200-1215+0200_45678.xml": (28, ANNEX),
}
REFUSED = {
    "onap_pmmapper/A_no_managed_element.xml": r"line 11, <managedElement>: no managedElement",
    "onap_pmmapper/A_no_measdata.xml": r"line 2, <measData>: the file has no measData with values",
    "onap_pmmapper/C20190328.0000-0015.xml": r"line 14, <granPeriod>: period 2001-10-02 .* lies outside",
    "onap_pmmapper/C20190329.0000-0015.xml": r"line 14, <granPeriod>: period 2001-10-02 .* lies outside",
}
NOTES = {
    "bodastage_mdc/A3.xml": "the file's times differ in offset (-0500, -0600)",
    "bodastage_mdc/pm.xml": "times without a zone were taken as Asia/Shanghai",
}


def pm_file(name: str) -> tuple[pa.Table, list[str]]:
    path = FOLDER / "pm_xml" / name
    reader = pm_reader(path.name, path, Settings().zone)
    blocks = [block for group in reader.groups(path) for block in group]
    return pm_blocks.long_table(blocks), reader.notes()


def cell_rows(name: str) -> tuple[list[Incoming], list[str]]:
    path = FOLDER / "pm_xml" / name
    *batches, last = pm_counters.cell_counters(path.name, path, Settings().zone, counter_names())
    return batches, last.notes


def test_every_pm_file_is_accounted_for() -> None:
    there = {path.relative_to(FOLDER / "pm_xml").as_posix() for path in (FOLDER / "pm_xml").rglob("*.xml")}
    assert there == {*READ, *REFUSED}


@pytest.mark.parametrize("name", READ)
def test_pm_file_is_read(name: str) -> None:
    size, expected = READ[name]
    rows, notes = pm_file(name)
    assert len(rows) == size
    assert [note for note in notes if NOTES.get(name, "?") in note] == notes
    if not expected:
        with pytest.raises(PermanentError, match="holds no known counter"):
            cell_rows(name)
        return
    assert rows["period_start_at"][0].as_py() == datetime(2000, 3, 1, 11, 59, 30, tzinfo=UTC)
    assert set(rows["period_s"].to_pylist()) == {900}
    assert set(rows["managed_element"].to_pylist()) == {
        "SubNetwork=CountryNN,MeContext=MEC-Gbg-1,ManagedElement=RNC-Gbg-1"
    }
    batches, notes = cell_rows(name)
    cells = batches[0]
    known = [cells.columns[name].to_pylist() for name in COUNTED]
    values = [tuple(int(v) if v is not None else None for v in row) for row in zip(*known, strict=True)]
    assert dict(zip(cells.columns["cell_id"].to_pylist(), values, strict=True)) == expected
    assert cells.columns["suspect"].to_pylist() == [False, False, True]
    strange = set(rows["counter"].to_pylist()) - counter_names().counters.keys()
    assert [name in notes[-1] for name in strange] == [True] * len(strange)
    assert strange or not notes


def test_pm_values_of_other_kinds_stay_as_they_are() -> None:
    rows = pm_file("onap_pmmapper/A20181002.0000-1000-0015-1000_5G.xml")[0].to_pylist()
    [histogram] = [row["value"] for row in rows if row["counter"] == "succTCHSeizures2"]
    assert histogram == "86,87,2,6,77,96,75,33,24"
    rows = pm_file("bodastage_mdc/A3.xml")[0].to_pylist()
    assert rows[-1]["period_start_at"] == datetime(2005, 6, 9, 18, 45, tzinfo=UTC)
    assert (rows[-1]["period_s"], rows[-1]["value"]) == (1800, "25")


@pytest.mark.parametrize("name", REFUSED)
def test_pm_file_is_refused_with_what_to_look_at(name: str) -> None:
    with pytest.raises(PermanentError, match=REFUSED[name]):
        pm_file(name)


# --- ANATEL: complaints of Brazil's mobile operators

COMPLAINTS = "Quantidade de reclamações"
ACCESSES = "Quantidade de acessos em serviço"
RESPONDED = "Quantidade de resolvidas"
REOPENED = "Quantidade de reabertas"
IN_FIVE_DAYS = "Quantidade de Sol. Resolvidas em até 5 dias"
RESOLVED_RATE = "Taxa de Resolvidas em 5 dias Úteis"
RATIOS = {
    "Índice de Reclamações": (COMPLAINTS, ACCESSES, 1000),
    "Taxa de Reabertas": (REOPENED, RESPONDED, 100),
    RESOLVED_RATE: (IN_FIVE_DAYS, COMPLAINTS, 100),
}
TOLERANCE = 0.0005
Figures = dict[tuple[str, str, date], float]


@pytest.fixture
def anatel(house: House) -> tuple[list[Receipt], Figures, House]:
    receipts = [receive(FOLDER / "complaints_anatel" / f"SMP{year}.ods", *house, NOW) for year in (2013, 2014, 2015)]
    rows = facts(house, "published_figures").to_pylist()
    return receipts, {(row["operator"], row["variable"], row["month_on"]): row["value"] for row in rows}, house


def test_complaint_tables_are_read_whole(anatel: tuple[list[Receipt], Figures, House]) -> None:
    receipts, figures, house = anatel
    assert [(receipt.feed, receipt.status) for receipt in receipts] == [("published_figures", "accepted")] * 3
    assert [receipt.rows_read for receipt in receipts] == [42 * 12, 72 * 12, 72 * 12]
    assert [receipt.rows_quarantined for receipt in receipts] == [0, 2, 0]
    assert {operator for operator, _, _ in figures} == {"Algar", "Claro", "Oi", "Sercomtel", "TIM", "Vivo"}
    assert figures["Claro", COMPLAINTS, date(2013, 1, 1)] == 27953
    assert figures["Oi", ACCESSES, date(2013, 1, 1)] == 49438070
    # Sercomtel had no complaint in August 2014: the publisher left both rates empty.
    empty = house[1].rows(sa.select(QUARANTINE.c.line, QUARANTINE.c.column).order_by(QUARANTINE.c.line))
    assert [(row["line"], row["column"]) for row in empty] == [(51, "value"), (64, "value")]


FIVE = {"Algar", "Claro", "Oi", "TIM", "Vivo"}
KNOWN_WRONG = {
    ("Taxa de Reabertas", "2014-02"): FIVE,
    ("Taxa de Reabertas", "2014-04"): FIVE,
    (RESOLVED_RATE, "2014-02"): FIVE,
    (RESOLVED_RATE, "2014-03"): FIVE | {"Sercomtel"},
    (RESOLVED_RATE, "2014-04"): FIVE,
}
"""Published rates that disagree with the counts published beside them, by the publisher's own mistake."""


def test_published_ratios_are_reproduced(anatel: tuple[list[Receipt], Figures, House]) -> None:
    _, figures, _ = anatel
    compared = dict.fromkeys(RATIOS, 0)
    wrong: dict[tuple[str, str], set[str]] = {}
    for (operator, variable, month), published in figures.items():
        above, below, factor = RATIOS.get(variable, ("", "", 0))
        denominator = figures.get((operator, below, month), 0.0)
        if (
            not denominator or (operator, above, month) not in figures
        ):  # 2013 publishes no counts of what was resolved or reopened
            continue
        compared[variable] += 1
        if abs(figures[operator, above, month] / denominator * factor - published) > TOLERANCE:
            wrong.setdefault((variable, f"{month:%Y-%m}"), set()).add(operator)
    assert list(compared.values()) == [216, 143, 143]
    assert wrong == KNOWN_WRONG


def test_the_known_wrong_rates_stand_beside_counts_that_contradict_them(
    anatel: tuple[list[Receipt], Figures, House],
) -> None:
    _, figures, _ = anatel
    for month in (date(2014, 2, 1), date(2014, 3, 1)):
        for operator in FIVE:
            assert figures[operator, IN_FIVE_DAYS, month] == figures[operator, COMPLAINTS, month]
            assert 75 <= figures[operator, RESOLVED_RATE, month] <= 87
