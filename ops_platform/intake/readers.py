"""Files to sheets: which reader a file needs is told by its first bytes, never by its name."""

import re
from pathlib import Path

from ops_platform.errors import PermanentError
from ops_platform.intake.cells import Sheet
from ops_platform.intake.columnar import parquet_sheet
from ops_platform.intake.delimited import delimited
from ops_platform.intake.grids import GridSheet, html_sheets, json_sheet
from ops_platform.intake.text import text_file
from ops_platform.intake.words import both
from ops_platform.intake.workbooks import read_workbook

_SNIFFED = 4096
_TREE = 8
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body|table|meta)\b", re.IGNORECASE)
_OTHERS = {
    b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!": "RAR", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"%PDF": "PDF", b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG", b"SQLite format 3": "SQLite", b"MZ": "Windows program", b"\x7fELF": "Linux program",
    b"{\\rtf": "RTF",
}  # fmt: skip
_ARCHIVES = {"7z", "RAR", "bzip2", "xz"}
_BLOCKS_IN_MEMORY = 128
"""A block of text takes about so many times its size while it is read, checked and written on two threads."""


def sheets(file_name: str, path: Path, memory_mb: int) -> list[Sheet]:
    """Return the tables that a file offers.

    Parameters
    ----------
    file_name
        For messages.
    path
        The file, not inside an archive.
    memory_mb
        Memory that reading it may take, in megabytes.

    Raises
    ------
    PermanentError
        If it is a file of a wrong type, or no text in UTF-8, UTF-16 or GB18030, no workbook and no Parquet.
    """
    with path.open("rb") as source:
        head = source.read(_SNIFFED)
    if not head or head.isspace():
        raise PermanentError(both(f"{file_name}：文件是空的，请重新导出", f"{file_name} is empty: export it again"))
    _refuse_wrong_type(file_name, head)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        book = read_workbook(file_name, path)
        return [GridSheet(name, rows, form="XLSX / XLS / ODS") for name, rows in book]
    if head.startswith(b"PAR1"):
        return [parquet_sheet(file_name, path)]
    file = text_file(file_name, path)
    begins = file.head().lstrip()[:1]
    if begins in {b"{", b"["}:
        return [json_sheet(file_name, _whole(file_name, path, memory_mb))]
    if is_html(head):
        return html_sheets(b"".join(file.blocks(_SNIFFED)))
    return delimited(file, (memory_mb << 20) // _BLOCKS_IN_MEMORY)


def _refuse_wrong_type(name: str, head: bytes) -> None:
    what = next((what for magic, what in _OTHERS.items() if head.startswith(magic)), "")
    if what:
        zh, en = (
            ("请改用 .zip 或 .tar.gz 打包", "pack it as .zip or .tar.gz")
            if what in _ARCHIVES
            else ("请导出为 CSV 或 Excel", "export it as CSV or Excel")
        )
        raise PermanentError(both(f"{name}：是 {what} 文件，{zh}", f"{name}: is a {what} file: {en}"))


def is_xml(path: Path) -> bool:
    """Tell whether a file is XML, and not a page of a portal."""
    with path.open("rb") as source:
        head = source.read(_SNIFFED)
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and not is_html(head)


def is_html(head: bytes) -> bool:
    """Tell whether a file begins as a page does."""
    return bool(_PAGE.match(head))


def _whole(file_name: str, path: Path, memory_mb: int) -> bytes:
    # A tree of JSON takes several times the memory of its text.
    most_mb = memory_mb // _TREE
    if path.stat().st_size >> 20 > most_mb:
        raise PermanentError(
            both(
                f"{file_name}：JSON 超过 {most_mb} MB（OPS_INTAKE__MEMORY_MB 的 {_TREE} 分之一），请分批导出",
                f"{file_name}: more than {most_mb} MB of JSON (a {_TREE}th of OPS_INTAKE__MEMORY_MB): export in parts",
            )
        )
    return path.read_bytes()
