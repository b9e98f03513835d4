"""PM files: both forms of results, both namespaces, and errors that name element and line."""

from datetime import UTC, datetime

import pytest

from ops_platform.errors import PermanentError
from ops_platform.intake.pm_counters import cell_counters
from ops_platform.intake.pm_xml import PmFile, long_table, read
from ops_platform.settings import Settings
from tests.intake.conftest import House

ZONE = Settings().zone
RESULTS = "<measTypes>attTCHSeizures vendorX succTCHSeizures</measTypes>"
VALUES = """<measValue measObjLdn="ManagedElement=S1,GsmCell=C1"><measResults>10 5 9</measResults></measValue>
<measValue measObjLdn="ManagedElement=S2,GsmCell=C2"><measResults>20 6 NIL</measResults><suspect>true</suspect>
</measValue>"""
TYPES_P = "".join(
    f'<measType p="{p}">{name}</measType>' for p, name in enumerate(("attTCHSeizures", "vendorX", "succTCHSeizures"), 1)
)
VALUES_P = """<measValue measObjLdn="ManagedElement=S1,GsmCell=C1"><r p="1">10</r><r p="2">5</r><r p="3">9</r>
</measValue><measValue measObjLdn="ManagedElement=S2,GsmCell=C2"><suspect>true</suspect><r p="3"/><r p="1">20</r>
</measValue>"""


def document(
    types: str = RESULTS,
    values: str = VALUES,
    gran: str = 'duration="PT15M" endTime="2026-03-01T08:15:00+08:00"',
    element: str = '<managedElement localDn="ManagedElement=S1"/>',
    root: str = "measCollecFile",
    head: str = "",
) -> bytes:
    return f"""<?xml version="1.0"?>{head}
<{root} xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec">
<fileHeader><fileSender localDn="x"/><measCollec beginTime="2026-03-01T08:00:00+08:00"/></fileHeader>
<measData>{element}<measInfo><granPeriod {gran}/>{types}{values}</measInfo></measData>
<fileFooter><measCollec endTime="2026-03-01T08:15:00+08:00"/></fileFooter></{root}>""".encode()


def pm(data: bytes) -> PmFile:
    return read("pm.xml", data, ZONE)


@pytest.mark.parametrize(("types", "values", "absent"), [(RESULTS, VALUES, "NIL"), (TYPES_P, VALUES_P, None)])
def test_both_forms_give_the_same_rows(types: str, values: str, absent: str | None) -> None:
    rows = long_table(pm(document(types, values))).to_pylist()
    assert {row["period_start_at"] for row in rows} == {datetime(2026, 3, 1, 0, 0, tzinfo=UTC)}
    assert {row["period_s"] for row in rows} == {900}
    assert {row["managed_element"] for row in rows} == {"ManagedElement=S1"}
    first, second = rows[:3], rows[3:]
    assert [(row["counter"], row["value"]) for row in first] == [
        ("attTCHSeizures", "10"), ("vendorX", "5"), ("succTCHSeizures", "9"),
    ]  # fmt: skip
    assert [second[0]["value"], second[2]["value"]] == ["20", absent]
    assert [row["suspect"] for row in rows] == [False] * 3 + [True] * 3


def test_counters_become_the_feed(house: House) -> None:
    receipt = house.receive("pm.xml", document(TYPES_P, VALUES_P))
    assert (receipt.feed, receipt.rows_accepted, receipt.rows_quarantined) == ("cell_counters", 2, 0)
    assert "vendorX" in receipt.finding
    rows = house.facts("cell_counters", "2026-03-01").to_pylist()
    assert [(row["cell_id"], row["tch_attempts"], row["tch_seizures"], row["suspect"]) for row in rows] == [
        ("C1", 10, 9, False), ("C2", 20, None, True),
    ]  # fmt: skip


def test_unreadable_value_and_unknown_cell_are_set_aside(house: House) -> None:
    values = VALUES.replace("20 6 NIL", "86,87 6 1").replace("GsmCell=C1", "GsmCell=C9")
    receipt = house.receive("pm.xml", document(values=values))
    assert (receipt.rows_read, receipt.rows_accepted, receipt.rows_quarantined) == (2, 0, 2)


def test_counter_groups_of_one_cell_and_period_become_one_row() -> None:
    second = '</measInfo><measInfo><granPeriod duration="PT900S" endTime="2026-03-01T08:15:00+08:00"/>'
    value = '<measValue measObjLdn="X=1,EUtranCell=C1"><measResults>3</measResults></measValue>'
    more = f"<measTypes>ERAB.RelNbr</measTypes>{value}"
    rows = cell_counters(pm(document(values=VALUES + second + more)), ZONE)
    assert rows.columns["cell_id"].to_pylist() == ["C1", "C2"]
    assert rows.columns["tch_attempts"].to_pylist() == ["10", "20"]
    assert rows.columns["erab_releases"].to_pylist() == ["3", None]
    clash = more.replace("ERAB.RelNbr", "attTCHSeizures")
    assert len(cell_counters(pm(document(values=VALUES + second + clash)), ZONE).line) == 3


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (document(element=""), r"line 4, <managedElement>: no managedElement"),
        (document(gran='duration="some" endTime="2026-03-01T08:15:00Z"'), r"line 4, <granPeriod>: duration='some'"),
        (document(gran='duration="PT1M" endTime="ENDTIME"'), r"line 4, <granPeriod>: endTime='ENDTIME'"),
        (document(gran='duration="PT1M" endTime="2025-03-01T08:15:00Z"'), r"<granPeriod>: period .* lies outside"),
        (document(values="", types=""), r"<measData>: the file has no measData with values"),
        (document(root="OMeS"), r"<OMeS>: Nokia OMeS is not supported yet"),
        (document(root="html"), r"<html>: not a PM file"),
        (document(types="<measTypes>a b</measTypes>"), r"line 4, <measResults>: 3 values for 2 counters"),
        (document(TYPES_P, VALUES_P.replace('p="3"', 'p="4"')), r"line 4, <r>: p='4' belongs to no measType"),
        (document()[:-20], r"<XML>: not well-formed"),
        (b'<?x a?><?xml version="1.0"?>' + document(), r"<XML>: not well-formed"),
    ],
)
def test_errors_name_file_line_and_element(data: bytes, message: str) -> None:
    with pytest.raises(PermanentError, match=r"pm\.xml.*" + message):
        pm(data)


def test_entities_are_refused() -> None:
    attack = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    with pytest.raises(PermanentError, match="document types and entities are not accepted"):
        pm(document(head=attack, element='<managedElement localDn="&b;"/>'))


def test_time_without_zone_is_the_branch_s_and_said() -> None:
    file = pm(document(gran='duration="PT900S" endTime="2026-03-01T08:15:00"'))
    assert long_table(file)["period_start_at"][0].as_py() == datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
    assert "Asia/Shanghai" in file.notes[0]


def test_file_without_known_counters_is_refused(house: House) -> None:
    receipt = house.receive("pm.xml", document(types="<measTypes>a b c</measTypes>"))
    assert receipt.status == "refused"
    assert "holds no known counter, only a, b, c" in receipt.finding
