"""XML exports of any kind as a stream: elements as they end, and errors that name file, line and element.

Entities are refused; nothing is fetched. What the elements mean is the business of the reader of each form.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any, ClassVar
from zoneinfo import ZoneInfo

from lxml import etree

from ops_platform.errors import PermanentError
from ops_platform.intake.words import both

_HEAD_BYTES = 4096
PIECE = 1 << 20
"""So many bytes are fed to a parser at once."""
_SNIFFED = 16_384
_YEARS = range(1970, 2101)
_MOST_DIGITS, _MOST_PERIOD_S = 9, 366 * 86_400
"""Longer periods are mistakes, and may begin before the calendar does."""


class XmlReader:
    """One pass over one file.

    Parameters
    ----------
    file_name
        For messages.
    zone
        Time zone of times written without one; that it was needed becomes a note.
    """

    HAS_DTD: ClassVar[bool] = False
    """Whether files of this form refer to a document type."""

    def __init__(self, file_name: str, zone: ZoneInfo) -> None:
        self.file_name = file_name
        self._zone = zone
        self._offsets: set[str] = set()
        self._unzoned = False

    @contextmanager
    def parsing(self, path: Path, tags: Iterable[str]) -> Iterator[tuple[IO[bytes], etree.XMLPullParser]]:
        """Give a file and the parser to feed it to, which tells the ends of elements with these local names.

        Raises
        ------
        PermanentError
            If the file turns out to be no XML while it is read.
        """
        parser = etree.XMLPullParser(
            events=("end",),
            tag=[f"{{*}}{tag}" for tag in tags],
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        with path.open("rb") as source:
            source.seek(_xml_begins(source.read(_HEAD_BYTES)))
            try:
                yield source, parser
            except etree.XMLSyntaxError as error:
                line = error.lineno or 0
                raise self.wrong(
                    "XML", line, f"不是合法的 XML：{error.msg}", f"not well-formed XML: {error.msg}"
                ) from error

    def moment(self, element: Any, name: str, text: str) -> datetime:
        """Return a time that stands in an element."""
        moment = None
        with suppress(ValueError):
            moment = datetime.fromisoformat(text)
        # Near the ends of the calendar there is no moment before or in another zone.
        if moment is None or moment.year not in _YEARS:
            raise self.wrong(
                local_name(element),
                element.sourceline,
                f"{name}={text!r} 不是时间，应如 2026-03-01T08:15:00+08:00",
                f"{name}={text!r} is no time such as 2026-03-01T08:15:00+08:00",
            )
        self._unzoned |= moment.tzinfo is None
        if moment.tzinfo is None:
            return moment.replace(tzinfo=self._zone)
        self._offsets.add(f"{moment:%z}")
        return moment

    def refuse_entities(self, element: Any) -> None:
        """Refuse a file with a document type, where its form has none, or with one that declares something."""
        declared = element.getroottree().docinfo.internalDTD
        # A reference to the form's own DTD is not fetched and does no harm; what it declares itself could.
        if declared is not None and (not self.HAS_DTD or declared.entities() or declared.elements()):
            raise self.wrong(
                "DOCTYPE", 1, "不接受文档类型或其中的实体定义", "a document type with declarations is not accepted"
            )

    def notes(self) -> list[str]:
        """Return what a person should know about the file, once it has been read."""
        notes = []
        if self._unzoned:
            notes.append(
                both(f"时间没有时区，按 {self._zone.key} 处理", f"times without a zone were taken as {self._zone.key}")
            )
        if len(self._offsets) > 1:
            offsets = ", ".join(sorted(self._offsets))
            notes.append(
                both(
                    f"文件中时区不一致（{offsets}），请核对网管时区设置",
                    f"the file's times differ in offset ({offsets}): check the zone of the element manager",
                )
            )
        return notes

    def wrong(self, element: str, line: int, zh: str, en: str) -> PermanentError:
        """Return the error that names file, line and element."""
        return PermanentError(
            both(
                f"{self.file_name} 第 {line} 行 <{element}>：{zh}", f"{self.file_name}, line {line}, <{element}>: {en}"
            )
        )


def local_name(element: Any) -> str:
    """Return the name of an element without its namespace, empty where there is no element."""
    # A qualified name of lxml's would refuse namespaces that hold a brace.
    return "" if element is None else str(element.tag).rpartition("}")[2]


def number_of(text: str) -> int:
    """Return the number that a text of digits is, 0 where it is none or far too long."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else 0


def period_of(seconds: int) -> int:
    """Return the length of a period in seconds, 0 where no counter is kept for so long."""
    return seconds if seconds <= _MOST_PERIOD_S else 0


def root_name(path: Path) -> str:
    """Return the local name of the first element of an XML file, by its first bytes; empty where none is found."""
    with path.open("rb") as source:
        head = re.sub(rb"<!--.*?-->", b"", source.read(_SNIFFED), flags=re.DOTALL)
    root = re.search(rb"<(?:\w+:)?([A-Za-z]\w*)", head)
    return root[1].decode("ascii", "replace") if root else ""


def _xml_begins(head: bytes) -> int:
    """Return where the XML declaration stands; some exports write a stylesheet instruction before it."""
    return max(head.find(b"<?xml "), 0)
