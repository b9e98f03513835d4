"""Text files as UTF-8, a block of whole lines at a time, whatever their encoding and line ends."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from ops_platform.errors import PermanentError
from ops_platform.intake.words import both

HEAD_BYTES = 262_144
_SCAN_BYTES = 1 << 23
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LONGEST_LINE = 1 << 26
_LONGEST = 8
"""A quote that never closes keeps a block from ending; after so many blocks it is taken for a letter."""


@dataclass(frozen=True)
class TextFile:
    """A text file on disk.

    Attributes
    ----------
    name
        For messages.
    encoding
        ``utf-8``, ``utf-16`` or ``gb18030``.
    skip
        Bytes of the byte order mark before UTF-8 text.
    not_utf8_at
        Byte at which the file stops being UTF-8, for messages.
    """

    name: str
    path: Path
    encoding: str = "utf-8"
    skip: int = 0
    not_utf8_at: int = 0

    def head(self) -> bytes:
        """Return the beginning of the file as UTF-8."""
        return next(self._pieces(HEAD_BYTES), b"")

    def blocks(self, size: int) -> Iterator[bytes]:
        """Yield the file as UTF-8 in blocks of about ``size`` bytes, each ending where a line ends outside quotes.

        Raises
        ------
        PermanentError
            If the file is neither UTF-8 nor GB18030; names the bytes at which it stops to be.
        """
        rest = b""
        for piece in self._pieces(size):
            rest += piece
            cut = _line_end(rest)
            if not cut and len(rest) > size * _LONGEST:
                cut = rest.rfind(b"\n") + 1
            if cut:
                yield rest[:cut]
                rest = rest[cut:]
        if rest:
            yield rest

    def _pieces(self, size: int) -> Iterator[bytes]:
        pieces = self._raw(size) if self.encoding == "utf-8" else self._decoded(size)
        first = next(pieces, b"")
        # A carriage return alone ends the lines of old exports; everything below counts line feeds.
        alone = b"\r" in first and b"\n" not in first
        yield first.replace(b"\r", b"\n") if alone else first
        for piece in pieces:
            yield piece.replace(b"\r", b"\n") if alone else piece

    def _raw(self, size: int) -> Iterator[bytes]:
        with self.path.open("rb") as source:
            source.seek(self.skip)
            while piece := source.read(size):
                yield piece

    def _decoded(self, size: int) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self.encoding)()
        at = 0
        try:
            with self.path.open("rb") as source:
                while piece := source.read(size):
                    yield decoder.decode(piece).encode()
                    at += len(piece)
                yield decoder.decode(b"", final=True).encode()
        except UnicodeDecodeError as error:
            wrong = at + error.start
            raise PermanentError(
                both(
                    f"{self.name}：编码既不是 UTF-8（第 {self.not_utf8_at} 字节起）也不是 "
                    f"{self.encoding.upper()}（第 {wrong} 字节起），请另存为 UTF-8",
                    f"{self.name} is neither UTF-8 (wrong at byte {self.not_utf8_at}) nor {self.encoding.upper()} "
                    f"(wrong at byte {wrong}): save it as UTF-8",
                )
            ) from error


def text_file(name: str, path: Path) -> TextFile:
    """Tell how a text file is encoded: UTF-8 or UTF-16 by its mark, UTF-8 by its bytes, otherwise GB18030.

    Raises
    ------
    PermanentError
        If it holds bytes that no text has.
    """
    with path.open("rb") as source:
        start = source.read(4)
    if start.startswith(_UTF16):
        return TextFile(name, path, "utf-16")
    skip = len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
    wrong = _not_utf8_at(name, path)
    return TextFile(name, path, "utf-8", skip) if wrong is None else TextFile(name, path, "gb18030", 0, wrong)


def _not_utf8_at(name: str, path: Path) -> int | None:
    """Return the byte at which a file stops being UTF-8; None where it is UTF-8.

    The first piece that holds more than ASCII decides: GB18030 text of some length is never UTF-8 by accident, and a
    wrong byte further on is found when its rows are read.
    """
    at = 0
    rest = b""
    with path.open("rb") as source:
        while piece := source.read(_SCAN_BYTES):
            if b"\0" in piece:
                raise PermanentError(
                    both(
                        f"{name}：不是文本（第 {at + len(rest) + piece.index(0)} 字节为 0），请导出为 CSV 或 Excel",
                        f"{name} is no text (byte {at + len(rest) + piece.index(0)} is 0): export CSV or Excel",
                    )
                )
            rest += piece
            # No byte of a longer character is a line end, in UTF-8 or in GB18030.
            cut = max(rest.rfind(b"\n"), rest.rfind(b"\r")) + 1
            if not _is_utf8(rest[:cut]):
                return at + _first_wrong(rest[:cut])
            if not rest[:cut].isascii():
                return None
            at += cut
            rest = rest[cut:]
            if len(rest) > _LONGEST_LINE:
                raise PermanentError(
                    both(
                        f"{name}：第 {at} 字节起的一行超过 {_LONGEST_LINE >> 20} MB，不是表格文本",
                        f"{name}: the line at byte {at} is longer than {_LONGEST_LINE >> 20} MB; this is no table",
                    )
                )
    return None if _is_utf8(rest) else at + _first_wrong(rest)


def _is_utf8(data: bytes) -> bool:
    # Arrow validates without making a copy, several times faster than decoding.
    offsets = pa.py_buffer(np.array([0, len(data)], dtype=np.int64))
    try:
        pa.Array.from_buffers(pa.large_binary(), 1, [None, offsets, pa.py_buffer(data)]).cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _first_wrong(data: bytes) -> int:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return len(data)


def _line_end(data: bytes) -> int:
    """Return the position after the last line end that stands outside quotes, 0 where there is none."""
    cut = len(data)
    quotes = data.count(b'"')
    while (end := data.rfind(b"\n", 0, cut)) >= 0:
        if quotes:
            quotes -= data.count(b'"', end, cut)
        if quotes % 2 == 0:
            return end + 1
        cut = end
    return 0
