"""PM files: both forms of results, both namespaces, and errors that name element and line."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

import pytest

from ops_platform.errors import PermanentError
from ops_platform.intake.counter_names import counter_names
from ops_platform.intake.pm_blocks import SLICE_ROWS, Block, long_table
from ops_platform.intake.pm_counters import cell_counters
from ops_platform.intake.pm_dialects import pm_reader
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


def written(data: bytes) -> Path:
    path = Path(mkdtemp()) / "pm.xml"
    path.write_bytes(data)
    return path


def pm(data: bytes) -> list[Block]:
    path = written(data)
    return [block for group in pm_reader("pm.xml", path, ZONE).groups(path) for block in group]


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
    rows = next(cell_counters("pm.xml", written(document(values=VALUES + second + more)), ZONE, counter_names()))
    assert rows.columns["cell_id"].to_pylist() == ["C1", "C2"]
    assert rows.columns["tch_attempts"].to_pylist() == ["10", "20"]
    assert rows.columns["erab_releases"].to_pylist() == ["3", None]
    clash = more.replace("ERAB.RelNbr", "attTCHSeizures")
    assert (
        len(
            next(cell_counters("pm.xml", written(document(values=VALUES + second + clash)), ZONE, counter_names())).line
        )
        == 3
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (document(element=""), r"line 4, <managedElement>: no managedElement"),
        (document(gran='duration="some" endTime="2026-03-01T08:15:00Z"'), r"line 4, <granPeriod>: duration='some'"),
        (document(gran='duration="PT1M" endTime="ENDTIME"'), r"line 4, <granPeriod>: endTime='ENDTIME'"),
        (document(gran='duration="PT1M" endTime="2025-03-01T08:15:00Z"'), r"<granPeriod>: period .* lies outside"),
        (document(values="", types=""), r"<measData>: the file has no measData with values"),
        (document(root="OMeS"), r"the file has no measData with values"),
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
    with pytest.raises(PermanentError, match="a document type with declarations is not accepted"):
        pm(document(head=attack, element='<managedElement localDn="&b;"/>'))


def test_time_without_zone_is_the_branch_s_and_said() -> None:
    data = document(gran='duration="PT900S" endTime="2026-03-01T08:15:00"')
    file = pm(data)
    assert long_table(file)["period_start_at"][0].as_py() == datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
    *_, last = cell_counters("pm.xml", written(data), ZONE, counter_names())
    assert "Asia/Shanghai" in last.notes[0]


def test_file_without_known_counters_is_refused(house: House) -> None:
    receipt = house.receive("pm.xml", document(types="<measTypes>a b c</measTypes>"))
    assert receipt.status == "refused"
    assert "holds no known counter, only a, b, c" in receipt.finding


MDC = """<?xml version="1.0"?><!DOCTYPE mdc SYSTEM "MeasDataCollection.dtd">
<mdc><mfh><ffv>1</ffv><sn>RNC-1</sn><st></st><vn></vn><cbt>20260301000000Z</cbt></mfh>
<md><neid><neun>RNC-1</neun><nedn>ManagedElement=S1</nedn></neid>
<mi><mts>20260301081500+0800</mts><gp>900</gp><mt>attTCHSeizures</mt><mt>vendorX</mt><mt>succTCHSeizures</mt>
<mv><moid>ManagedElement=S1,GsmCell=C1</moid><r>10</r><r>5</r><r>9</r></mv>
<mv><moid>ManagedElement=S2,GsmCell=C2</moid><r>20</r><r/><r></r><sf>TRUE</sf></mv></mi></md>
<mff><ts>20260301001500Z</ts></mff></mdc>"""


def test_the_dtd_form_gives_the_same_rows_and_its_document_type_is_not_fetched() -> None:
    rows = long_table(pm(MDC.encode())).to_pylist()
    assert rows == [
        row | ({"value": None} if row["value"] in {"6", "NIL"} else {})
        for row in long_table(pm(document())).to_pylist()
    ]


def test_counters_of_the_dtd_form_become_the_feed(house: House) -> None:
    receipt = house.receive("mdc.xml", MDC)
    assert (receipt.feed, receipt.rows_accepted, receipt.rows_quarantined) == ("cell_counters", 2, 0)


def test_period_of_an_element_holds_for_all_its_groups() -> None:
    moved = MDC.replace(
        "<mi><mts>20260301081500+0800</mts><gp>900</gp>", "<mts>20260301081500+0800</mts><gp>900</gp><mi>"
    )
    assert long_table(pm(moved.encode())) == long_table(pm(MDC.encode()))


@pytest.mark.parametrize(
    "counter",
    ["<mn>{0}</mn><mv><moid>GsmCell=C1</moid><r>{1}</r></mv>", "<mn>{0}<mv><moid>GsmCell=C1</moid><r>{1}</r></mv></mn>",
     "<mn><mt>{0}</mt><mv><moid>GsmCell=C1</moid><r>{1}</r></mv></mn>"],
)  # fmt: skip
def test_each_counter_may_stand_by_itself_under_the_period_and_the_suspicion_of_its_element(counter: str) -> None:
    counters = counter.format("attTCHSeizures", 10) + counter.format("succTCHSeizures", 9)
    data = f"""<mdc><mfh/><md><neid><neun>RNC-1</neun></neid><mts>20260301081500+0800</mts><gp>900</gp><sf>TRUE</sf>
<mi>{counters}</mi></md><mff/></mdc>"""
    rows = long_table(pm(data.encode())).to_pylist()
    assert [(row["counter"], row["value"], row["suspect"]) for row in rows] == [
        ("attTCHSeizures", "10", True), ("succTCHSeizures", "9", True),
    ]  # fmt: skip
    assert {row["period_start_at"] for row in rows} == {datetime(2026, 3, 1, 0, 0, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<gp>900</gp>", "<gp>PT15M</gp>", "line 4, <gp>: 'PT15M' is no number of seconds"),
        ("20260301081500+0800", "ENDTIME", "line 4, <mts>: time='ENDTIME' is no time"),
        ("<r>9</r>", "<r>9</r><r>1</r>", "line 5, <r>: value 4 belongs to no mt"),
        ("<neid><neun>RNC-1</neun><nedn>ManagedElement=S1</nedn></neid>", "", "line 5, <neid>: no neid before mi"),
        ("<gp>900</gp>", "", "<granPeriod>"),
    ],
)
def test_errors_of_the_dtd_form_name_line_and_element(old: str, new: str, message: str) -> None:
    with pytest.raises(PermanentError, match=message):
        pm(MDC.replace(old, new).encode())


def test_nokia_s_form_is_read_and_a_repeated_counter_stays_a_list() -> None:
    data = b"""<OMeS><PMSetup interval="60" startTime="2026-03-01T08:00:00.000+08:00:00">
<PMMOResult><MO><baseId>NE-1</baseId><localMoid>DN:NE-1/CELL-C1</localMoid></MO>
<M measurementType="LTE"><M1>5</M1><M2>1</M2><M2>7</M2></M></PMMOResult>
<PMMOResult><MO><DN>NE-1/CELL-C2</DN></MO><M measurementType="LTE"><M1>6</M1><M2>2</M2></M></PMMOResult>
</PMSetup></OMeS>"""
    rows = long_table(pm(data)).to_pylist()
    found = [(row["managed_element"], row["measObjLdn"], row["counter"], row["value"]) for row in rows]
    assert found == [
        ("NE-1", "NE-1/CELL-C1", "M1", "5"), ("NE-1", "NE-1/CELL-C1", "M2", "1,7"),
        ("NE-1", "NE-1/CELL-C2", "M1", "6"), ("NE-1", "NE-1/CELL-C2", "M2", "2"),
    ]  # fmt: skip
    assert {(row["period_start_at"], row["period_s"]) for row in rows} == {(datetime(2026, 3, 1, tzinfo=UTC), 3600)}


def test_a_stylesheet_instruction_before_the_declaration_does_no_harm() -> None:
    late = b'<?xml-stylesheet type="text/xsl" href="x.xsl"?>\n' + document()
    assert long_table(pm(late)) == long_table(pm(document()))


def test_a_large_group_comes_in_slices_without_loss() -> None:
    value = '<measValue measObjLdn="GsmCell=C{}"><measResults>{} 5 9</measResults></measValue>'
    many = 4 * SLICE_ROWS
    blocks = pm(document(values="".join(value.format(n, n) for n in range(many))))
    assert len(blocks) > 1
    assert max(len(block.objects) for block in blocks) < 2 * SLICE_ROWS
    assert [int(value) for block in blocks for value in block.of(0).to_pylist()] == list(range(many))


REGULAR = '<measValue measObjLdn="GsmCell=C1"><r p="1">1</r><r p="2">2</r><r p="3">3</r></measValue>'


@pytest.mark.parametrize(
    ("results", "values"),
    [
        ('<r p="1">7</r><r p="3">9</r>', ["7", None, "9"]),
        ('<r p="3">9</r><r p="2">8</r><r p="1">7</r>', ["7", "8", "9"]),
        ('<r p="1">7</r><r p="2"/><r p="3">9</r>', ["7", None, "9"]),
        ('<r p="1">7<!-- 0 --></r><r p="2">8<?x 0?>0</r><r p="3"></r>', ["7", "80", None]),
        ('<r p="1"><![CDATA[7]]>0</r><r p="2">&#56;</r><r p="3">1,2</r>', ["70", "8", "1,2"]),
    ],
)
def test_values_stand_with_their_counters_whatever_is_absent_or_out_of_order(
    results: str, values: list[str | None]
) -> None:
    irregular = f'<measValue measObjLdn="GsmCell=C2">{results}</measValue>'
    rows = long_table(pm(document(TYPES_P, REGULAR + irregular))).to_pylist()
    assert [row["value"] for row in rows] == ["1", "2", "3", *values]
    assert [row["counter"] for row in rows] == ["attTCHSeizures", "vendorX", "succTCHSeizures"] * 2


@pytest.mark.parametrize("between", ["", "\n"])
def test_a_cell_with_two_values_is_set_aside_once_wherever_the_others_stand(house: House, between: str) -> None:
    value = '<measValue measObjLdn="GsmCell={}"><measResults>{} 5 9</measResults></measValue>'
    other = '</measInfo><measInfo><granPeriod duration="PT15M" endTime="2026-03-01T08:15:00+08:00"/>' + RESULTS
    values = value.format("C1", 10) + value.format("C2", 20) + between + other + value.format("C1", 11)
    receipt = house.receive("pm.xml", document(values=values))
    counts = (receipt.rows_read, receipt.rows_accepted, receipt.rows_quarantined, receipt.rows_duplicate)
    assert counts == (3, 2, 1, 0)
    rows = house.facts("cell_counters", "2026-03-01").to_pylist()
    assert {row["cell_id"]: row["tch_attempts"] for row in rows} == {"C1": 11, "C2": 20}
