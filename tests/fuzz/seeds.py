"""Small valid files of every kind that intake reads; each reader's fuzzer starts from them."""

import gzip
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from tests.intake.conftest import CELLS, OFFICES, SITES

_HEADER, _ROW = ["单位编码", "单位名称", "单位英文名"], ["O1", "甲县", "County A"]
_ALARMS = (
    "告警清单,,,,\n告警编号,基站编号,告警名称,告警时间,告警清除时间\n"
    "1001,S1,停电告警,2026-03-01 08:26,2026/3/1 9:00:05\n"
    '1002,S2,"停电\n告警",25/06/2026 8:26,\n合计,2,,,\n'
)
_COUNTERS = (
    "小区编号,开始时间,统计周期（秒）,TCH占用请求次数,TCH占用成功次数\n"
    'C1,2026-03-01 08:00,900,"1,234",1.200\nC2,2026-03-01T00:15:00Z,15分钟,1e3,NIL\n'
)


def texts() -> list[bytes]:
    """Return delimited texts: encodings, delimiters, quotes, titles, totals."""
    every = [text.encode() for text in (OFFICES, SITES, CELLS, _ALARMS, _COUNTERS)]
    others = [OFFICES.encode("gb18030"), OFFICES.encode("utf-16"), SITES.replace(",", ";").encode("utf-8-sig")]
    return [*every, *others, CELLS.replace(",", "\t").replace("\n", "\r").encode(), OFFICES.replace(",", "|").encode()]


def workbooks() -> list[bytes]:
    """Return workbooks of both readers of .xlsx, .xls and .ods."""
    return [
        _plain_book(),
        _rich_book(),
        _plain_book(far=True),
        biff([_HEADER, _ROW, [1, 2.5, 46082.25]]),
        open_document(open_document_content()),
    ]


def _saved(book: openpyxl.Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _plain_book(*, far: bool = False) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (_HEADER, _ROW, ["O2", True, datetime(2026, 3, 1, 8, 26)], ["合计", 1.5, "=1+1"]):  # noqa: DTZ001
        sheet.append(row)
    if far:
        sheet.cell(3000, 16_000, "x")
    book.create_sheet("旧").sheet_state = "hidden"
    return _saved(book)


def _rich_book() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 2, "统计表")
        sheet.write_row(1, 0, _HEADER)
        sheet.merge_range(2, 0, 3, 0, "O1")
        sheet.write_row(2, 1, ["甲", "A"])
        sheet.write_formula(3, 1, "=1+1", None, "")
        sheet.write_rich_string(3, 2, "A", book.add_format({"bold": True}), "B")
        sheet.write_datetime(4, 0, datetime(2026, 3, 1), book.add_format({"num_format": "yyyy-mm-dd"}))  # noqa: DTZ001
        sheet.write_datetime(4, 1, time(8, 26), book.add_format({"num_format": "[h]:mm"}))
    return content.getvalue()


_OPEN_DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?><office:document-content office:version="1.2"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:automatic-styles>
<style:style style:name="ta1" style:family="table"><style:table-properties table:display="true"/></style:style>
</office:automatic-styles><office:body><office:spreadsheet><table:table table:name="甲" table:style-name="ta1">
<table:table-row>{}<table:table-cell table:number-columns-repeated="3"/></table:table-row>
<table:table-row table:number-rows-repeated="2"><table:table-cell office:value-type="float" office:value="1.5"/>
<table:table-cell office:value-type="date" office:date-value="2026-03-01T08:26:00"/>
<table:table-cell office:value-type="time" office:time-value="PT08H26M00S"/>
<table:table-cell office:value-type="boolean" office:boolean-value="true"/>
<table:covered-table-cell/><table:table-cell office:value-type="percentage" office:value="0.5"/></table:table-row>
<table:table-row table:number-rows-repeated="7"><table:table-cell table:number-columns-repeated="9"/></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""


def open_document(content: str) -> bytes:
    """Return an .ods with this content."""
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return zipped({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def open_document_content() -> str:
    """Return the content of a small .ods; its reader takes no line breaks between cells."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    return _OPEN_DOCUMENT.format("".join(map(cell.format, _HEADER))).replace("\n<", "<")


def biff(rows: Iterable[Iterable[object]]) -> bytes:
    """Return an .xls of one sheet: BIFF8 records (MS-XLS) in a compound file (MS-CFB)."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def begin(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 1997, 0, 6))

    end, name, texts_of, cells = record(0x0A, b""), "甲", [], b""
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            if isinstance(value, str):
                cells += record(0xFD, struct.pack("<HHHI", row, column, 0, len(texts_of)))
                texts_of.append(value)
            else:
                cells += record(0x203, struct.pack("<HHHd", row, column, column % 2, value))
    cells += record(0x205, struct.pack("<HHHBB", 3, 0, 0, 1, 0))
    cells += record(0x06, struct.pack("<HHHdHIHBBB", 3, 1, 0, 2.0, 0, 0, 3, 0x1E, 2, 0))
    cells += record(0xE5, struct.pack("<HHHHH", 1, 1, 2, 0, 0))
    written = b"".join(struct.pack("<HB", len(text), 1) + text.encode("utf-16-le") for text in texts_of)
    shared = record(0xFC, struct.pack("<II", len(texts_of), len(texts_of)) + written)
    formats = b"".join(record(0xE0, struct.pack("<HHH", 0, number, 0) + bytes(14)) for number in (0, 14))
    title = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    globals_size = len(begin(5)) + len(formats) + 4 + 6 + len(title) + len(shared) + len(end)
    sheet_of = record(0x85, struct.pack("<IBB", globals_size, 0, 0) + title)
    dimensions = record(0x200, struct.pack("<IIHHH", 0, 4, 0, 3, 0))
    book = begin(5) + formats + sheet_of + shared + end + begin(0x10) + dimensions + cells + end
    return _compound(book.ljust(4096, b"\0"))


def _compound(stream: bytes) -> bytes:
    stream += bytes(-len(stream) % 512)
    free, last, table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    sectors = len(stream) // 512
    chain = [table, last, *range(3, sectors + 2), last]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6,
             0, 1, 1, 0, 4096, last, 0, last, 0)  # fmt: skip
    header += struct.pack("<109I", 0, *[free] * 108)

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        text = name.encode("utf-16-le")
        sizes = struct.pack("<HBBIII", len(text) + 2, kind, 1, free, free, child)
        return text.ljust(64, b"\0") + sizes + bytes(36) + struct.pack("<IQ", start, size)

    folder = entry("Root Entry", 5, 1, last, 0) + entry("Workbook", 2, free, 2, len(stream))
    return header + struct.pack("<128I", *chain, *[free] * (128 - len(chain))) + folder.ljust(512, b"\0") + stream


def parquets() -> list[bytes]:
    """Return Parquet files: one for every kind of column that Arrow writes, and a feed."""
    moment = datetime(2026, 3, 1, 8, 26, tzinfo=UTC)
    columns = [
        *(pa.array([1, None, 3], kind) for kind in (pa.int8(), pa.uint64(), pa.float16(), pa.float32(), pa.float64())),
        pa.array([2.0**63, float("nan"), float("inf")]), pa.array([2**64 - 1, 0, None], pa.uint64()),
        pa.array([True, None, False]), pa.array([None, None, None]), pa.array(["甲", "", None]),
        pa.array(["甲", "", None], pa.large_string()), pa.array(["甲", "", None], pa.string_view()),
        pa.array([b"\xff\xfe", b"", None]), pa.array([b"ab", b"\xff\xff", None], pa.binary(2)),
        pa.array(["a", "b", None]).dictionary_encode(), pa.array([1, 2, None]).dictionary_encode(),
        pa.array([Decimal("1.50"), None, Decimal(0)], pa.decimal128(10, 2)), pa.array([date(2026, 3, 1), None, None]),
        pa.array([None, moment, None], pa.timestamp("ns", "Asia/Shanghai")), pa.array([0, None, -1], pa.timestamp("s")),
        pa.array([2**62, None, -(2**62)], pa.timestamp("us", "UTC")), pa.array([1, None, 2**40], pa.date64()),
        pa.array([time(8, 26), None, None]), pa.array([timedelta(1), None, None]),
        pa.array([[1, None], [], None]), pa.array([{"a": moment}, {"a": None}, None]),
        pa.array([[("k", b"\xff")], [], None], pa.map_(pa.string(), pa.binary())),
        pa.array([[Decimal(1)], None, None], pa.list_(pa.decimal128(5, 0))),
    ]  # fmt: skip
    feed = pa.table({name: [value, value] for name, value in zip(_HEADER, _ROW, strict=True)})
    tables = [feed, pa.table({"单位编码": columns[0]}), feed.slice(0, 0), pa.table({"a": [1], "": [2]})]
    return [_parquet(table) for table in [*tables, *(pa.table({"单位编码": c, "x": c}) for c in columns)]]


def _parquet(table: pa.Table) -> bytes:
    content = io.BytesIO()
    pq.write_table(table, content)
    return content.getvalue()


def jsons() -> list[bytes]:
    """Return JSON: records in an array, in a member, one a line, nested; a GeoJSON."""
    record = {"office_id": "O1", "office_name": "甲县", "office_name_en": "A", "x": {"y": [1, None], "z": {"ä": 1.5}}}
    shapes = [
        {"type": "Point", "coordinates": [26.5, 58.25]},
        {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]]},
        {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 1]]]}, None,
    ]  # fmt: skip
    features = [{"type": "Feature", "properties": record, "geometry": shape} for shape in shapes]
    return [
        json.dumps(value, ensure_ascii=False).encode()
        for value in ([record, {"office_id": None, "b": True}], {"total": 1, "rows": [record]}, record,
                      {"type": "FeatureCollection", "features": features})
    ] + [b'{"office_id": 1}\n\n{"office_id": 1e3, "b": "\\u7532"}\n']  # fmt: skip


def pages() -> list[bytes]:
    """Return pages as portals call .xls."""
    header = "".join(f"<th>{name}</th>" for name in _HEADER)
    page = f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"><style>td{{}}</style>
</head><body><p>x</p><table border=1><tr>{header}</tr><tr><td colspan=2 rowspan=2>O1<br>&nbsp;</td><td><b>甲</b></td>
<td>A</tr><tr><td><table><tr><td>inner</td></tr></table></td></tr><!-- x --></table></body></html>"""
    return [page.encode(), page.encode("gb18030"), f"<table><tr>{header}<tr><td>O1<td>甲<td>A</table>".encode()]


_RESULTS = """<measTypes>attTCHSeizures vendorX succTCHSeizures</measTypes>
<measValue measObjLdn="ManagedElement=S1,GsmCell=C1"><measResults>10 5 9</measResults></measValue>
<measValue measObjLdn="GsmCell=C2"><measResults>20 6 NIL</measResults><suspect>true</suspect></measValue>"""
_RESULTS_P = """<measType p="1">attTCHSeizures</measType><measType p="2">ERAB.RelNbr</measType>
<measValue measObjLdn="GsmCell=C1"><r p="1">10</r><r p="2">5</r></measValue>
<measValue measObjLdn="GsmCell=C2"><suspect>true</suspect><r p="2"/><r p="1">20</r></measValue>"""
_COLLECTED = """<?xml version="1.0"?><{0} xmlns="urn:x#{0}">
<fileHeader><measCollec beginTime="2026-03-01T08:00:00+08:00"/></fileHeader>
<measData>{1}<measInfo>{2}{3}</measInfo></measData>
<fileFooter><measCollec endTime="2026-03-01T08:15:00+08:00"/></fileFooter></{0}>"""
_MDC = """<?xml version="1.0"?><!DOCTYPE mdc SYSTEM "x.dtd"><mdc><mfh><cbt>20260301000000Z</cbt></mfh>
<md><neid><neun>R</neun><nedn>ManagedElement=S1</nedn></neid>{}</md><mff><ts>20260301001500Z</ts></mff></mdc>"""
_PERIOD = "<mts>20260301081500+0800</mts><gp>900</gp>"
_GROUP = f"""<mi>{_PERIOD}<mt>attTCHSeizures</mt><mt>succTCHSeizures</mt>
<mv><moid>GsmCell=C1</moid><r>10</r><r>9</r></mv><mv><moid>GsmCell=C2</moid><r/><r>1</r><sf>TRUE</sf></mv></mi>"""
_SINGLY = f"""{_PERIOD}<sf>TRUE</sf><mi><mn>attTCHSeizures</mn><mv><moid>GsmCell=C1</moid><r>1</r></mv>
<mn>succTCHSeizures<mv><moid>GsmCell=C1</moid><r>1</r></mv></mn></mi>"""
_OMES = """<OMeS><PMSetup interval="60" startTime="2026-03-01T08:00:00.000+08:00:00">
<PMMOResult><MO><baseId>NE-1</baseId><localMoid>DN:NE-1/CELL-C1</localMoid></MO>
<M measurementType="LTE"><attTCHSeizures>5</attTCHSeizures><M2>1</M2><M2>7</M2></M></PMMOResult>
<PMMOResult><MO><DN>NE-1/C2</DN></MO><M><attTCHSeizures>6</attTCHSeizures></M></PMMOResult></PMSetup></OMeS>"""


def pm_files() -> list[bytes]:
    """Return PM files: TS 32.435 in both forms, TS 28.532, ``mdc`` in its variants, ``OMeS``."""
    span = '<granPeriod duration="PT900S" endTime="2026-03-01T08:15:00+08:00"/>'
    element, entity = '<managedElement localDn="ManagedElement=S1"/>', "<measEntity localDn='S1'/>"
    texts = [
        _COLLECTED.format("measCollecFile", element, span, _RESULTS),
        _COLLECTED.format("measCollecFile", element, span, f"{_RESULTS_P}</measInfo><measInfo>{span}{_RESULTS}"),
        _COLLECTED.format("measDataFile", entity, span, _RESULTS_P),
        _MDC.format(_GROUP), _MDC.format(_SINGLY), _OMES,
    ]  # fmt: skip
    return [text.encode() for text in texts]


_MR = """<?xml version="1.0" encoding="UTF-8"?><bulkPmMrDataFile><fileHeader fileFormatVersion="V1.0"
startTime="2026-03-01T08:00:00.000" endTime="2026-03-01T08:15:00.000" period="0"/><eNB id="499719">
<measurement><smr>{}</smr>{}</measurement></eNB></bulkPmMrDataFile>"""
_SAMPLES = """<object id="3" MmeUeS1apId="1" TimeStamp="2026-03-01T08:00:05.440"><v>45 30 NIL </v><v>45 28 NIL </v>
</object><object id="499719-49" TimeStamp="2026-03-01T08:00:05.440" EventType="A3"><v>NIL NIL 1 </v></object>"""


def measurement_reports() -> list[bytes]:
    """Return measurement reports: samples, and classes of RSRP."""
    classes = " ".join(f"MR.RSRP.{number:02}" for number in range(48))
    counts = f'<object id="3:100:0"><v>{" ".join("1" for _ in range(48))} </v></object>'
    samples = _MR.format("MR.LteScRSRP MR.LteNcRSRP MR.LteScRSRQ", _SAMPLES)
    return [samples.encode(), _MR.format(classes, counts).encode()]


def zipped(members: dict[str, str | bytes]) -> bytes:
    """Return a .zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(zipfile.ZipInfo(name), content)
    return packed.getvalue()


def tarred(members: dict[str, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    """Return a .tar."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form, encoding="utf-8", errors="surrogateescape") as package:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            package.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def archives() -> list[bytes]:
    """Return archives, also one in the other."""
    office, folder = OFFICES.encode(), zipped({"x/offices.csv": OFFICES, "空/": "", "站.csv": SITES, ".DS_Store": "x"})
    long = {f"{'站' * 50}.csv": office}
    return [
        folder, zipped({"a.zip": folder, "b.csv.gz": gzip.compress(office, mtime=0)}), gzip.compress(office, mtime=0),
        *(tarred({"a.csv": office, **long}, form) for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)),
        gzip.compress(tarred({"a.csv": office, "b.zip": folder}), mtime=0),
    ]  # fmt: skip


_CELLS = [
    "", "无", "NA", "1,234", "1.234,5", "1 234", "12．5％", "59.8 W", "-3dBm", "1e308", "1E400", "0x10", "9" * 20,
    "46082.25", "6天17时33分", "49:04:10", "PT15M", "超44天6时", "45°49'14.002\"N", "N 45 49 14", "东经110度",
    "86,87,2", "3HP , 3HP", "2026-03-01 08:26", "2026/3/1 8:26:22", "2019.11.25_15.34.34", "20200518154500Z",
    "2026年3月1日8时26分", "下午 3:05", "01/02/2026", "25/06/2001 8:00 PM", "2026-03-08 02:30:00",
    "2026-11-01 01:30:00", "2026-03-01T00:00:00.123456+08:00", "是", "√", "FALSE", "停电", "=A1+1",
]  # fmt: skip


def cells() -> list[bytes]:
    """Return what the fuzzer of values reads: which column and how in the first line, then a cell a line."""
    return [
        f"{column} {column % 4} {column % 9}\n".encode() + "\n".join(_CELLS).encode() for column in range(0, 240, 8)
    ]


def mappings(packaged: Callable[[], list[bytes]]) -> list[bytes]:
    """Return mapping files that say everything a mapping can, those that come along, and a table of counters."""
    every = """feed: alarms
file: ["*", "noc_?.csv"]
sheet: "*"
header_row: 1
skip_rows: 0
above: [x]
columns:
  site_id: [站点, site]
  kind: {header: 告警, words: {mains_failure: [停电, "power*"]}, otherwise: mains_failure, missing: "-"}
  raised_at: {header: 发生, extract: "(.*)"}
  cleared_at: {header: 恢复, optional: true}
  alarm_id: {template: "{站点} {发生}"}
  source: {constant: NOC}
missing: ["?", "-200"]
keep: {站点: "*"}
drop: {告警: [x]}
time_zone: Europe/Sarajevo
day_first: true
decimal_comma: true
note: x
"""
    cells_of = """feed: cells
columns:
  cell_id: CI
  site_id: {header: SITE, where: {MODE: [GSM]}}
  technology: {marks: {G: GSM, L: LTE}}
  power_dbm: {header: POWER, of_list: sum, unit: {VENDOR: {华为: W, 中兴: dBm}}}
  antenna_height_m: {header: "H*", unit: header}
---
feed: offices
columns: {office_id: A, office_name: B, office_name_en: B}
---
feed: settlements
columns: {settlement_id: A, settlement_name: B, office_id: A, people: C, latitude: Y, longitude: X}
crs: EPSG:2263
"""
    counters = """version: 1
vendors: {x: {a.b: tch_attempts, c: {column: tch_seizures, of_list: sum, cumulative: true}}}
"""
    return [every.encode(), cells_of.encode(), counters.encode(), *packaged()]
