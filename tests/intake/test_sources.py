"""Archives: their members become files of their own; whatever is dangerous or damaged is refused in plain words."""

import contextlib
import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.errors import PermanentError
from ops_platform.intake.sources import unpacked
from ops_platform.settings import IntakeSettings
from tests.intake.conftest import House

OFFICE = "单位编码,单位名称,单位英文名\nO1,甲县,County A\n".encode()


def short(value: object) -> str:
    """Name a test case by its texts; packed bytes hold the time at which they were packed."""
    return value if isinstance(value, str) else "-"


LIMITS = IntakeSettings(most_unpacked_mb=64, most_members=5)


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members.items():
            package.writestr(name, data)
    return packed.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w:gz") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as package:  # type: ignore[call-overload]
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            package.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def contents(folder: Path, name: str, data: bytes) -> dict[str, bytes]:
    path = folder / "arrived"
    path.write_bytes(data)
    return {source.name: source.path.read_bytes() for source in unpacked(name, path, LIMITS, folder)}


@pytest.mark.parametrize(
    ("name", "data", "members"),
    [
        ("a.csv", OFFICE, ["a.csv"]),
        ("a.csv.gz", gzip.compress(OFFICE), ["a.csv.gz/a.csv"]),
        ("a.zip", zipped(**{"b.csv": OFFICE, "x/c.csv": OFFICE}), ["a.zip/b.csv", "a.zip/x/c.csv"]),
        ("a.tar", tarred({"b.csv": OFFICE}, "w"), ["a.tar/b.csv"]),
        ("a.tgz", tarred({"b.csv": OFFICE}), ["a.tgz/a.tar/b.csv"]),
        ("a.tar.gz", tarred({"b.csv.gz": gzip.compress(OFFICE)}), ["a.tar.gz/a.tar/b.csv.gz/b.csv"]),
        ("a.zip", zipped(**{"__MACOSX/b.csv": b"x", ".DS_Store": b"x", "b.csv": OFFICE}), ["a.zip/b.csv"]),
    ],
    ids=short,
)
def test_members_of_an_archive_become_files(tmp_path: Path, name: str, data: bytes, members: list[str]) -> None:
    assert contents(tmp_path, name, data) == dict.fromkeys(members, OFFICE)


def test_chinese_names_of_an_old_zip_are_read(tmp_path: Path) -> None:
    written = zipped(**{"zz.csv": OFFICE}).replace(b"zz.csv", "站.csv".encode("gb18030"))
    assert list(contents(tmp_path, "a.zip", written)) == ["a.zip/站.csv"]


def link() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as package:
        entry = tarfile.TarInfo("b.csv")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        package.addfile(entry)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.zip", zipped(**{"../b.csv": OFFICE}), r"a\.zip/\.\./b\.csv: its path leads out of the archive"),
        ("a.zip", zipped(**{"C:\\b.csv": OFFICE}), "its path leads out of the archive"),
        ("a.tar.gz", tarred({"/etc/b.csv": OFFICE}), "its path leads out of the archive"),
        ("a.tar", link(), r"a\.tar/b\.csv: is a link or a device"),
        ("a.zip", zipped(), "the archive holds no file"),
        ("a.zip", zipped(**{f"{n}.csv": OFFICE for n in range(6)}), "more than 5 members .OPS_INTAKE__MOST_MEMBERS"),
        ("a.gz", gzip.compress(bytes(60 << 20)), "more than 200 times its size .OPS_INTAKE__MOST_RATIO"),
        ("a.zip", zipped(**{"b.csv": OFFICE})[:60], "the archive is damaged"),
        ("a.gz", gzip.compress(OFFICE)[:-9], "the archive is damaged"),
    ],
    ids=short,
)
def test_what_is_dangerous_or_damaged_is_refused(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    with pytest.raises(PermanentError, match=message):
        contents(tmp_path, name, data)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.7z", b"7z\xbc\xaf\x27\x1c....", "is a 7z file: pack it as .zip"),
        ("a.csv", b"%PDF-1.7", "is a PDF file: export it as CSV or Excel"),
    ],
)
def test_a_file_of_a_wrong_type_is_refused(house: House, name: str, data: bytes, message: str) -> None:
    receipt = house.receive(name, data)
    assert receipt.status == "refused"
    assert message in receipt.finding


def test_a_picture_in_an_archive_stops_no_other_member(empty_house: House) -> None:
    path = empty_house.file("a.zip", zipped(**{"photo.png": b"\x89PNG....", "offices.csv": OFFICE}))
    found = {receipt.file_name: receipt.status for receipt in empty_house.receive_all(path)}
    assert found == {"a.zip/photo.png": "refused", "a.zip/offices.csv": "accepted"}


def test_encrypted_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(**{"b.csv": OFFICE}))
    data[6] |= 1  # the flag in the member's own header
    data[data.rindex(b"PK\x01\x02") + 8] |= 1  # and in the directory
    with pytest.raises(PermanentError, match="needs a password"):
        contents(tmp_path, "a.zip", bytes(data))


def test_archives_within_archives_end_somewhere(tmp_path: Path) -> None:
    data = OFFICE
    for _ in range(5):
        data = gzip.compress(data)
    with pytest.raises(PermanentError, match="nested deeper than 3"):
        contents(tmp_path, "a.gz", data)


@settings(max_examples=60)
@given(magic=st.sampled_from([b"PK\x03\x04", b"\x1f\x8b\x08", b"PK\x05\x06"]), rest=st.binary(max_size=200))
def test_random_bytes_after_a_magic_are_refused_or_plain(
    tmp_path_factory: pytest.TempPathFactory, magic: bytes, rest: bytes
) -> None:
    with contextlib.suppress(PermanentError):  # and nothing else
        contents(tmp_path_factory.mktemp("random"), "a", magic + rest)


def test_each_member_has_its_receipt_and_a_bad_one_stops_no_other(empty_house: House) -> None:
    data = zipped(**{"单位.csv": OFFICE, "b.csv": b"x,y\n1,2\n", "again.csv": OFFICE})
    path = empty_house.file("month.zip", data)
    receipts = empty_house.receive_all(path)
    assert [(receipt.file_name, receipt.feed, receipt.status, receipt.repeated) for receipt in receipts] == [
        ("month.zip/b.csv", "", "refused", False),
        ("month.zip/单位.csv", "offices", "accepted", False),
        ("month.zip/单位.csv", "offices", "accepted", True),  # the same bytes under another name
    ]
    assert len(list(empty_house.settings.archive.rglob("*.zip"))) == 1
