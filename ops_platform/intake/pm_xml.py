"""Performance-measurement files of 3GPP TS 32.435 (``measCollecFile``) and TS 28.532 (``measDataFile``).

Reads them as a stream, either form of results; `pm_dialects` reads the older and the vendors' forms. Entities are
refused; nothing is fetched. What a counter means is the business of `pm_counters`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any, ClassVar
from zoneinfo import ZoneInfo

from lxml import etree

from ops_platform.errors import PermanentError
from ops_platform.intake.pm_blocks import SLICE_ROWS, Block, Results
from ops_platform.intake.pm_values import ValuePaths
from ops_platform.intake.words import both

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.0+)?S)?)?")
_HEAD_BYTES = 4096
_PIECE = 1 << 20


class PmReader:
    """One pass over one file.

    Parameters
    ----------
    file_name
        For messages.
    zone
        Time zone of times written without one; that it was needed becomes a note.
    """

    TAGS: ClassVar[tuple[str, ...]] = (
        "measCollec", "measData", "managedElement", "measEntity", "measInfo", "granPeriod", "measType", "measTypes",
    )  # fmt: skip
    """The elements that are looked at one by one as they end."""
    ROOTS: ClassVar[tuple[str, ...]] = ("measCollecFile", "measDataFile")
    HAS_DTD: ClassVar[bool] = False
    """Whether files of this form refer to a document type."""

    def __init__(self, file_name: str, zone: ZoneInfo) -> None:
        self.file_name = file_name
        self._zone = zone
        self._element: str | None = None
        self._group: list[Block] = []
        self._whole = False
        self._results = Results()
        self._open: Any = None
        """The ``measInfo`` of which a part was read."""
        self._paths: ValuePaths | None = None
        self._begin: datetime | None = None
        self._end: datetime | None = None
        self._offsets: set[str] = set()
        self._unzoned = False
        self._latest: tuple[datetime, datetime, int] | None = None
        """Start, end and line of the period that starts last."""

    def groups(self, path: Path) -> Iterator[list[Block]]:
        """Yield the results of one network element after the other.

        Raises
        ------
        PermanentError
            If the file is no PM file of this form or contradicts itself; names the element and the line. Where it
            shows only at the end, groups were yielded before.
        """
        found = False
        parser = etree.XMLPullParser(
            events=("end",),
            tag=[f"{{*}}{tag}" for tag in self.TAGS],
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
                for _ in self._walk(source, parser):
                    found = True
                    group, self._group, self._whole = self._group, [], False
                    yield group
                root = parser.close()
            except etree.XMLSyntaxError as error:
                line = error.lineno or 0
                raise self.wrong(
                    "XML", line, f"不是合法的 XML：{error.msg}", f"not well-formed XML: {error.msg}"
                ) from error
        self._refuse_other_roots(root)
        if self._group:
            found = True
            yield self._group
        if not found:
            raise self.wrong(
                "measData", root.sourceline, "文件没有 measData 或其中没有值", "the file has no measData with values"
            )
        self._refuse_backward_file(root)

    def _walk(self, source: IO[bytes], parser: etree.XMLPullParser) -> Iterator[None]:
        """Handle element after element; stop whenever a network element is complete."""
        checked = False
        while piece := source.read(_PIECE):
            parser.feed(piece)
            for _, element in parser.read_events():
                if not checked:
                    self._refuse_entities(element)
                    checked = True
                self._other(etree.QName(element).localname, element)
                if self._whole and self._group:
                    yield
            if self._open is not None:
                self._values(self._open, ended=False)

    def _other(self, name: str, element: Any) -> None:
        if name in {"managedElement", "measEntity"}:
            self._element = element.get("localDn") or element.get("userLabel") or ""
        elif name == "granPeriod":
            if self._element is None:
                raise self.wrong(
                    "managedElement",
                    element.sourceline,
                    "measInfo 之前没有 managedElement（或 measEntity），不知道是哪个网元",
                    "no managedElement (or measEntity) before measInfo: whose counters are these?",
                )
            self._open = element.getparent()
            self._results.period_s = self._duration(element)
            self._results.end_at = self._time(element, "endTime", required=True)
        elif name == "measTypes":
            self._results.counters = (element.text or "").split()
        elif name == "measType":
            self._results.places[element.get("p", "")] = len(self._results.counters)
            self._results.counters.append((element.text or "").strip())
        elif name == "measInfo":
            self._values(element, ended=True)
            self._close_block(element)
            self._open = None
        elif name == "measCollec" or (name == "measData" and not len(element)):
            self._begin = self._time(element, "beginTime") or self._begin
            self._end = self._time(element, "endTime") or self._end
        elif name == "measData":
            self._element = None
            self._whole = True
            element.clear()

    def _close_block(self, element: Any) -> None:
        self._slice(element)
        self._results = Results()
        element.clear()

    def _slice(self, element: Any) -> None:
        """Turn the results read so far into a block."""
        results = self._results
        if not results.objects:
            return
        if results.end_at is None:
            raise self.wrong("granPeriod", element.sourceline, "measInfo 没有 granPeriod", "measInfo has no granPeriod")
        if results.texts and results.values:
            raise self.wrong("measInfo", element.sourceline, "混用两种结果写法", "mixes the two ways to write results")
        if results.texts and (torn := results.torn()):
            position, size = torn
            raise self.wrong(
                "measResults",
                results.lines[position],
                f"有 {size} 个值，而 measTypes 有 {len(results.counters)} 个计数器",
                f"{size} values for {len(results.counters)} counters of measTypes",
            )
        block = results.block(self._element or "", results.end_at)
        self._refuse_period_outside(block)
        self._group.append(block)
        self._results = replace(results, objects=[], lines=[], suspect=[], values=[], texts=[])

    def _values(self, group: Any, *, ended: bool) -> None:
        """Take the values of a ``measInfo`` that were read, and free their memory."""
        paths = self._paths = self._paths or ValuePaths(etree.QName(group).namespace)
        # The parser may still be at the last value of a group that has not ended.
        values = group.findall(paths.tag)[: None if ended else -1]
        results = self._results
        if values and paths.take(group, len(values), results):
            results.objects += [value.get("measObjLdn", "") for value in values]
            results.lines += [value.sourceline for value in values]
            results.suspect += [False] * len(values)
        else:
            for value in values:
                self._value(value)
        if not ended:
            for value in values:
                group.remove(value)
        if len(results.objects) >= SLICE_ROWS:
            self._slice(group)

    def _free(self, element: Any) -> None:
        """Free the memory of an element that was read; the parser may still be at it, so only its predecessor goes."""
        element.clear()
        before = element.getprevious()
        if before is not None:
            element.getparent().remove(before)

    def _value(self, element: Any) -> None:
        results = self._results
        suspect = False
        if not results.places and len(element):
            # The form with measTypes: one text holds all values of an object.
            results.texts.append(element[0].text or "")
            if len(element) > 1:
                suspect = (element[-1].text or "").strip() in {"true", "1"}
            self._take(element, element.get("measObjLdn", ""), (), suspect=suspect)
            return
        values: list[str | None] = [None] * len(results.counters)
        for child in element:
            place = child.get("p")
            if place is None:
                suspect = suspect or (child.tag.endswith("suspect") and (child.text or "").strip() in {"true", "1"})
                continue
            try:
                values[results.places[place]] = child.text
            except KeyError:
                raise self.wrong(
                    "r",
                    child.sourceline,
                    f"p={place!r} 没有对应的 measType",
                    f"p={place!r} belongs to no measType",
                ) from None
        self._take(element, element.get("measObjLdn", ""), values, suspect=suspect)

    def _take(self, element: Any, found: str, values: Sequence[str | None], *, suspect: bool) -> None:
        """Keep the results of one object."""
        results = self._results
        results.objects.append(found)
        results.lines.append(element.sourceline)
        results.suspect.append(suspect)
        results.values += values
        if len(results.objects) == SLICE_ROWS:
            self._slice(element)

    def _duration(self, element: Any) -> int:
        text = element.get("duration") or ""
        match = _DURATION.fullmatch(text)
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0, 0)
        total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        if not total:
            raise self.wrong(
                "granPeriod",
                element.sourceline,
                f"duration={text!r} 不是时长，应如 PT900S",
                f"duration={text!r} is no duration such as PT900S",
            )
        return total

    def _time(self, element: Any, name: str, *, required: bool = False) -> datetime | None:
        text = element.get(name)
        if text is None and not required:
            return None
        return self.moment(element, name, text or "")

    def moment(self, element: Any, name: str, text: str) -> datetime:
        """Return a time that stands in an element."""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise self.wrong(
                etree.QName(element).localname,
                element.sourceline,
                f"{name}={text!r} 不是时间，应如 2026-03-01T08:15:00+08:00",
                f"{name}={text!r} is no time such as 2026-03-01T08:15:00+08:00",
            ) from None
        self._unzoned |= moment.tzinfo is None
        if moment.tzinfo is None:
            return moment.replace(tzinfo=self._zone)
        self._offsets.add(f"{moment:%z}")
        return moment

    def _refuse_entities(self, element: Any) -> None:
        declared = element.getroottree().docinfo.internalDTD
        # A reference to the form's own DTD is not fetched and does no harm; what it declares itself could.
        if declared is not None and (not self.HAS_DTD or declared.entities() or declared.elements()):
            raise self.wrong(
                "DOCTYPE", 1, "不接受文档类型或其中的实体定义", "a document type with declarations is not accepted"
            )

    def _refuse_other_roots(self, root: Any) -> None:
        self._refuse_entities(root)
        name = etree.QName(root).localname
        if name not in self.ROOTS:
            raise self.wrong(
                name,
                root.sourceline,
                "不是已知格式的性能文件（TS 32.435、TS 28.532、mdc、OMeS）",
                "not a PM file of a known form (TS 32.435, TS 28.532, mdc, OMeS)",
            )

    def _refuse_backward_file(self, root: Any) -> None:
        begin, end = self._begin, self._end
        if begin is not None and end is not None and end <= begin:
            raise self.wrong(
                "fileFooter",
                root.sourceline,
                f"endTime {end} 不晚于 beginTime {begin}",
                f"endTime {end} is not after beginTime {begin}",
            )
        if end is not None and self._latest is not None and self._latest[0] >= end:
            start, finish, line = self._latest
            self._refuse_period(start, finish, line)

    def _refuse_period_outside(self, block: Block) -> None:
        """Refuse a period before the file's beginning; whether one lies after its end is known only at the end."""
        line = block.lines[0].as_py()
        if self._begin is not None and block.end_at <= self._begin:
            self._refuse_period(block.start_at, block.end_at, line)
        if self._latest is None or block.start_at > self._latest[0]:
            self._latest = (block.start_at, block.end_at, line)

    def _refuse_period(self, start: datetime, end: datetime, line: int) -> None:
        span = f"{self._begin or ''} … {self._end or ''}".strip()
        raise self.wrong(
            "granPeriod",
            line,
            f"统计周期 {start} … {end} 不在文件的 {span} 之内",
            f"period {start} … {end} lies outside the file's {span}",
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


def _xml_begins(head: bytes) -> int:
    """Return where the XML declaration stands; some exports write a stylesheet instruction before it."""
    return max(head.find(b"<?xml "), 0)
