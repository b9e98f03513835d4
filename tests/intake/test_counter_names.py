"""The table of counter names: versioned, extended by an installation, and what it says of how a counter counts."""

from pathlib import Path

import pytest

from ops_platform.errors import PermanentError
from ops_platform.intake.counter_names import FILE, counter_names
from tests.intake.conftest import House
from tests.intake.test_pm_xml import document

OWN = """version: 7
vendors:
  华为:
    67179329: tch_attempts
    L.E-RAB.Rel: {column: erab_releases, of_list: sum}
    Meter.Total: {column: prb_used, cumulative: true}
"""


def own(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(text, encoding="utf-8")
    return folder


def test_an_installation_extends_and_overrides_the_table_and_both_versions_are_told(tmp_path: Path) -> None:
    ours = counter_names()
    both = counter_names(own(tmp_path, OWN.replace("67179329", "attTCHSeizures").replace("tch_attempts", "drops")))
    assert ours.counters["attTCHSeizures"].column == "tch_attempts"
    assert both.counters["attTCHSeizures"].column == "drops"
    assert both.counters["succTCHSeizures"] == ours.counters["succTCHSeizures"]
    assert both.version == f"{ours.version} + 7"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("tch_attempts", "tch_atempts", r"vendors\.华为\.67179329\..*no column tch_atempts; try tch_attempts"),
        ("of_list: sum", "of_list: mean", r"L\.E-RAB\.Rel.*'first', 'sum', 'max' or 'count'"),
        ("version: 7", "version: new", r"version: .*integer"),
        ("vendors:", "vendors: [", r"(?s)counter_names\.yaml.*expected"),
    ],
)
def test_a_wrong_table_is_refused_by_its_entry(old: str, new: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match=message):
        counter_names(own(tmp_path, OWN.replace(old, new)))


def test_counters_of_the_installation_s_own_table_are_read(house: House) -> None:
    own(house.settings.mappings, OWN)
    values = """<measValue measObjLdn="GsmCell=C1"><measResults>10 3,4 9</measResults></measValue>"""
    receipt = house.receive("pm.xml", document("<measTypes>67179329 L.E-RAB.Rel X</measTypes>", values))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (1, 0)
    [row] = house.facts("cell_counters", "2026-03-01").to_pylist()
    assert (row["tch_attempts"], row["erab_releases"]) == (10, 7)


def test_a_counter_that_goes_on_counting_becomes_what_it_counted_and_a_reset_is_told(house: House) -> None:
    own(house.settings.mappings, OWN)
    group = """<measInfo><granPeriod duration="PT15M" endTime="2026-03-01T{}:00+08:00"/>
<measTypes>Meter.Total attTCHSeizures</measTypes>
<measValue measObjLdn="GsmCell=C1"><measResults>{} 1</measResults></measValue></measInfo>"""
    readings = {"08:15": 100, "08:30": 130, "08:45": 20, "09:00": 25}
    groups = "".join(group.format(at, reading) for at, reading in readings.items())
    data = f"""<measCollecFile><fileHeader><measCollec beginTime="2026-03-01T08:00:00+08:00"/></fileHeader><measData>
<managedElement localDn="M"/>{groups}</measData></measCollecFile>"""
    receipt = house.receive("pm.xml", data)
    rows = house.facts("cell_counters", "2026-03-01").sort_by("period_start_at").to_pylist()
    # Nothing is known of the first period, nor of the one in which the counter was reset.
    assert [row["prb_used"] for row in rows] == [None, 30, None, 5]
    assert "counters were reset: C1 2026-03-01 08:30 prb_used" in receipt.finding
