"""Files as other programs write them, byte by byte: legacy .xls, .ods, .xlsx, and counters of a PM file."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

import xlsxwriter

Rows = Sequence[Sequence[object]]
_MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def csv_of(header: Sequence[str], *rows: Mapping[str, str], delimiter: str = ",") -> str:
    """Return a table of a wide header, of which each row fills some columns."""
    lines = [header, *([row.get(name, "") for name in header] for row in rows)]
    return "".join(delimiter.join(line) + "\n" for line in lines)


def xlsx(sheets: Mapping[str, Rows]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return content.getvalue()


def ods(sheets: Mapping[str, Rows]) -> bytes:
    """Return an OpenDocument spreadsheet; a date is written as such, as a publisher's month headers are."""
    body = "".join(f'<table:table table:name="{escape(name)}">{_ods_rows(rows)}</table:table>' for name, rows in
                   sheets.items())  # fmt: skip
    names = "".join(f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in
                    ("office", "table", "text"))  # fmt: skip
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{names} office:version="1.2"><office:body>'
        f"<office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"
    )
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", _MANIFEST)
        package.writestr("content.xml", content)
    return written.getvalue()


def _ods_rows(rows: Rows) -> str:
    def cell(value: object) -> str:
        if isinstance(value, float | int):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        if hasattr(value, "isoformat"):
            return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"/>'
        text = f"<text:p>{escape(str(value))}</text:p>" if value else ""
        return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'

    return "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)


def xls(sheets: Mapping[str, Rows]) -> bytes:
    """Return a BIFF8 workbook in its compound file, as the portals of the nineties' systems still write it."""
    return _compound_file(_workbook_stream(sheets))


def _workbook_stream(sheets: Mapping[str, Rows]) -> bytes:
    bodies = [_begin(0x10) + b"".join(_cells(rows)) + _record(0x0A) for rows in sheets.values()]
    names = [_text(name, "<B") for name in sheets]
    size = len(_begin(0x05)) + sum(len(_record(0x85, bytes(6) + name)) for name in names) + len(_record(0x0A))
    entries = []
    for name, body in zip(names, bodies, strict=True):
        entries.append(_record(0x85, struct.pack("<IH", size, 0) + name))
        size += len(body)
    return _begin(0x05) + b"".join(entries) + _record(0x0A) + b"".join(bodies)


def _begin(kind: int) -> bytes:
    return _record(0x809, struct.pack("<HHHHII", 0x600, kind, 0x0DBB, 0x07CC, 0, 6))


def _cells(rows: Rows) -> list[bytes]:
    found = []
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            place = struct.pack("<HHH", at, column, 0)
            if isinstance(value, int | float):
                found.append(_record(0x203, place + struct.pack("<d", value)))
            elif value:
                found.append(_record(0x204, place + _text(str(value), "<H")))
    return found


def _text(text: str, length: str) -> bytes:
    return struct.pack(length, len(text)) + b"\x01" + text.encode("utf-16-le")


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _compound_file(stream: bytes) -> bytes:
    """Return a compound file that holds one stream, long enough to lie in sectors of its own."""
    stream = stream.ljust(max(4096, -(-len(stream) // _SECTOR) * _SECTOR), b"\0")
    sectors = len(stream) // _SECTOR
    chain = [_FAT, _END, *range(3, sectors + 2), _END]
    table = chain + [_FREE] * (_SECTOR // 4 - len(chain))
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<HHHHH6xIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096)
    header += struct.pack("<IIII", _END, 0, _END, 0) + struct.pack("<109I", 0, *[_FREE] * 108)
    entries = [_entry("Root Entry", 5, 1, _END, 0), _entry("Workbook", 2, _FREE, 2, len(stream)), bytes(256)]
    return header + struct.pack(f"<{len(table)}I", *table) + b"".join(entries) + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    named = (name + "\0").encode("utf-16-le")
    return named.ljust(64, b"\0") + struct.pack("<HBBIII36xIQ", len(named), kind, 1, _FREE, _FREE, child, start, size)


def pm_file(
    values: Mapping[str, Sequence[str]],
    counters: Sequence[str] = ("attTCHSeizures", "succTCHSeizures"),
    end: str = "2026-03-01T08:15:00+08:00",
    begin: str = "2026-03-01T08:00:00+08:00",
    suspect: Sequence[str] = (),
    top: str = '<?xml version="1.0" encoding="UTF-8"?>\n',
    space: str = ' xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec"',
) -> bytes:
    """Return a PM file of TS 32.435 with the values of some cells."""
    types = "".join(f'<measType p="{p}">{name}</measType>' for p, name in enumerate(counters, 1))
    rows = "".join(
        f'<measValue measObjLdn="GsmCell={cell}">{"<suspect>true</suspect>" if cell in suspect else ""}'
        + "".join(f'<r p="{p}">{value}</r>' for p, value in enumerate(numbers, 1))
        + "</measValue>\n"
        for cell, numbers in values.items()
    )
    return f"""{top}<measCollecFile{space}>
<fileHeader><fileSender localDn="x"/><measCollec beginTime="{begin}"/></fileHeader>
<measData><managedElement localDn="ManagedElement=S1"/>
<measInfo><granPeriod duration="PT900S" endTime="{end}"/>{types}
{rows}</measInfo></measData>
<fileFooter><measCollec endTime="{end}"/></fileFooter></measCollecFile>""".encode()
