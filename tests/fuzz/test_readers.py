"""Files changed at random never end a reader otherwise than in rows or a refusal; and the inputs that once did."""

import io
import json
import resource
import time
import zipfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ops_platform.errors import PermanentError
from ops_platform.intake import probe, units
from ops_platform.intake.headers import HeaderRow, without_unit
from ops_platform.intake.readers import sheets
from ops_platform.intake.sources import unpacked
from ops_platform.settings import IntakeSettings
from tests.fuzz import seeds
from tests.fuzz.fuzz_readers import READERS, watched
from tests.fuzz.mutation import flipped, mutated
from tests.fuzz.targets import TARGETS

CHANGES = {"receive": 8, "workbook": 15}
OFFICE = "单位编码,单位名称,单位英文名\nO1,甲县,County A\n"


def test_every_reader_is_fuzzed() -> None:
    assert set(TARGETS) == set(READERS)


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
@pytest.mark.parametrize("reader", READERS)
def test_a_file_that_was_changed_at_random_is_read_or_refused(reader: str, tmp_path: Path) -> None:
    random = Random(reader)  # noqa: S311 - the same changes every time
    files = TARGETS[reader].seeds()
    for number in range(CHANGES.get(reader, 25)):
        data = mutated(random.choice(files), random, flipped(random))
        (folder := tmp_path / str(number)).mkdir()
        with suppress(PermanentError):
            TARGETS[reader].run(data, folder)


def refusal(reader: str, data: bytes, folder: Path) -> str:
    with pytest.raises(PermanentError) as refused:
        TARGETS[reader].run(data, folder)
    return str(refused.value)


def parquet(**columns: pa.Array) -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content)
    return content.getvalue()


def column_of(data: bytes, folder: Path, at: int = 0) -> list[str | None]:
    path = folder / "x"
    path.write_bytes(data)
    [sheet] = sheets("x", path, memory_mb=64)
    [batch] = sheet.batches(0, [at])
    found: list[str | None] = batch.text().columns[0].to_pylist()
    return found


def repacked(book: bytes, **changes: tuple[str, str]) -> bytes:
    """Change the parts of a workbook whose names hold a word."""
    with zipfile.ZipFile(io.BytesIO(book)) as package:
        parts = {name: package.read(name).decode() for name in package.namelist()}
    for word, (old, new) in changes.items():
        name = next(name for name in parts if word in name)
        assert old in parts[name]
        parts[name] = parts[name].replace(old, new)
    return seeds.zipped(dict(parts))


def test_a_header_that_comes_thousands_of_times_takes_no_time() -> None:
    row = HeaderRow(["站"] * 50_000 + ["站#2"])
    assert (row.find("站"), row.find("站#2"), row.find("站#50000"), len(row.places)) == (0, 1, 49_999, 50_001)


@pytest.mark.parametrize(
    "text", ["\\" * 60_000, "(x" * 30_000, "(x" + "(x)" * 20_000, "(" * 60_000 + "站" + ")" * 60_000]
)
def test_a_header_as_long_as_a_file_takes_no_time(text: str) -> None:
    start = time.process_time()
    assert (units.in_header(text), HeaderRow([text]).find("站"), without_unit(text)) == ("", None, ("", ""))
    assert time.process_time() - start < 2


def test_a_table_with_nothing_below_a_blank_header_has_a_column(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b",,\n\n")
    sheet, *_ = sheets("x", tmp_path / "x", memory_mb=64)
    assert [len(batch.text().line) for batch in sheet.batches(-1, [0, 1])] == [0]


@pytest.mark.parametrize(
    ("column", "written"),
    [
        (pa.array([2**64 - 1], pa.uint64()), "18446744073709551615"),
        (pa.array(["a\0b"]), "a\ufffdb"),
        (pa.array([b"\xff\xfe"]), "\\xff\\xfe"),
        (pa.array([b"a\xff"], pa.binary(2)), "a\\xff"),
        (pa.array([b"\xff"]).dictionary_encode(), "\\xff"),
        (pa.array([{"a": datetime(2026, 3, 1)}]), '{"a": "2026-03-01 00:00:00"}'),  # noqa: DTZ001
        (pa.array([[("k", b"v")]], pa.map_(pa.string(), pa.binary())), '[["k", "b\'v\'"]]'),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_column_of_any_kind_in_parquet_is_text(column: pa.Array, written: str, tmp_path: Path) -> None:
    assert column_of(parquet(x=column), tmp_path) == [written]
    TARGETS["parquet"].run(parquet(单位编码=column, 单位名称=column, 单位英文名=column), tmp_path)


def test_damaged_parquet_is_refused_wherever_the_damage_is(tmp_path: Path) -> None:
    data = parquet(单位编码=pa.array(["O1"] * 9, pa.string()))
    page = data.replace(data[4:60], bytes(56), 1)
    assert "input does not open as Parquet" in refusal("parquet", page, tmp_path)
    assert "input does not open as Parquet" in refusal("parquet", data.replace("单位".encode(), b"\xff" * 6), tmp_path)
    assert "Invalid UTF8" in refusal(
        "parquet", parquet(单位编码=pa.array(["甲乙"])).replace(b"\xb2\xe4", b"\xff\xff"), tmp_path
    )


def test_json_nested_without_end_is_refused(tmp_path: Path) -> None:
    assert "nested too deep" in refusal("json", b'{"a":' * 5000, tmp_path)


def test_half_a_character_in_json_is_marked(tmp_path: Path) -> None:
    data = b'[{"a": "x\\ud83d", "\\ud83d": "\\u0000"}]'
    assert column_of(data, tmp_path) == ["x\ufffd"]
    assert column_of(data, tmp_path, 1) == ["\ufffd"]


def test_a_feature_without_a_place_is_a_row(tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": {"a": 1}, "geometry": None}
    data = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    assert (column_of(data, tmp_path), column_of(data, tmp_path, 1)) == (["1"], [None])


def test_a_page_of_which_nothing_is_left_is_refused(tmp_path: Path) -> None:
    assert "input: none of its headers is known" in refusal("html", "<html h!\u2028<=".encode(), tmp_path)


def test_a_table_in_a_table_is_a_table_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"<table><tr><td>a<table><tbody><tr><td>b</table><tr><td>c</table>")
    outer, inner = sheets("x", tmp_path / "x", memory_mb=64)
    assert (outer.head, inner.head) == ([["ab"], ["c"]], [["b"]])


@pytest.mark.parametrize(
    "changes",
    [
        {"workbook.xml": ("<workbookView", "<workbookView calcId='1'")},
        {"Content_Types": ('ContentType="application/xml"', "")},
        {"sheet1": ('t="inlineStr"><is><t>O2</t></is>', 't="s"><v>99</v>')},
        {"styles": ("<fonts", "<<fonts")},
        {"sheet1": ("</sheetData>", '<row r="99999999999"><c r="A1"/></row></sheetData>')},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_damaged_part_of_a_workbook_read_cell_by_cell_is_named(
    changes: dict[str, tuple[str, str]], tmp_path: Path
) -> None:
    assert "input" in refusal("workbook", repacked(seeds.workbooks()[2], **changes), tmp_path)


@pytest.mark.parametrize(("old", "new"), [('<c r="A2"', '<c s="0" r="XFD1048576"'), ('<row r="2"', '<row r="1048576"')])
def test_a_forgotten_cell_is_found_however_it_is_written(old: str, new: str, tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with suppress(PermanentError):
        TARGETS["workbook"].run(repacked(seeds.workbooks()[0], sheet1=(old, new)), tmp_path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000


def test_a_sheet_of_an_old_workbook_that_leads_in_circles_is_refused(tmp_path: Path) -> None:
    data = bytearray(seeds.workbooks()[3])
    data[512:1024] = bytes(512)
    assert "damaged, or needs more than 1024 MB of memory" in refusal("workbook", bytes(data), tmp_path)


def test_an_old_workbook_over_which_its_reader_panics_is_refused(tmp_path: Path) -> None:
    data = bytearray(seeds.workbooks()[3])
    data[1538] = 0  # the length of the first record
    assert "range end index 2 out of range" in refusal("workbook", bytes(data), tmp_path)


def test_an_open_document_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_LEAST_S", 1)
    content = seeds.open_document_content().replace("</table:table>", "<<!DOCTYPE x>table:table>")
    assert "not open after 1 s" in refusal("workbook", seeds.open_document(content), tmp_path)


def test_an_open_document_of_millions_of_cells_in_few_bytes_is_refused(tmp_path: Path) -> None:
    content = seeds.open_document_content().replace('rows-repeated="2"', 'rows-repeated="100000"')
    many = content.replace('value-type="percentage"', 'value-type="percentage" table:number-columns-repeated="400"')
    assert "needs more than 1024 MB of memory" in refusal("workbook", seeds.open_document(many), tmp_path)


PM = seeds.pm_files()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (PM[0].replace(b"PT900S", b"P99999999D"), "duration='P99999999D' is no duration"),
        (PM[0].replace(b"PT900S", b"P9999999999DT15M"), "is no duration"),
        (PM[0].replace(b"PT900S", b"P" + b"9" * 5000 + b"D"), "is no duration"),
        (PM[0].replace(b"2026-03-01T08:15", b"0001-01-01T00:00"), "is no time such as"),
        (PM[3].replace(b"<gp>900", b"<gp>" + b"9" * 5000), "is no number of seconds"),
        (PM[5].replace(b'interval="60"', b'interval="99999999999"'), "is no minutes"),
        (PM[3].replace(b"</mv><mv>", b"</mv><mt>x</mt><mv>"), "not all of its counters stand before"),
        (PM[0].replace(b"urn:x#", b"urn}x#").replace(b"2026-03-01T08:00", b"9"), "<measCollec>: beginTime='9"),
        (b"<?x <mdc ?><sf/>", "not a PM file"),
        (b"<?x <OMeS ?><PMMOResult/>", "stands in no PMSetup"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_pm_file_beyond_all_bounds_is_refused(data: bytes, message: str, tmp_path: Path) -> None:
    assert message in refusal("pm", data, tmp_path)


@pytest.mark.parametrize("data", [PM[0], PM[3], PM[5]], ids=["measCollecFile", "mdc", "OMeS"])
def test_instructions_and_comments_between_elements_do_no_harm(data: bytes, tmp_path: Path) -> None:
    TARGETS["pm"].run(data.replace(b"><", b"><?x y?><!-- z --><"), tmp_path)


def test_an_entity_that_nobody_declared_does_no_harm(tmp_path: Path) -> None:
    TARGETS["pm"].run(PM[3].replace(b"<r/>", b"&x;<r/>"), tmp_path)


def test_a_member_without_a_name_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(seeds.zipped({"": "x", "a.csv": OFFICE}))
    found = unpacked("x.zip", tmp_path / "x", IntakeSettings(), tmp_path)
    assert [source.name for source in found] == ["x.zip/a.csv"]


@pytest.mark.parametrize(("name", "read"), [("基站.csv".encode("gb18030"), "基站.csv"), (b"\xff.csv", "\ufffd.csv")])
def test_members_of_a_tar_from_chinese_windows_have_their_names(name: bytes, read: str, tmp_path: Path) -> None:
    data = seeds.tarred({name.decode(errors="surrogateescape"): OFFICE.encode()})
    (tmp_path / "x").write_bytes(data)
    [found] = unpacked("x.tar", tmp_path / "x", IntakeSettings(), tmp_path)
    assert found.name == f"x.tar/{read}"


@pytest.mark.parametrize(
    ("record", "at", "value"),
    [(b"PK\x01\x02", 10, 12), (b"PK\x01\x02", 10, 99), (b"PK\x05\x06", 17, 1)],
    ids=["packed in another way", "packed in no known way", "contents before the file begins"],
)
def test_an_archive_with_a_wrong_number_is_refused(record: bytes, at: int, value: int, tmp_path: Path) -> None:
    data = bytearray(seeds.zipped({"a.csv": OFFICE}))
    data[data.index(record) + at] = value
    assert "the archive is damaged" in refusal("archive", bytes(data), tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"{站点} {发生}"', '"{站点"', "expected '}' before end of string"),
        ('"{站点} {发生}"', '"站点}"', "Single '}' encountered"),
        ('"{站点} {发生}"', '"站点"', "names no header in braces"),
        ('"{站点} {发生}"', '"{}"', "names no header in braces"),
        ("[x]", "[" * 1000, "recursion"),
        ("(.*)", "(" * 1000 + ")" * 1000, "is no regular expression"),
        ("(.*)", "x{99999999999}", "is no regular expression"),
    ],
)
def test_a_mapping_beyond_all_bounds_is_refused(old: str, new: str, message: str, tmp_path: Path) -> None:
    text = TARGETS["mapping"].seeds()[0].decode()
    assert old in text
    assert message in refusal("mapping", text.replace(old, new).encode(), tmp_path)


def test_what_is_found_is_kept_once(tmp_path: Path) -> None:
    seen: set[str] = set()
    for data in (b"a", b"b"):
        with watched(data, tmp_path, seen, PermanentError):
            raise KeyError("x")
    with watched(b"c", tmp_path, seen, PermanentError):
        raise PermanentError
    [kept] = tmp_path.glob("crash-*")
    assert kept.read_bytes() == b"a"
    assert "KeyError" in (tmp_path / "why.txt").read_text()
