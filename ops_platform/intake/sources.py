"""Archives to plain files on disk: .gz, .zip, .tar and .tar.gz, also one inside the other, within limits.

Recognised by their first bytes, never by their names. Nothing that an archive says about itself is believed: sizes are
counted while they are unpacked, and a member is written under a name of our own.
"""

import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, TypeVar
from uuid import uuid4

from ops_platform.errors import PermanentError
from ops_platform.intake.words import both, storable
from ops_platform.settings import IntakeSettings

T = TypeVar("T")

_PIECE = 1 << 20
_DEEPEST = 3
_SMALL_BYTES = 50 << 20
"""Up to here no ratio of packed to unpacked size is suspicious."""
_TAR_MAGIC = (257, b"ustar")
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_CHAFF = {"__MACOSX", "Thumbs.db", "desktop.ini"}
_WORKBOOK_PARTS = {"[Content_Types].xml", "mimetype"}
CORRUPT = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError,
    OverflowError, NotImplementedError,
)  # fmt: skip
"""What the packages of the standard library raise over damaged bytes; OSError where they send them to look nowhere."""


@dataclass(frozen=True)
class Source:
    """A plain file on disk.

    Attributes
    ----------
    name
        ``file``, or ``archive/member`` where it came out of an archive.
    """

    name: str
    path: Path

    @property
    def own_name(self) -> str:
        """The name without the archives around it."""
        return PurePosixPath(self.name).name


def unpacked(name: str, path: Path, limits: IntakeSettings, scratch: Path) -> list[Source]:
    """Return the plain files that a file holds: itself, or an archive's members, unpacked.

    Parameters
    ----------
    name
        For messages.
    path
        The file.
    limits
        How much an archive may unpack to, how many members it may have, and at which ratio it is called a bomb.
    scratch
        Folder for the members.

    Raises
    ------
    PermanentError
        If it is an archive that is damaged, encrypted, empty, beyond the limits, or has a
        member that would be written elsewhere; names archive, member and setting.
    """
    return _Unpacking(path.stat().st_size, limits, scratch).sources(name, path, 0)


class _Unpacking:
    """One file and all that is inside it, under one allowance."""

    def __init__(self, packed: int, limits: IntakeSettings, scratch: Path) -> None:
        self._packed = packed
        self._limits = limits
        self._scratch = scratch
        self._bytes = 0
        self._members = 0

    def sources(self, name: str, path: Path, depth: int) -> list[Source]:
        with path.open("rb") as source:
            head = source.read(512)
        kind = _kind(path, head)
        if not kind:
            return [Source(name, path)]
        if depth == _DEEPEST:
            raise _wrong(name, f"压缩包嵌套超过 {_DEEPEST} 层", f"archives are nested deeper than {_DEEPEST}")
        found = []
        for member, stream in _sound(name, _MEMBERS[kind](name, path)):
            target = self._write(f"{name}/{member}", _sound(name, iter(partial(stream.read, _PIECE), b"")))
            found += self.sources(f"{name}/{member}", target, depth + 1)
        if not found:
            raise _wrong(name, "压缩包里没有文件", "the archive holds no file")
        return found

    def _write(self, name: str, pieces: Iterator[bytes]) -> Path:
        self._members += 1
        if self._members > self._limits.most_members:
            most = self._limits.most_members
            raise _wrong(
                name,
                f"压缩包内文件超过 {most} 个（OPS_INTAKE__MOST_MEMBERS）",
                f"the archive has more than {most} members (OPS_INTAKE__MOST_MEMBERS)",
            )
        target = self._scratch / uuid4().hex
        with target.open("wb") as sink:
            for piece in pieces:
                self._bytes += len(piece)
                self._refuse_bomb(name)
                sink.write(piece)
        return target

    def _refuse_bomb(self, name: str) -> None:
        limits, unpacked_mb = self._limits, self._bytes >> 20
        if unpacked_mb > limits.most_unpacked_mb:
            raise _wrong(
                name,
                f"解压后超过 {limits.most_unpacked_mb} MB（OPS_INTAKE__MOST_UNPACKED_MB），请分批报送",
                f"unpacks to more than {limits.most_unpacked_mb} MB (OPS_INTAKE__MOST_UNPACKED_MB): send it in parts",
            )
        if self._bytes > _SMALL_BYTES and self._bytes > self._packed * limits.most_ratio:
            raise _wrong(
                name,
                f"解压后超过原大小的 {limits.most_ratio} 倍（OPS_INTAKE__MOST_RATIO），疑为压缩炸弹",
                f"unpacks to more than {limits.most_ratio} times its size (OPS_INTAKE__MOST_RATIO): a zip bomb?",
            )


def _sound(name: str, found: Iterator[T]) -> Iterator[T]:
    """Pass on what is read out of an archive; what its reader finds damaged is for a person to see to."""
    try:
        yield from found
    except CORRUPT as error:
        raise _wrong(name, "压缩包损坏，请重新导出", f"the archive is damaged, export it again ({error})") from error


def _kind(path: Path, head: bytes) -> str:
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "" if _is_workbook(path) else "zip"
    at, magic = _TAR_MAGIC
    return "tar" if head[at : at + len(magic)] == magic else ""


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as package:
            names = {entry.filename for entry in package.infolist()}
    except CORRUPT:
        return False
    return bool(names & _WORKBOOK_PARTS) and not any(name.startswith(("word/", "ppt/")) for name in names)


def _gzip_member(name: str, path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    inside = PurePosixPath(name).name
    for suffix, plain in ((".gz", ""), (".tgz", ".tar"), (".GZ", "")):
        inside = inside.removesuffix(suffix) + plain if inside.endswith(suffix) else inside
    with gzip.open(path) as stream:
        yield inside, stream  # type: ignore[misc]


def _zip_members(name: str, path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(path) as package:
        for entry in package.infolist():
            member = entry.filename
            if not entry.flag_bits & _UTF8_NAME:
                member = _chinese_name(member)
            _refuse_escape(name, member)
            if _is_chaff(member) or entry.is_dir():
                continue
            if entry.flag_bits & _ENCRYPTED:
                raise _wrong(f"{name}/{member}", "需要密码，请不加密重新打包", "needs a password: pack it without one")
            with package.open(entry) as stream:
                yield member, stream


def _tar_members(name: str, path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(path, encoding="utf-8", errors="surrogateescape") as package:
        for entry in package:
            member = _name_in_tar(entry.name)
            _refuse_escape(name, member)
            if entry.isdir() or _is_chaff(member):
                continue
            stream = package.extractfile(entry) if entry.isreg() else None
            if stream is None:
                raise _wrong(
                    f"{name}/{member}", "不是普通文件（链接或设备）", "is a link or a device, not a plain file"
                )
            yield member, stream


_MEMBERS = {"gzip": _gzip_member, "zip": _zip_members, "tar": _tar_members}


def _chinese_name(name: str) -> str:
    # Without its UTF-8 mark a name is read as code page 437; Chinese Windows wrote it in GBK.
    try:
        return name.encode("cp437").decode("gb18030")
    except UnicodeError:
        return name


def _name_in_tar(name: str) -> str:
    # The name of a member is bytes; what is no UTF-8 was written on Chinese Windows, or is damaged.
    written = name.encode(errors="surrogateescape")
    try:
        return storable(written.decode())
    except UnicodeError:
        return storable(written.decode("gb18030", errors="replace"))


def _refuse_escape(name: str, member: str) -> None:
    parts = PurePosixPath(member.replace("\\", "/")).parts
    if ".." in parts or (parts and (parts[0] == "/" or parts[0].endswith(":"))):
        raise _wrong(
            f"{name}/{member}",
            "路径指向压缩包之外，拒绝解压",
            "its path leads out of the archive, so it is not unpacked",
        )


def _is_chaff(member: str) -> bool:
    parts = PurePosixPath(member).parts
    return bool(_CHAFF & set(parts)) or not parts or parts[-1].startswith(".")


def _wrong(name: str, zh: str, en: str) -> PermanentError:
    return PermanentError(both(f"{name}：{zh}", f"{name}: {en}"))
