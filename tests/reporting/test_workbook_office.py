"""LibreOffice opens the workbook, computes every formula anew, and comes to the figures stored beside them."""

import shutil
import subprocess
import warnings
from io import BytesIO

import openpyxl
import pytest

from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.workbook import workbook

ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>
"""


@pytest.fixture(scope="module")
def recomputed(report: MonthReport, tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    folder = tmp_path_factory.mktemp("office")
    settings = folder / "profile" / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(ALWAYS_RECALCULATE)
    (folder / "month.xlsx").write_bytes(without_results(report))
    command = [office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "xlsx"]
    done = subprocess.run(
        [*command, "--outdir", str(folder / "out"), str(folder / "month.xlsx")],
        check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert "Error" not in done.stdout + done.stderr
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", ".* extension is not supported", UserWarning
        )  # of LibreOffice's, which openpyxl drops
        return openpyxl.load_workbook(BytesIO((folder / "out" / "month.xlsx").read_bytes()), data_only=True)


def without_results(report: MonthReport) -> bytes:
    """Return the workbook with its formulas but without the results stored beside them, so that none can be copied."""
    book, sink = openpyxl.load_workbook(BytesIO(workbook(report))), BytesIO()
    book.save(sink)
    return sink.getvalue()


def test_every_formula_computes_to_what_is_stored_beside_it(report: MonthReport, recomputed: openpyxl.Workbook) -> None:
    live = openpyxl.load_workbook(BytesIO(workbook(report)))
    stored = openpyxl.load_workbook(BytesIO(workbook(report)), data_only=True)
    formulas = [(sheet.title, cell.coordinate) for sheet in live for row in sheet.iter_rows() for cell in row
                if cell.data_type == "f"]  # fmt: skip
    assert len(formulas) > 100
    for title, place in formulas:
        computed, expected = recomputed[title][place].value, stored[title][place].value
        if isinstance(expected, int | float):
            assert computed == pytest.approx(expected, rel=1e-9), (title, place)
        else:
            assert (computed or "") == (expected or ""), (title, place)
