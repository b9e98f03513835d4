"""Performance-measurement files of 3GPP TS 32.435 (``measCollecFile``) and TS 28.532 (``measDataFile``).

Reads them as a stream, either form of results. Entities and document types are refused; nothing is fetched. What a
counter means is the business of `pm_counters`.
"""

import io
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from lxml import etree

from ops_platform.errors import PermanentError
from ops_platform.intake.words import both

STAMP = pa.timestamp("us", "UTC")
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.0+)?S)?)?")
_TAGS = ("measCollec", "measData", "managedElement", "measEntity", "measInfo", "granPeriod", "measType", "measTypes")


@dataclass(frozen=True)
class Block:
    """The results of one ``measInfo``: a table of objects by counters.

    Attributes
    ----------
    counters
        Names of the counters, shape (k,).
    objects, lines, suspect
        ``measObjLdn``, line of the file and suspect flag of each ``measValue``, each of shape (n,).
    values
        Text of each counter, null where absent: k arrays of shape (n,).
    """

    managed_element: str
    start_at: datetime
    end_at: datetime
    period_s: int
    counters: list[str]
    objects: pa.Array
    lines: pa.Array
    suspect: pa.Array
    values: list[pa.Array]


@dataclass
class _Results:
    """A ``measInfo`` while it is being read."""

    end_at: datetime | None = None
    period_s: int = 0
    counters: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    """Position of a counter by its ``p``."""
    objects: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    suspect: list[bool] = field(default_factory=list)
    values: list[list[str | None]] = field(default_factory=list)
    """One list per ``measValue``, in the order of ``counters``."""

    def block(self, managed_element: str, end_at: datetime) -> Block:
        """Return the results in Arrow, which takes a fraction of the memory of Python's lists."""
        return Block(
            managed_element,
            end_at - timedelta(seconds=self.period_s),
            end_at,
            self.period_s,
            self.counters,
            pa.array(self.objects, pa.string()),
            pa.array(self.lines, pa.int64()),
            pa.array(self.suspect, pa.bool_()),
            [pa.array(column, pa.string()) for column in zip(*self.values, strict=True)],
        )


@dataclass(frozen=True)
class PmFile:
    """A whole PM file: its blocks, and what a person should know about it."""

    name: str
    blocks: list[Block]
    notes: list[str]


def read(file_name: str, data: bytes, zone: ZoneInfo) -> PmFile:
    """Read a PM file.

    Parameters
    ----------
    file_name
        For messages.
    data
        The file.
    zone
        Time zone of times written without one; that it was needed becomes a note.

    Raises
    ------
    PermanentError
        If the file is no PM file of a supported form or contradicts itself; names the element and the line.
    """
    return _Reader(file_name, zone).read(data)


def long_table(file: PmFile) -> pa.Table:
    """Return one row per object, period and counter.

    Returns
    -------
    pyarrow.Table
        Columns managed_element, measObjLdn, period_start_at (UTC, end less duration), period_s, counter, value (text
        as it stands in the file, null where absent), suspect.
    """
    schema = pa.schema(
        [
            ("managed_element", pa.string()),
            ("measObjLdn", pa.string()),
            ("period_start_at", STAMP),
            ("period_s", pa.int64()),
            ("counter", pa.string()),
            ("value", pa.string()),
            ("suspect", pa.bool_()),
        ]
    )
    tables = []
    for block in file.blocks:
        size, width = len(block.objects), len(block.counters)
        rows = pa.array(np.repeat(np.arange(size), width))
        names = pa.array(np.tile(np.arange(width), size))
        by_row = pa.array(np.arange(size * width).reshape(width, size).T.ravel())
        tables.append(
            pa.Table.from_arrays(
                [
                    pa.repeat(pa.scalar(block.managed_element), size * width),
                    block.objects.take(rows),
                    pa.repeat(pa.scalar(block.start_at, STAMP), size * width),
                    pa.repeat(pa.scalar(block.period_s, pa.int64()), size * width),
                    pa.array(block.counters, pa.string()).take(names),
                    pa.concat_arrays(block.values).take(by_row) if width else pa.nulls(0, pa.string()),
                    block.suspect.take(rows),
                ],
                schema=schema,
            )
        )
    return pa.concat_tables(tables) if tables else schema.empty_table()


class _Reader:
    """One pass over one file."""

    def __init__(self, file_name: str, zone: ZoneInfo) -> None:
        self._file = file_name
        self._zone = zone
        self._element: str | None = None
        self._blocks: list[Block] = []
        self._results = _Results()
        self._begin: datetime | None = None
        self._end: datetime | None = None
        self._offsets: set[str] = set()
        self._unzoned = False

    def read(self, data: bytes) -> PmFile:
        events = etree.iterparse(
            io.BytesIO(data),
            events=("end",),
            tag=[*(f"{{*}}{tag}" for tag in _TAGS), "{*}measValue"],
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
        )
        try:
            self._walk(events)
        except etree.XMLSyntaxError as error:
            line = error.lineno or 0
            raise self._wrong(
                "XML", line, f"不是合法的 XML：{error.msg}", f"not well-formed XML: {error.msg}"
            ) from error
        self._refuse_other_roots(events.root)
        return PmFile(self._file, self._blocks, self._notes())

    def _walk(self, events: Any) -> None:
        value_tag = ""
        spent: Any = None
        checked = False
        for _, element in events:
            tag = element.tag
            if tag == value_tag:
                self._value(element)
            else:
                if not checked:
                    self._refuse_entities(element)
                    checked = True
                name = tag.rpartition("}")[2]
                if name == "measValue":
                    value_tag = tag
                    self._value(element)
                else:
                    self._other(name, element)
                    continue
            # Free the value before this one; the parser still needs the one it is at.
            if spent is not None and (parent := spent.getparent()) is not None:
                parent.remove(spent)
            element.clear()
            spent = element

    def _other(self, name: str, element: Any) -> None:
        if name in {"managedElement", "measEntity"}:
            self._element = element.get("localDn") or element.get("userLabel") or ""
        elif name == "granPeriod":
            if self._element is None:
                raise self._wrong(
                    "managedElement",
                    element.sourceline,
                    "measInfo 之前没有 managedElement（或 measEntity），不知道是哪个网元",
                    "no managedElement (or measEntity) before measInfo: whose counters are these?",
                )
            self._results.period_s = self._duration(element)
            self._results.end_at = self._time(element, "endTime", required=True)
        elif name == "measTypes":
            self._results.counters = (element.text or "").split()
        elif name == "measType":
            self._results.places[element.get("p", "")] = len(self._results.counters)
            self._results.counters.append((element.text or "").strip())
        elif name == "measInfo":
            self._close_block(element)
        elif name == "measCollec" or (name == "measData" and not len(element)):
            self._begin = self._time(element, "beginTime") or self._begin
            self._end = self._time(element, "endTime") or self._end
        elif name == "measData":
            self._element = None
            element.clear()

    def _close_block(self, element: Any) -> None:
        results, self._results = self._results, _Results()
        if results.objects:
            if results.end_at is None:
                raise self._wrong(
                    "granPeriod", element.sourceline, "measInfo 没有 granPeriod", "measInfo has no granPeriod"
                )
            self._blocks.append(results.block(self._element or "", results.end_at))
        element.clear()

    def _value(self, element: Any) -> None:
        results = self._results
        counters = results.counters
        values: list[str | None]
        suspect = False
        first = element[0] if len(element) else None
        if first is not None and first.tag.endswith("measResults"):
            values = list((first.text or "").split())
            if len(values) != len(counters):
                raise self._wrong(
                    "measResults",
                    first.sourceline,
                    f"有 {len(values)} 个值，而 measTypes 有 {len(counters)} 个计数器",
                    f"{len(values)} values for {len(counters)} counters of measTypes",
                )
            if len(element) > 1:
                suspect = (element[-1].text or "").strip() in {"true", "1"}
        else:
            values = [None] * len(counters)
            for child in element:
                place = child.get("p")
                if place is None:
                    suspect = suspect or (child.tag.endswith("suspect") and (child.text or "").strip() in {"true", "1"})
                    continue
                try:
                    values[results.places[place]] = child.text
                except KeyError:
                    raise self._wrong(
                        "r",
                        child.sourceline,
                        f"p={place!r} 没有对应的 measType",
                        f"p={place!r} belongs to no measType",
                    ) from None
        results.objects.append(element.get("measObjLdn", ""))
        results.lines.append(element.sourceline)
        results.suspect.append(suspect)
        results.values.append(values)

    def _duration(self, element: Any) -> int:
        text = element.get("duration") or ""
        match = _DURATION.fullmatch(text)
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0, 0)
        total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        if not total:
            raise self._wrong(
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
        try:
            moment = datetime.fromisoformat(text or "")
        except ValueError:
            raise self._wrong(
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
        if element.getroottree().docinfo.internalDTD is not None:
            raise self._wrong("DOCTYPE", 1, "不接受文档类型与实体定义", "document types and entities are not accepted")

    def _refuse_other_roots(self, root: Any) -> None:
        self._refuse_entities(root)
        name = etree.QName(root).localname
        if name == "OMeS":
            raise self._wrong("OMeS", root.sourceline, "暂不支持诺基亚 OMeS 格式", "Nokia OMeS is not supported yet")
        if name not in {"measCollecFile", "measDataFile"}:
            raise self._wrong(
                name,
                root.sourceline,
                "不是 TS 32.435 或 TS 28.532 性能文件",
                "not a PM file of TS 32.435 or TS 28.532",
            )
        if not self._blocks:
            raise self._wrong(
                "measData", root.sourceline, "文件没有 measData 或其中没有值", "the file has no measData with values"
            )
        self._refuse_contradictions(root)

    def _refuse_contradictions(self, root: Any) -> None:
        begin, end = self._begin, self._end
        if begin is None or end is None:
            return
        if end <= begin:
            raise self._wrong(
                "fileFooter",
                root.sourceline,
                f"endTime {end} 不晚于 beginTime {begin}",
                f"endTime {end} is not after beginTime {begin}",
            )
        for block in self._blocks:
            if block.start_at >= end or block.end_at <= begin:
                raise self._wrong(
                    "granPeriod",
                    block.lines[0].as_py(),
                    f"统计周期 {block.start_at} … {block.end_at} 不在文件的 {begin} … {end} 之内",
                    f"period {block.start_at} … {block.end_at} lies outside the file's {begin} … {end}",
                )

    def _notes(self) -> list[str]:
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

    def _wrong(self, element: str, line: int, zh: str, en: str) -> PermanentError:
        return PermanentError(
            both(f"{self._file} 第 {line} 行 <{element}>：{zh}", f"{self._file}, line {line}, <{element}>: {en}")
        )
