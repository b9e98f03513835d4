"""Measurement reports: samples and statistics, the ways to name a cell, and errors that name element and line."""

import gzip
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import sqlalchemy as sa
from lxml import etree

from ops_platform.errors import PermanentError
from ops_platform.intake import mr_xml
from ops_platform.intake.explain import Explanation, explain
from ops_platform.intake.mr_xml import measurement_reports
from ops_platform.platform import Platform
from ops_platform.settings import Settings
from ops_platform.state import QUARANTINE
from tests.intake.conftest import CELLS, NOW, House

ZONE = Settings().zone
SMR = "MR.LteScRSRP MR.LteNcRSRP MR.LteScRSRQ"
RECEIVED_POWER = """<measurement><smr>MR.LteScRIP</smr>
<object id="3:100:0" MmeUeS1apId="NIL" TimeStamp="2026-03-01T08:00:05.440"><v>63</v></object></measurement>"""
CLASSES = " ".join(f"MR.RSRP.{number:02}" for number in range(48))
REGISTER = CELLS + "499719-3,S2,4G\n499719-49,S2,4G\n"


def samples(*rows: str, cell: str = 'id="3"', more: str = "") -> str:
    """Return an object: one sample, its rows the neighbours."""
    values = "".join(f"<v>{row}</v>\n" for row in rows)
    return f'<object {cell} MmeUeS1apId="419517741" TimeStamp="2026-03-01T08:00:05.440"{more}>{values}</object>'


def histogram(**counts: int) -> str:
    """Return the values of a cell's statistics: how many samples in which class."""
    return " ".join(str(counts.get(f"c{number:02}", 0)) for number in range(48))


def document(
    *objects: str,
    smr: str = SMR,
    header: str = 'startTime="2026-03-01T08:00:00.000" endTime="2026-03-01T08:15:00.000" period="0"',
    station: str = 'id="499719"',
    head: str = "",
    more: str = RECEIVED_POWER,
) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>{head}
<bulkPmMrDataFile><fileHeader fileFormatVersion="V1.0" jobid="0" reportTime="2026-03-01T08:16:00.000" {header}/>
<eNB {station}><measurement><smr>{smr}</smr>
{"".join(objects)}
</measurement>{more}</eNB></bulkPmMrDataFile>""".encode()


def read(data: bytes) -> list[dict[str, object]]:
    path = Path(mkdtemp()) / "mr.xml"
    path.write_bytes(data)
    [rows] = measurement_reports("mr.xml", path, ZONE)
    columns = {name: column.to_pylist() for name, column in rows.columns.items()}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def counts(data: bytes) -> list[tuple[object, ...]]:
    names = ("cell_id", "kind", "samples", "covered_samples", "missing_samples", "rsrp_code_sum")
    return [tuple(row[name] for name in names) for row in read(data)]


@pytest.fixture
def network(house: House) -> House:
    assert house.receive("cells2.csv", REGISTER).status == "accepted"
    return house


def test_case_26_neighbours_of_one_sample_are_not_samples() -> None:
    data = document(samples("59 54 25", "59 45 25", "59 40 25"), samples("31 NIL 20"), samples("30 31 20", "30 40 20"))
    assert counts(data) == [("499719-3", "mro", "3", "2", "0", "120")]


def test_a_sample_without_rsrp_of_its_own_cell_is_missing_and_no_bad_one() -> None:
    data = document(samples("NIL 54 25", "NIL 45 25"), samples("NIL 40 25", "40 41 25"), samples())
    assert counts(data) == [("499719-3", "mro", "1", "1", "2", "40")]


def test_events_are_told_from_periodic_samples() -> None:
    data = document(
        samples("30 NIL 20", more=' EventType="A2"'),
        samples("40 NIL 20"),
        samples("35 NIL 20", more=' MR.EventType=""'),
    )
    assert counts(data) == [("499719-3", "mre", "2", "1", "0", "65"), ("499719-3", "mro", "1", "1", "0", "40")]


def test_statistics_are_added_up_from_the_class_that_begins_at_minus_110_dbm() -> None:
    first = f'<object id="3"><v>{histogram(c00=5, c06=7, c07=11, c47=13).replace(" 0", " NIL")}</v></object>'
    data = document(first, f'<object id="49"><v>{histogram()}</v></object>', smr=CLASSES)
    assert counts(data) == [("499719-3", "mrs", "36", "24", None, None), ("499719-49", "mrs", "0", "0", None, None)]


def test_statistics_of_other_quantities_are_passed_over() -> None:
    other = (
        '<measurement mrName="MR.RSRQ"><smr>MR.RSRQ.00 MR.RSRQ.01</smr><object id="3"><v>1 2</v></object></measurement>'
    )
    data = document(f'<object id="3"><v>{histogram(c20=4)}</v></object>', smr=CLASSES, more=other)
    assert counts(data) == [("499719-3", "mrs", "4", "4", None, None)]


@pytest.mark.parametrize(
    ("station", "cell"),
    [
        ('id="499719"', 'id="3"'),
        ('MR.eNBId="499719"', 'MR.objectId="3"'),
        ('id="499719" userLabel="x"', 'id="499719-3"'),
        ('id="499719"', f'id="{499719 * 256 + 3}"'),
        ('id="1"', f'id="{499719 * 256 + 3}"'),
        ("", 'id="499719-3"'),
    ],
)
def test_each_way_to_name_a_cell_means_the_same(station: str, cell: str) -> None:
    [row] = read(document(samples("40 NIL 20", cell=cell), station=station))
    assert row["cell_id"] == "499719-3"


def test_cell_0_of_a_station_is_a_cell() -> None:
    [row] = read(document(samples("40 NIL 20", cell='MR.objectId="0"'), station='MR.eNBId="499719"'))
    assert row["cell_id"] == "499719-0"


def test_stations_of_one_file_are_kept_apart_and_a_cell_met_again_goes_on() -> None:
    other = f'</eNB><eNB id="7"><measurement><smr>{SMR}</smr>{samples("40 NIL 20")}</measurement>'
    again = f'</eNB><eNB id="499719"><measurement><smr>{SMR}</smr>{samples("50 NIL 20")}</measurement>'
    data = document(samples("40 NIL 20"), more=other + again)
    assert [row[:3] for row in counts(data)] == [("499719-3", "mro", "2"), ("7-3", "mro", "1")]


def test_the_period_is_told_by_its_end_or_else_by_its_minutes() -> None:
    by_end = read(document(samples("40 NIL 20")))
    by_minutes = read(document(samples("40 NIL 20"), header='startTime="2026-03-01T08:00:00" period="15"'))
    assert {(row["period_start_at"], row["period_s"]) for row in by_end + by_minutes} == {
        (datetime(2026, 3, 1, 0, 0, tzinfo=UTC), "900")
    }


def test_reports_become_the_feed_and_every_row_is_somewhere(network: House) -> None:
    data = document(
        samples("40 NIL 20"), samples("50 NIL 20", cell='id="8"'), samples("60 NIL 20", more=' EventType="A3"')
    )
    name = "FDD_LTE_MRO_HUAWEI_499719_20260301080000.xml"
    receipt = network.receive(f"{name}.gz", gzip.compress(data))
    assert (receipt.file_name, receipt.feed) == (f"{name}.gz/{name}", "measurement_reports")
    assert (receipt.rows_read, receipt.rows_accepted, receipt.rows_quarantined) == (3, 2, 1)
    assert receipt.partitions == ("2026-03-01",)
    assert "Asia/Shanghai" in receipt.finding
    [unknown] = network.state.rows(sa.select(QUARANTINE))
    assert (unknown["column"], unknown["value"], unknown["line"]) == ("cell_id", "499719-8", 5)
    rows = network.facts("measurement_reports", "2026-03-01").to_pylist()
    assert [(row["cell_id"], row["kind"], row["samples"], row["rsrp_code_sum"]) for row in rows] == [
        ("499719-3", "mre", 1, 60), ("499719-3", "mro", 1, 40),
    ]  # fmt: skip


def test_an_alias_says_which_cell_of_the_register_is_meant(house: House) -> None:
    assert house.receive("a.csv", "别名类别,别名,对应编号\n小区,499719-3,C2\n").rows_accepted == 1
    receipt = house.receive("mr.xml", document(samples("40 NIL 20")))
    assert receipt.rows_accepted == 1
    assert house.facts("measurement_reports", "2026-03-01")["cell_id"].to_pylist() == ["C2"]


def test_a_later_file_of_the_same_period_corrects_the_earlier_one(network: House) -> None:
    network.receive("a.xml", document(samples("40 NIL 20")))
    network.receive("b.xml", document(samples("40 NIL 20"), samples("20 NIL 20")))
    [row] = network.facts("measurement_reports", "2026-03-01").to_pylist()
    assert (row["samples"], row["covered_samples"]) == (2, 1)


def test_a_quiet_period_without_a_sample_is_no_error(network: House) -> None:
    receipt = network.receive("mr.xml", document())
    assert (receipt.status, receipt.rows_read) == ("accepted", 0)
    assert "the file holds no sample" in receipt.finding


def test_values_that_are_no_code_count_as_missing_and_are_told(network: House) -> None:
    data = document(samples("40 NIL 20"), samples("98 NIL 20"), samples("-85 NIL 20"))
    receipt = network.receive("mr.xml", data)
    [row] = network.facts("measurement_reports", "2026-03-01").to_pylist()
    assert (row["samples"], row["missing_samples"]) == (1, 2)
    assert "2 samples count as without RSRP, the first in line 5: MR.LteScRSRP='98' is no code" in receipt.finding


def test_numbers_larger_than_there_are_set_their_row_aside(network: House) -> None:
    huge = f"{'9' * 18} " * 48
    receipt = network.receive("mr.xml", document(f'<object id="3"><v>{huge}</v></object>', smr=CLASSES))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (0, 1)


GOOD = samples("40 NIL 20")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (document(samples("40 NIL")), "line 4, <v>: 2 values for 3 names of smr"),
        (document(samples("-85.5 NIL 20")), r"line 4, <v>: MR\.LteScRSRP='-85\.5' is no code of RSRP from 0 to 97"),
        (document(GOOD, smr="MR.A MR.B MR.C"), r"<bulkPmMrDataFile>: no RSRP of serving cells .*only MR\.A, MR\.B"),
        (document(GOOD, smr="MR.RSRP.00 MR.RSRP.01 MR.RSRP.02"), r"line 3, <smr>: MR\.RSRP has 48 classes, the file 3"),
        (document(f'<object id="3"><v>{"x " * 48}</v></object>', smr=CLASSES), r"line 4, <v>: MR\.RSRP\.00='x' is no"),
        (document(samples("40 NIL 20", cell="")), "line 4, <object>: has no id"),
        (document(GOOD, station=""), "line 4, <eNB>: has no id: of which station is cell 3"),
        (document(GOOD, header='startTime="START"'), "line 2, <fileHeader>: startTime='START' is no time"),
        (document(GOOD, header='startTime="0001-01-01T00:00:00"'), "startTime='0001-01-01T00:00:00' is no time"),
        (document(GOOD, header='startTime="2026-03-01T08:00:00"'), "there is neither endTime nor period"),
        (document(GOOD).replace(b"fileHeader", b"header"), "<fileHeader>: the file has no fileHeader"),
        (document(GOOD).replace(b"smr>", b"names>"), "line 4, <object>: stands in no measurement with smr"),
        (
            document(GOOD, more="<measurement><object/></measurement>"),
            "line 6, <object>: stands in no measurement with smr",
        ),
        (document(GOOD)[:-20], "<XML>: not well-formed"),
        (document(GOOD, head='<!DOCTYPE a [<!ENTITY b "c">]>'), "a document type with declarations is not accepted"),
        (b"<bulkPmMrDataFile><smr>MR.LteScRSRP</smr></bulkPmMrDataFile>", "the file has no fileHeader"),
    ],
)
def test_errors_name_file_line_and_element(data: bytes, message: str) -> None:
    with pytest.raises(PermanentError, match=r"mr\.xml.*" + message):
        read(data)


def test_it_is_explained_before_it_is_dropped(network: House) -> None:
    path = network.file("mr.xml", document(GOOD))
    [part] = explain(path, Platform(network.settings.model_copy(update={"frozen_at": NOW})))
    assert isinstance(part, Explanation)
    assert (part.feed.name, part.how, part.absent) == ("measurement_reports", "MR XML · bulkPmMrDataFile", [])
    assert [row["samples"] for row in part.rows] == [1]


def test_nothing_of_a_sample_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    present = []

    class Watched(etree.XMLPullParser):
        root: Any = None

        def read_events(self) -> list[Any]:
            events = list(super().read_events())
            self.root = self.root if not events else events[0][1].getroottree()
            present.append(sum(1 for _ in self.root.iter()))
            return events

    monkeypatch.setattr(etree, "XMLPullParser", Watched)
    monkeypatch.setattr(mr_xml, "PIECE", 4096)
    path = tmp_path / "mr.xml"
    path.write_bytes(document(*[samples("59 54 25", "59 45 25")] * 2_000))
    tracemalloc.start()
    [rows] = measurement_reports("mr.xml", path, ZONE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows.columns["samples"].to_pylist() == ["2000"]
    assert max(present) < 200, "elements in memory at once"
    assert peak < path.stat().st_size
