"""Measurement reports of the Chinese northbound interface (``bulkPmMrDataFile``) as rows of ``measurement_reports``.

MRO and MRE hold an ``object`` for each sample of a user and in it a ``v`` for each neighbour, with the serving cell's
values in all of them; MRS holds an ``object`` for each cell, with how many samples fell into each class of RSRP.
Samples are added up as they are read, so that the memory it takes grows with the cells of a file and not with it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from ops_platform.contracts.counters import MEASUREMENT_REPORTS
from ops_platform.intake.check import Incoming
from ops_platform.intake.words import both, shorten
from ops_platform.intake.xml_stream import PIECE, XmlReader

ROOT = "bulkPmMrDataFile"
SERVING = "MR.LteScRSRP"
COVERED_CODE, HIGHEST_CODE = 31, 97
"""Codes of RSRP by TS 36.133 table 9.1.4: code n is [n - 141, n - 140) dBm, the last is open."""
COVERED_CLASS, CLASSES = 7, 48
"""Classes of RSRP in statistics, ``MR.RSRP.00`` to ``47``: class 7 begins at -110 dBm."""
BECOMES = (
    ("eNB id, object id", "cell_id"), ("startTime", "period_start_at"), ("endTime, period", "period_s"),
    ("EventType, MR.RSRP", "kind"), (SERVING, "samples"), (SERVING, "covered_samples"), (SERVING, "missing_samples"),
    (SERVING, "rsrp_code_sum"), ("MR.RSRP.00 … 47", "samples"), ("MR.RSRP.07 … 47", "covered_samples"),
)  # fmt: skip
"""What each part of a file becomes, for people."""
_TAGS = ("fileHeader", "smr", "measurement")
_CLASS = re.compile(r"MR\.RSRP\.(\d\d)")
_OBJECT = re.compile(r"(?:(\d{1,9})-)?(\d{1,9})", re.ASCII)
_ABSENT = "NIL"
_CELLS_PER_ENB = 256
_MINUTE_S = 60
_MOST_DIGITS = 18
_STAMP = MEASUREMENT_REPORTS.column("period_start_at").arrow_type


@dataclass(frozen=True)
class _Measurement:
    """What the values of some objects are.

    Attributes
    ----------
    names
        Of the values, in their order.
    station
        Number of the eNB, empty where it is not told.
    serving
        Place of the serving cell's RSRP.
    classes
        Class of RSRP by its place, where the values are statistics.
    """

    names: list[str]
    station: str
    serving: int | None
    classes: Mapping[int, int]

    @property
    def tells_rsrp(self) -> bool:
        return self.serving is not None or bool(self.classes)


@dataclass
class _Tally:
    """What has been counted of one cell and kind of report."""

    line: int
    samples: int = 0
    covered: int = 0
    missing: int = 0
    code_sum: int = 0


def measurement_reports(file_name: str, path: Path, zone: ZoneInfo) -> Iterator[Incoming]:
    """Yield the rows of a file of measurement reports in one batch, one per cell and kind of report.

    Raises
    ------
    PermanentError
        If it is no such file, holds no RSRP of serving cells, or contradicts itself; names the element and the line.
    """
    yield MrReader(file_name, zone).read(path)


class MrReader(XmlReader):
    """One pass over one file of measurement reports."""

    def __init__(self, file_name: str, zone: ZoneInfo) -> None:
        super().__init__(file_name, zone)
        self._period: tuple[datetime, int] | None = None
        self._open: Any = None
        """The measurement of which a part was read."""
        self._present: _Measurement | None = None
        self._measured = False
        self._unused: dict[str, None] = {}
        self._tallies: dict[tuple[str, str], _Tally] = {}
        self._strange = 0
        self._first_strange = ("", 0)

    def read(self, path: Path) -> Incoming:
        """Read the whole file."""
        with self.parsing(path, _TAGS) as (source, parser):
            while piece := source.read(PIECE):
                parser.feed(piece)
                for _, element in parser.read_events():
                    self._other(element)
                if self._open is not None:
                    self._add_objects(self._open, ended=False)
            root = parser.close()
        if self._period is None:
            raise self.wrong("fileHeader", root.sourceline, "文件没有 fileHeader", "the file has no fileHeader")
        if not self._measured:
            found = shorten(list(self._unused)) or "-"
            raise self.wrong(
                ROOT,
                root.sourceline,
                f"没有服务小区 RSRP（{SERVING} 或 MR.RSRP.00 …），文件中有 {found}",
                f"no RSRP of serving cells ({SERVING}, or MR.RSRP.00 …), only {found}",
            )
        if self._strange and not any(tally.samples for tally in self._tallies.values()):
            text, line = self._first_strange
            raise self.wrong("v", line, *self._no_code(text))
        return self._rows(*self._period)

    def _other(self, element: Any) -> None:
        name = element.tag.rpartition("}")[2]
        if name == "fileHeader":
            self.refuse_entities(element)
            self._period = self._header(element)
        elif name == "smr":
            self._open, self._present = element.getparent(), self._measurement(element)
        else:
            self._add_objects(element, ended=True)
            self._open = self._present = None

    def _add_objects(self, parent: Any, *, ended: bool) -> None:
        """Add what has been read of a measurement, and free it; the last element may be one that is still read."""
        read = parent[:] if ended else parent[:-1]
        for element in read:
            if element.tag.endswith("object"):
                self._add(element)
        del parent[: len(read)]

    def _add(self, element: Any) -> None:
        present = self._present
        if present is None:
            raise self.wrong(
                "object", element.sourceline, "所在 measurement 没有 smr", "stands in no measurement with smr"
            )
        if present.serving is not None:
            self._add_sample(element, present, present.serving)
        elif present.classes:
            self._add_statistics(element, present)

    def _header(self, element: Any) -> tuple[datetime, int]:
        """Return start and seconds of the period, which is told by its end: ``period`` is 0 in some exports."""
        start = self.moment(element, "startTime", element.get("startTime", ""))
        if end := element.get("endTime"):
            period_s = round((self.moment(element, "endTime", end) - start).total_seconds())
        else:
            period_s = (_number(element.get("period", "")) or 0) * _MINUTE_S
        if period_s <= 0:
            raise self.wrong(
                "fileHeader",
                element.sourceline,
                f"endTime 不晚于 startTime {start}，或 endTime 与 period 均未给出",
                f"endTime is not after startTime {start}, or there is neither endTime nor period",
            )
        return start, period_s

    def _measurement(self, element: Any) -> _Measurement:
        """Take the names of a measurement and see what of it is of use."""
        names = (element.text or "").split()
        stations = element.iterancestors("{*}eNB")
        station = next((_attribute(one, "id", "MR.eNBId", "eNBId") for one in stations), "")
        classes = {at: int(match[1]) for at, name in enumerate(names) if (match := _CLASS.fullmatch(name))}
        if classes and sorted(classes.values()) != list(range(CLASSES)):
            raise self.wrong(
                "smr",
                element.sourceline,
                f"MR.RSRP 应有 {CLASSES} 档，文件中有 {len(classes)} 档",
                f"MR.RSRP has {CLASSES} classes, the file {len(classes)}",
            )
        found = _Measurement(names, station, names.index(SERVING) if SERVING in names else None, classes)
        self._measured = self._measured or found.tells_rsrp
        self._unused |= {} if found.tells_rsrp else dict.fromkeys(names)
        return found

    def _add_sample(self, element: Any, measurement: _Measurement, serving: int) -> None:
        triggered = element.get("EventType") is not None or element.get("MR.EventType") is not None
        tally = self._tally(element, measurement, "mre" if triggered else "mro")
        code = self._code(element, measurement, serving)
        if code is None:
            tally.missing += 1
        else:
            tally.samples += 1
            tally.covered += code >= COVERED_CODE
            tally.code_sum += code

    def _code(self, element: Any, measurement: _Measurement, serving: int) -> int | None:
        """Return the serving cell's code, which stands again beside each neighbour; None where there is none."""
        for child in element:
            text = self._values(child, measurement)[serving]
            if text != _ABSENT:
                code = _number(text)
                if code is not None and code <= HIGHEST_CODE:
                    return code
                if not self._strange:
                    self._first_strange = (text, child.sourceline)
                self._strange += 1
                return None
        return None

    def _add_statistics(self, element: Any, measurement: _Measurement) -> None:
        tally = self._tally(element, measurement, "mrs")
        for child in element:
            values = self._values(child, measurement)
            for at, level in measurement.classes.items():
                count = 0 if values[at] == _ABSENT else _number(values[at])
                if count is None:
                    name = measurement.names[at]
                    raise self.wrong(
                        "v",
                        child.sourceline,
                        f"{name}={values[at]!r} 不是采样数",
                        f"{name}={values[at]!r} is no number of samples",
                    )
                tally.samples += count
                tally.covered += count if level >= COVERED_CLASS else 0

    def _values(self, element: Any, measurement: _Measurement) -> list[str]:
        values = (element.text or "").split()
        if len(values) != len(measurement.names):
            raise self.wrong(
                "v",
                element.sourceline,
                f"有 {len(values)} 个值，而 smr 有 {len(measurement.names)} 个名称",
                f"{len(values)} values for {len(measurement.names)} names of smr",
            )
        return values

    def _tally(self, element: Any, measurement: _Measurement, kind: str) -> _Tally:
        key = self._cell_id(element, measurement.station), kind
        if key not in self._tallies:
            self._tallies[key] = _Tally(element.sourceline)
        return self._tallies[key]

    def _cell_id(self, element: Any, station: str) -> str:
        """Return eNB and cell of an object, by which a register or an alias knows it; other text stays as it is.

        An object is named by its cell within the eNB, by both, or by the cell's identity in the network, which is
        eNB * 256 + cell.
        """
        written = _attribute(element, "id", "MR.objectId", "objectId")
        if not written:
            raise self.wrong("object", element.sourceline, "没有 id（小区）", "has no id: which cell is it?")
        match = _OBJECT.fullmatch(written)
        if not match:
            return written
        station, cell = match[1] or station, int(match[2])
        if not match[1] and cell >= _CELLS_PER_ENB:
            number, cell = divmod(cell, _CELLS_PER_ENB)
            station = str(number)
        if not station:
            raise self.wrong(
                "eNB",
                element.sourceline,
                f"没有 id，不知道小区 {written} 属于哪个基站",
                f"has no id: of which station is cell {written}?",
            )
        return f"{station}-{cell}"

    def _rows(self, start: datetime, period_s: int) -> Incoming:
        tallies = list(self._tallies.values())
        size = len(tallies)
        # Statistics tell neither how many had no RSRP nor, their first and last class being open, what all adds up to.
        sampled = [kind != "mrs" for _, kind in self._tallies]
        columns = {
            "cell_id": [cell for cell, _ in self._tallies],
            "kind": [kind for _, kind in self._tallies],
            # Numbers as text, because a file may write larger ones than there are.
            "period_s": [str(period_s)] * size,
            "samples": [str(tally.samples) for tally in tallies],
            "covered_samples": [str(tally.covered) for tally in tallies],
            "missing_samples": [str(t.missing) if known else None for t, known in zip(tallies, sampled, strict=True)],
            "rsrp_code_sum": [str(t.code_sum) if known else None for t, known in zip(tallies, sampled, strict=True)],
        }
        arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
        arrays["period_start_at"] = pa.repeat(pa.scalar(start, _STAMP), size)
        lines = pa.array([tally.line for tally in tallies], pa.int64())
        return Incoming(MEASUREMENT_REPORTS, arrays, lines, self._zone, notes=self.notes())

    def notes(self) -> list[str]:
        """Return what a person should know about the file, once it has been read."""
        notes = super().notes()
        if not self._tallies:
            notes.append(both("文件中没有一个采样", "the file holds no sample"))
        if self._strange:
            text, line = self._first_strange
            zh, en = self._no_code(text)
            notes.append(
                both(
                    f"{self._strange} 个采样按无 RSRP 计，首个在第 {line} 行：{zh}",
                    f"{self._strange} samples count as without RSRP, the first in line {line}: {en}",
                )
            )
        return notes

    def _no_code(self, text: str) -> tuple[str, str]:
        return (
            f"{SERVING}={text!r} 不是 RSRP 编码 0…{HIGHEST_CODE}",
            f"{SERVING}={text!r} is no code of RSRP from 0 to {HIGHEST_CODE}",
        )


def _attribute(element: Any, *names: str) -> str:
    """Return the first attribute there is, for vendors name it differently; empty where there is none."""
    return next((value.strip() for name in names if (value := element.get(name))), "")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None
