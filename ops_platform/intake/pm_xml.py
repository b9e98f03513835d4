"""Performance-measurement files of 3GPP TS 32.435 (``measCollecFile``) and TS 28.532 (``measDataFile``).

Reads them as a stream, either form of results; `pm_dialects` reads the older and the vendors' forms. What a counter
means is the business of `pm_counters`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any, ClassVar
from zoneinfo import ZoneInfo

from lxml import etree

from ops_platform.intake.pm_blocks import SLICE_ROWS, Block, Results
from ops_platform.intake.pm_values import VALUE, ValuePaths
from ops_platform.intake.xml_stream import PIECE, XmlReader, local_name, period_of

_DURATION = re.compile(r"P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.0+)?S)?)?")


class PmReader(XmlReader):
    """One pass over one PM file."""

    TAGS: ClassVar[tuple[str, ...]] = (
        "measCollec", "measData", "managedElement", "measEntity", "measInfo", "granPeriod", "measType", "measTypes",
    )  # fmt: skip
    """The elements that are looked at one by one as they end."""
    ROOTS: ClassVar[tuple[str, ...]] = ("measCollecFile", "measDataFile")

    def __init__(self, file_name: str, zone: ZoneInfo) -> None:
        super().__init__(file_name, zone)
        self._element: str | None = None
        self._group: list[Block] = []
        self._whole = False
        self._results = Results()
        self._open: Any = None
        """The ``measInfo`` of which a part was read."""
        self._paths: ValuePaths | None = None
        self._begin: datetime | None = None
        self._end: datetime | None = None
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
        with self.parsing(path, self.TAGS) as (source, parser):
            for _ in self._walk(source, parser):
                found = True
                group, self._group, self._whole = self._group, [], False
                yield group
            root = parser.close()
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
        while piece := source.read(PIECE):
            parser.feed(piece)
            for _, element in parser.read_events():
                if not checked:
                    self.refuse_entities(element)
                    checked = True
                self._other(local_name(element), element)
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
        if not results.fit():
            raise self.wrong(
                "measInfo",
                results.lines[0],
                "计数器不在所有结果之前，或结果有缺",
                "not all of its counters stand before its results, or a result lacks its values",
            )
        block = results.block(self._element or "", results.end_at)
        self._refuse_period_outside(block)
        self._group.append(block)
        self._results = replace(results, objects=[], lines=[], suspect=[], values=[], texts=[])

    def _values(self, group: Any, *, ended: bool) -> None:
        """Take the values of a ``measInfo`` that were read, and free their memory."""
        paths = self._paths = self._paths or ValuePaths(str(group.tag)[1:].rpartition("}")[0])
        # The parser may still be at the last value of a group that has not ended.
        values = list(group.iterchildren(VALUE))[: None if ended else -1]
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
        if not period_of(total):
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

    def _refuse_other_roots(self, root: Any) -> None:
        self.refuse_entities(root)
        name = local_name(root)
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
